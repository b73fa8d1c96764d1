"""Bad input to the workflow: one clear error, a status that is not zero, nothing half-written."""

import numpy as np
import pytest
from stdatamodels.jwst import datamodels


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
        ({"keep": ["jmup"]}, "unknown step 'jmup' in keep"),
        ({"keep": "some"}, "keep must be all, none or a list of steps"),
        ({"crds": {"contxt": "x"}}, "did you mean 'context'?"),
        ({"crds": {"path": "/none", "context": "jwst_0001.pmap"}}, "CRDS gives no answer"),
        ({"config_file": "none.asdf"}, "none.asdf does not exist"),
    ],
)
def test_a_bad_configuration_is_refused_before_any_job(snakemake, small_raw, tmp_path, config, said):
    run = snakemake(**{"exposures": [str(small_raw)], **config})

    assert run.returncode != 0
    assert said in run.stdout + run.stderr
    assert "Traceback" not in run.stdout + run.stderr
    assert not (tmp_path / "results").exists()


def test_missing_settings_of_crds_are_one_error(snakemake, small_raw, monkeypatch):
    for name in ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)

    run = snakemake(exposures=[str(small_raw)])

    assert run.returncode != 0
    assert "set CRDS_PATH" in run.stdout + run.stderr


def test_all_bad_exposures_are_reported_at_once(snakemake, small_raw, tmp_path):
    (tmp_path / "a_uncal.fits").write_text("no FITS")
    (tmp_path / "b_uncal.fits").write_bytes(small_raw.read_bytes()[:-5000])
    datamodels.ImageModel((8, 8)).save(tmp_path / "c_uncal.fits")

    run = snakemake(exposures=["*_uncal.fits"])

    said = run.stdout + run.stderr
    assert run.returncode != 0
    assert "a_uncal.fits is not a FITS file" in said
    assert "b_uncal.fits is cut short" in said
    assert "c_uncal.fits holds an image of 2 dimensions" in said


def test_a_reference_of_the_wrong_shape_is_refused_before_any_job(snakemake, small_raw, tmp_path):
    datamodels.GainModel(data=np.ones((10, 10), np.float32)).save(tmp_path / "gain.fits")

    run = snakemake(exposures=[str(small_raw)], steps={"jump": {"override_gain": "gain.fits"}})

    assert run.returncode != 0
    assert "gain.fits does not fit" in run.stdout + run.stderr
    assert not (tmp_path / "results").exists()


def test_an_exposure_without_best_reference_is_refused_before_any_job(snakemake, small_raw, tmp_path):
    with datamodels.open(small_raw) as model:
        model.meta.instrument.detector = "NRCB4"
        model.save(tmp_path / "jw1_nrcb4_uncal.fits")

    run = snakemake(exposures=["*_uncal.fits"])

    assert run.returncode != 0
    assert "has no best reference of type" in run.stdout + run.stderr
