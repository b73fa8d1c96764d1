"""Correction for non-linearity, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels import linearity as kernel
from snakewebb.kernels.dq import DO_NOT_USE, NO_LIN_CORR, NONLINEAR, SATURATED
from snakewebb.steps.linearity import STEP


def exposure(groups=(10, 20, 30), nframes=1):
    """Return an exposure in which each of 2 rows and 3 columns has the same groups."""
    data = np.ones((1, len(groups), 2, 3)) * np.reshape(groups, (1, -1, 1, 1))
    model = datamodels.RampModel(data.astype(np.float32))
    model.meta.exposure.nframes = nframes
    return model


def reference(*coefficients, inverse=None):
    """Return a reference with the same polynomials in every pixel."""
    model = datamodels.LinearityModel()
    model.coeffs = cube(*coefficients)
    model.dq = np.zeros((2, 3), np.uint32)
    if inverse:
        model.inv_coeffs = cube(*inverse)
    return model


def cube(*values):
    return np.float32(values)[:, np.newaxis, np.newaxis] * np.ones((2, 3), np.float32)


def apply(model, polynomials):
    """Apply the step and return the model."""
    STEP.apply(model, SimpleNamespace(linearity=polynomials), SimpleNamespace())
    return model


def test_groups_are_corrected_but_for_saturated_ones():
    model = exposure()
    model.groupdq[0, 2, 0, 0] = SATURATED

    apply(model, reference(1, 2))

    assert model.data[0, :, 1, 1].tolist() == [21, 41, 61]
    assert model.data[0, :, 0, 0].tolist() == [21, 41, 30]
    assert model.groupdq[0, :, 0, 0].tolist() == [0, 0, SATURATED]


def test_pixels_without_a_correction_are_flagged_and_left_as_they_are():
    polynomials = reference(0, 2, 0)
    polynomials.coeffs[2, 0, 0] = np.nan
    polynomials.coeffs[1, 0, 1] = 0
    polynomials.dq[0, 2] = NO_LIN_CORR | NONLINEAR

    model = apply(exposure(), polynomials)

    assert model.pixeldq.tolist() == [[NO_LIN_CORR, NO_LIN_CORR, NO_LIN_CORR | NONLINEAR], [0] * 3]
    assert model.data[0, 0].tolist() == [[10, 10, 10], [20, 20, 20]]


def test_flags_of_the_reference_are_added_to_those_of_the_exposure():
    model, polynomials = exposure(), reference(0, 2)
    model.pixeldq[1, 1] = DO_NOT_USE
    polynomials.dq[1, 1] = NONLINEAR

    apply(model, polynomials)

    assert model.pixeldq[1, 1] == DO_NOT_USE | NONLINEAR
    assert model.pixeldq.dtype == np.uint32
    assert model.data[0, 0, 1, 1] == 20


def test_an_exposure_that_says_it_has_no_correction_is_corrected_if_the_reference_has_one():
    model = exposure()
    model.pixeldq[1, 1] = NO_LIN_CORR
    assert apply(model, reference(0, 2)).data[0, 0, 1, 1] == 20


def test_zeroth_frames_are_corrected_and_zero_in_them_stays_zero():
    model = exposure()
    model.meta.exposure.zero_frame = True
    model.zeroframe = np.full((1, 2, 3), 4, np.float32)
    model.zeroframe[0, 1, 1] = 0

    apply(model, reference(1, 2))

    assert model.zeroframe.tolist() == [[[9, 9, 9], [9, 0, 9]]]


def test_groups_that_average_frames_are_taken_apart_with_the_inverse():
    forward, inverse = (0, 1, 0.01), (0, 1, -0.005)
    model = apply(exposure(nframes=4), reference(*forward, inverse=inverse))

    raw, usable = exposure(), np.ones((2, 3), bool)
    expected = kernel.linearize_averaged(
        raw.data, raw.groupdq, cube(*forward), usable, cube(*inverse), usable, nframes=4
    )
    np.testing.assert_array_equal(model.data, expected)
    assert (expected != apply(exposure(), reference(*forward)).data).any()


@pytest.mark.parametrize(
    ("groups", "nframes", "inverse"),
    [((10, 20), 1, (0, 3)), ((10, 20), 8, None), ((10, 20), None, (0, 3)), ((10,), 8, (0, 3))],
)
def test_the_inverse_is_needed_for_several_groups_of_several_frames_only(groups, nframes, inverse):
    model = apply(exposure(groups, nframes), reference(0, 1, 0.1, inverse=inverse))
    assert model.data[0, 0, 0, 0] == 20


def test_a_pixel_of_unknown_inverse_is_flagged():
    polynomials = reference(0, 1, 0.01, inverse=(0, 1, -0.005))
    polynomials.inv_coeffs[0, 0, 1] = np.nan

    model = apply(exposure(nframes=4), polynomials)

    assert model.pixeldq.tolist() == [[0, NO_LIN_CORR, 0], [0, 0, 0]]


def test_the_reference_is_untouched():
    polynomials = reference(0, 2, np.nan, inverse=(0, 0, 1))

    apply(exposure(nframes=4), polynomials)

    assert polynomials.coeffs[1, 0, 0] == 2
    assert np.isnan(polynomials.coeffs[2]).all()
    assert polynomials.inv_coeffs[:, 0, 0].tolist() == [0, 0, 1]
