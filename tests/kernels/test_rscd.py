"""Flags for the groups that the reset switches spoil, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.rscd import flag_first_groups, groups_to_skip


def ramp_saturated_from(onset, ngroups=10):
    """Return the flags of a pixel that is saturated from some group on."""
    flags = np.where(np.arange(ngroups) >= onset, np.uint8(SATURATED), np.uint8(0))
    return flags.reshape(1, ngroups, 1, 1)


def number_flagged(groupdq):
    """Return how many groups are flagged, which must be the first ones."""
    flagged = (groupdq.ravel() & DO_NOT_USE) != 0
    assert flagged[: flagged.sum()].all()
    return int(flagged.sum())


@pytest.mark.parametrize(
    ("wanted", "ngroups", "skipped"),
    [
        (4, 10, 4),
        (4, 7, 4),
        (4, 6, 3),
        (9, 12, 9),
        (10, 12, 9),
        (4, 5, 1),
        (0, 5, 1),
        (4, 4, 1),
        (4, 3, 0),
        (0, 6, 0),
        (-1, 6, 0),
    ],
)
def test_three_groups_are_left_and_short_ramps_lose_one(wanted, ngroups, skipped):
    assert groups_to_skip(wanted, ngroups) == skipped


def test_a_ramp_too_short_is_named():
    with pytest.raises(ValueError, match="a ramp of 2 groups cannot do without any"):
        groups_to_skip(1, 2)


def test_the_first_groups_of_every_integration_are_flagged_and_no_others():
    flagged, returned = flag_first_groups(np.zeros((2, 7, 2, 3), np.uint8), 3)

    assert (flagged[:, :3] == DO_NOT_USE).all()
    assert (flagged[:, 3:] == 0).all()
    assert flagged.dtype == np.uint8
    assert (returned == 0).all()


@pytest.mark.parametrize(
    ("onset", "flagged"),
    [(0, 4), (1, 0), (2, 0), (3, 1), (4, 2), (5, 3), (6, 4), (7, 4), (10, 4)],
)
def test_two_groups_before_saturation_are_kept_unless_the_first_one_is_saturated(onset, flagged):
    groupdq, returned = flag_first_groups(ramp_saturated_from(onset), 4)

    assert number_flagged(groupdq) == flagged
    assert returned.tolist() == [[4 - flagged]]


def test_a_single_saturated_group_gives_one_group_back():
    groupdq = np.zeros((1, 10, 1, 1), np.uint8)
    groupdq[0, 3] = SATURATED
    assert number_flagged(flag_first_groups(groupdq, 4)[0]) == 3


def test_the_largest_number_of_groups_given_back_is_told():
    groupdq = np.concatenate([ramp_saturated_from(onset) for onset in (5, 3, 9)])
    assert flag_first_groups(groupdq, 4)[1].tolist() == [[3]]


def test_flags_of_before_stay_and_do_not_matter():
    groupdq = ramp_saturated_from(10, ngroups=6)
    groupdq[0, :3, 0, 0] = JUMP_DET, DO_NOT_USE, JUMP_DET

    flagged, _ = flag_first_groups(groupdq, 2)

    expected = [JUMP_DET | DO_NOT_USE, DO_NOT_USE, JUMP_DET, 0, 0, 0]
    assert flagged.ravel().tolist() == expected


def test_nothing_to_skip_changes_nothing():
    groupdq = ramp_saturated_from(2)
    flagged, returned = flag_first_groups(groupdq, 0)
    assert np.array_equal(flagged, groupdq)
    assert (returned == 0).all()


@given(
    skip=st.integers(0, 8),
    flags=st.lists(st.sampled_from([0, DO_NOT_USE, SATURATED, JUMP_DET]), min_size=10, max_size=10),
)
def test_never_are_more_groups_flagged_than_were_to_be_skipped(skip, flags):
    groupdq = np.array(flags, np.uint8).reshape(1, 10, 1, 1)

    flagged, returned = flag_first_groups(groupdq, skip)

    changed = flagged ^ groupdq
    assert (changed[:, skip - int(returned[0, 0]) :] == 0).all()
    assert (flagged[:, : skip - int(returned[0, 0])] & DO_NOT_USE).all()


def test_the_input_is_untouched_unless_it_is_out():
    groupdq = np.concatenate([ramp_saturated_from(onset) for onset in (3, 9)])
    before, other = groupdq.copy(), np.full_like(groupdq, 255)

    flagged, _ = flag_first_groups(groupdq, 4, out=other)
    assert flagged is other
    assert np.array_equal(groupdq, before)

    in_place, _ = flag_first_groups(groupdq, 4, out=groupdq)
    assert in_place is groupdq
    assert np.array_equal(groupdq, other)


@pytest.mark.parametrize("skip", [-1, 9])
def test_a_number_that_the_ramp_has_no_room_for_is_named(skip):
    with pytest.raises(ValueError, match=f"{skip} of 10 groups cannot be skipped"):
        flag_first_groups(np.zeros((1, 10, 1, 1), np.uint8), skip)
