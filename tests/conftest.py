"""What tests share: small simulated exposures, and a CRDS cache that serves them."""

import pytest
from hypothesis import settings

from snakewebb.demo import SERVED, environment, make_cache, make_exposure

settings.register_profile("steady", derandomize=True, deadline=None, max_examples=40)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def small_run(tmp_path_factory):
    """The folder of the small simulated exposures; its CRDS cache is in use for the session."""
    folder = tmp_path_factory.mktemp("small")
    context = make_cache(SERVED["small"], folder / "crds")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder / "crds", context).items():
            patch.setenv(name, value)
        for exposure in SERVED["small"]:
            make_exposure(exposure, folder)
        yield folder


@pytest.fixture
def small_raw(small_run):
    """The path of a raw exposure of NIRCam, several integrations of a subarray."""
    return next(small_run.glob("*02101_00001_nrca1_uncal.fits"))
