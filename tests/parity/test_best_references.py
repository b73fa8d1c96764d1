"""Flight headers ask for the same reference files as with jwst, step by step."""

import json
import re

import pytest
from astropy.io import fits

from snakewebb.pipelines import pipeline_for
from snakewebb.steps import all_steps
from tests import flight
from tests.parity.test_parity import PEER

RUNNER = __file__.replace("test_best_references", "peer_references")
EXPOSURES = [*flight.HEADERS, flight.ACQUISITION]

NOT_READ = ("dflat", "fflat", "sflat")
"""Types that steps of jwst read for spectra only."""

pytestmark = [
    pytest.mark.parity,
    flight.absent,
    pytest.mark.skipif(not PEER.exists(), reason="jwst is not installed: `make peer` does it"),
]


@pytest.fixture(scope="module")
def ours():
    """Return the names of the files that our steps ask for, by exposure and type."""
    return {path: asked["header"] for path, asked in flight.references(EXPOSURES).items()}


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """Return the names of the files that jwst asks for, by exposure, step and type.

    It finds the real mappings, and an empty file for each reference that they may choose.
    """
    cache = tmp_path_factory.mktemp("crds")
    for part in ("mappings", "config"):
        (cache / part).symlink_to(flight.CACHE / part)
    for instrument in ("fgs", "nircam"):
        place = cache / "references" / "jwst" / instrument
        place.mkdir(parents=True)
        for rules in (cache / "mappings" / "jwst").glob(f"jwst_{instrument}_*.rmap"):
            for name in re.findall(r"'(jwst_[\w-]+\.(?:fits|asdf))'", rules.read_text()):
                (place / name).touch()
    request = cache / "request.json"
    request.write_text(json.dumps([(str(path), pipeline_of(path)) for path in EXPOSURES]))
    return flight.answer_of([PEER, RUNNER, request], flight.environment(cache))


def pipeline_of(path):
    return pipeline_for(fits.getval(path, "EXP_TYPE")).class_name


@pytest.mark.parametrize("path", EXPOSURES, ids=lambda path: path.name.partition(".")[0])
def test_each_step_asks_for_the_same_files(path, ours, theirs):
    header = fits.getheader(path)
    steps = pipeline_for(header["EXP_TYPE"]).order(header["INSTRUME"])
    found = ours[str(path)]

    for step in steps:
        asked = {reference.type for reference in all_steps()[step].references}
        for kind, expected in theirs[str(path)][step].items():
            if kind not in asked:
                assert kind in NOT_READ, f"{step}: {kind}"
            elif expected.startswith("NOT FOUND"):
                assert found[kind].startswith("NOT FOUND"), f"{step}: {kind}"
            else:
                assert found[kind] == expected, f"{step}: {kind}"
