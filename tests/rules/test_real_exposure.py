"""A raw exposure that was not made here: old header, made by the simulator of the NIRISS team."""

import subprocess
import sys

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.demo import environment, make_cache
from snakewebb.demo.programmes import NIRISS_INTERFEROMETRY

from .conftest import ROOT, assert_same_product

EXPOSURE = (
    ROOT.parent / "shared" / "data" / "simulated" / "jw00793001001_01101_00001_nis_uncal.fits"
)


@pytest.mark.skipif(not EXPOSURE.is_file(), reason="the exposure of the NIRISS team is not here")
def test_it_reaches_the_rate_both_ways_with_the_same_pixels(snakemake, tmp_path, monkeypatch):
    context = make_cache([NIRISS_INTERFEROMETRY], tmp_path / "crds", serial=793)
    for name, value in environment(tmp_path / "crds", context).items():
        monkeypatch.setenv(name, value)

    run = snakemake(exposures=[str(EXPOSURE)])
    assert run.returncode == 0, run.stdout + run.stderr
    # in a process of its own, since crds remembers the cache that other tests use
    call = f"Detector1Pipeline.call({str(EXPOSURE)!r}, output_dir='memory')"
    code = f"from snakewebb.pipeline import Detector1Pipeline; {call}"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)

    with datamodels.open(tmp_path / "memory" / "jw00793001001_01101_00001_nis_rate.fits") as rate:
        assert rate.meta.cal_step.ramp_fit == "COMPLETE"
        assert np.isfinite(rate.data).mean() > 0.95
    for name in ("rate", "rateints"):
        product = f"jw00793001001_01101_00001_nis_{name}.fits"
        assert_same_product(tmp_path / "results" / product, tmp_path / "memory" / product)
