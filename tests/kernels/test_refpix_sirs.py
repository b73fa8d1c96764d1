"""Row drifts estimated with convolution kernels, from strips of 64 rows of 4 pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.refpix_sirs import convolution_kernels, row_drift

ROWS = 64
DELTA = np.array([[0.0, 0, 1, 0, 0]])


def noise(*shape, seed=0):
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def strip(rows):
    """Return reference columns that all have the same drift."""
    return np.repeat(np.asarray(rows, np.float32)[:, np.newaxis], 4, axis=1)


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
    columns = noise(ROWS, 4)
    result = row_drift(columns, DELTA, sigreject=100)
    np.testing.assert_allclose(result, [columns.mean(axis=1)], atol=1e-6)


def test_each_output_has_a_kernel_and_a_drift_of_its_own():
    rows = noise(ROWS)
    result = row_drift(strip(rows), np.array([[1], [2], [-3]]) * DELTA, sigreject=100)
    np.testing.assert_allclose(result, [rows, 2 * rows, -3 * rows], rtol=1e-6)


def test_a_kernel_is_convolved_with_the_rows():
    kernels = np.array([[1.0, 2, 3, 4, 5], [0, 0, 0, 0, 1]])
    rows = noise(ROWS)

    result = row_drift(strip(rows), kernels, sigreject=100)

    padded = np.pad(rows, 2)
    expected = sum(kernels[0, 4 - lag] * padded[lag : lag + ROWS] for lag in range(5))
    np.testing.assert_allclose(result[0], expected, atol=1e-5)
    np.testing.assert_allclose(result[1, 2:], rows[:-2], rtol=1e-6)
    assert result[1, :2].tolist() == [0, 0]


def test_a_kernel_may_reach_beyond_all_rows():
    rows = noise(ROWS)
    result = row_drift(strip(rows), np.ones((1, 4 * ROWS + 1)), sigreject=100)
    np.testing.assert_allclose(result, np.full((1, ROWS), rows.sum()), rtol=1e-5)


def test_values_far_from_the_median_are_left_out():
    # The median is 0 and the median absolute deviation 1, so that the limit is 3 times 1.48.
    rows = np.resize(np.float32([-1, 0, 1, 1, 0, -1, -1, 1]), ROWS)
    columns = strip(rows)
    columns[20, 1] = 4.5
    columns[30, 2] = 4.4

    result = row_drift(columns, DELTA, sigreject=3)[0]

    assert result[20] == rows[20]
    assert result[30] == (3 * rows[30] + np.float32(4.4)) / 4


def test_a_row_counts_as_much_as_values_are_left_in_it():
    # A mean over three rows: all of one, a quarter of the next and all of the last.
    columns = strip(np.resize([1, -1], ROWS))
    columns[21, :3] = 1000

    result = row_drift(columns, np.array([[0, 1, 1, 1, 0]]) / 3)

    np.testing.assert_allclose(result[0, 21], (1 - 0.25 + 1) / 2.25, rtol=1e-12)


@given(seed=st.integers(0, 99), share=st.floats(0.01, 0.3))
def test_missing_values_do_not_change_the_estimate_of_a_constant_drift(seed, share):
    rng = np.random.default_rng(seed)
    kernels = rng.uniform(0, 1, (2, 9))
    columns = np.full((ROWS, 4), 7, np.float32)
    expected = row_drift(columns, kernels)
    columns[rng.random(columns.shape) < share] = 1000

    np.testing.assert_allclose(row_drift(columns, kernels), expected, rtol=1e-12)


@pytest.mark.parametrize("value", [np.nan, 1e6])
def test_a_row_without_good_values_contributes_nothing(value):
    columns = strip(np.resize([1, -1], ROWS))
    columns[21] = value

    result = row_drift(columns, DELTA)[0]

    assert result[21] == 0
    assert result[22] == 1


def test_the_input_is_untouched_and_the_result_in_double_precision():
    columns = noise(ROWS, 4)
    before = columns.copy()

    result = row_drift(columns, DELTA)

    np.testing.assert_array_equal(columns, before)
    assert result.dtype == np.float64
