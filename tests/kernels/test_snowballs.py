"""Snowballs, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels.dq import DO_NOT_USE, DROPOUT, JUMP_DET, SATURATED
from snakewebb.kernels.snowballs import flag_snowballs

SHAPE = (2, 6, 60, 80)
MIDDLE = (30, 40)
BLOCK = slice(28, 33), slice(38, 43)
"""A square of 5 x 5 pixels around the middle: both axes are 4 sqrt(2) - 1 = 4.66 pixels long."""


def disc(radius, centre=MIDDLE, shape=SHAPE[-2:]):
    """Return the pixels of an image nearer to a place than a radius."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    return (y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2


def exposure(*, jumps=BLOCK, jump_group=2, core=(slice(30, 31), slice(40, 41)), core_group=3):
    """Return flags of an exposure whose first integration has jumps and a core, one pixel wide.

    The core saturates a group later, so that the jumps fill their region.
    """
    flags = np.zeros(SHAPE, dtype=np.uint8)
    if jumps is not None:
        flags[0, jump_group, *jumps] |= JUMP_DET
    if core is not None:
        flags[0, core_group:, *core] |= SATURATED
    return flags


def flagged(flags, **options):
    """Return the flags after the search for snowballs, with 10 s between groups."""
    return flag_snowballs(flags, 10.0, **options)[0]


def large_core():
    """Return flags in which the square saturates in the second group, without a jump."""
    return exposure(jumps=None, core=BLOCK, core_group=1)


def test_all_pixels_in_the_wider_ellipse_of_a_snowball_are_flagged_in_its_group():
    flags, number = flag_snowballs(exposure(), 10.0, expand_factor=2.0)

    expected = exposure()
    expected[0, 2, disc(5)] |= JUMP_DET
    assert number == 1
    assert np.array_equal(flags, expected)
    assert flags.dtype == np.uint8


@pytest.mark.parametrize(("factor", "radius"), [(1.0, 0), (1.5, 3), (3.5, 8), (4.0, 9)])
def test_the_expansion_factor_multiplies_the_axis(factor, radius):
    flags = flagged(exposure(), expand_factor=factor)

    assert np.array_equal((flags[0, 2] & JUMP_DET) > 0, disc(radius) | (exposure()[0, 2] > 0))


def test_the_widened_ellipse_has_a_largest_radius():
    flags = flagged(exposure(), expand_factor=9.0, max_extended_radius=6)

    assert np.array_equal(flags[0, 2] > 0, disc(6))


def test_saturated_pixels_in_a_snowball_are_not_flagged_as_jumps():
    flags = exposure()
    flags[0, :, 34, 40] |= SATURATED

    assert flagged(flags)[0, 2, 34, 40] == SATURATED
    assert flagged(flags)[0, 2, 26, 40] == JUMP_DET


def test_unused_pixels_in_a_snowball_are_flagged_too():
    flags = exposure()
    flags[0, 2, 34, 40] |= DO_NOT_USE

    assert flagged(flags)[0, 2, 34, 40] == DO_NOT_USE | JUMP_DET


@pytest.mark.parametrize(("group", "widened"), [(1, False), (2, True), (3, True), (4, False)])
def test_a_core_belongs_to_jumps_of_its_group_or_the_one_before(group, widened):
    flags = exposure(core_group=group)

    assert ((flagged(flags) != flags).any()) == widened


def test_a_core_must_be_inside_the_ellipse_of_the_jumps():
    inside, outside = (exposure(core=(30, column)) for column in (42, 43))

    assert flag_snowballs(inside, 10.0)[1] == 1
    assert flag_snowballs(outside, 10.0)[1] == 0
    assert np.array_equal(flagged(outside), outside)


def test_the_ellipse_that_must_hold_the_core_lies_along_the_jumps():
    bar = slice(28, 33), slice(30, 51)

    along = exposure(jumps=bar, core=(30, 49))
    across = exposure(jumps=bar, core=(37, 40))

    assert flag_snowballs(along, 10.0)[1] == 1
    assert flag_snowballs(across, 10.0)[1] == 0


def test_a_core_beyond_the_last_jump_may_still_lie_in_the_ellipse():
    bar = slice(28, 33), slice(30, 51)

    assert flag_snowballs(exposure(jumps=bar, core=(30, 51)), 10.0)[1] == 1
    assert flag_snowballs(exposure(jumps=bar, core=(30, 29)), 10.0)[1] == 1
    assert flag_snowballs(exposure(jumps=bar, core=(30, 52)), 10.0)[1] == 0


def test_without_the_need_of_a_core_all_large_jumps_are_snowballs_and_cores_are_left_alone():
    flags = exposure(core=BLOCK, core_group=4)

    widened = flagged(flags, sat_required_snowball=False)

    expected = flags.copy()
    expected[0, 2, disc(5)] |= JUMP_DET
    assert np.array_equal(widened, expected)


@pytest.mark.parametrize(
    ("row", "column", "near"),
    [
        (9, 40, True),
        (10, 40, False),
        (50, 40, False),
        (51, 40, True),
        (30, 9, True),
        (30, 10, False),
        (30, 51, False),
        (30, 70, False),
        (30, 71, True),
    ],
)
def test_near_an_edge_no_core_is_needed(row, column, near):
    block = slice(row - 2, row + 3), slice(column - 2, column + 3)
    flags = exposure(jumps=block, core=None)

    assert flag_snowballs(flags, 10.0, edge_size=10)[1] == near


def test_jumps_count_as_a_snowball_from_a_least_area_on_that_includes_their_holes():
    flags = exposure()
    flags[0, 2, 29:32, 39:42] = 0

    assert flag_snowballs(flags, 10.0, min_jump_area=25)[1] == 1
    assert flag_snowballs(flags, 10.0, min_jump_area=26)[1] == 0


def test_a_core_counts_from_a_least_area_on():
    flags = exposure(core=(slice(30, 32), slice(40, 42)))

    assert flag_snowballs(flags, 10.0, min_sat_area=4)[1] == 1
    assert flag_snowballs(flags, 10.0, min_sat_area=5)[1] == 0


@pytest.mark.parametrize(
    "line",
    [
        (slice(30, 31), slice(35, 46)),
        (slice(25, 36), slice(40, 41)),
        (np.arange(25, 36), np.arange(35, 46)),
        (np.arange(35, 24, -1), np.arange(35, 46)),
        (np.append(np.arange(18, 43), 30), np.append(np.arange(28, 53), 41)),
    ],
    ids=["row", "column", "diagonal", "other diagonal", "diagonal with a pixel more"],
)
@pytest.mark.parametrize("required", [True, False])
def test_a_line_of_jumps_is_not_widened(required, line):
    flags = exposure(jumps=line)
    found = flagged(flags, expand_factor=5.0, sat_required_snowball=required)

    assert np.array_equal(found, flags)


def test_a_large_core_is_widened_in_its_group_and_all_later_ones_of_the_integration():
    flags = flagged(large_core(), sat_expand=3, mask_snowball_core_next_int=False)

    expected = np.zeros(SHAPE, dtype=np.uint8)
    expected[0, 1:, disc(5)] = SATURATED
    assert np.array_equal(flags, expected)


def test_around_a_core_saturation_takes_the_place_of_jumps_and_other_flags_stay():
    flags = large_core()
    flags[0, 1:, 34, 40] = JUMP_DET | DROPOUT
    flags[0, 1:, 26, 40] = DO_NOT_USE

    widened = flagged(flags, sat_expand=3)

    assert (widened[0, 1:, 34, 40] == SATURATED | DROPOUT).all()
    assert (widened[0, 1:, 26, 40] == SATURATED | DO_NOT_USE).all()


def test_the_first_group_has_no_cores():
    flags = exposure(jumps=None, core=BLOCK, core_group=0)

    assert np.array_equal(flagged(flags, sat_expand=3), flags)


def test_pixels_that_a_widened_core_saturated_are_no_core_in_the_next_group():
    flags = large_core()
    flags[0, 2:, disc(5)] |= SATURATED

    widened = flagged(flags, sat_expand=3)

    assert np.array_equal(widened[0, 2] > 0, disc(5))


def test_a_core_is_large_if_its_minor_axis_is_longer_than_a_limit():
    axis = 4 * np.sqrt(2) - 1
    small = flagged(large_core(), min_sat_radius_extend=axis + 1e-9)
    large = flagged(large_core(), min_sat_radius_extend=axis - 1e-9)

    assert np.array_equal(small, large_core())
    assert not np.array_equal(large, large_core())


def test_a_long_and_narrow_core_is_not_large():
    flags = exposure(jumps=None, core=(slice(29, 32), slice(30, 50)))

    assert np.array_equal(flagged(flags), flags)


@pytest.mark.parametrize(
    ("seconds", "groups"), [(0, []), (19, []), (20, [1]), (39, [1, 2]), (4000, [1, 2, 3, 4, 5])]
)
def test_cores_are_flagged_as_jumps_in_the_next_integration_for_some_time(seconds, groups):
    flags = flagged(large_core(), snowball_time_masked_next_int=seconds)

    expected = np.zeros(SHAPE[1:], dtype=np.uint8)
    expected[groups] = disc(2) * JUMP_DET
    assert np.array_equal(flags[1], expected)


def test_cores_are_not_flagged_in_the_next_integration_if_not_asked_for():
    assert not flagged(large_core(), mask_snowball_core_next_int=False)[1].any()


def test_cores_are_flagged_in_the_next_integration_where_it_is_saturated_but_not_searched_there():
    flags = large_core()
    flags[1, :, 30, 40] |= SATURATED

    afterwards = flagged(flags, sat_required_snowball=True)

    assert (afterwards[1, 1:, 30, 40] == SATURATED | JUMP_DET).all()
    assert flag_snowballs(flags, 10.0, min_jump_area=1)[1] == 0


def test_cores_reach_the_next_integration_only():
    none = np.zeros_like(large_core()[:1])
    flags = np.concatenate([none, large_core(), none])

    assert flagged(flags).any(axis=(1, 2, 3)).tolist() == [False, True, True, False]


def test_the_input_is_untouched_unless_it_is_out():
    flags, out = exposure(), np.ones(SHAPE, dtype=np.uint8)

    result, _ = flag_snowballs(flags, 10.0, out=out)
    assert result is out
    assert np.array_equal(flags, exposure())
    assert np.array_equal(out, flagged(flags))

    assert flag_snowballs(flags, 10.0, out=flags)[0] is flags
    assert np.array_equal(flags, out)


def test_an_exposure_of_one_group_has_no_snowballs():
    flags = np.full((1, 1, 8, 8), JUMP_DET, dtype=np.uint8)

    assert flag_snowballs(flags, 10.0)[1] == 0
