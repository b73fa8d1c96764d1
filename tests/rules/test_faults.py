"""Bad input to the workflow: one clear error, a status that is not zero, nothing half-written."""

from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.errors import SnakewebbError
from snakewebb.run.workflow import Workflow


@pytest.fixture
def here(tmp_path, monkeypatch, settings_of_crds):
    """An empty working directory; settings of CRDS that a test changes are put back."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"exposures": ["none/*_uncal.fits"]}, "no file matches"),
        ({"exposures": "none.csv"}, "none.csv does not exist"),
        ({"exposures": None}, "the configuration lacks 'exposures'"),
        ({"exposure": ["x"]}, "did you mean 'exposures'?"),
        ({"steps": {"jmup": {}}}, "did you mean 'jump'?"),
        ({"steps": {"jump": {"treshold": 1}}}, "step 'jump' has no parameter 'treshold'"),
        ({"steps": {"jump": {"rejection_threshold": "high"}}}, "must be a number"),
        ({"steps": {"jump": {"rejection_threshold": -1}}}, "at least 0"),
        ({"steps": {"jump": {"override_gain": "none.fits"}}}, "none.fits does not exist"),
        ({"steps": {"jump": {"output_dir": "x"}}}, "the workflow names its products itself"),
        ({"granularity": "steps"}, "granularity must be step or stage"),
        ({"keep": ["jmup"]}, "unknown step 'jmup' in keep"),
        ({"keep": "some"}, "keep must be all, none or a list of steps"),
        ({"crds": {"contxt": "x"}}, "did you mean 'context'?"),
        ({"crds": {"path": "/none", "context": "jwst_0001.pmap"}}, "CRDS gives no answer"),
        ({"config_file": "none.asdf"}, "none.asdf does not exist"),
        ({"exposures": "raw_uncal.fits"}, "exposures: [raw_uncal.fits]"),
        ({"results": __file__}, "is a file"),
        ({"steps": {"jump": {"override_gain": "x"}}, "results": f"{__file__}/in"}, "is a file"),
        ({"results": 2024}, "results must be the path of a folder; it is 2024"),
        ({"groups": ["faint"]}, "groups must map groups"),
        ({"pipeline": ["DarkPipeline"]}, "pipeline must be the name of a class"),
        ({"keep": [["jump"]]}, "unknown step ['jump'] in keep"),
        ({"config_file": 3}, "config_file must be the path of a file"),
        ({"crds": {"context": "jwst_9999.pmap"}}, "the context jwst_9999.pmap is not in the cache"),
    ],
)
def test_a_bad_configuration_is_refused_before_any_job(small_raw, here, config, said):
    with pytest.raises(SnakewebbError) as fault:
        Workflow({"exposures": [str(small_raw)], "results": "results", **config})

    assert said in str(fault.value)
    assert list(here.iterdir()) == []


def test_a_server_that_cannot_be_reached_is_named(small_raw, here, monkeypatch):
    monkeypatch.delenv("CRDS_CONTEXT")
    crds = {"path": str(here / "cache"), "server_url": "https://crds.invalid"}

    with pytest.raises(SnakewebbError, match=r"the server https://crds\.invalid cannot be reached"):
        Workflow({"exposures": [str(small_raw)], "results": "results", "crds": crds})


def test_missing_settings_of_crds_are_one_error(small_raw, here, monkeypatch):
    for name in ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)

    with pytest.raises(SnakewebbError, match="set CRDS_PATH"):
        Workflow({"exposures": [str(small_raw)], "results": "results"})


def test_all_bad_exposures_are_reported_at_once(small_raw, here):
    Path("a_uncal.fits").write_text("no FITS")
    Path("b_uncal.fits").write_bytes(small_raw.read_bytes()[:-5000])
    datamodels.ImageModel((8, 8)).save("c_uncal.fits")

    with pytest.raises(SnakewebbError) as fault:
        Workflow({"exposures": ["*_uncal.fits"], "results": "results"})

    assert "a_uncal.fits is not a FITS file" in str(fault.value)
    assert "b_uncal.fits is cut short" in str(fault.value)
    assert "c_uncal.fits holds an image of 2 dimensions" in str(fault.value)


def test_a_reference_of_the_wrong_shape_is_refused_before_any_job(small_raw, here):
    datamodels.GainModel(data=np.ones((10, 10), np.float32)).save("gain.fits")
    steps = {"jump": {"override_gain": "gain.fits"}}

    with pytest.raises(SnakewebbError, match=r"gain.fits does not fit"):
        Workflow({"exposures": [str(small_raw)], "results": "results", "steps": steps})


def test_an_exposure_without_best_reference_is_refused_before_any_job(small_raw, here):
    with datamodels.open(small_raw) as model:
        model.meta.instrument.detector = "NRCB4"
        model.save("jw1_nrcb4_uncal.fits")

    with pytest.raises(SnakewebbError, match="has no best reference of type"):
        Workflow({"exposures": ["*_uncal.fits"], "results": "results"})


def test_snakemake_ends_with_the_one_error_and_a_status_that_is_not_zero(snakemake, tmp_path):
    run = snakemake(exposures=["none/*_uncal.fits"], steps={"jmup": {}})

    assert run.returncode != 0
    assert "no file matches 'none/*_uncal.fits'" in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert "did you mean 'jump'?" in run.stderr.splitlines()[-1]
    assert "common.smk" not in run.stdout + run.stderr
    assert not (tmp_path / "results").exists()


def test_a_job_that_fails_leaves_no_product(snakemake, small_raw, tmp_path):
    mask = tmp_path / "flags.fits"
    fits.PrimaryHDU(np.full((3, 3), 0.5)).writeto(mask)

    run = snakemake(exposures=[str(small_raw)], steps={"dq_init": {"user_supplied_dq": str(mask)}})

    assert run.returncode != 0
    assert "error: " in run.stdout + run.stderr
    assert f"the flags in {mask} are not whole numbers" in run.stdout + run.stderr
    assert not list((tmp_path / "results").glob("*dq_init*"))
    assert not list((tmp_path / "results").glob(".writing*"))
