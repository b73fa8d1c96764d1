"""The median of a few images."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from snakewebb.kernels.ordered_planes import NETWORK_LIMIT
from snakewebb.kernels.plane_median import median_of_finite, plane_median

NUMBERS = st.integers(-9, 9).map(np.float32)


@st.composite
def planes(draw, pixels=12):
    """Draw up to 70 images, on both sides of the length where the method changes."""
    number = draw(st.integers(1, 70))
    return draw(arrays.arrays(np.float32, (number, 3, pixels // 3), elements=NUMBERS))


@given(images=planes())
def test_it_is_the_median_of_each_pixel(images):
    expected = np.median(images, axis=0)
    median = plane_median(images)
    assert median.dtype == np.float32
    np.testing.assert_array_equal(median, expected)


@given(images=planes(), data=st.data())
def test_it_can_be_that_of_the_lowest_values_of_a_pixel(images, data):
    counts = arrays.arrays(np.uint16, images.shape[1:], elements=st.integers(1, len(images)))
    count = data.draw(counts)
    lowest = np.sort(images, axis=0)
    expected = np.empty(count.shape)
    for pixel in np.ndindex(count.shape):
        expected[pixel] = np.median(lowest[(slice(count[pixel]), *pixel)])

    np.testing.assert_array_equal(plane_median(images, count), expected)


@pytest.mark.parametrize("number", range(1, NETWORK_LIMIT + 1))
def test_the_network_sorts_all_zeros_and_ones_of_any_place(number):
    # a network that sorts every cut of a permutation sorts all (zero-one principle); here at random
    bits = np.random.default_rng(number).integers(0, 2, (number, 4000)).astype(np.float32)
    places = np.stack(
        [plane_median(bits.copy(), np.full(4000, 2 * place + 1)) for place in range(number // 2)]
        or [bits[0]]
    )
    np.testing.assert_array_equal(places, np.sort(bits, axis=0)[: len(places)])


@pytest.mark.parametrize("number", [1, 2, 9, 10, 60])
def test_a_nan_makes_its_pixel_nan_and_no_other(number):
    images = np.ones((number, 2, 3), np.float32)
    images[number // 2, 1, 2] = np.nan
    assert np.argwhere(np.isnan(plane_median(images))).tolist() == [[1, 2]]


def test_no_image_is_refused():
    with pytest.raises(ValueError, match="no image"):
        plane_median(np.empty((0, 3, 4), np.float32))


@given(images=planes(), data=st.data())
def test_what_is_not_finite_may_be_left_out(images, data):
    bad = data.draw(arrays.arrays(np.bool_, images.shape))
    images[bad] = data.draw(st.sampled_from([np.nan, np.inf, -np.inf]))
    expected = np.full(images.shape[1:], np.nan, np.float32)
    for pixel in np.ndindex(expected.shape):
        if len(known := images[(~bad[(slice(None), *pixel)], *pixel)]):
            expected[pixel] = np.median(known)

    np.testing.assert_array_equal(median_of_finite(images), expected)
