"""Search for saturated groups, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import AD_FLOOR, DO_NOT_USE, HOT, JUMP_DET, NO_SAT_CHECK, SATURATED
from snakewebb.kernels.saturation import empty_saturated, flag_saturation, usable_thresholds

FULL = 60000
FLOOR = AD_FLOOR | DO_NOT_USE
SHAPE = (7, 8)
MIDDLE = (3, 4)
THRESHOLD = np.full(SHAPE, FULL, np.float32)


def ramp_with(*groups, at=MIDDLE):
    """Return one integration, the same in all groups but for one pixel."""
    ramp = np.full((1, len(groups), *SHAPE), 1000, np.float32)
    ramp[0, :, *at] = groups
    return ramp


def no_flags(ramp):
    return np.zeros(ramp.shape, np.uint8)


def flagged(ramp, threshold=THRESHOLD, **options):
    """Return the flags of a single integration that had none."""
    return flag_saturation(ramp, no_flags(ramp), threshold, **options)[0]


def in_the_middle(flags):
    return flags[:, *MIDDLE].tolist()


def box(reach, at=MIDDLE):
    """Return the pixels at most `reach` rows and columns away."""
    rows, columns = np.indices(SHAPE)
    return (abs(rows - at[0]) <= reach) & (abs(columns - at[1]) <= reach)


def test_a_group_is_saturated_if_it_reaches_the_threshold_and_so_are_all_after_it():
    flags = flagged(ramp_with(100, FULL - 1, FULL, FULL + 1, 100), reach=0)

    assert in_the_middle(flags) == [0, 0, SATURATED, SATURATED, SATURATED]
    assert np.count_nonzero(flags) == 3
    assert flags.dtype == np.uint8


def test_each_pixel_has_a_threshold_of_its_own_and_each_integration_its_own_onset():
    threshold = np.array([[10, 20, np.inf]], np.float32)
    ramp = np.array([[[[15, 15, 9e9]]], [[[9, 25, 9e9]]]], np.float32)

    flags = flag_saturation(ramp, no_flags(ramp), threshold, reach=0)

    assert flags.tolist() == [[[[SATURATED, 0, 0]]], [[[0, SATURATED, 0]]]]


def test_zero_and_less_is_at_the_floor_in_that_group_only_even_after_saturation():
    flags = flagged(ramp_with(0, 5, -3, FULL, 0), reach=0)

    assert in_the_middle(flags) == [FLOOR, 0, FLOOR, SATURATED, SATURATED | FLOOR]


def test_nan_is_neither_saturated_nor_at_the_floor():
    flags = flagged(ramp_with(np.nan, 5, np.nan, FULL, np.nan), reach=0)

    assert in_the_middle(flags) == [0, 0, 0, SATURATED, SATURATED]


@pytest.mark.parametrize("reach", [0, 1, 2, 3])
def test_saturation_spreads_to_all_neighbours_in_reach(reach):
    flags = flagged(ramp_with(100, FULL, FULL), reach=reach)

    assert not flags[0].any()
    assert np.array_equal(flags[1] == SATURATED, box(reach))
    assert np.array_equal(flags[2], flags[1])


@pytest.mark.parametrize("at", [(0, 0), (6, 7), (0, 4)])
def test_saturation_does_not_spread_around_the_edges(at):
    flags = flagged(ramp_with(FULL, at=at), reach=2)

    assert np.array_equal(flags[0] == SATURATED, box(2, at))


def test_a_reach_beyond_the_image_is_all_of_it():
    assert (flagged(ramp_with(FULL), reach=20) == SATURATED).all()


def test_neighbours_count_from_the_earliest_onset_around_them():
    ramp = ramp_with(100, 100, FULL)
    ramp[0, 1:, 3, 6] = FULL

    flags = flagged(ramp)

    assert flags[:, 3, 5].tolist() == [0, SATURATED, SATURATED]
    assert flags[:, 3, 3].tolist() == [0, 0, SATURATED]


def test_flags_that_were_there_stay_and_do_not_spread():
    ramp = ramp_with(100, 100, 100)
    groupdq = no_flags(ramp)
    groupdq[0, 1, *MIDDLE] = SATURATED | JUMP_DET

    assert np.array_equal(flag_saturation(ramp, groupdq, THRESHOLD), groupdq)


def test_a_second_run_changes_nothing():
    ramp = np.random.default_rng(4).uniform(-500, 61000, (2, 5, 40, 900)).astype(np.float32)
    threshold = np.full((40, 900), FULL, np.float32)

    once = flag_saturation(ramp, no_flags(ramp), threshold, nframes=4)

    assert np.array_equal(flag_saturation(ramp, once, threshold, nframes=4), once)


def test_saturation_spreads_over_an_image_of_many_blocks():
    ramp = np.random.default_rng(5).uniform(0, 61000, (1, 4, 80, 1000)).astype(np.float32)
    reached = np.maximum.accumulate(ramp[0] >= FULL, axis=0)
    near = np.pad(reached, ((0, 0), (1, 1), (1, 1)))
    expected = np.zeros_like(reached)
    for row, column in np.ndindex(3, 3):
        expected |= near[:, row : row + 80, column : column + 1000]

    flags = flagged(ramp, np.full((80, 1000), FULL, np.float32))

    assert np.array_equal(flags & SATURATED > 0, expected)


def test_more_groups_than_a_byte_can_count_are_told_apart():
    flags = flagged(ramp_with(*[100] * 298, FULL, FULL), reach=0)

    assert np.flatnonzero(in_the_middle(flags)).tolist() == [298, 299]


# Four frames in each group: means of a steady signal that is full in the last frame of group i are
# (4 i + 2.5) / (4 i + 4) of the threshold, and a jump in the last frame shows a quarter of itself.

STEADY = [FULL * 2.5 / 4, FULL * 6.5 / 8, FULL * 10.5 / 12]


@pytest.mark.parametrize("group", [0, 1, 2])
def test_a_steady_signal_that_saturates_within_an_average_makes_it_useless(group):
    ramp = ramp_with(*[20000] * group, STEADY[group], FULL, FULL)

    flags = flagged(ramp, nframes=4)

    assert in_the_middle(flags) == [0] * group + [DO_NOT_USE, SATURATED, SATURATED]
    assert np.array_equal(flags[group] == DO_NOT_USE, box(1))


def test_a_little_less_or_not_saturated_afterwards_is_no_saturation_within_an_average():
    less = flagged(ramp_with(20000, STEADY[1] - 1, FULL, FULL), nframes=4)
    never = flagged(ramp_with(20000, STEADY[1], FULL - 1, FULL - 1), nframes=4)
    last = flagged(ramp_with(20000, 20000, STEADY[2]), nframes=4)

    assert in_the_middle(less) == [0, 0, SATURATED, SATURATED]
    assert not never.any()
    assert not last.any()


def test_a_group_that_is_not_to_be_used_already_does_not_spread():
    ramp = ramp_with(20000, STEADY[1], FULL)
    groupdq = no_flags(ramp)
    groupdq[0, 1, *MIDDLE] = DO_NOT_USE

    flags = flag_saturation(ramp, groupdq, THRESHOLD, nframes=4)[0]

    assert np.count_nonzero(flags[1]) == 1


def test_a_cosmic_ray_in_the_last_frame_of_the_second_group_makes_it_useless_for_its_pixel():
    first = 2000
    enough = first + (FULL - first) / 4

    just = flagged(ramp_with(first, enough + 1, FULL), nframes=4)
    less = flagged(ramp_with(first, enough, FULL), nframes=4)

    assert in_the_middle(just) == [0, DO_NOT_USE, SATURATED]
    assert np.count_nonzero(just[1]) == 1
    assert in_the_middle(less) == [0, 0, SATURATED]


def test_a_bright_source_is_no_cosmic_ray():
    # 2.5 frames in the mean of the first group, 12 until the end of the third
    brightest = FULL * 2.5 / 12

    source = flagged(ramp_with(brightest, 35000, FULL), nframes=4)
    fainter = flagged(ramp_with(brightest - 1, 35000, FULL), nframes=4)

    assert in_the_middle(source) == [0, 0, SATURATED]
    assert in_the_middle(fainter) == [0, DO_NOT_USE, SATURATED]


def test_the_bias_is_no_part_of_what_a_source_delivers():
    bias = np.full(SHAPE, 12000, np.float32)
    ramp = ramp_with(13000, 35000, FULL)

    assert in_the_middle(flagged(ramp, nframes=4)) == [0, 0, SATURATED]
    assert in_the_middle(flagged(ramp, nframes=4, bias=bias)) == [0, DO_NOT_USE, SATURATED]


def test_where_the_bias_is_not_known_no_cosmic_ray_is_sought():
    bias = np.full(SHAPE, np.nan, np.float32)

    flags = flagged(ramp_with(2000, 35000, FULL), nframes=4, bias=bias)

    assert in_the_middle(flags) == [0, 0, SATURATED]


def test_a_pixel_without_threshold_takes_the_range_of_the_converter_as_that_of_a_cosmic_ray():
    threshold = THRESHOLD.copy()
    threshold[MIDDLE] = np.inf
    ramp = ramp_with(0.5, 65536 / 4 + 2, 50000)
    ramp[0, 2, 3, 5] = FULL

    flags = flagged(ramp, threshold, nframes=4)

    assert in_the_middle(flags) == [0, DO_NOT_USE, SATURATED]


def test_with_a_backdated_onset_the_cosmic_ray_saturates_the_second_group_and_its_neighbours():
    flags = flagged(ramp_with(2000, 35000, FULL), nframes=4, backdate=True)

    assert not flags[0].any()
    assert np.array_equal(flags[1] == SATURATED, box(1))
    assert np.array_equal(flags[2] == SATURATED, box(1))


def test_with_a_backdated_onset_steady_signals_and_neighbours_are_not_checked():
    steady = flagged(ramp_with(20000, STEADY[1], FULL), nframes=4, backdate=True)
    beside = ramp_with(2000, 35000, 35000)
    beside[0, 2, 3, 5] = FULL

    assert in_the_middle(steady) == [0, 0, SATURATED]
    assert in_the_middle(flagged(beside, nframes=4, backdate=True)) == [0, 0, SATURATED]


@pytest.mark.parametrize("ngroups", [1, 2])
@pytest.mark.parametrize("backdate", [False, True])
def test_without_a_third_group_no_cosmic_ray_is_sought(ngroups, backdate):
    flags = flagged(ramp_with(*[2000, 35000][:ngroups]), nframes=4, backdate=backdate)

    assert not flags.any()


def test_the_input_is_untouched_unless_it_is_out():
    ramp = ramp_with(2000, 35000, FULL, -1)
    groupdq = no_flags(ramp)
    before = ramp.copy()

    flags = flag_saturation(ramp, groupdq, THRESHOLD, nframes=4)
    assert not groupdq.any()
    assert np.array_equal(ramp, before)

    assert flag_saturation(ramp, groupdq, THRESHOLD, nframes=4, out=groupdq) is groupdq
    assert np.array_equal(groupdq, flags)


def test_arrays_that_do_not_fit_are_named():
    ramp = ramp_with(100, 100)

    with pytest.raises(ValueError, match=r"group flags \(1, 1, 7, 8\) do not fit the ramp \(1, 2,"):
        flag_saturation(ramp, no_flags(ramp)[:, :1], THRESHOLD)
    with pytest.raises(ValueError, match=r"threshold image \(7, 7\) does not fit the ramp"):
        flag_saturation(ramp, no_flags(ramp), THRESHOLD[:, :7])
    with pytest.raises(ValueError, match=r"bias image \(6, 8\) does not fit the ramp"):
        flag_saturation(ramp, no_flags(ramp), THRESHOLD, bias=THRESHOLD[:6])
    with pytest.raises(ValueError, match=r"threshold image \(7, 7\) does not fit the ramp"):
        empty_saturated(ramp[0], THRESHOLD[:, :7])
    with pytest.raises(ValueError, match=r"thresholds \(7, 8\) do not fit their flags \(7, 7\)"):
        usable_thresholds(THRESHOLD, np.zeros((7, 7), np.uint32))


def test_thresholds_that_are_not_known_or_not_to_be_used_are_out_of_reach_and_flagged():
    threshold = np.array([[np.nan, 50000, 50000, 50000]], np.float32)
    dq = np.array([[HOT, NO_SAT_CHECK, HOT, 0]], np.uint32)

    usable, flags = usable_thresholds(threshold, dq)

    assert usable.tolist() == [[np.inf, np.inf, 50000, 50000]]
    assert flags.tolist() == [[HOT | NO_SAT_CHECK, NO_SAT_CHECK, HOT, 0]]
    assert (usable.dtype, flags.dtype) == (np.float32, np.uint32)
    assert np.isnan(threshold[0, 0])
    assert dq[0, 0] == HOT


def test_saturated_pixels_of_a_zeroth_frame_and_those_around_them_become_zero():
    frames = ramp_with(FULL)[:, 0]
    frames[0, 0, 0] = -3
    frames[0, 6, 0] = np.nan

    emptied = empty_saturated(frames, THRESHOLD)

    assert (emptied[0][box(1)] == 0).all()
    assert emptied[0, 0, 0] == 0
    assert np.isnan(emptied[0, 6, 0])
    assert np.count_nonzero(emptied[0] == 1000) == 7 * 8 - 9 - 2
    assert emptied.dtype == np.float32
    assert frames[0][MIDDLE] == FULL
    assert empty_saturated(frames, THRESHOLD, out=frames) is frames
    assert np.array_equal(frames, emptied, equal_nan=True)


@given(seed=st.integers(0, 10**6))
def test_a_lower_threshold_and_a_longer_reach_flag_no_less(seed):
    rng = np.random.default_rng(seed)
    ramp = rng.uniform(0, 60000, (1, 4, 8, 9)).astype(np.float32).cumsum(axis=1)
    flags, high = np.zeros(ramp.shape, np.uint8), np.full((8, 9), 90000, np.float32)
    few = flag_saturation(ramp, flags, high, reach=0) & SATURATED
    lower = flag_saturation(ramp, flags, high / 2, reach=0) & SATURATED
    further = flag_saturation(ramp, flags, high, reach=1) & SATURATED
    assert (few & lower == few).all()
    assert (few & further == few).all()
    assert (np.diff(few.astype(int), axis=1) >= 0).all()
