"""Start of the data-quality flags, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import DEAD, DO_NOT_USE, HOT, JUMP_DET, REFERENCE_PIXEL
from snakewebb.kernels.dq_init import flag_groups, flag_pixels


def mask_of(*flags):
    return np.array([flags], np.uint32)


def test_flags_of_the_mask_are_added_to_those_of_the_pixels():
    dq = mask_of(HOT, 0, DEAD)

    flagged = flag_pixels(dq, mask_of(DO_NOT_USE, REFERENCE_PIXEL, DEAD))

    assert flagged.tolist() == [[HOT | DO_NOT_USE, REFERENCE_PIXEL, DEAD]]
    assert flagged.dtype == np.uint32


def test_all_groups_of_a_pixel_that_must_not_be_used_are_flagged_and_no_other_flag_is_set():
    groupdq = np.zeros((2, 3, 1, 3), np.uint8)
    groupdq[0, 1] = JUMP_DET

    flagged = flag_groups(groupdq, mask_of(DO_NOT_USE | DEAD, HOT | 1 << 7, 0))

    assert (flagged[..., 0] & DO_NOT_USE == DO_NOT_USE).all()
    assert (flagged[..., 1:] & ~np.uint8(JUMP_DET) == 0).all()
    assert (flagged[0, 1] & JUMP_DET == JUMP_DET).all()
    assert flagged.dtype == np.uint8


def test_the_input_is_untouched_unless_it_is_out():
    dq, groupdq, mask = mask_of(0, 0), np.zeros((1, 2, 1, 2), np.uint8), mask_of(1, 0)

    flag_pixels(dq, mask)
    flag_groups(groupdq, mask)
    assert not dq.any()
    assert not groupdq.any()

    assert flag_pixels(dq, mask, out=dq) is dq
    assert flag_groups(groupdq, mask, out=groupdq) is groupdq
    assert dq.tolist() == [[1, 0]]
    assert groupdq.tolist() == [[[[1, 0]], [[1, 0]]]]
    assert mask.tolist() == [[1, 0]]


@pytest.mark.parametrize("function", [flag_pixels, flag_groups])
def test_a_mask_of_another_shape_is_named_even_if_it_could_be_repeated(function):
    with pytest.raises(ValueError, match=r"mask \(1, 4\) does not fit the image \(3, 4\)"):
        function(np.zeros((3, 4), np.uint32), np.zeros((1, 4), np.uint32))


@given(seed=st.integers(0, 10**6))
def test_flags_only_add_and_a_second_time_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    flags, mask = rng.integers(0, 2**32, (2, 4, 5), dtype=np.uint32)
    once = flag_pixels(flags, mask)
    assert (once & flags == flags).all()
    assert (once & mask == mask).all()
    np.testing.assert_array_equal(flag_pixels(once, mask), once)
