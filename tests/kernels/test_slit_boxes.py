"""Boxes around the images of slits."""

import numpy as np
import pytest

from snakewebb.kernels.slit_boxes import box_around, pixels_that_see


def slit(first=100.0, last=300.0, bottom=40.0, top=60.0, slope=0.0):
    """Return what tells of a slit whose edges are lines, where height is measured in rows."""
    columns = np.tile(np.linspace(first, last, 50), 2)
    edges = np.repeat([bottom, top], 50)
    rows = edges + slope * columns

    def height_at(column, row):
        return row - slope * column

    return columns, rows, height_at, (top, bottom)


def box(**place):
    """Return the box of a slit."""
    return box_around(*slit(**place))


def seen(shape=(100, 400), **place):
    """Return which pixels of an image see a slit."""
    found = np.zeros(shape, bool)
    part, pixels = pixels_that_see(*slit(**place), shape=shape)
    found[part] = pixels
    return found


def test_a_box_has_a_margin_around_the_pixels_that_see_the_slit():
    assert box() == (slice(37, 62), slice(89, 310))
    assert box(first=100.4, last=300.4, bottom=40.4, top=60.4) == (slice(38, 62), slice(89, 310))


def test_edges_that_run_across_rows_are_followed_into_the_margin():
    rows, _ = box(slope=0.5)

    assert rows == slice(int(np.ceil(40 + 0.5 * 89)) - 3, int(60 + 0.5 * 309) + 2)


def test_a_box_begins_at_the_edge_of_the_image():
    assert box(first=-500.0, bottom=-30.0, top=10.0) == (slice(0, 12), slice(0, 310))


def test_a_box_may_end_beyond_the_image_but_within_the_width_of_the_detector():
    _, columns = box(last=5000.0)

    assert columns == slice(89, 2048)


BESIDE = pytest.mark.parametrize(
    "place",
    [
        {"first": 2100.0, "last": 2300.0},
        {"first": -300.0, "last": -100.0},
        {"bottom": -60.0, "top": -40.0},
        {"bottom": 40.2, "top": 40.8},
    ],
)


@BESIDE
def test_what_falls_beside_the_detector_or_between_pixels_has_no_box(place):
    assert box(**place) is None


@BESIDE
def test_what_falls_beside_the_detector_or_between_pixels_is_not_seen(place):
    assert not seen(**place).any()


def test_pixels_see_a_slit_between_its_edges_and_next_to_the_ends_of_its_spectrum():
    expected = np.zeros((100, 400), bool)
    expected[40:61, 89:310] = True

    assert np.array_equal(seen(), expected)


def test_pixels_see_a_slit_whose_edges_run_across_rows():
    row, column = np.mgrid[:100, :400]
    height = row - 0.1 * column
    expected = (height >= 40) & (height <= 60) & (column >= 89) & (column <= 309)

    assert np.array_equal(seen(slope=0.1), expected)


def test_an_image_may_end_where_a_slit_does_not():
    expected = seen(first=-50.0, last=900.0, bottom=-9.0, slope=0.1)

    assert np.array_equal(
        seen((30, 200), first=-50.0, last=900.0, bottom=-9.0, slope=0.1), expected[:30, :200]
    )
