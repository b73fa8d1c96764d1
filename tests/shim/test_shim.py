"""The Python interface: classes made from the declarations, ``call`` and ``run``."""

import importlib
import os

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.errors import ParameterError, SnakewebbError
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.step import (
    CleanFlickerNoiseStep,
    DarkCurrentStep,
    GainScaleStep,
    JumpStep,
    RampFitStep,
    SuperBiasStep,
)
from snakewebb.steps import all_steps


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_step_is_imported_from_the_module_that_jwst_has_it_in():
    for step in all_steps().values():
        module = importlib.import_module(f"snakewebb.{step.package}")
        assert getattr(module, step.class_name)._target is step


def test_a_module_that_is_no_step_is_not_found():
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("snakewebb.no_such_step")


def test_a_pipeline_returns_the_rate_and_writes_nothing(small_raw, here):
    rate = Detector1Pipeline.call(small_raw)

    assert isinstance(rate, datamodels.ImageModel)
    assert rate.data.dtype == np.float32
    assert rate.meta.cal_step.ramp_fit == "COMPLETE"
    assert list(here.iterdir()) == []


def test_ramp_fit_alone_returns_the_pair(small_raw):
    rate, rateints = RampFitStep.call(small_raw)

    assert isinstance(rate, datamodels.ImageModel)
    assert isinstance(rateints, datamodels.CubeModel)


def test_a_step_on_rates_takes_and_returns_a_rate(small_raw):
    rate = Detector1Pipeline.call(small_raw)

    assert isinstance(GainScaleStep.call(rate), datamodels.ImageModel)


@pytest.mark.parametrize("saved", [False, True])
def test_a_step_on_ramps_that_takes_rates_does_so_alone(small_raw, here, saved):
    rate = Detector1Pipeline.call(small_raw)
    if saved:
        rate.save("a_rate.fits")

    cleaned = CleanFlickerNoiseStep.call("a_rate.fits" if saved else rate, skip=False)

    assert isinstance(cleaned, datamodels.ImageModel)
    assert cleaned.meta.cal_step.clean_flicker_noise == "COMPLETE"
    assert not np.array_equal(cleaned.data, rate.data, equal_nan=True)


def test_a_step_on_ramps_does_not_take_rates_otherwise(small_raw):
    with pytest.raises(SnakewebbError, match="ramp"):
        JumpStep.call(Detector1Pipeline.call(small_raw))


def test_what_a_step_makes_besides_is_saved_beside_its_result(small_raw, here):
    steps = {"clean_flicker_noise": {"skip": False, "save_mask": True, "save_noise": True}}

    Detector1Pipeline.call(small_raw, steps=steps, output_dir="there").close()

    root = here / "there"
    names = {path.stem.rpartition("nrca1_")[2] for path in root.iterdir()}
    assert names == {"mask", "flicker_noise", "rate", "rateints"}


def test_the_callers_model_is_not_changed_and_stays_open(small_raw):
    with datamodels.open(small_raw) as model:
        before = model.data.copy()
        rate = Detector1Pipeline.call(model)
        rate.close()

        assert (model.data == before).all()
        assert model.meta.cal_step.jump is None
        assert model.meta.filename == small_raw.name


def test_the_product_says_what_was_done_with_which_references(small_raw):
    rate = Detector1Pipeline.call(small_raw, steps={"superbias": {"skip": True}})

    assert rate.meta.cal_step.superbias == "SKIPPED"
    assert rate.meta.cal_step.linearity == "COMPLETE"
    assert rate.meta.ref_file.gain.name.startswith("crds://jwst_nircam_gain")
    assert rate.meta.ref_file.crds.context_used == os.environ["CRDS_CONTEXT"]
    assert rate.meta.ref_file.crds.sw_version
    assert rate.meta.calibration_software_version


def test_the_product_holds_the_origin_of_every_parameter_that_changes_pixels(small_raw):
    rate = Detector1Pipeline.call(small_raw, steps={"jump": {"rejection_threshold": 12.0}})

    noted = rate.meta.snakewebb.parameters.jump.rejection_threshold
    assert (noted.value, noted.origin) == (12.0, "keyword argument")


def test_products_carry_the_log_of_their_run_in_a_file_too(small_raw, here):
    first = SuperBiasStep.call(small_raw)
    Detector1Pipeline.call(first, output_file="it", steps={"ipc": {"skip": True}})

    for name in ("it_rate.fits", "it_rateints.fits"):
        with datamodels.open(name) as product:
            lines = [line.partition(" ")[2] for line in product.cal_logs.calwebb_detector1]
            before = [line.partition(" ")[2] for line in product.cal_logs.superbias]
        assert sorted(line.partition(":")[0] for line in lines) == sorted(
            Detector1Pipeline._target.order("NIRCAM")
        )
        assert "ipc: skipped, as asked" in lines
        assert before[0].startswith("superbias: complete in ")
        assert len(before) == 1


def test_a_standalone_step_is_the_step_of_the_pipeline(small_raw, here):
    kept = {name: {"save_results": True} for name in ("linearity", "dark_current")}
    Detector1Pipeline.call(small_raw, steps=kept)
    root = small_raw.name.removesuffix("_uncal.fits")

    alone = DarkCurrentStep.call(f"{root}_linearity.fits")

    with datamodels.open(f"{root}_dark_current.fits") as within:
        np.testing.assert_array_equal(alone.data, within.data)


@pytest.mark.parametrize(
    ("keywords", "names"),
    [
        ({"save_results": True}, ["{root}_rate.fits", "{root}_rateints.fits"]),
        ({"output_file": "final"}, ["final_rate.fits", "final_rateints.fits"]),
        ({"output_file": "final_rate.fits"}, ["final_rate.fits", "final_rateints.fits"]),
        ({"output_dir": "out"}, ["out/{root}_rate.fits", "out/{root}_rateints.fits"]),
        ({"save_results": True, "suffix": "mine"}, ["{root}_mine.fits", "{root}_mineints.fits"]),
        (
            {"save_results": True, "output_ext": "asdf"},
            ["{root}_rate.asdf", "{root}_rateints.asdf"],
        ),
        ({"save_calibrated_ramp": True}, ["{root}_ramp.fits"]),
        ({"steps": {"dq_init": {"save_results": True}}}, ["{root}_dq_init.fits"]),
        ({"steps": {"dark": {"output_dir": "out"}}}, ["out/{root}_dark_current.fits"]),
        ({"steps": {"saturation": {"output_file": "mine"}}}, ["mine_saturation.fits"]),
        (
            {"steps": {"ramp_fit": {"skip": True}}, "save_results": True},
            ["{root}_ramp.fits"],
        ),
    ],
)
def test_products_are_saved_when_asked_for_and_named_by_root_and_suffix(
    small_raw, here, keywords, names
):
    Detector1Pipeline.call(small_raw, **keywords)

    root = small_raw.name.removesuffix("_uncal.fits")
    written = {str(path.relative_to(here)) for path in here.rglob("*") if path.is_file()}
    assert written == {name.format(root=root) for name in names}


def test_a_step_that_the_caller_skips_returns_its_input_marked(small_raw):
    result = SuperBiasStep.call(small_raw, skip=True)

    assert result.meta.cal_step.superbias == "SKIPPED"
    with datamodels.open(small_raw) as raw:
        np.testing.assert_array_equal(result.data, raw.data)


def test_a_reference_overridden_by_na_skips_the_step(small_raw):
    result = SuperBiasStep.call(small_raw, override_superbias="N/A")

    assert result.meta.cal_step.superbias == "SKIPPED"


def test_an_open_reference_model_is_an_override(small_raw):
    with datamodels.open(small_raw) as raw:
        shape, expected = raw.data.shape[-2:], raw.data - np.float32(5)
        reference = datamodels.SuperBiasModel(data=np.full(shape, 5, np.float32))
        reference.meta.subarray = raw.meta.subarray
        reference.meta.filename = "five.fits"

    result = SuperBiasStep.call(small_raw, override_superbias=reference)

    np.testing.assert_array_equal(result.data, expected)
    assert result.meta.ref_file.superbias.name == "five.fits"


def test_run_ignores_the_parameter_files_of_crds(small_raw):
    called = JumpStep.call(small_raw).meta.snakewebb.parameters.jump.rejection_threshold
    ran = JumpStep().run(small_raw).meta.snakewebb.parameters.jump.rejection_threshold

    assert called.origin.startswith("jwst_nircam_pars-jumpstep")
    assert ran.origin == "default"
    assert called.value != ran.value


def test_parameter_files_of_crds_can_be_switched_off(small_raw, monkeypatch):
    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "True")

    noted = JumpStep.call(small_raw).meta.snakewebb.parameters.jump.rejection_threshold

    assert noted.origin == "default"


def test_attributes_of_an_instance_are_parameters_and_it_can_be_used_again(small_raw):
    pipe = Detector1Pipeline()
    pipe.jump.rejection_threshold = 12
    pipe.ramp_fit.skip = True

    first, second = pipe.run(small_raw), pipe.run(small_raw)

    assert first.meta.cal_step.ramp_fit == "SKIPPED"
    assert first.meta.snakewebb.parameters.jump.rejection_threshold.value == 12.0
    np.testing.assert_array_equal(first.groupdq, second.groupdq)


def test_setting_what_is_no_parameter_is_an_error_at_once():
    pipe = Detector1Pipeline()

    with pytest.raises(ParameterError, match="did you mean 'rejection_threshold'"):
        pipe.jump.rejection_treshold = 12
    with pytest.raises(ParameterError, match="jump is a step"):
        pipe.jump = 12
    with pytest.raises(ParameterError, match="must be a number"):
        JumpStep(rejection_threshold="high")


def test_an_attribute_that_was_not_set_has_the_coded_default():
    assert Detector1Pipeline().jump.rejection_threshold == 4.0
    assert Detector1Pipeline(steps={"dark": {"skip": True}}).dark_current.skip is True


@pytest.mark.parametrize(
    ("keywords", "said"),
    [
        ({"steps": {"jmup": {}}}, "did you mean 'jump'"),
        ({"steps": {"jump": {"override_jump": "x.fits"}}}, "reference types: gain, readnoise"),
        ({"steps": {"jump": {"override_gain": "none.fits"}}}, "none.fits does not exist"),
        ({"config_file": "none.asdf"}, "none.asdf does not exist"),
        ({"steps": 3}, "must map steps to their parameters"),
    ],
)
def test_what_the_caller_got_wrong_is_said_before_anything_is_computed(
    small_raw, here, keywords, said
):
    with pytest.raises(SnakewebbError, match=said):
        Detector1Pipeline.call(small_raw, save_results=True, **keywords)

    assert list(here.iterdir()) == []


def test_a_reference_of_the_wrong_shape_is_named(small_raw, here):
    datamodels.GainModel(data=np.ones((10, 10), np.float32)).save("gain.fits")

    with pytest.raises(SnakewebbError, match=r"gain.fits does not fit: .* 10 rows"):
        JumpStep.call(small_raw, override_gain="gain.fits")


def test_missing_settings_of_crds_are_said_in_one_error(small_raw, monkeypatch):
    monkeypatch.delenv("CRDS_PATH")

    with pytest.raises(SnakewebbError, match="set CRDS_PATH"):
        JumpStep.call(small_raw)
