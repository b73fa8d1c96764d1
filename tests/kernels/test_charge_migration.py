"""Charge migration, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from snakewebb.kernels.charge_migration import flag_charge_migration
from snakewebb.kernels.dq import CHARGELOSS, DO_NOT_USE, JUMP_DET, SATURATED

MIGRATED = CHARGELOSS | DO_NOT_USE
SHAPE = (2, 4, 3, 5)


def no_flags():
    return np.zeros(SHAPE, np.uint8)


def one_bright_pixel(signals=(10, 30, 20, 10), y=1, x=2):
    ramp = np.zeros(SHAPE, np.float32)
    ramp[0, :, y, x] = signals
    return ramp


def flagged(ramp, flags=None, threshold=25.0):
    flags = no_flags() if flags is None else flags
    return (flag_charge_migration(ramp, flags, signal_threshold=threshold) & MIGRATED) == MIGRATED


def test_all_groups_from_the_first_above_the_threshold_on_are_flagged():
    assert flagged(one_bright_pixel())[0, :, 1, 2].tolist() == [False, True, True, True]


def test_the_four_neighbours_are_flagged_from_the_same_group_on():
    found = flagged(one_bright_pixel())

    cross = [[0, 0, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 0, 0]]
    assert not found[0, 0].any()
    for group in found[0, 1:]:
        assert group.astype(int).tolist() == cross


def test_a_corner_has_two_neighbours():
    found = flagged(one_bright_pixel(y=0, x=4))

    assert np.argwhere(found[0, 3]).tolist() == [[0, 3], [0, 4], [1, 4]]


def test_other_integrations_are_left_alone():
    assert not flagged(one_bright_pixel())[1].any()


def test_the_threshold_itself_is_not_exceeded():
    assert not flagged(one_bright_pixel((25, 25, 25, 25))).any()


def test_nan_exceeds_nothing():
    found = flagged(one_bright_pixel((np.nan, np.nan, 30, np.nan)))

    assert found[0, :, 1, 2].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("flag", "first"), [(DO_NOT_USE, 2), (SATURATED, 1), (JUMP_DET | DO_NOT_USE, 1)]
)
def test_a_group_that_is_only_not_to_be_used_exceeds_nothing(flag, first):
    flags = no_flags()
    flags[0, 1, 1, 2] = flag

    found = flagged(one_bright_pixel((0, 30, 30, 30)), flags)

    assert np.flatnonzero(found[0, :, 1, 3])[0] == first


def test_flags_that_were_there_stay():
    flags = no_flags()
    flags[...] = JUMP_DET

    result = flag_charge_migration(one_bright_pixel(), flags, signal_threshold=25.0)

    assert result[0, 1, 1, 2] == JUMP_DET | MIGRATED
    assert result[1, 0, 0, 0] == JUMP_DET
    assert result.dtype == np.uint8


def test_the_input_is_untouched_unless_it_is_out():
    ramp, flags = one_bright_pixel(), no_flags()

    result = flag_charge_migration(ramp, flags, signal_threshold=25.0)
    assert np.array_equal(ramp, one_bright_pixel())
    assert not flags.any()

    assert flag_charge_migration(ramp, flags, signal_threshold=25.0, out=flags) is flags
    assert np.array_equal(flags, result)


@given(arrays(np.float32, SHAPE, elements=st.floats(0, 100, width=32)), st.floats(0, 100))
def test_flags_never_end_within_a_ramp_and_fewer_are_set_by_a_higher_threshold(ramp, threshold):
    found = flagged(ramp, threshold=threshold)

    assert (found[:, 1:] >= found[:, :-1]).all()
    assert (flagged(ramp, threshold=threshold + 5) <= found).all()


def test_flags_of_another_shape_are_named():
    with pytest.raises(ValueError, match=r"flags \(1, 4, 3, 5\) do not fit the ramp \(2, 4, 3, 5"):
        flag_charge_migration(np.zeros(SHAPE, np.float32), no_flags()[:1])
