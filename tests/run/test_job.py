"""What the run layer does for all steps, on open models."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.run.job import apply_to_all, threads_for
from snakewebb.run.parameters import Setting, Settings
from snakewebb.shim import step_class
from snakewebb.steps import all_steps
from snakewebb.steps.layout import science_rows

NO_PARAMETERS = SimpleNamespace(settings=SimpleNamespace(values_of=lambda step: None))


@pytest.fixture
def interleaved():
    """A frame of NIRSpec that is still interleaved with reference pixels; rows tell their index."""
    model = datamodels.RampModel()
    model.data = np.ones((1, 1, 3200, 2048), np.float32) * np.arange(3200)[:, np.newaxis]
    model.pixeldq = np.zeros((3200, 2048), np.uint32)
    model.groupdq = np.zeros((1, 1, 3200, 2048), np.uint8)
    model.meta.instrument.name, model.meta.instrument.detector = "NIRSPEC", "NRS2"
    model.meta.exposure.readpatt = "NRSIRS2RAPID"
    return model


def linearity():
    """Return a reference that doubles all values."""
    reference = datamodels.LinearityModel()
    reference.coeffs = np.zeros((2, 2048, 2048), np.float32)
    reference.coeffs[1] = 2
    reference.dq = np.zeros((2048, 2048), np.uint32)
    return reference


def test_what_is_interleaved_is_left_out_before_a_step_that_corrects_pixels_of_the_detector(
    interleaved,
):
    rows = science_rows(interleaved)
    references = SimpleNamespace(linearity=linearity())

    products, _ = apply_to_all(all_steps()["linearity"], [interleaved], references, NO_PARAMETERS)

    (result,) = products
    assert result.data[0, 0, :, 7].tolist() == (2 * rows).tolist()
    assert result.data.shape == result.groupdq.shape == (1, 1, 2048, 2048)
    assert result.pixeldq.shape == (2048, 2048)


def test_steps_that_take_interleaved_frames_get_them(interleaved):
    bias = datamodels.SuperBiasModel()
    bias.data = np.ones((3200, 2048), np.float32)
    bias.dq = np.zeros((3200, 2048), np.uint32)
    references = SimpleNamespace(superbias=bias)

    products, _ = apply_to_all(all_steps()["superbias"], [interleaved], references, NO_PARAMETERS)

    assert products[0].data[0, 0, :, 7].tolist() == list(range(-1, 3199))


@pytest.mark.parametrize("name", [s.name for s in all_steps().values() if s.instruments])
def test_a_step_for_some_instruments_is_skipped_for_others(name, small_raw):
    step = all_steps()[name]
    with datamodels.RampModel(small_raw) as ramp:
        before = ramp.groupdq.copy()
        with step_class(name).call(ramp, skip=False) as result:
            assert getattr(result.meta.cal_step, step.status) == "SKIPPED"
            assert np.array_equal(result.groupdq, before)


def test_without_values_per_integration_a_step_leaves_them_out():
    rate = datamodels.ImageModel(np.ones((2, 2), np.float32))
    rate.meta.exposure.gain_factor = 2.0
    products, _ = apply_to_all(
        all_steps()["gain_scale"], [rate, None], SimpleNamespace(gain=None), NO_PARAMETERS
    )
    assert products == [rate, None]


def plan_with(maximum, origin="keyword argument"):
    settings = Settings({"jump": {"maximum_cores": Setting(maximum, origin)}, "ipc": {}})
    return SimpleNamespace(settings=settings, threads=8)


@pytest.mark.parametrize(
    ("maximum", "origin", "number"),
    [
        ("1", "keyword argument", 1),
        ("1", "default", 8),
        ("none", "jwst_nircam_pars-jumpstep_0001.asdf", 8),
        ("all", "my.yaml, line 3", 8),
        ("1", "my/jwst_nircam_pars-jumpstep_0001.asdf, line 3", 1),
    ],
)
def test_a_step_has_the_threads_of_the_run_unless_its_user_says_less(
    monkeypatch, maximum, origin, number
):
    monkeypatch.setattr("snakewebb.steps.cores.available", lambda: 8)
    assert threads_for(plan_with(maximum, origin), all_steps()["jump"]) == number


def test_a_step_without_such_a_parameter_has_the_threads_of_the_run():
    assert threads_for(plan_with("1"), all_steps()["ipc"]) == 8
