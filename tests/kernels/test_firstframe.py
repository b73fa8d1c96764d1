"""Flags for the first group, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.firstframe import flag_first_group


def groupdq_of(*ramps):
    """Return the flags of one integration, each pixel given by those of its groups."""
    return np.array(ramps, dtype=np.uint8).T[np.newaxis, :, np.newaxis]


def ramps_of(groupdq):
    """Return the flags of each pixel of the first integration."""
    return groupdq[0, :, 0].T.tolist()


def test_the_first_group_of_every_integration_is_flagged_and_no_other():
    flagged, kept = flag_first_group(np.zeros((3, 5, 2, 2), np.uint8))

    assert (flagged[:, 0] == DO_NOT_USE).all()
    assert (flagged[:, 1:] == 0).all()
    assert flagged.dtype == np.uint8
    assert not kept.any()


@pytest.mark.parametrize(
    ("saturated", "is_kept"),
    [([1, 2, 3], True), ([2, 3], True), ([2], True), ([3], False), ([1], False)],
)
def test_pixels_saturated_in_the_third_group_keep_the_first_one(saturated, is_kept):
    groupdq = np.zeros((1, 4, 1, 1), np.uint8)
    groupdq[0, saturated] = SATURATED

    flagged, kept = flag_first_group(groupdq)

    assert kept.tolist() == [[is_kept]]
    assert flagged[0, 0, 0, 0] == (0 if is_kept else DO_NOT_USE)


def test_bright_pixels_lose_the_first_group_if_asked():
    flagged, kept = flag_first_group(groupdq_of([0, 0, SATURATED, SATURATED]), keep_bright=False)

    assert ramps_of(flagged) == [[DO_NOT_USE, 0, SATURATED, SATURATED]]
    assert not kept.any()


def test_a_pixel_counts_as_kept_if_it_is_in_any_integration():
    groupdq = np.zeros((3, 4, 1, 2), np.uint8)
    groupdq[1, 2, 0, 1] = SATURATED

    _, kept = flag_first_group(groupdq)

    assert kept.tolist() == [[False, True]]


def test_flags_of_before_stay():
    flagged, _ = flag_first_group(
        groupdq_of([JUMP_DET, 4, 0, 1], [DO_NOT_USE, 0, SATURATED, SATURATED])
    )

    assert ramps_of(flagged) == [
        [JUMP_DET | DO_NOT_USE, 4, 0, 1],
        [DO_NOT_USE, 0, SATURATED, SATURATED],
    ]


def test_the_input_is_untouched_unless_it_is_out():
    groupdq = np.zeros((2, 4, 3, 3), np.uint8)
    other = np.full_like(groupdq, 255)

    flagged, _ = flag_first_group(groupdq, out=other)
    assert flagged is other
    assert (groupdq == 0).all()

    in_place, _ = flag_first_group(groupdq, out=groupdq)
    assert in_place is groupdq
    assert np.array_equal(groupdq, other)


def test_a_ramp_too_short_is_named():
    with pytest.raises(ValueError, match="a ramp of 3 groups cannot do without its first one"):
        flag_first_group(np.zeros((1, 3, 1, 1), np.uint8))
