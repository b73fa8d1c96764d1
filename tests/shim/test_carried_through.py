"""What an exposure brings besides its ramp is in all products that have a place for it."""

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.pipeline import Detector1Pipeline

FIRST, LAST, TOTAL = 5, 6, 10


@pytest.fixture(scope="module")
def products(small_run, tmp_path_factory):
    """The folder of the products of a segment of an exposure, with all that it may bring."""
    folder = tmp_path_factory.mktemp("segment")
    raw = next(small_run.glob("*02101_00001_nrca1_uncal.fits"))
    with datamodels.Level1bModel(raw) as model:
        meta = model.meta.exposure
        meta.nints, meta.integration_start, meta.integration_end = TOTAL, FIRST, LAST
        meta.segment_number, meta.drop_frames1 = 3, 2
        times = np.zeros(TOTAL, model.int_times.dtype)
        times["integration_number"] = np.arange(1, TOTAL + 1)
        model.int_times = times
        nints, ngroups, ny, nx = model.data.shape
        model.refout = np.full((nints, ngroups, ny, nx // 4), 900, np.uint16)
        model.save(folder / "jw1_uncal.fits")
    saved = {name: {"save_results": True} for name in Detector1Pipeline().__dict__["_steps"]}
    Detector1Pipeline.call(
        folder / "jw1_uncal.fits",
        output_dir=str(folder),
        save_results=True,
        save_calibrated_ramp=True,
        steps=saved,
    ).close()
    return folder


@pytest.mark.parametrize("name", ["dq_init", "dark_current", "jump", "ramp"])
def test_ramps_keep_the_tables_and_the_reference_output(products, name):
    with datamodels.open(products / f"jw1_{name}.fits") as ramp:
        assert ramp.int_times["integration_number"].tolist() == list(range(1, TOTAL + 1))
        assert len(ramp.group) == ramp.data.shape[0] * ramp.data.shape[1]
        assert (ramp.refout == 900).all()


@pytest.mark.parametrize("name", ["ramp_fitints", "rateints"])
def test_rates_of_integrations_keep_the_times_of_the_whole_exposure(products, name):
    with datamodels.open(products / f"jw1_{name}.fits") as rates:
        assert rates.int_times["integration_number"].tolist() == list(range(1, TOTAL + 1))


@pytest.mark.parametrize("name", ["ramp", "rate", "rateints"])
def test_every_product_tells_which_segment_it_is(products, name):
    with datamodels.open(products / f"jw1_{name}.fits") as product:
        meta = product.meta.exposure
        assert (meta.integration_start, meta.integration_end, meta.nints) == (FIRST, LAST, TOTAL)
        assert (meta.segment_number, meta.drop_frames1) == (3, 2)
