"""The exposure of the document that the contract is about."""

import shutil

import pytest

RAW = "jw00017001001_01101_00001_nrca1_uncal.fits"


@pytest.fixture
def here(tmp_path, monkeypatch, small_raw):
    """An empty working folder that holds the document's exposure."""
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(small_raw, RAW)
    return tmp_path


@pytest.fixture
def written(here):
    """Return the paths of what has been written besides the exposure."""

    def paths():
        found = (path for path in here.rglob("*") if path.is_file())
        names = {str(path.relative_to(here)) for path in found}
        return names - {RAW}

    return paths
