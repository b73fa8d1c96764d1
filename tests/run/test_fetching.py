"""Files of CRDS are fetched whole and right, or not at all."""

import pytest

from snakewebb.errors import ReferenceFileError
from snakewebb.run import crds
from tests.crds_server import serving

NAME = "jwst_nircam_gain_0099.fits"
CONTENT = b"gain" * 1000


@pytest.fixture
def server(monkeypatch, tmp_path, tmp_path_factory):
    """A server of one file, in use with an empty cache."""
    folder = tmp_path_factory.mktemp("served")
    (folder / NAME).write_bytes(CONTENT)
    with serving(folder, "jwst_0001.pmap") as running:
        monkeypatch.setenv("CRDS_SERVER_URL", running.url)
        monkeypatch.setenv("CRDS_PATH", str(tmp_path))
        monkeypatch.delenv("CRDS_READONLY_CACHE", raising=False)
        yield running


@pytest.fixture
def place(tmp_path):
    """Where the file belongs in the cache."""
    return tmp_path / "references" / "jwst" / "nircam" / NAME


def test_a_file_comes_as_the_server_has_it_and_only_once(server, place):
    crds.fetch(place)
    crds.fetch(place)

    assert place.read_bytes() == CONTENT
    assert server.asked == [NAME]


@pytest.mark.parametrize(("fault", "size"), [("cut", 3999), ("spoilt", 4000)])
def test_a_file_that_came_cut_short_or_damaged_is_refused(server, place, fault, size):
    setattr(server, fault, {NAME})

    with pytest.raises(ReferenceFileError, match=f"{NAME} arrived damaged.* {size} bytes of 4000"):
        crds.fetch(place)

    assert list(place.parent.iterdir()) == []


def test_a_file_that_the_server_does_not_know_is_named(server, place):
    del server.files[NAME]

    with pytest.raises(ReferenceFileError, match=f"{NAME} is not in .*the server does not know it"):
        crds.fetch(place)


def test_a_server_that_is_silent_is_named(server, place, monkeypatch):
    monkeypatch.setenv("CRDS_SERVER_URL", "http://localhost:9")

    with pytest.raises(ReferenceFileError, match="cannot be fetched from http://localhost:9"):
        crds.fetch(place)


@pytest.mark.parametrize(("name", "value"), [("CRDS_SERVER_URL", ""), ("CRDS_READONLY_CACHE", "1")])
def test_the_error_names_the_setting_that_keeps_a_file_from_being_fetched(
    server, place, monkeypatch, name, value
):
    monkeypatch.setenv(name, value)

    with pytest.raises(ReferenceFileError, match=f"{NAME} is not in the cache .*{name} is"):
        crds.fetch(place)
    assert not place.exists()
