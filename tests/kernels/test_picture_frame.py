"""The picture frame, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.picture_frame import edge_and_middle, picture_frame, subtract_from_ramp

SHAPE = (9, 12)
EVERYWHERE = np.ones(SHAPE, bool)


@pytest.fixture
def parts():
    """A frame two pixels wide, and what is in it."""
    middle = np.zeros(SHAPE, bool)
    middle[2:-2, 2:-2] = True
    return {"edge": ~middle, "middle": middle}


@pytest.fixture
def pattern():
    y, x = np.mgrid[:9, :12].astype(np.float32)
    return (x - 5.5) ** 2 + (y - 4) ** 2


def test_scale_and_offset_are_found(pattern, parts):
    frame = picture_frame(3 * pattern - 20, pattern, EVERYWHERE, **parts)

    assert np.allclose(frame, 3 * pattern - 20)
    assert frame.dtype == np.float32


def test_the_equation_holds(pattern, parts):
    image = np.zeros(SHAPE, np.float32)
    image[parts["edge"]], image[parts["middle"]] = 2, 5
    p_edge, p_middle = (np.median(pattern[parts[part]]) for part in ("edge", "middle"))

    frame = picture_frame(image, pattern, EVERYWHERE, **parts)

    assert np.allclose(frame, 3 / (p_middle - p_edge) * (pattern - p_edge) + 2)


@given(st.floats(-5, 5, width=32), st.floats(-50, 50, width=32))
def test_scale_and_offset_of_the_pattern_do_not_matter(offset, factor):
    if abs(factor) < 0.1:
        factor = 1
    middle = np.zeros(SHAPE, bool)
    middle[2:-2, 2:-2] = True
    y, x = np.mgrid[:9, :12]
    pattern = ((x - 5.5) ** 2 + (y - 4) ** 2).astype(np.float32)
    image = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    how = {"edge": ~middle, "middle": middle}

    frame = picture_frame(image, pattern, EVERYWHERE, **how)
    other = picture_frame(
        image, np.float32(factor) * pattern + np.float32(offset), EVERYWHERE, **how
    )

    assert np.allclose(frame, other, atol=1e-4)


def test_sources_and_nan_are_not_seen(pattern, parts):
    image, pixels = pattern.copy(), EVERYWHERE.copy()
    image[4, :4], pixels[4, :4] = 1e6, False
    image[5, 5] = np.nan

    frame = picture_frame(image, pattern, pixels, **parts)

    assert np.allclose(frame, pattern)


def test_where_edge_or_middle_show_nothing_there_is_no_frame(pattern, parts):
    for part in parts.values():
        assert not picture_frame(pattern, pattern, ~part, **parts).any()


def test_a_pattern_that_is_the_same_in_edge_and_middle_corrects_nothing(pattern, parts):
    even = np.ones(SHAPE, np.float32)

    assert not picture_frame(pattern, even, EVERYWHERE, **parts).any()


def test_groups_are_corrected_by_what_they_differ_from_the_first(pattern, parts):
    ramp = np.stack([7 + pattern, 9 + 2 * pattern, np.full(SHAPE, 5, np.float32)])
    before = ramp.copy()

    corrected = subtract_from_ramp(ramp, pattern, EVERYWHERE, **parts)

    assert np.array_equal(corrected[0], ramp[0])
    assert np.allclose(corrected[1:], ramp[0], atol=1e-4)
    assert np.array_equal(ramp, before)
    assert subtract_from_ramp(ramp, pattern, EVERYWHERE, **parts, out=ramp) is ramp
    assert np.array_equal(ramp, corrected)


def test_a_group_that_is_nan_stays_so_and_spoils_no_other(pattern, parts):
    ramp = np.stack([pattern, 2 * pattern, 3 * pattern])
    ramp[1, 3, 3] = np.nan

    corrected = subtract_from_ramp(ramp, pattern, EVERYWHERE, **parts)

    assert np.argwhere(np.isnan(corrected)).tolist() == [[1, 3, 3]]


def test_edge_and_middle_do_not_touch_and_leave_out_reference_pixels():
    edge, middle = edge_and_middle()

    assert not (edge & middle).any()
    assert edge[4, 1000]
    assert edge[1000, 74]
    assert not edge[1000, 75:1985].any()
    assert middle[76, 1983]
    assert not middle[75].any()
    for part in (edge | middle, (edge | middle).T):
        assert not part[:4].any()
        assert not part[-4:].any()


def test_arrays_of_other_shapes_are_named(pattern, parts):
    with pytest.raises(ValueError, match=r"pattern \(2, 2\) does not fit the image \(9, 12\)"):
        picture_frame(pattern, np.ones((2, 2), np.float32), EVERYWHERE, **parts)
    with pytest.raises(ValueError, match=r"background pixels \(2, 2\) does not fit"):
        picture_frame(pattern, pattern, np.ones((2, 2), bool), **parts)
