"""Plans of many exposures: modes, groups, rows of the table, and the traps that are handed on."""

import shutil

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.errors import SnakewebbError
from snakewebb.pipelines import DETECTOR1
from snakewebb.run import crds
from snakewebb.run.workflow import Workflow
from snakewebb.steps import all_steps

TRAPS = {"persistence": {"skip": False}}


@pytest.fixture
def here(tmp_path, monkeypatch, small_run):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def exposure(small_raw, number, start, detector="NRCA1"):
    """Copy a raw exposure into the working directory, as another one, and return its name."""
    name = f"jw{number:011d}_02101_00001_{detector.lower()}_uncal.fits"
    shutil.copy(small_raw, name)
    with fits.open(name, mode="update") as hdus:
        hdus[0].header["EXPSTART"] = start
        hdus[0].header["DATE-OBS"] = f"2024-01-{number:02d}"
        hdus[0].header["DETECTOR"] = detector
    return name


def run(**config):
    return Workflow({"exposures": ["*_uncal.fits"], "results": "results", **config})


def root(name):
    return name.removesuffix("_uncal.fits")


def threshold(workflow, name):
    return workflow.exposures[root(name)].plan.settings["jump"]["rejection_threshold"]


def test_exposures_that_nobody_tells_apart_share_settings_and_reference_files(here, small_raw):
    first, second = (exposure(small_raw, n, 60000.0 + n) for n in (1, 2))

    workflow = run()
    plans = [workflow.exposures[root(name)].plan for name in (first, second)]
    assert plans[0].settings is plans[1].settings
    assert plans[0].choices is plans[1].choices
    assert [plan.name for plan in plans] == [first, second]


def test_rows_stand_above_groups_and_groups_above_steps(here, small_raw):
    names = [exposure(small_raw, n, 60000.0 + n) for n in (1, 2, 3)]
    rows = zip(names, ("faint", "faint", ""), ("9", "", ""), strict=True)
    lines = [f"{name},one of three,{group},{value}" for name, group, value in rows]
    head = "exposure,label,group,jump.rejection_threshold"
    (here / "exposures.csv").write_text("\n".join([head, *lines]))

    workflow = run(
        exposures="exposures.csv",
        groups={"faint": {"steps": {"jump": {"rejection_threshold": 7.0}}}},
        steps={"jump": {"rejection_threshold": 6.0}},
    )

    found = [threshold(workflow, name) for name in names]
    assert [setting.value for setting in found] == [9.0, 7.0, 6.0]
    assert [s.origin for s in found[:2]] == ["the table exposures.csv", "group faint"]
    assert workflow.exposures[root(names[0])].exposure.label == "one of three"


def test_all_that_is_wrong_with_table_and_groups_is_said_at_once(here, small_raw):
    name = exposure(small_raw, 1, 60000.0)
    columns = "jmup.rejection_threshold,jump.rejection_treshold,ipc.skip"
    (here / "exposures.csv").write_text(f"exposure,group,{columns}\n{name},faint,4,5,maybe\n")

    with pytest.raises(SnakewebbError) as raised:
        run(exposures="exposures.csv", groups={"feint": {"steps": {}}})

    said = str(raised.value)
    assert "did you mean 'jump'?" in said
    assert "did you mean 'rejection_threshold'?" in said
    assert "ipc.skip = 'maybe' (the table exposures.csv): must be true or false" in said
    assert "groups.feint: no exposure is of this group; did you mean 'faint'?" in said


def test_a_missing_exposure_hides_neither_a_broken_one_nor_a_wrong_parameter(here, small_raw):
    whole = exposure(small_raw, 1, 60001.0)
    broken = exposure(small_raw, 2, 60002.0)
    with open(broken, "r+b") as file:
        file.truncate(10_000)

    with pytest.raises(SnakewebbError) as raised:
        run(
            exposures=[whole, broken, "nowhere_uncal.fits"],
            steps={"jump": {"rejection_threshold": "x"}},
        )

    said = str(raised.value)
    faults = ("no file matches 'nowhere_uncal.fits'", "is cut short", "rejection_threshold")
    assert [fault in said for fault in faults] == [True] * 3


def test_filled_traps_are_handed_on_to_the_next_exposure_of_the_detector(here, small_raw):
    late, early, middle = (
        exposure(small_raw, n, start) for n, start in ((1, 60003.0), (2, 60001.0), (3, 60002.0))
    )

    workflow = run(steps=TRAPS)

    assert workflow.earlier(root(early)) == []
    assert workflow.earlier(root(middle)) == [f"results/{root(early)}_trapsfilled.fits"]
    assert workflow.earlier(root(late)) == [f"results/{root(middle)}_trapsfilled.fits"]
    plan = workflow.plan_of(root(late))
    setting = plan.settings["persistence"]["input_trapsfilled"]
    assert setting.value == f"results/{root(middle)}_trapsfilled.fits"
    assert setting.origin == "the exposure before on this detector"
    assert workflow.plan_of(root(early)).settings["persistence"]["input_trapsfilled"].value is None


def test_nothing_is_handed_on_between_detectors_or_without_the_trap_model(here, small_run):
    for name in ("nrca1", "nrcalong"):
        shutil.copy(next(small_run.glob(f"*_{name}_uncal.fits")), here)

    assert [run(steps=TRAPS).earlier(each) for each in run().exposures] == [[], []]
    assert [run().earlier(each) for each in run().exposures] == [[], []]


CLEAN = {"skip": False, "mask_science_regions": True}


@pytest.fixture
def without_parameter_files(monkeypatch):
    """Do without the parameter files of CRDS, whose context of this session knows no NIRSpec."""
    monkeypatch.setattr(crds, "parameter_layers", lambda target, exposure: [])


def of_shutters(here, small_raw, number, metadata):
    """Make an exposure of the micro-shutters of NIRSpec in a folder, and return its path."""
    folder = here / "raw"
    folder.mkdir(exist_ok=True)
    name = folder / f"jw{number:011d}_02101_00001_nrs1_uncal.fits"
    shutil.copy(small_raw, name)
    with fits.open(name, mode="update") as hdus:
        header = hdus[0].header
        header["INSTRUME"], header["DETECTOR"], header["EXP_TYPE"] = (
            "NIRSPEC",
            "NRS1",
            "NRS_MSASPEC",
        )
        header["MSAMETFL"] = metadata
    return name


def run_of_shutters():
    """Return a run of nothing but the step that needs to know which shutters are open."""
    step = all_steps()["clean_flicker_noise"]
    overrides = {f"override_{r.type}": "N/A" for r in step.references if not r.keyword}
    steps = {name: {"skip": True} for name in DETECTOR1.steps} | {step.name: CLEAN | overrides}
    return run(exposures=["raw/*_uncal.fits"], steps=steps)


def write_metadata(path, slitlet=1):
    table = np.array([(slitlet,)], [("slitlet_id", "i2")])
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU(table, name="SHUTTER_INFO")]).writeto(
        path, overwrite=True
    )


@pytest.mark.usefixtures("without_parameter_files")
def test_a_file_that_an_exposure_names_is_an_input_and_its_content_counts(here, small_raw):
    first = of_shutters(here, small_raw, 1, "one_msa.fits")
    other = of_shutters(here, small_raw, 2, "two_msa.fits")
    for name in ("one_msa.fits", "two_msa.fits"):
        write_metadata(here / "raw" / name)

    step, workflow = "clean_flicker_noise", run_of_shutters()
    for raw, name in ((first, "one_msa.fits"), (other, "two_msa.fits")):
        assert workflow.references(root(raw.name), step) == [f"raw/{name}"]
    before = {raw.name: workflow.changes(root(raw.name), step) for raw in (first, other)}
    write_metadata(here / "raw" / "two_msa.fits", slitlet=2)
    again = run_of_shutters()

    assert again.changes(root(first.name), step) == before[first.name]
    assert again.changes(root(other.name), step) != before[other.name]


@pytest.mark.usefixtures("without_parameter_files")
def test_a_file_that_an_exposure_names_must_be_there_before_the_run(here, small_raw):
    of_shutters(here, small_raw, 1, "one_msa.fits")

    with pytest.raises(
        SnakewebbError, match=r"reference raw/one_msa\.fits does not exist"
    ) as found:
        run_of_shutters()

    assert "raw/jw00000000001_02101_00001_nrs1_uncal.fits: clean_flicker_noise" in str(found.value)
