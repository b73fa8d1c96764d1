"""What is asked of the crds package."""

from snakewebb.demo import SERVED, environment, make_cache
from snakewebb.run import crds

EXPOSURE = {
    "meta.instrument.name": "NIRISS",
    "meta.instrument.detector": "NIS",
    "meta.subarray.name": "SUB64",
    "meta.exposure.type": "NIS_IMAGE",
    "meta.observation.date": "2024-03-02",
    "meta.observation.time": "12:00:00",
}


def test_a_change_of_the_environment_counts_from_the_next_call_on(tmp_path, small_run, monkeypatch):
    niriss = [exposure for exposure in SERVED["small"] if exposure.detector == "NIS"]
    before = crds.context(), crds.fetched(EXPOSURE, ["gain"])["gain"]
    context = make_cache(niriss, tmp_path, serial=7)

    for name, value in environment(tmp_path, context).items():
        monkeypatch.setenv(name, value)
    during = crds.context(), crds.fetched(EXPOSURE, ["gain"])["gain"]
    monkeypatch.undo()
    after = crds.context(), crds.fetched(EXPOSURE, ["gain"])["gain"]

    assert during[0] == "jwst_0007.pmap" != before[0]
    assert during[1].startswith(str(tmp_path))
    assert before == after
