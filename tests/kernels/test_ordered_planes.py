"""Order of images, pixel by pixel."""

import numpy as np
import pytest

from snakewebb.kernels.ordered_planes import ordered_planes


@pytest.mark.parametrize("number", [1, 2, 3, 7, 8, 13, 40])
def test_images_stand_in_order_pixel_by_pixel(number):
    planes = np.random.default_rng(number).normal(size=(number, 5, 6)).astype(np.float32)

    ordered = ordered_planes(list(planes.copy()), range(number))

    assert np.array_equal(ordered, np.sort(planes, axis=0))


@pytest.mark.parametrize("places", [(0,), (4,), (8,), (3, 4, 7, 8), (8, 0)])
def test_only_the_places_asked_for_are_returned(places):
    planes = np.random.default_rng(0).normal(size=(9, 50)).astype(np.float32)

    ordered = ordered_planes(list(planes.copy()), places)

    assert np.array_equal(ordered, np.sort(planes, axis=0)[list(places)])


def test_every_order_of_two_values_is_sorted():
    patterns = (np.arange(2**11) >> np.arange(11)[:, np.newaxis] & 1).astype(np.float32)

    ordered = ordered_planes(list(patterns.copy()), range(11))

    assert np.array_equal(ordered, np.sort(patterns, axis=0))


@pytest.mark.parametrize("place", range(5))
def test_a_value_that_is_nan_makes_every_place_nan(place):
    planes = np.arange(10, dtype=np.float32).reshape(5, 2)
    planes[3, 0] = np.nan

    (ordered,) = ordered_planes(list(planes), [place])

    assert np.isnan(ordered).tolist() == [True, False]


def test_a_place_outside_the_order_is_named():
    with pytest.raises(ValueError, match=r"places \(0, 2\) are not all among those of 2 images"):
        ordered_planes([np.zeros(1, np.float32)] * 2, (0, 2))
