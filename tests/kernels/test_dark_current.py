"""Dark current subtraction, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels.dark_current import average_dark, subtract_dark

SQUARES = np.arange(10, dtype=np.float32)[:, np.newaxis, np.newaxis] ** 2 * np.ones(
    (2, 3), np.float32
)
"""A dark whose frames are 0, 1, 4, 9, … 81 in every pixel."""


def bright(ngroups, nints=1):
    return np.full((nints, ngroups, 2, 3), 1000, np.float32)


def dark_of(corrected):
    """Return what was subtracted from a pixel, by group."""
    return (1000 - corrected[0, :, 1, 2]).tolist()


def test_single_frames_are_subtracted_group_by_group():
    corrected = subtract_dark(bright(4), SQUARES)

    assert dark_of(corrected) == [0, 1, 4, 9]
    assert corrected.dtype == np.float32


@pytest.mark.parametrize(
    ("nframes", "groupgap", "dark"),
    [
        (2, 0, [0.5, 6.5, 20.5]),
        (1, 2, [0, 9, 36]),
        (2, 1, [0.5, 12.5, 42.5]),
        (3, 0, [5 / 3, 50 / 3, 149 / 3]),
    ],
)
def test_frames_are_averaged_and_dropped_like_those_of_the_groups(nframes, groupgap, dark):
    corrected = subtract_dark(bright(3), SQUARES, nframes=nframes, groupgap=groupgap)
    np.testing.assert_allclose(dark_of(corrected), dark, atol=1e-4)


def test_a_dark_that_ends_too_early_goes_on_with_its_last_difference():
    assert dark_of(subtract_dark(bright(5), SQUARES[:3])) == [0, 1, 4, 7, 10]
    # frames 0, 1, 4, (7, 10, 13)
    assert dark_of(subtract_dark(bright(2), SQUARES[:3], nframes=2, groupgap=1)) == [0.5, 8.5]


def test_an_unknown_dark_counts_as_zero():
    dark = SQUARES.copy()
    dark[3, 1, 2] = np.nan

    assert dark_of(subtract_dark(bright(5), dark)) == [0, 1, 4, 0, 16]
    assert dark_of(subtract_dark(bright(3), dark, nframes=2)) == [0.5, 2, 20.5]
    assert subtract_dark(bright(5), dark)[0, 3, 0, 0] == 1000 - 9


def test_a_dark_whose_last_frame_is_unknown_goes_on_with_zero():
    dark = SQUARES[:3].copy()
    dark[2, 1, 2] = np.nan
    assert dark_of(subtract_dark(bright(5), dark)) == [0, 1, 0, 0, 0]


def test_an_unknown_signal_stays_unknown():
    ramp = bright(3)
    ramp[0, 1, 0, 0] = np.nan
    assert np.argwhere(np.isnan(subtract_dark(ramp, SQUARES))).tolist() == [[0, 1, 0, 0]]


def test_one_dark_serves_all_integrations():
    corrected = subtract_dark(bright(3, nints=3), SQUARES)
    assert (corrected[:, 2] == 1000 - 4).all()


def test_the_last_of_several_darks_serves_all_integrations_that_follow():
    darks = np.stack([SQUARES, SQUARES + 100])

    corrected = subtract_dark(bright(2, nints=4), darks)

    assert (1000 - corrected[:, 1, 0, 0]).tolist() == [1, 101, 101, 101]
    assert (1000 - subtract_dark(bright(2), darks)[:, 1, 0, 0]).tolist() == [1]


@pytest.mark.parametrize(
    ("first", "expected"), [(1, [101, 201, 201]), (2, [201] * 3), (9, [201] * 3)]
)
def test_darks_count_from_the_first_integration_of_the_exposure(first, expected):
    darks = np.stack([SQUARES, SQUARES + 100, SQUARES + 200])

    corrected = subtract_dark(bright(2, nints=3), darks, first=first)

    assert (1000 - corrected[:, 1, 0, 0]).tolist() == expected


def test_an_averaged_dark_is_what_is_subtracted():
    rng = np.random.default_rng(2)
    dark = rng.normal(0, 10, (2, 12, 2, 3)).astype(np.float32)
    dark[0, 3, 1, 1] = np.nan
    grouping = {"nframes": 3, "groupgap": 1}

    averaged = average_dark(dark, 5, **grouping)

    assert averaged.shape == (2, 5, 2, 3)
    ramp = bright(5, nints=3)
    np.testing.assert_array_equal(
        subtract_dark(ramp, averaged), subtract_dark(ramp, dark, **grouping)
    )


def test_the_input_is_untouched_unless_it_is_out():
    ramp, dark = bright(3), SQUARES.copy()
    dark[1, 0, 0] = np.nan

    subtract_dark(ramp, dark, nframes=2)
    assert (ramp == 1000).all()
    assert np.isnan(dark[1, 0, 0])

    assert subtract_dark(ramp, dark, out=ramp) is ramp
    assert dark_of(ramp) == [0, 1, 4]


def test_rows_do_not_depend_on_each_other():
    rng = np.random.default_rng(3)
    ramp = rng.normal(0, 10, (2, 3, 40, 2000)).astype(np.float32)
    dark = rng.normal(0, 10, (8, 40, 2000)).astype(np.float32)

    corrected = subtract_dark(ramp, dark, nframes=2, groupgap=1)

    part = subtract_dark(ramp[:, :, 13:30], dark[:, 13:30], nframes=2, groupgap=1)
    np.testing.assert_array_equal(corrected[:, :, 13:30], part)


def test_a_dark_of_another_shape_is_named():
    with pytest.raises(ValueError, match=r"dark \(4, 4\) does not fit the image \(2, 3\)"):
        subtract_dark(bright(2), np.ones((5, 4, 4), np.float32))


def test_a_single_frame_serves_a_single_frame_only():
    assert dark_of(subtract_dark(bright(1), SQUARES[1:2], groupgap=4)) == [1]
    with pytest.raises(ValueError, match="a dark of 1 frames cannot be extended to 3"):
        subtract_dark(bright(3), SQUARES[:1])
    with pytest.raises(ValueError, match="a dark of 1 frames cannot be extended to 8"):
        average_dark(SQUARES[:1], 2, nframes=3, groupgap=2)
