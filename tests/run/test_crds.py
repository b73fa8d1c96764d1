"""What is asked of the crds package."""

from pathlib import Path

import pytest

from snakewebb.demo import SERVED, environment, make_cache
from snakewebb.errors import ReferenceFileError
from snakewebb.run import crds
from tests.crds_server import serving

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


@pytest.fixture(scope="module")
def niriss_cache(tmp_path_factory):
    """The folder of a cache of NIRISS, and its context."""
    folder = tmp_path_factory.mktemp("niriss")
    niriss = [exposure for exposure in SERVED["small"] if exposure.detector == "NIS"]
    return folder, make_cache(niriss, folder, serial=9)


@pytest.fixture
def server(niriss_cache, tmp_path, monkeypatch):
    """A server of CRDS, in use with an empty cache."""
    with serving(*niriss_cache) as server:
        monkeypatch.setenv("CRDS_PATH", str(tmp_path / "cache"))
        monkeypatch.setenv("CRDS_SERVER_URL", server.url)
        monkeypatch.delenv("CRDS_READONLY_CACHE")
        monkeypatch.delenv("CRDS_CONTEXT")
        yield server


def test_the_context_is_the_operational_one_unless_it_is_named(server, monkeypatch):
    assert crds.context() == "jwst_0009.pmap"

    monkeypatch.setenv("CRDS_CONTEXT", "jwst_0008.pmap")
    assert crds.context() == "jwst_0008.pmap"


def test_a_file_is_fetched_once_and_stored_in_the_cache(server, tmp_path):
    first = crds.fetched(EXPOSURE, ["gain"])["gain"]
    again = crds.fetched(EXPOSURE, ["gain"])["gain"]

    assert first == again
    assert first.startswith(str(tmp_path / "cache"))
    assert Path(first).read_bytes() == server.files[Path(first).name].read_bytes()
    assert server.asked.count(Path(first).name) == 1


def test_a_file_that_arrives_damaged_is_not_kept(server, tmp_path):
    name = Path(crds.fetched(EXPOSURE, ["readnoise"])["readnoise"]).name
    next(tmp_path.rglob(name)).unlink()
    server.spoilt = {name}

    for _ in range(2):
        with pytest.raises(ReferenceFileError, match=f"{name} arrived damaged from {server.url}"):
            crds.fetched(EXPOSURE, ["readnoise"])
    server.spoilt = set()

    assert Path(crds.fetched(EXPOSURE, ["readnoise"])["readnoise"]).is_file()


def test_a_file_that_the_server_does_not_give_is_named(server):
    crds.fetched(EXPOSURE, ["gain"])
    name = Path(crds.fetched(EXPOSURE, ["mask"])["mask"]).name
    Path(crds.fetched(EXPOSURE, ["mask"])["mask"]).unlink()
    del server.files[name]

    with pytest.raises(ReferenceFileError, match=f"{name} is not in the cache .* {server.url}"):
        crds.fetched(EXPOSURE, ["mask"])
