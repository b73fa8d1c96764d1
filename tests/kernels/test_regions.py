"""Connected regions and their ellipses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as arrays
from scipy import ndimage

from snakewebb.kernels.regions import Ellipse, Regions, ellipse_of, filled_area

EIGHT = np.ones((3, 3))


def picture(*rows):
    """Return a mask drawn with # and dots."""
    return np.array([[character == "#" for character in row] for row in rows])


def full(height, width):
    return np.ones((height, width), dtype=bool)


def covered(ellipse, shape=(21, 21), **options):
    """Return the mask of what an ellipse covers in an image."""
    mask = np.zeros(shape, dtype=bool)
    part, inside = ellipse.covers(shape, **options)
    mask[part] = inside
    return mask


def squares(shape, row, column):
    """Return the squared distances of the pixels of an image from one of them."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (y - row) ** 2 + (x - column) ** 2


def test_pixels_that_share_a_side_or_a_corner_are_one_region():
    regions = Regions(picture("##...#", "..#..#", "......", "#....."))

    assert regions.counts.tolist() == [3, 2, 1]
    assert regions.low.tolist() == [[0, 0], [0, 5], [3, 0]]
    assert regions.high.tolist() == [[1, 2], [1, 5], [3, 0]]
    assert regions.image(0).tolist() == picture("##.", "..#").tolist()


def test_the_ends_of_two_rows_are_no_neighbours():
    assert len(Regions(picture("..#", "...", "#..", "..#", "#.."))) == 4


def test_an_empty_mask_has_no_regions():
    regions = Regions(np.zeros((4, 5), dtype=bool))

    assert len(regions) == 0
    assert regions.at_least(0) == []


@given(arrays.arrays(bool, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)))
@settings(deadline=None)
def test_regions_are_those_that_growing_from_pixel_to_pixel_finds(mask):
    labels, number = ndimage.label(mask, structure=EIGHT)
    regions = Regions(mask)

    assert len(regions) == number
    for index, box in enumerate(ndimage.find_objects(labels)):
        image = labels[box] == index + 1
        assert np.array_equal(regions.image(index), image)
        holes = ndimage.binary_fill_holes(image, structure=EIGHT)
        assert filled_area(image) == holes.sum()


def test_holes_count_as_area_unless_a_gap_leads_out_by_a_side_or_a_corner():
    assert filled_area(picture("###", "#.#", "###")) == 9
    assert filled_area(picture("###", "#.#", "#.#")) == 7
    assert filled_area(picture(".##", "#.#", "###")) == 7


def test_regions_of_a_least_area_are_chosen_with_their_holes():
    mask = picture("###.####", "#.#.....", "###.##..")
    regions = Regions(mask)

    assert regions.at_least(9) == [0]
    assert regions.at_least(10) == []
    assert regions.at_least(4) == [0, 1]
    assert regions.at_least(2, among=np.array([False, True, True])) == [1, 2]


@pytest.mark.parametrize(("height", "width"), [(3, 3), (2, 7), (4, 3)])
def test_the_ellipse_of_a_rectangle_has_its_moments(height, width):
    ellipse = ellipse_of(full(height, width))

    variances = sorted((length**2 - 1) / 12 for length in (height, width))
    assert (ellipse.row, ellipse.column) == ((height - 1) / 2, (width - 1) / 2)
    axes = [4 * np.sqrt(variance) - 1 for variance in variances]
    np.testing.assert_allclose([ellipse.minor, ellipse.major], axes)


def test_the_angle_turns_from_rows_to_columns():
    assert ellipse_of(full(4, 2)).angle == 0
    assert abs(ellipse_of(full(2, 4)).angle) == 90
    assert ellipse_of(np.eye(3, dtype=bool)).angle == pytest.approx(45)
    assert ellipse_of(np.eye(3, dtype=bool)[::-1]).angle == pytest.approx(-45)


def test_a_region_without_a_major_axis_has_an_angle_of_minus_45_degrees():
    assert ellipse_of(full(5, 5)).angle == -45


def test_a_line_has_no_width():
    assert ellipse_of(full(1, 5)).minor == -1
    assert not covered(ellipse_of(full(1, 19)).expanded(5)).any()
    assert not ellipse_of(full(1, 5)).holds(0, 2)


def test_a_region_keeps_its_place_in_the_image():
    mask = np.zeros((9, 12), dtype=bool)
    mask[5:8, 7:12] = True

    assert Regions(mask).ellipse(0) == ellipse_of(full(3, 5))._replace(row=6.0, column=9.0)


def test_an_expanded_ellipse_gains_the_same_length_along_both_axes():
    wide = Ellipse(3.0, 4.0, major=8.0, minor=2.0, angle=30.0).expanded(2.5)

    assert wide == Ellipse(3.0, 4.0, major=11.0, minor=5.0, angle=30.0)


def test_an_ellipse_holds_points_up_to_its_rim_in_its_own_direction():
    across = Ellipse(10.0, 10.0, major=8.0, minor=4.0, angle=90.0)

    assert across.holds(10, np.array([6.0, 14.0, 14.01])).tolist() == [True, True, False]
    assert across.holds(np.array([8.0, 12.0, 12.01]), 10).tolist() == [True, True, False]


def test_an_ellipse_covers_pixels_inside_its_rim_in_its_own_direction():
    mask = covered(Ellipse(10.0, 10.0, major=8.0, minor=4.0, angle=90.0))

    y, x = np.mgrid[-10:11, -10:11]
    assert np.array_equal(mask, (x / 4) ** 2 + (y / 2) ** 2 < 1)


def test_centre_and_semi_axes_are_rounded_halves_to_the_even_number():
    mask = covered(Ellipse(9.5, 10.5, major=9.0, minor=7.0, angle=0.0))

    assert np.array_equal(mask, squares(mask.shape, 10, 10) < 16)


def test_semi_axes_are_added_to_and_limited():
    round_one = Ellipse(10.0, 10.0, major=8.0, minor=8.0, angle=0.0)

    assert np.array_equal(covered(round_one, added=2), squares((21, 21), 10, 10) < 36)
    assert np.array_equal(covered(round_one, added=2, limit=3), squares((21, 21), 10, 10) < 9)


@pytest.mark.parametrize("centre", [(0, 0), (2, 19), (-3, 10), (10, 30), (-40, -40)])
def test_an_ellipse_is_cut_at_the_edges_of_the_image(centre):
    mask = covered(Ellipse(*map(float, centre), major=10.0, minor=10.0, angle=0.0))

    assert np.array_equal(mask, squares(mask.shape, *centre) < 25)


def test_the_rim_of_a_circle_is_inside_or_outside_by_rounding_and_all_else_is_not():
    y, x = np.ogrid[-7:8, -7:8]
    square = y**2 + x**2
    covered = np.array([Ellipse(7, 7, 14, 14, angle).covers((15, 15))[1] for angle in range(180)])

    assert covered[:, square < 49].all()
    assert not covered[:, square > 49].any()
    assert not covered[0, 0, 7]
    assert covered[:, 0, 7].any()
