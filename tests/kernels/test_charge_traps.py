"""Charge traps: what they release and what they capture."""

import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.charge_traps import Family, correct_persistence, release
from snakewebb.kernels.dq import JUMP_DET, SATURATED

SLOW = Family(slow=180, capture_time=50, instant=420, decay_time=10)
FAST = Family(slow=80, capture_time=10, instant=10, decay_time=100)
INSTANT = Family(slow=0, capture_time=50, instant=100, decay_time=math.inf)
FULL_WELL = 1000.0
GROUP_TIME = 10.0


def pixel(*integrations):
    """Return the ramps of one pixel as that of an image of one pixel."""
    return np.array(integrations, np.float32)[..., np.newaxis, np.newaxis]


def image(*planes):
    """Return values of one pixel as images of one pixel."""
    return np.array(planes, np.float32)[:, np.newaxis, np.newaxis]


def corrected(ramp, families, flags=None, filled=None, **changes):
    """Return the corrected ramp, the filled traps and the largest persistence of one pixel."""
    flags = np.zeros(ramp.shape, np.uint8) if flags is None else flags
    filled = image(*[0] * len(families)) if filled is None else filled
    arrays = {
        "density": np.ones((1, 1), np.float32),
        "full_well": np.full((1, 1), FULL_WELL, np.float32),
    }
    options = {"group_time": GROUP_TIME, "reset_times": [0.0] * len(ramp)}
    options |= {name: changes.pop(name) for name in list(changes) if name not in arrays}
    arrays |= changes
    ramp, filled, largest = correct_persistence(
        ramp, flags, filled, arrays["density"], arrays["full_well"], families, **options
    )
    return ramp[..., 0, 0], filled[:, 0, 0], largest.item()


def captured(ramp, family, flags=None, **changes):
    """Return the traps of one family that one pixel fills in one integration."""
    return corrected(ramp, [family], flags, **changes)[1].item()


def test_filled_traps_release_charge_exponentially():
    filled, released = release(image(100, 200), [SLOW, FAST], 10.0)

    expected = [100 * math.exp(-1), 200 * math.exp(-0.1)]
    assert filled.ravel() == pytest.approx(expected, rel=1e-6)
    assert released.item() == pytest.approx(300 - sum(expected), rel=1e-6)
    assert filled.dtype == np.float32


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_two_times_release_as_much_as_both_together(first, second):
    filled, released = release(image(100, 200), [SLOW, FAST], first)
    filled, more = release(filled, [SLOW, FAST], second)
    at_once, together = release(image(100, 200), [SLOW, FAST], first + second)

    assert filled.ravel() == pytest.approx(at_once.ravel(), abs=1e-4)
    assert (released + more).item() == pytest.approx(together.item(), abs=1e-4)


def test_traps_that_never_decay_keep_their_charge_and_unknown_ones_are_empty():
    filled, released = release(image(100, np.nan), [INSTANT, SLOW], 1e9)

    assert filled.ravel().tolist() == [100, 0]
    assert released.item() == 0


def test_released_charge_adds_up_in_the_groups_of_an_integration():
    ramp, filled, largest = corrected(pixel([0, 0, 0]), [SLOW], filled=image(100))

    left = 100 * np.exp(-np.array([1.0, 2, 3]))
    assert ramp[0] == pytest.approx(left - 100, rel=1e-6)
    assert filled.item() == pytest.approx(left[-1], rel=1e-6)
    assert largest == pytest.approx(100 - left[-1], rel=1e-6)


def test_charge_released_between_integrations_is_lost():
    ramp, _, _ = corrected(pixel([0], [0]), [SLOW], filled=image(100), reset_times=[20.0, 20.0])

    starts = 100 * np.exp([0, -3.0])
    assert ramp[:, 0] == pytest.approx(-starts * (1 - math.exp(-1)), rel=1e-6)


@given(st.floats(0.01, 0.15), st.integers(2, 6))
def test_instant_traps_fill_with_the_square_of_the_signal(step, ngroups):
    ramp = pixel(FULL_WELL * step * np.arange(1, ngroups + 1))

    assert captured(ramp, INSTANT) == pytest.approx(100 * (step * ngroups) ** 2, rel=1e-4)


def test_the_equation_for_slow_traps_solves_an_integral_over_the_time_of_rising():
    only_slow = Family(slow=180, capture_time=50, instant=0, decay_time=math.inf)
    slope, reset = 0.01, 10.0
    ramp = pixel(FULL_WELL * slope * GROUP_TIME * np.arange(1, 6))

    edges = np.linspace(0, 5 * GROUP_TIME + reset, 60001)
    time = (edges[1:] + edges[:-1]) / 2
    rate = 2 * slope**2 * time * 180 * (1 - np.exp(-time / 50))
    expected = np.sum(rate) * (edges[1] - edges[0])

    value = captured(ramp, only_slow, reset_times=[reset])
    assert value == pytest.approx(expected, rel=1e-4)


def test_beyond_the_full_well_slow_traps_fill_exponentially():
    ramp = pixel([FULL_WELL + 1] * 4)

    expected = 420 + 180 * (1 - math.exp(-40 / 50))
    assert captured(ramp, SLOW) == pytest.approx(expected, rel=1e-6)


def test_time_beyond_the_full_well_does_not_count_as_rising():
    never = Family(slow=0, capture_time=math.inf, instant=100, decay_time=math.inf)

    rising = 100 * (400 / FULL_WELL / GROUP_TIME * 2 * GROUP_TIME) ** 2
    assert captured(pixel([400, 800, 1200, 1600]), never) == pytest.approx(rising, rel=1e-6)


def test_a_group_at_the_full_well_is_not_beyond_it():
    assert captured(pixel([250, 500, 750, 1000]), INSTANT) == pytest.approx(100, rel=1e-6)


def test_saturated_groups_do_not_count_for_the_slope():
    ramp, flags = pixel([100, 200, 900, 900]), np.zeros((1, 4, 1, 1), np.uint8)
    flags[0, 2:] = SATURATED

    assert captured(ramp, INSTANT, flags) == pytest.approx(
        captured(pixel([100, 200, 300, 400]), INSTANT)
    )


def test_a_ramp_that_is_saturated_throughout_but_below_the_full_well_captures_nothing():
    assert captured(pixel([100, 200]), INSTANT, np.full((1, 2, 1, 1), SATURATED, np.uint8)) == 0


def test_groups_that_are_not_finite_do_not_count_for_the_slope():
    good = captured(pixel([100, 200, 300, 400]), INSTANT)

    assert captured(pixel([100, 200, np.nan, 400]), INSTANT) == pytest.approx(good)
    assert captured(pixel([100, np.inf, 300, 400]), INSTANT, full_well=np.full((1, 1), np.inf)) == 0
    assert captured(pixel([np.nan]), INSTANT) == 0


def test_a_jump_is_left_out_of_the_slope_and_fills_traps_of_its_own():
    ramp, flags = pixel([100, 200, 350, 450]), np.zeros((1, 4, 1, 1), np.uint8)
    flags[0, 2] = JUMP_DET

    rising = captured(pixel([100, 200, 300, 400]), SLOW)
    more = 2 * 50 * (180 * (1 - math.exp(-15 / 50)) + 420)
    assert captured(ramp, SLOW, flags) == pytest.approx(rising + more, rel=1e-6)


def test_a_jump_downwards_fills_no_traps():
    ramp, flags = pixel([100, 200, 250, 350]), np.zeros((1, 4, 1, 1), np.uint8)
    flags[0, 2] = JUMP_DET

    slope = (50 + 100) / 2  # of differences 100, 50, 100 without the largest
    expected = captured(pixel(slope * np.arange(1, 5)), SLOW)
    assert captured(ramp, SLOW, flags) == pytest.approx(expected, rel=1e-6)


def test_one_group_rises_from_zero():
    assert captured(pixel([500]), INSTANT) == pytest.approx(25, rel=1e-6)


def test_slow_traps_without_capture_rate_never_fill():
    never = Family(slow=180, capture_time=math.inf, instant=100, decay_time=math.inf)
    for ramp in (pixel([100, 200, 300]), pixel([FULL_WELL + 1] * 3)):
        assert captured(ramp, never) == pytest.approx(captured(ramp, INSTANT), rel=1e-6)


def test_pixels_of_unknown_density_or_full_well_capture_nothing():
    ramp = pixel([2000, 4000])
    for name, value in (("density", np.nan), ("full_well", np.nan), ("full_well", 0)):
        assert captured(ramp, SLOW, **{name: np.full((1, 1), value, np.float32)}) == 0


def test_twice_the_density_captures_twice_as_much():
    for ramp in (pixel([100, 200, 300]), pixel([400, 800, 1200]), pixel([1100, 1200, 1300])):
        twice = captured(ramp, SLOW, density=np.full((1, 1), 2, np.float32))
        assert twice == pytest.approx(2 * captured(ramp, SLOW), rel=1e-6)


def test_captures_of_an_integration_are_released_in_the_next():
    once = corrected(pixel([100, 200]), [SLOW])[1].item()

    ramp, _, _ = corrected(pixel([100, 200], [100, 200]), [SLOW])

    released = once * (1 - np.exp(-np.array([1.0, 2.0])))
    assert ramp[0].tolist() == [100, 200]
    assert ramp[1] == pytest.approx(np.array([100, 200]) - released, rel=1e-6)


def random_exposure(seed, nints=2, ngroups=5, shape=(4, 3)):
    """Return the arrays of an exposure with bright, saturated, jumping and NaN pixels."""
    random = np.random.default_rng(seed)
    rate = random.uniform(0, 400, (nints, 1, *shape))
    ramp = (rate * np.arange(1, ngroups + 1).reshape(-1, 1, 1)).astype(np.float32)
    flags = np.where(random.random(ramp.shape) < 0.1, JUMP_DET, 0).astype(np.uint8)
    flags[ramp > 1100] |= SATURATED
    ramp[random.random(ramp.shape) < 0.05] = np.nan
    density = random.uniform(0.5, 1.5, shape).astype(np.float32)
    full_well = random.uniform(800, 1000, shape).astype(np.float32)
    filled = random.uniform(0, 100, (2, *shape)).astype(np.float32)
    return [ramp, flags, filled, density, full_well]


@pytest.mark.parametrize("ngroups", [1, 2, 5, 45])
def test_pixels_do_not_know_of_each_other_and_blocks_do_not_matter(ngroups):
    arrays = random_exposure(ngroups, ngroups=ngroups)
    options = {"group_time": GROUP_TIME, "reset_times": [2.0, 4.0]}
    whole = correct_persistence(*arrays, [SLOW, FAST], **options)

    for y, x in np.ndindex(4, 3):
        one = (..., slice(y, y + 1), slice(x, x + 1))
        part = correct_persistence(*(array[one] for array in arrays), [SLOW, FAST], **options)
        for mine, its in zip(part, whole, strict=True):
            np.testing.assert_array_equal(mine, its[one])


def test_the_ramp_and_what_was_subtracted_give_the_input_which_stays_as_it_was():
    arrays = random_exposure(1)
    arrays[1] &= SATURATED
    before = [array.copy() for array in arrays]
    persistence = np.empty_like(arrays[0])

    ramp, filled, largest = correct_persistence(
        *arrays,
        [SLOW, FAST],
        group_time=GROUP_TIME,
        reset_times=[0.0, 0.0],
        persistence=persistence,
    )

    np.testing.assert_allclose(ramp + persistence, arrays[0], rtol=1e-6)
    np.testing.assert_array_equal(largest, persistence.max(axis=(0, 1)))
    assert {ramp.dtype, filled.dtype, largest.dtype} == {np.dtype(np.float32)}
    for array, copy in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_the_ramp_may_be_corrected_in_place():
    arrays = random_exposure(2)
    options = {"group_time": GROUP_TIME, "reset_times": [0.0, 0.0]}
    expected, *_ = correct_persistence(*arrays, [SLOW, FAST], **options)

    correct_persistence(*arrays, [SLOW, FAST], out=arrays[0], **options)

    np.testing.assert_array_equal(arrays[0], expected)


@pytest.mark.parametrize(
    ("place", "shape", "message"),
    [
        (1, (2, 5, 4, 4), "groupdq (2, 5, 4, 4) does not fit the ramp (2, 5, 4, 3)"),
        (2, (3, 4, 3), "filled traps (3, 4, 3) do not fit 2 trap families and the image (4, 3)"),
        (3, (4, 4), "trap density (4, 4) does not fit the image (4, 3)"),
        (4, (4, 4), "full well (4, 4) does not fit the image (4, 3)"),
    ],
)
def test_the_error_names_what_disagrees(place, shape, message):
    arrays = random_exposure(1)
    arrays[place] = np.zeros(shape, arrays[place].dtype)

    with pytest.raises(ValueError, match=re.escape(message)):
        correct_persistence(*arrays, [SLOW, FAST], group_time=1.0, reset_times=[0.0, 0.0])


def test_there_is_a_plane_for_each_family_and_a_reset_for_each_integration():
    with pytest.raises(ValueError, match="1 planes of filled traps for 2 trap families"):
        release(image(1), [SLOW, FAST], 1.0)
    with pytest.raises(ValueError, match="1 reset times for 2 integrations"):
        correct_persistence(*random_exposure(1), [SLOW, FAST], group_time=1.0, reset_times=[0.0])
