"""Superbias subtraction, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.superbias import subtract_from_zeroframe, subtract_superbias


def test_the_bias_of_each_pixel_is_subtracted_from_every_group():
    ramp = np.array([[[[10, 20]], [[30, 40]]]], dtype=np.float32)
    bias = np.array([[1, 2]], dtype=np.float32)

    corrected = subtract_superbias(ramp, bias)

    assert corrected.tolist() == [[[[9, 18]], [[29, 38]]]]
    assert corrected.dtype == np.float32


def test_a_pixel_of_unknown_bias_is_left_as_it_is():
    ramp = np.array([[[[10, 20]]]], dtype=np.float32)

    corrected = subtract_superbias(ramp, np.array([[np.nan, 2]], dtype=np.float32))

    assert corrected.tolist() == [[[[10, 18]]]]


def test_nan_stays_in_its_group():
    ramp = np.array([[[[np.nan]], [[20]]]], dtype=np.float32)

    corrected = subtract_superbias(ramp, np.array([[2]], dtype=np.float32))

    assert np.isnan(corrected[0, 0, 0, 0])
    assert corrected[0, 1, 0, 0] == 18


def test_an_image_of_many_blocks_is_that_of_one_subtraction():
    rng = np.random.default_rng(1)
    ramp = rng.uniform(0, 60000, (2, 2, 70, 1000)).astype(np.float32)
    bias = rng.uniform(0, 10000, (70, 1000)).astype(np.float32)

    assert np.array_equal(subtract_superbias(ramp, bias), ramp - bias)


def test_saturated_pixels_of_a_zeroth_frame_stay_zero():
    zeroframe = np.array([[[10, 0, np.nan]], [[0, 7, 30]]], dtype=np.float32)
    bias = np.array([[4, 7, np.nan]], dtype=np.float32)

    corrected = subtract_from_zeroframe(zeroframe, bias)

    assert np.array_equal(corrected, [[[6, 0, np.nan]], [[0, 0, 30]]], equal_nan=True)
    assert corrected.dtype == np.float32


@pytest.mark.parametrize("subtract", [subtract_superbias, subtract_from_zeroframe])
def test_the_input_is_untouched_unless_it_is_out(subtract):
    images = np.ones((2, 3, 4), dtype=np.float32)
    bias = np.array([[1, 2, np.nan, 1]] * 3, dtype=np.float32)
    before = bias.copy()

    corrected = subtract(images, bias)
    assert (images == 1).all()
    assert np.array_equal(bias, before, equal_nan=True)

    assert subtract(images, bias, out=images) is images
    assert np.array_equal(images, corrected)


@pytest.mark.parametrize("subtract", [subtract_superbias, subtract_from_zeroframe])
def test_a_bias_of_another_shape_is_named(subtract):
    with pytest.raises(ValueError, match=r"superbias \(4, 4\) does not fit the image \(3, 4\)"):
        subtract(np.ones((1, 3, 4), np.float32), np.ones((4, 4), np.float32))


@given(seed=st.integers(0, 10**6))
def test_adding_the_bias_undoes_the_subtraction_and_groups_keep_their_differences(seed):
    rng = np.random.default_rng(seed)
    ramp = rng.integers(0, 60000, (2, 3, 4, 5)).astype(np.float32)
    bias = rng.integers(0, 20000, (4, 5)).astype(np.float32)
    corrected = subtract_superbias(ramp, bias)
    np.testing.assert_array_equal(corrected + bias, ramp)
    np.testing.assert_array_equal(np.diff(corrected, axis=1), np.diff(ramp, axis=1))
