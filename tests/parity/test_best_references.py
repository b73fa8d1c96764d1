"""Flight headers ask for the same reference files as with jwst, step by step."""

import json
import re
import subprocess

import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import JwstDataModel

from snakewebb.pipelines import pipeline_for
from snakewebb.run import crds
from snakewebb.steps import all_steps
from tests import flight
from tests.parity.test_parity import PEER

RUNNER = __file__.replace("test_best_references", "peer_references")

pytestmark = [
    pytest.mark.parity,
    flight.absent,
    pytest.mark.skipif(not PEER.exists(), reason="jwst is not installed: `make peer` does it"),
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Use the real mappings, with an empty file for each reference that they may choose."""
    folder = tmp_path_factory.mktemp("crds")
    for part in ("mappings", "config"):
        (folder / part).symlink_to(flight.CACHE / part)
    for instrument in ("fgs", "nircam"):
        place = folder / "references" / "jwst" / instrument
        place.mkdir(parents=True)
        for rules in (folder / "mappings" / "jwst").glob(f"jwst_{instrument}_*.rmap"):
            for name in re.findall(r"'(jwst_[\w-]+\.(?:fits|asdf))'", rules.read_text()):
                (place / name).touch()
    with pytest.MonkeyPatch.context() as patch:
        flight.use_cache(patch, folder)
        yield folder


@pytest.fixture(scope="module")
def theirs(cache):
    """Return the names of the files that jwst asks for, by exposure, step and type."""
    exposures = [*flight.HEADERS, flight.ACQUISITION]
    pairs = [(str(p), pipeline_for(fits.getval(p, "EXP_TYPE")).class_name) for p in exposures]
    request = cache / "request.json"
    request.write_text(json.dumps(pairs))
    command = [PEER, RUNNER, request]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize(
    "path", [*flight.HEADERS, flight.ACQUISITION], ids=lambda path: path.name.split(".")[0]
)
def test_each_step_asks_for_the_same_files(path, theirs):
    header = fits.getheader(path)
    with JwstDataModel(path) as model:
        keys = model.get_crds_parameters()

    for step in pipeline_for(header["EXP_TYPE"]).order(header["INSTRUME"]):
        types = [reference.type for reference in all_steps()[step].references]
        found = crds.recommended(keys, types)
        for kind in types:
            expected = theirs[str(path)][step][kind]
            if expected.startswith("NOT FOUND"):
                assert found[kind].startswith("NOT FOUND"), f"{step}: {kind}"
            else:
                assert found[kind] == expected, f"{step}: {kind}"
