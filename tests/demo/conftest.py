"""The small exposures and their cache, made once."""

import pytest

from snakewebb.demo import PROGRAMMES, make_cache, make_exposure

SMALL = PROGRAMMES["small"]


@pytest.fixture(scope="session")
def small_files(tmp_path_factory):
    """Return the raw products of the small exposures, by their detectors and patterns."""
    folder = tmp_path_factory.mktemp("exposures")
    return {(e.detector, e.readpatt): make_exposure(e, folder) for e in SMALL}


@pytest.fixture(scope="session")
def small_cache(tmp_path_factory):
    """Return the root of a cache for the small exposures, and its context."""
    folder = tmp_path_factory.mktemp("crds")
    return folder, make_cache(SMALL, folder)
