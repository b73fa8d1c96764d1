"""A CRDS cache for simulated exposures, as the crds package reads it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import asdf
import pytest

from snakewebb.demo import PROGRAMMES, environment, make_cache
from snakewebb.demo.programmes import NIRISS_INTERFEROMETRY
from snakewebb.demo.references import NOT_APPLICABLE, types_of

SMALL = PROGRAMMES["small"]
_DETECTOR = "META.INSTRUMENT.DETECTOR"
PARAMETERS = ("pars-jumpstep", "pars-rampfitstep", "pars-detector1pipeline")
OLD_HEADER = (
    Path(__file__).parents[3] / "shared/data/simulated/jw00793001001_01101_00001_nis_uncal.fits"
)

ASK = """
import json, sys
import crds
from stdatamodels.jwst import datamodels

answers = []
for path in sys.argv[2:]:
    with datamodels.open(path) as model:
        parameters = model.get_crds_parameters()
    answers.append(crds.getreferences(parameters, reftypes=sys.argv[1].split(",")))
json.dump(answers, sys.stdout)
"""

CHECK = """
import sys
from crds.core import rmap

names = rmap.load_mapping(sys.argv[1]).mapping_names()
for name in names:
    rmap.load_mapping(name, ignore_checksum=False)
print(*names)
"""


def in_crds(code, cache, *arguments):
    """Return what a process prints that sees a cache, given as folder and context."""
    settings = os.environ | environment(*cache)
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, env=settings, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def selected(cache, types, *paths):
    """Return, for each path, the name of the file of each type, or N/A."""
    answers = json.loads(in_crds(ASK, cache, ",".join(types), *paths))
    return [
        {kind: "N/A" if "NOT FOUND" in file else Path(file).name for kind, file in found.items()}
        for found in answers
    ]


@pytest.fixture(scope="module")
def selections(small_files, small_cache):
    """Return what CRDS selects for the small exposures."""
    types = [*NOT_APPLICABLE, *PARAMETERS]
    return dict(zip(small_files, selected(small_cache, types, *small_files.values()), strict=True))


def test_every_exposure_finds_its_reference_files(selections, small_cache):
    for (detector, _), files in selections.items():
        instrument = "niriss" if detector == "NIS" else "nircam"
        for kind in types_of(instrument.upper()):
            file = files[kind.name]
            assert file.startswith(f"jwst_{instrument}_{kind.name}_")
            assert (small_cache[0] / "references" / "jwst" / instrument / file).exists()


def test_exposures_with_a_detector_share_its_files(selections):
    for kind in types_of("NIRCAM"):
        if _DETECTOR not in kind.selectors:
            continue
        shared = selections["NRCA1", "BRIGHT1"][kind.name]
        assert selections["NRCA1", "SHALLOW4"][kind.name] == shared
        assert selections["NRCALONG", "RAPID"][kind.name] != shared


@pytest.mark.parametrize("kind", ["emicorr", "flat", "refpix", "reset", "rscd", "pars-rampfitstep"])
def test_other_types_are_not_applicable(kind, selections):
    assert {files[kind] for files in selections.values()} == {"N/A"}


def test_parameter_files_are_chosen_by_the_header(selections):
    jump = {pattern: files["pars-jumpstep"] for (_, pattern), files in selections.items()}
    pipeline = {files["pars-detector1pipeline"] for files in selections.values()}

    assert jump == {
        "BRIGHT1": "jwst_nircam_pars-jumpstep_0001.asdf",
        "RAPID": "jwst_nircam_pars-jumpstep_0002.asdf",
        "SHALLOW4": "N/A",
        "NIS": "jwst_niriss_pars-jumpstep_0001.asdf",
    }
    assert pipeline == {"jwst_nircam_pars-detector1pipeline_0001.asdf", "N/A"}


def test_parameter_files_hold_what_crds_and_the_steps_want(small_cache):
    folder = small_cache[0] / "references" / "jwst" / "nircam"

    with asdf.open(folder / "jwst_nircam_pars-jumpstep_0001.asdf") as file:
        assert file["class"] == "jwst.jump.jump_step.JumpStep"
        assert file["parameters"] == {"rejection_threshold": 5.0}
        assert file["meta"]["reftype"] == "pars-jumpstep"
        assert file["meta"]["useafter"] == "2015-01-01T00:00:00"
    with asdf.open(folder / "jwst_nircam_pars-detector1pipeline_0001.asdf") as file:
        (step,) = file["steps"]
        assert (step["name"], step["parameters"]) == ("refpix", {"side_smoothing_length": 21})


def test_the_checksums_of_all_mappings_are_valid(small_cache):
    names = in_crds(CHECK, small_cache, small_cache[1]).split()

    assert sorted(names) == sorted(p.name for p in (small_cache[0] / "mappings/jwst").iterdir())


def test_a_serial_number_tells_two_caches_apart(tmp_path):
    context = make_cache(SMALL[-1:], tmp_path, serial=23)

    assert context == "jwst_0023.pmap"
    assert all(p.stem.endswith("_0023") for p in (tmp_path / "mappings" / "jwst").iterdir())


@pytest.mark.skipif(not OLD_HEADER.exists(), reason="no simulated data at ../shared/data")
def test_raw_data_with_an_old_header_find_their_files(tmp_path):
    context = make_cache([NIRISS_INTERFEROMETRY], tmp_path)
    types = [kind.name for kind in types_of("NIRISS") if kind.extension == "fits"]

    (files,) = selected((tmp_path, context), types, OLD_HEADER)

    assert files == {kind: f"jwst_niriss_{kind}_0001.fits" for kind in types}
