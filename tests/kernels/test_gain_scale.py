"""Scaling with the gain, on arrays."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.gain_scale import scale_by_gain


def test_a_rate_scales_with_the_factor_and_a_variance_with_its_square():
    values = np.array([[1, -2, 3]], np.float32)

    assert scale_by_gain(values, 2.5).tolist() == [[2.5, -5, 7.5]]
    assert scale_by_gain(values, 2.5, power=2).tolist() == [[6.25, -12.5, 18.75]]
    assert scale_by_gain(values, 2.5).dtype == np.float32


def test_the_signal_to_noise_ratio_does_not_change():
    rate, variance = np.float32([[12, 7]]), np.float32([[9, 4]])

    scaled = scale_by_gain(rate, 0.7) / np.sqrt(scale_by_gain(variance, 0.7, power=2))

    assert np.allclose(scaled, rate / np.sqrt(variance), rtol=1e-6)


def test_nan_stays_in_its_pixel():
    scaled = scale_by_gain(np.array([np.nan, 3], np.float32), 2)

    assert np.isnan(scaled[0])
    assert scaled[1] == 6


def test_the_input_is_untouched_unless_it_is_out():
    values = np.ones((3, 4), np.float32)

    scale_by_gain(values, 2)
    assert (values == 1).all()

    assert scale_by_gain(values, 2, out=values) is values
    assert (values == 2).all()


@given(seed=st.integers(0, 10**6))
def test_a_variance_scales_as_the_square_of_its_error(seed):
    rng = np.random.default_rng(seed)
    error, factor = rng.uniform(1, 100, 20).astype(np.float32), rng.uniform(0.5, 2)
    variance = scale_by_gain(error**2, factor, power=2)
    np.testing.assert_allclose(scale_by_gain(error, factor) ** 2, variance, rtol=1e-6)
