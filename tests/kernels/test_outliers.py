"""Outliers among the values of a pixel."""

import numpy as np
import pytest
from astropy.stats import sigma_clip

from snakewebb.kernels.outliers import (
    medians,
    noise,
    outliers_at_once,
    outliers_by_clipping,
    outliers_one_by_one,
)

THRESHOLDS = np.array([np.inf, np.inf, 6, 5, 4], dtype=np.float32)
READ_VARIANCE = np.float32(100)


def column(*values):
    return np.array(values, dtype=np.float32)[:, np.newaxis]


def one_by_one(*values, variance=READ_VARIANCE):
    return outliers_one_by_one(column(*values), np.array([variance]), THRESHOLDS)[:, 0].tolist()


def at_once(*values, variance=READ_VARIANCE):
    return outliers_at_once(column(*values), np.array([variance]), THRESHOLDS)[:, 0].tolist()


def defined(values, variance):
    """Return the outliers of one pixel, found one by one as the definition says."""
    sizes = np.abs(values)
    left, jumps = ~np.isnan(sizes), np.zeros(sizes.shape, dtype=bool)
    while (number := left.sum()) > 1:
        inside = sizes[left]
        if number == 2:
            centre = inside.min()
        else:
            smaller = inside[inside < inside.max()] if number > 3 else inside
            centre = np.median(smaller) if smaller.size else inside.max()
        distance = np.where(left, np.abs(sizes - centre), -1)
        if not distance.max() > THRESHOLDS[min(number, 4)] * noise(centre, variance):
            break
        farthest = distance == distance.max()
        jumps |= farthest
        left &= ~farthest
    return jumps


def test_the_noise_is_that_of_the_readout_and_of_the_photons():
    sigma = noise(np.float32([0, 44, -44, 0]), np.float32([100, 100, 100, 0]))

    assert sigma[:3].tolist() == [10, 12, 12]
    assert np.isnan(sigma[3])


def test_a_median_takes_no_nan_and_the_middle_of_an_even_number():
    values = np.array(
        [[3, 5, np.nan, np.nan], [1, 2, 7, np.nan], [2, 4, 1, np.nan], [9, np.nan, np.nan, np.nan]],
        dtype=np.float32,
    )

    assert medians(values)[:3].tolist() == [2.5, 4, 4]
    assert np.isnan(medians(values)[3])


@pytest.mark.parametrize("find", [one_by_one, at_once])
def test_a_value_beyond_the_threshold_is_an_outlier_and_one_at_it_is_not(find):
    assert find(0, 0, 40, 0, 0) == [False] * 5
    assert find(0, 0, 40.01, 0, 0) == [False, False, True, False, False]
    assert find(44, 44, 44 + 48.01, 44, 44) == [False, False, True, False, False]


def test_of_two_values_the_smaller_is_taken_for_the_truth():
    assert one_by_one(0, 60) == [False, False]
    assert one_by_one(0, 60.01) == [False, True]
    assert one_by_one(-500, 44) == [True, False]


def test_of_three_values_the_middle_one_is_taken_for_the_truth():
    assert one_by_one(0, 50, 0) == [False, False, False]
    assert one_by_one(0, 50.01, 0) == [False, True, False]


def test_one_value_alone_is_no_outlier():
    assert one_by_one(1000, np.nan) == [False, False]
    assert at_once(1000, np.nan) == [False, False]


def test_one_by_one_a_second_outlier_does_not_hide_behind_the_first():
    assert one_by_one(0, 1000, 0, 900) == [False, True, False, True]


def test_at_once_the_median_may_be_that_of_the_outliers():
    assert at_once(0, 1000, 0, 900) == [True] * 4


def test_one_by_one_the_sign_of_a_value_does_not_count_but_at_once_it_does():
    assert one_by_one(-100, -100, -100, 100, -100) == [False] * 5
    assert at_once(-100, -100, -100, 100, -100) == [False, False, False, True, False]


def test_equal_values_are_outliers_together():
    assert one_by_one(500, 0, 0, 500, 0) == [True, False, False, True, False]


def test_one_by_one_rounding_does_not_make_two_values_equally_far_from_the_median():
    values = (40.449875, 40.449875, 80.899734, 121.34962, 121.34962, 121.349625, 161.79948)

    assert one_by_one(*values, variance=np.float32(15.416)) == [False] * 2 + [True] * 5


@pytest.mark.parametrize("find", [one_by_one, at_once])
@pytest.mark.parametrize("variance", [np.nan, 0])
def test_without_noise_there_are_no_outliers(find, variance):
    assert find(0, 0, 500, 0, 0, variance=np.float32(variance)) == [False] * 5


@pytest.mark.parametrize("step", [0.01, 40])
@pytest.mark.parametrize("number", [2, 3, 4, 7, 12])
def test_one_by_one_finds_what_its_definition_says(number, step):
    rng = np.random.default_rng(number)
    values = rng.normal(rng.choice([0, 50, -80], (number, 400)), 20)
    values[rng.random(values.shape) < 0.2] *= 8
    values = (np.round(values / step) * step).astype(np.float32)
    values[rng.random(values.shape) < 0.1] = np.nan
    variance = rng.uniform(50, 200, 400).astype(np.float32)

    found = outliers_one_by_one(values, variance, THRESHOLDS)

    expected = [defined(*pixel) for pixel in zip(values.T, variance, strict=True)]
    assert np.array_equal(found.T, expected)
    assert found.any()


@pytest.mark.parametrize("threshold", [0.5, 2.5])
@pytest.mark.parametrize("number", [1, 2, 9, 60])
def test_clipping_rejects_what_astropy_does(number, threshold):
    rng = np.random.default_rng(number)
    values = rng.normal(100, 10, (number, 300)).astype(np.float32)
    values[rng.random(values.shape) < 0.1] += 100
    values[rng.random(values.shape) < 0.1] = np.nan

    rejected = outliers_by_clipping(values, threshold)

    masked = np.ma.masked_invalid(values)
    expected = sigma_clip(masked, sigma=threshold, maxiters=5, axis=0).mask & ~masked.mask
    assert np.array_equal(rejected, expected)


def test_a_value_set_aside_in_an_early_round_is_kept_if_the_last_round_would():
    values = column(*[-8] * 3, *[-6] * 41, *[-4] * 42, *[-2] * 2)

    rejected = outliers_by_clipping(values, 2.2328)

    assert np.unique(values[rejected]).tolist() == [-8]


def test_the_values_are_untouched():
    values = np.random.default_rng(0).normal(0, 50, (9, 20)).astype(np.float32)
    before = values.copy()

    outliers_at_once(values, np.full(20, READ_VARIANCE), THRESHOLDS)
    outliers_one_by_one(values, np.full(20, READ_VARIANCE), THRESHOLDS)
    outliers_by_clipping(values, 1.0)

    assert np.array_equal(values, before)
