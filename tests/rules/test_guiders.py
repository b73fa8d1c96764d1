"""Exposures of a guider at work, and darks: each takes the pipeline of its type."""

import re
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.errors import SnakewebbError
from snakewebb.pipeline import DarkPipeline
from snakewebb.pipelines import DARK, GUIDER_PIPELINE
from snakewebb.run.workflow import Workflow
from tests import flight
from tests.guiding import write_references

from .conftest import assert_same_product

ROOT = flight.ACQUISITION.name.removesuffix("_uncal.fits")


@pytest.fixture
def guider_steps(tmp_path, monkeypatch):
    """Write references for the flight exposure; no parameter file is sought for it."""
    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "true")
    return write_references(tmp_path)


@pytest.fixture
def dark(small_raw, tmp_path):
    """Return a copy of a raw exposure that says that it was taken without light."""
    path = tmp_path / small_raw.name
    with fits.open(small_raw) as hdus:
        del hdus["ASDF"]
        hdus[0].header["EXP_TYPE"] = "NRC_DARK"
        hdus.writeto(path)
    return path


def jobs_of(dry_run):
    assert dry_run.returncode == 0, dry_run.stdout + dry_run.stderr
    return set(re.findall(r"^(?:local)?rule (\w+):", dry_run.stdout + dry_run.stderr, re.MULTILINE))


def called(folder, pipeline, exposure, steps):
    """Call a pipeline in a process of its own and return the folder of its products."""
    code = (
        f"from snakewebb.pipeline import {pipeline}; "
        f"{pipeline}.call({str(exposure)!r}, output_dir='memory', steps={steps!r})"
    )
    subprocess.run([sys.executable, "-c", code], cwd=folder, check=True)
    return folder / "memory"


@flight.absent
@pytest.mark.parametrize("granularity", ["step", "stage"])
def test_a_flight_exposure_is_calibrated_both_ways_with_the_same_pixels(
    snakemake, tmp_path, guider_steps, granularity
):
    run = snakemake(
        exposures=[str(flight.ACQUISITION)],
        steps=guider_steps,
        keep="all",
        granularity=granularity,
        quicklook=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    saved = {name: {**values, "save_results": True} for name, values in guider_steps.items()}
    memory = called(tmp_path, "GuiderPipeline", flight.ACQUISITION, saved)

    products = sorted((tmp_path / "results").glob("*.fits"))
    suffixes = ["cal", "dq_init", "guider_cds"]
    assert [p.name for p in products] == [f"{ROOT}_{suffix}.fits" for suffix in suffixes]
    for product in products:
        assert_same_product(product, memory / product.name)
    assert (tmp_path / "results" / "quicklook" / f"{ROOT}.png").is_file()
    with datamodels.open(products[0]) as calibrated:
        assert isinstance(calibrated, datamodels.GuiderCalModel)
        assert calibrated.data.shape == (6, 128, 128)
        assert calibrated.meta.cal_step.flat_field == "COMPLETE"
        assert calibrated.meta.bunit_data == "DN/s"


@flight.absent
def test_a_mixed_list_takes_the_pipeline_of_each_exposure(snakemake, small_raw, dark, guider_steps):
    exposures = [str(flight.ACQUISITION), str(dark)]
    steps = {**guider_steps, "dq_init": {"skip": True}, "jump": {"rejection_threshold": 5.0}}

    plan = snakemake("--dry-run", exposures=exposures, steps=steps)
    assert plan.returncode != 0
    assert "unknown step 'jump'" in plan.stdout + plan.stderr

    other = small_raw.with_name(small_raw.name.replace("nrca1", "nrcalong").replace("2101", "2105"))
    plan = snakemake("--dry-run", exposures=[*exposures, str(other)], steps=steps)
    jobs = jobs_of(plan)
    assert {"guider_cds", "flat_field", "dark", "jump", "gain_scale"} <= jobs
    assert "calibrated_ramp" not in jobs


@flight.absent
def test_the_pipelines_of_a_run_are_those_of_its_exposures(small_raw, dark, guider_steps):
    config = {
        "exposures": [str(flight.ACQUISITION), str(dark)],
        "results": "results",
        "steps": {**guider_steps, "dq_init": {"skip": True}},
    }

    run = Workflow(config)

    taken = {root: planned.pipeline for root, planned in run.exposures.items()}
    assert taken == {ROOT: GUIDER_PIPELINE, dark.name.removesuffix("_uncal.fits"): DARK}
    assert run.final(ROOT) == [f"results/{ROOT}_cal.fits"]


@flight.absent
def test_a_pipeline_that_is_named_refuses_exposures_of_another_kind(small_raw, guider_steps):
    def run(pipeline, *exposures):
        Workflow({"exposures": [*map(str, exposures)], "results": "r", "pipeline": pipeline})

    with pytest.raises(SnakewebbError, match="type FGS_ACQ1; use GuiderPipeline") as raised:
        run("Detector1Pipeline", flight.ACQUISITION)
    assert str(flight.ACQUISITION) in str(raised.value)
    with pytest.raises(SnakewebbError, match="type NRC_IMAGE; use Detector1Pipeline"):
        run("GuiderPipeline", small_raw)
    with pytest.raises(SnakewebbError, match=r"unknown pipeline 'Guider' .*did you mean 'Guider"):
        run("Guider", small_raw)


def test_a_dark_is_corrected_up_to_the_dark_current_both_ways(snakemake, dark, tmp_path):
    run = snakemake(exposures=[str(dark)], keep=["linearity"])
    assert run.returncode == 0, run.stdout + run.stderr
    root = dark.name.removesuffix("_uncal.fits")
    with DarkPipeline.call(dark, output_dir=str(tmp_path / "memory")) as ramp:
        assert isinstance(ramp, datamodels.RampModel)
        assert ramp.meta.cal_step.linearity == "COMPLETE"
        assert ramp.meta.cal_step.dark_sub is None

    product = tmp_path / "results" / f"{root}_dark.fits"
    assert_same_product(product, tmp_path / "memory" / product.name)
    with fits.open(product) as dark, fits.open(product.with_name(f"{root}_linearity.fits")) as last:
        assert np.array_equal(dark["SCI"].data, last["SCI"].data, equal_nan=True)


def test_one_job_for_a_dark_gives_the_same_product(snakemake, dark, tmp_path):
    products = []
    for granularity in ("step", "stage"):
        run = snakemake(exposures=[str(dark)], granularity=granularity, results=granularity)
        assert run.returncode == 0, run.stdout + run.stderr
        products.append(next((tmp_path / granularity).glob("*_dark.fits")))

    assert_same_product(*products)


@flight.absent
def test_a_reference_that_a_parameter_names_is_an_input_once(guider_steps):
    own = guider_steps["flat_field"].pop("override_flat")
    guider_steps["flat_field"]["user_supplied_flat"] = own

    run = Workflow({"exposures": [str(flight.ACQUISITION)], "results": "r", "steps": guider_steps})

    assert run.references(ROOT, "flat_field") == [own]
    depends_on = [change.partition(" = ")[0] for change in run.changes(ROOT, "flat_field")]
    assert depends_on == ["flat_field: flat", "flat_field: source"]
