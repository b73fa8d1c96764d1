"""Windows of time after a pixel was bright."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, PERSISTENCE, SATURATED
from snakewebb.kernels.persistence_windows import flag_windows

TIMES = np.array([[10.0, 20, 30, 40, 50], [62, 72, 82, 92, 102]])


def pixel(values, dtype=np.uint8):
    """Return the values of one pixel, group by group, as those of an image of one pixel."""
    return np.array(values, dtype=dtype).reshape(2, 5, 1, 1)


def saturated(*groups):
    """Return flags that are SATURATED in some groups, counted through both integrations."""
    flags = np.zeros(10, np.uint8)
    flags[list(groups)] = SATURATED
    return pixel(flags)


def windows(groupdq, ramp=None, end=-np.inf, **options):
    """Return which groups of one pixel are flagged, as text, and when its window closes."""
    ramp = np.zeros(groupdq.shape, np.float32) if ramp is None else pixel(ramp, np.float32)
    flags, ends = flag_windows(ramp, groupdq, TIMES, np.full((1, 1), end), **options)
    found = "".join("x" if f & PERSISTENCE else "." for f in flags.ravel())
    return f"{found[:5]} {found[5:]}", ends.item()


@pytest.mark.parametrize(
    ("duration", "expected"),
    [
        (9, "..x.. ....."),
        (10, "..xx. ....."),
        (32, "..xxx x...."),
        (71, "..xxx xxxx."),
        (72, "..xxx xxxxx"),
    ],
)
def test_a_window_lasts_its_duration_both_ends_included(duration, expected):
    assert windows(saturated(2, 3, 4), duration=duration)[0] == expected


def test_the_first_saturated_group_of_an_integration_opens_a_window():
    assert windows(saturated(1, 2, 3, 4), duration=5)[0] == ".x... ....."
    assert windows(saturated(1), duration=5)[0] == ".x... ....."
    assert windows(saturated(1, 4), duration=5)[0] == ".x... ....."
    assert windows(saturated(1, 2, 3, 4, 6, 7, 8, 9), duration=5)[0] == ".x... .x..."


def test_saturation_opens_a_window_anew_while_one_is_open():
    assert windows(saturated(0, 5), duration=100) == ("xxxxx xxxxx", 162.0)


def test_a_group_above_the_threshold_opens_a_window_if_none_is_open():
    ramp = [0, 7, 7, 5, 0, 0, 0, 0, 0, 0]
    none = saturated()

    assert windows(none, ramp, duration=10, threshold=5)[0] == ".xx.. ....."
    assert windows(none, ramp, duration=5, threshold=5)[0] == ".xx.. ....."
    assert windows(none, ramp, duration=15, threshold=7)[0] == "..... ....."
    assert windows(none, [7] * 10, duration=60, threshold=5) == ("xxxxx xxxxx", 132.0)


def test_a_signal_that_is_not_a_number_opens_no_window_and_an_infinite_one_does():
    ramp = [np.nan, 0, 0, np.inf, 0, 0, 0, 0, 0, 0]

    assert windows(saturated(), ramp, duration=5, threshold=5)[0] == "...x. ....."


@pytest.mark.parametrize(
    ("end", "expected"), [(9.9, "..... ....."), (10, "x.... ....."), (62, "xxxxx x....")]
)
def test_a_window_of_an_earlier_exposure_goes_on_until_it_closes(end, expected):
    assert windows(saturated(), end=end, duration=5)[0] == expected


@pytest.mark.parametrize(("end", "left"), [(101.9, -np.inf), (102, 102), (1000, 1000)])
def test_only_a_window_that_is_open_at_the_end_is_left(end, left):
    assert windows(saturated(), end=end, duration=5)[1] == left


def test_flags_are_added_to_those_that_are_there_and_the_input_stays():
    flags = saturated(3, 4)
    flags[0, 4] |= JUMP_DET
    ramp, ends = np.zeros(flags.shape, np.float32), np.full((1, 1), -np.inf)
    before = flags.copy()

    found, _ = flag_windows(ramp, flags, TIMES, ends, duration=10, flags=PERSISTENCE | DO_NOT_USE)

    added = PERSISTENCE | DO_NOT_USE
    assert found[0, :, 0, 0].tolist() == [0, 0, 0, SATURATED | added, SATURATED | JUMP_DET | added]
    assert found.dtype == np.uint8
    assert np.array_equal(flags, before)
    assert ends.item() == -np.inf


@given(st.integers(0, 2**32), st.integers(1, 200), st.sampled_from([None, 0.5]))
def test_pixels_do_not_know_of_each_other_and_blocks_do_not_matter(seed, duration, threshold):
    random = np.random.default_rng(seed)
    shape = (2, 5, 3, 4)
    ramp = random.random(shape, dtype=np.float32)
    flags = np.where(random.random(shape) < 0.1, SATURATED, 0).astype(np.uint8)
    ends = np.where(random.random((3, 4)) < 0.3, random.uniform(0, 120, (3, 4)), -np.inf)
    options = {"duration": duration, "threshold": threshold}

    whole, left = flag_windows(ramp, flags, TIMES, ends, **options)

    for y, x in np.ndindex(3, 4):
        one = (..., slice(y, y + 1), slice(x, x + 1))
        found, end = flag_windows(ramp[one], flags[one], TIMES, ends[one], **options)
        assert np.array_equal(found, whole[one])
        assert np.array_equal(end, left[one])


def test_the_flags_may_be_changed_in_place():
    flags = saturated(1, 2, 3, 4)
    expected, _ = flag_windows(
        np.zeros(flags.shape, np.float32), flags, TIMES, np.full((1, 1), -np.inf), duration=10
    )

    flag_windows(
        np.zeros(flags.shape, np.float32),
        flags,
        TIMES,
        np.full((1, 1), -np.inf),
        duration=10,
        out=flags,
    )

    assert np.array_equal(flags, expected)


@pytest.mark.parametrize(
    ("name", "shape", "message"),
    [
        ("groupdq", (2, 5, 1, 2), "groupdq (2, 5, 1, 2) does not fit the ramp (2, 5, 1, 1)"),
        ("times", (2, 4), "times (2, 4) do not fit the groups (2, 5)"),
        ("ends", (2, 1), "ends (2, 1) do not fit the image (1, 1)"),
    ],
)
def test_the_error_names_what_disagrees(name, shape, message):
    arrays = {
        "ramp": np.zeros((2, 5, 1, 1), np.float32),
        "groupdq": np.zeros((2, 5, 1, 1), np.uint8),
        "times": TIMES,
        "ends": np.full((1, 1), -np.inf),
    }
    arrays[name] = np.zeros(shape, arrays[name].dtype)

    with pytest.raises(ValueError, match=re.escape(message)):
        flag_windows(**arrays, duration=1)
