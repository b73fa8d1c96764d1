"""Reference files are fetched whole and right, or not at all."""

import pytest
from crds.client import api
from crds.core import utils

from snakewebb.errors import ReferenceFileError
from snakewebb.run.fetching import fetch
from tests.reference_server import serving

NAME = "jwst_nircam_gain_0099.fits"
CONTENT = b"gain" * 1000


@pytest.fixture
def server(monkeypatch, tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    (folder / NAME).write_bytes(CONTENT)
    usual = api.get_crds_server()
    utils.clear_function_caches()
    with serving(folder) as running:
        monkeypatch.setenv("CRDS_SERVER_URL", running.address)
        monkeypatch.setenv("CRDS_PATH", str(folder))
        yield running
    api.set_crds_server(usual)
    utils.clear_function_caches()


def test_a_file_comes_as_the_server_has_it(server, tmp_path):
    path = tmp_path / "references" / "jwst" / "nircam" / NAME

    fetch(path)

    assert path.read_bytes() == CONTENT
    assert server.sent == [NAME]


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda content: content[:-1], "3999 bytes instead of 4000"),
        (lambda content: b"x" * len(content), "damaged"),
    ],
)
def test_a_file_that_came_cut_short_or_damaged_is_refused(server, tmp_path, fault, said):
    server.fault = fault

    with pytest.raises(ReferenceFileError, match=said):
        fetch(tmp_path / NAME)

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_the_server_does_not_know_is_named(server, tmp_path):
    (server.folder / NAME).unlink()

    with pytest.raises(ReferenceFileError, match=f"does not know {NAME}"):
        fetch(tmp_path / NAME)


def test_a_server_that_is_silent_is_named(monkeypatch, tmp_path, server):
    monkeypatch.setenv("CRDS_SERVER_URL", "http://localhost:9")

    with pytest.raises(ReferenceFileError, match=r"http://localhost:9, tells nothing of"):
        fetch(tmp_path / NAME)


def test_without_a_server_the_error_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.delenv("CRDS_SERVER_URL", raising=False)
    monkeypatch.setenv("CRDS_PATH", str(tmp_path))

    with pytest.raises(ReferenceFileError, match="CRDS_SERVER_URL is not set"):
        fetch(tmp_path / NAME)
