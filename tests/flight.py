"""Flight data that lie beside the project, for the tests that use them."""

from pathlib import Path

import pytest

SHARED = Path(__file__).parents[2] / "shared" / "data"
HEADERS = sorted((SHARED / "flight" / "headers").glob("*.fits"))
ACQUISITION = SHARED / "flight" / "jw01019001001_gs-acq1_2022117003102_uncal.fits"
CACHE = SHARED / "crds"
CONTEXT = "jwst_0676.pmap"

absent = pytest.mark.skipif(
    not ACQUISITION.is_file(), reason="the flight data are not at ../shared/data/flight"
)


def use_cache(patch, cache=CACHE):
    """Let this process and its children find the real context of the flight data."""
    patch.setenv("CRDS_PATH", str(cache))
    patch.setenv("CRDS_CONTEXT", CONTEXT)
    patch.setenv("CRDS_READONLY_CACHE", "1")
    patch.setenv("CRDS_SERVER_URL", "https://crds.invalid")
