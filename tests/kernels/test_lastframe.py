"""Flags for the last group, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels.dq import DO_NOT_USE, SATURATED
from snakewebb.kernels.lastframe import flag_last_group


def test_the_last_group_of_every_integration_is_flagged_and_no_other():
    flagged = flag_last_group(np.zeros((3, 4, 2, 2), np.uint8))

    assert (flagged[:, -1] == DO_NOT_USE).all()
    assert (flagged[:, :-1] == 0).all()
    assert flagged.dtype == np.uint8


def test_flags_of_before_stay():
    groupdq = np.array([0, SATURATED, SATURATED], np.uint8).reshape(1, 3, 1, 1)
    assert flag_last_group(groupdq).ravel().tolist() == [0, SATURATED, SATURATED | DO_NOT_USE]


def test_the_input_is_untouched_unless_it_is_out():
    groupdq = np.zeros((2, 3, 2, 2), np.uint8)
    other = np.full_like(groupdq, 255)

    assert flag_last_group(groupdq, out=other) is other
    assert (groupdq == 0).all()

    assert flag_last_group(groupdq, out=groupdq) is groupdq
    assert np.array_equal(groupdq, other)


def test_a_ramp_too_short_is_named():
    with pytest.raises(ValueError, match="a ramp of 2 groups cannot do without its last one"):
        flag_last_group(np.zeros((1, 2, 1, 1), np.uint8))
