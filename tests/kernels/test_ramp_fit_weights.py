"""Weights of the samples in an optimal fit."""

import numpy as np
import pytest

from snakewebb.kernels.ramp_fit_weights import (
    EXPONENTS,
    SNR_LIMITS,
    exponent_index,
    pair_coefficients,
)


def as_image(*values):
    return np.array(values, np.float32)


def test_equal_weights_give_the_slope_of_an_ordinary_fit():
    # slope of 5 samples: (2 (y4 - y0) + (y3 - y1)) / 10
    assert pair_coefficients(5)[:, 5, 0].tolist() == pytest.approx([0.2, 0.1])


def test_weights_fall_towards_the_middle_with_a_power_of_the_distance():
    # 4 samples at 1.5 and 0.5 from the middle: weights 1 and (1/3)^P
    for k, exponent in enumerate(EXPONENTS):
        inner = (1 / 3) ** exponent
        expected = np.array([1.5, 0.5 * inner]) / (2 * (1.5**2 + 0.5**2 * inner))
        assert pair_coefficients(6)[:, 4, k].tolist() == pytest.approx([*expected, 0])


def test_a_line_without_noise_has_its_slope_whatever_the_weights():
    coefficients = pair_coefficients(31)
    for length in range(2, 32):
        rise = length - 1 - 2 * np.arange(len(coefficients))
        slopes = (coefficients[:, length] * np.maximum(rise, 0)[:, np.newaxis]).sum(axis=0)
        assert slopes.tolist() == pytest.approx(len(EXPONENTS) * [1])


def test_one_sample_or_none_has_no_pairs():
    assert not pair_coefficients(4)[:, :2].any()
    assert pair_coefficients(1).size == 0


@pytest.mark.parametrize(("place", "limit"), list(enumerate(SNR_LIMITS)))
def test_the_exponent_changes_at_each_limit_of_the_signal_to_noise_ratio(place, limit):
    # without read noise S² is the number of electrons
    rise = as_image(0.999 * limit**2, limit**2, 1.001 * limit**2) / 2
    gain, read_variance = as_image(2, 2, 2), as_image(0, 0, 0)
    assert exponent_index(rise, gain, read_variance).tolist() == [place, place + 1, place + 1]


def test_read_noise_lowers_the_signal_to_noise_ratio():
    # 400 electrons: S = 400 / sqrt(400) = 20 without, 400 / sqrt(2 * 400) = 14.1 with as much noise
    rise, gain = as_image(200, 200), as_image(2, 2)
    assert exponent_index(rise, gain, as_image(0, 100)).tolist() == [3, 2]


def test_ramps_that_do_not_rise_have_equal_weights():
    rise, gain = as_image(-1e4, 0, np.nan), as_image(2, 2, 2)
    for noise in (0, 50):
        assert exponent_index(rise, gain, as_image(*3 * [noise])).tolist() == [0, 0, 0]


def test_the_input_is_untouched():
    inputs = as_image(-5, 500), as_image(2, 3), as_image(20, 30)
    exponent_index(*inputs)
    assert [each.tolist() for each in inputs] == [[-5, 500], [2, 3], [20, 30]]
