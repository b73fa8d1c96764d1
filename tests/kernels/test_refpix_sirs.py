"""Row drifts estimated with convolution kernels, on frames of 64 x 16 pixels and two outputs."""

import numpy as np
import pytest

from snakewebb.kernels.refpix_sirs import convolution_kernels, subtract_row_drifts

ROWS = 64
NOTHING = np.zeros((2, 5))
DELTA = np.zeros((2, 5))
DELTA[:, 2] = 1


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def frame(left, right=0):
    """Return a ramp of one frame whose reference columns drift; all else is zero."""
    ramp = np.zeros((1, 1, ROWS, 16), np.float32)
    ramp[0, 0, :, :4] = np.reshape(left, (-1, 1))
    ramp[0, 0, :, -4:] = np.reshape(right, (-1, 1))
    return ramp


def drift(ramp, left=NOTHING, right=NOTHING, **options):
    """Return what is subtracted from the rows of both outputs."""
    return -subtract_row_drifts(ramp, left, right, **options)[0, 0, :, [5, 10]]


def test_constant_coefficients_make_a_kernel_of_one_element():
    kernels = convolution_kernels(np.ones((2, 65)), halfwidth=3, gaussmooth=0)
    np.testing.assert_allclose(kernels, [[0, 0, 0, 1, 0, 0, 0]] * 2, atol=1e-15)


def test_a_phase_shifts_the_kernel():
    frequency = np.arange(65) / 128
    kernels = convolution_kernels(np.exp(-2j * np.pi * frequency)[None], halfwidth=3, gaussmooth=0)
    np.testing.assert_allclose(kernels, [[0, 0, 0, 0, 1, 0, 0]], atol=1e-15)


def test_the_kernel_is_smoothed_with_a_normal_distribution():
    kernels = convolution_kernels(np.ones((1, 65)), halfwidth=6, gaussmooth=1.5)
    distribution = np.exp(-(np.arange(-6, 7) ** 2) / 4.5)
    np.testing.assert_allclose(kernels[0], distribution / distribution.sum(), rtol=1e-12)


def test_the_kernel_is_cut_off_before_it_is_smoothed():
    coefficients = np.exp(-2j * np.pi * np.arange(65) / 128 * 4)[None]  # a shift by four rows
    assert (convolution_kernels(coefficients, halfwidth=3, gaussmooth=2) < 1e-15).all()


def test_kernels_that_do_not_reach_far_enough_are_named():
    with pytest.raises(ValueError, match="16 rows do not reach a halfwidth of 8"):
        convolution_kernels(np.ones((1, 9)), halfwidth=8)


def test_a_kernel_of_one_element_takes_the_mean_of_the_reference_columns():
    ramp = frame(0)
    ramp[0, 0, :, :4] = strip = noise(ROWS, 4)

    result = drift(ramp, DELTA, sigreject=100)

    np.testing.assert_allclose(result, [strip.mean(axis=1)] * 2, atol=1e-6)


def test_both_sides_contribute_to_each_output_with_kernels_of_their_own():
    left, right = noise(ROWS), noise(ROWS, seed=1)

    result = drift(
        frame(left, right),
        np.array([1, 2])[:, None] * DELTA,
        np.array([4, -1])[:, None] * DELTA,
        sigreject=100,
    )

    np.testing.assert_allclose(result, [left + 4 * right, 2 * left - right], atol=1e-5)


def test_a_kernel_is_convolved_with_the_rows():
    kernel = np.array([[1.0, 2, 3, 4, 5], [0, 0, 0, 0, 1]])
    left = noise(ROWS)

    result = drift(frame(left), kernel, sigreject=100)

    rows = np.pad(left, 2)
    expected = sum(kernel[0, 4 - lag] * rows[lag : lag + ROWS] for lag in range(5))
    np.testing.assert_allclose(result[0], expected, atol=1e-5)
    np.testing.assert_allclose(result[1, 2:], left[:-2], atol=1e-6)
    assert result[1, :2].tolist() == [0, 0]


def test_values_far_from_the_median_are_left_out():
    # The median is 0 and the median absolute deviation 1, so that the limit is 3 times 1.48.
    left = np.resize(np.float32([-1, 0, 1, 1, 0, -1, -1, 1]), ROWS)
    ramp = frame(left)
    ramp[0, 0, 20, 1] = 4.5
    ramp[0, 0, 30, 2] = 4.4

    result = drift(ramp, DELTA, sigreject=3)

    assert result[0, 20] == left[20]
    assert result[0, 30] == np.float32((3 * left[30] + 4.4) / 4)


def test_a_row_counts_as_much_as_values_are_left_in_it():
    # A mean over three rows: all of one, a quarter of the next and all of the last.
    left = np.resize(np.float32([1, -1]), ROWS)
    ramp = frame(left)
    ramp[0, 0, 21, :3] = 1000
    kernel = np.array([[0, 1, 1, 1, 0]] * 2) / 3

    result = drift(ramp, kernel)

    assert result[0, 21] == np.float32((1 - 0.25 + 1) / 2.25)


@pytest.mark.parametrize("value", [np.nan, 1e6])
def test_a_row_without_good_values_contributes_nothing(value):
    ramp = frame(np.resize(np.float32([1, -1]), ROWS))
    ramp[0, 0, 21, :4] = value

    result = drift(ramp, DELTA)

    assert result[:, 21].tolist() == [0, 0]
    assert result[:, 22].tolist() == [1, 1]


def test_an_unknown_signal_stays_unknown_and_spreads_to_nothing():
    ramp = frame(noise(ROWS), noise(ROWS))
    expected = subtract_row_drifts(ramp, DELTA, DELTA)
    ramp[0, 0, 10, 8] = expected[0, 0, 10, 8] = np.nan
    np.testing.assert_array_equal(subtract_row_drifts(ramp, DELTA, DELTA), expected)


def test_frames_do_not_depend_on_each_other():
    ramp = noise(2, 3, ROWS, 16)
    result = subtract_row_drifts(ramp, DELTA, DELTA)
    np.testing.assert_array_equal(result[1:, 2:], subtract_row_drifts(ramp[1:, 2:], DELTA, DELTA))


def test_the_input_is_untouched_unless_it_is_out():
    ramp = noise(2, 2, ROWS, 16)
    before = ramp.copy()

    result = subtract_row_drifts(ramp, DELTA, DELTA)
    np.testing.assert_array_equal(ramp, before)
    assert result.dtype == np.float32

    view = ramp[..., ::-1]
    expected = subtract_row_drifts(view.copy(), DELTA, DELTA)
    assert subtract_row_drifts(view, DELTA, DELTA, out=view) is view
    np.testing.assert_array_equal(ramp[..., ::-1], expected)


@pytest.mark.parametrize(("left", "right"), [(3, 3), (2, 4)])
def test_kernels_that_do_not_fit_the_columns_are_named(left, right):
    with pytest.raises(ValueError, match=f"{left} and {right} kernels do not fit 16 columns"):
        subtract_row_drifts(frame(0), np.ones((left, 5)), np.ones((right, 5)))
