"""Detection of jumps, on arrays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snakewebb.kernels import jump as kernel
from snakewebb.kernels.blocks import threads
from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.jump import (
    clear_unusable,
    count_jumps,
    find_jumps,
    find_jumps_by_clipping,
    flag_after_jumps,
    flag_neighbours,
    unusable_gain,
    usable_differences,
    usable_groups,
)

CLEAN = [0.0] * 5


def ramps(*differences, shape=(1, 1)):
    """Return ramps of integrations with some differences, the same in each pixel."""
    steps = np.array(differences, dtype=np.float32)
    groups = np.concatenate([np.zeros((len(steps), 1), np.float32), steps.cumsum(axis=1)], axis=1)
    return np.broadcast_to(groups[..., np.newaxis, np.newaxis], (*groups.shape, *shape)).copy()


def flags_like(ramp):
    return np.zeros(ramp.shape, dtype=np.uint8)


def image(ramp, value):
    return np.full(ramp.shape[-2:], value, dtype=np.float32)


def found(ramp, flags=None, *, gain=1.0, read_noise=10.0, **options):
    """Return the flags that the search sets, in exposures with 10 electrons of noise."""
    flags = flags_like(ramp) if flags is None else flags
    return find_jumps(ramp, flags, image(ramp, gain), image(ramp, read_noise), **options)


def jumps(ramp, *arguments, **options):
    """Return integration and group of each jump of the first pixel."""
    flagged = found(ramp, *arguments, **options)[:, :, 0, 0] & JUMP_DET
    return np.argwhere(flagged).tolist()


def noisy(seed=0, shape=(2, 7, 11, 13)):
    """Return an exposure with jumps, all kinds of flags, NaN, and its gain and noise."""
    rng = np.random.default_rng(seed)
    steps = rng.normal(20, 12, shape) + (rng.random(shape) < 0.1) * rng.exponential(500, shape)
    ramp = steps.cumsum(axis=1).astype(np.float32)
    ramp[rng.random(shape) < 0.01] = np.nan
    flags = np.where(rng.random(shape) < 0.05, DO_NOT_USE, 0).astype(np.uint8)
    saturated = rng.integers(0, 3 * shape[1], (shape[0], 1, *shape[2:]))
    flags[np.arange(shape[1])[:, np.newaxis, np.newaxis] >= saturated] |= SATURATED
    gain, read_noise = (
        rng.uniform(*span, shape[2:]).astype(np.float32) for span in ((1, 2), (5, 9))
    )
    gain[0, :3] = 0, -1, np.nan
    read_noise[1, :2] = 0, np.nan
    return ramp, flags, gain, read_noise


def everything(ramp, flags, gain, read_noise):
    """Return the flags of the whole sequence: jumps, neighbours, groups after jumps."""
    flags = find_jumps(ramp, flags, gain, read_noise, nframes=2)
    flags = flag_neighbours(ramp, flags, gain, read_noise, nframes=2)
    return flag_after_jumps(ramp, flags, gain, [(50, 1), (400, 3)])


def test_a_jump_is_flagged_in_the_group_after_it():
    flags = found(ramps([0, 0, 500, 0, 0]))

    assert flags[0, :, 0, 0].tolist() == [0, 0, 0, JUMP_DET, 0, 0]
    assert flags.dtype == np.uint8


@pytest.mark.parametrize("at_once", [False, True])
@pytest.mark.parametrize(
    ("rate", "gain", "nframes", "sigma"),
    [(0, 1, 1, 10), (44, 1, 1, 12), (0, 1, 4, 5), (0, 3, 1, 10), (22, 2, 4, 6)],
)
def test_the_threshold_is_in_units_of_read_and_photon_noise(rate, gain, nframes, sigma, at_once):
    just, barely = 4 * sigma + 0.01, 4 * sigma - 0.01
    options = {"gain": gain, "nframes": nframes, "at_once": at_once}

    assert jumps(ramps([rate, rate, rate + just, rate, rate]), **options) == [[0, 3]]
    assert jumps(ramps([rate, rate, rate + barely, rate, rate]), **options) == []


def test_few_differences_have_thresholds_of_their_own():
    options = {
        "rejection_threshold": 1.0,
        "three_group_rejection_threshold": 3.0,
        "four_group_rejection_threshold": 2.0,
    }

    assert jumps(ramps([0, 30]), **options) == []
    assert jumps(ramps([0, 30.01]), **options) == [[0, 2]]
    assert jumps(ramps([0, 20, 0]), **options) == []
    assert jumps(ramps([0, 20.01, 0]), **options) == [[0, 2]]
    assert jumps(ramps([0, 10.01, 0, 0]), **options) == [[0, 2]]
    assert jumps(ramps([0, 10.01, 0]), **options, at_once=True) == [[0, 2]]


def test_the_median_is_that_of_all_integrations():
    assert jumps(ramps([200, 200, 200], [0, 0, 0], [0, 0, 0])) == [[0, 1], [0, 2], [0, 3]]


def test_several_jumps_of_a_ramp_are_found_one_after_the_other():
    assert jumps(ramps([0, 100, 0, 2000, 0, 0])) == [[0, 2], [0, 4]]


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED])
def test_an_unusable_group_takes_no_part_and_is_not_flagged(flag):
    ramp = ramps([0, 500, 0, 0, 0])
    ramp[0, 4] = 9000
    flags = flags_like(ramp)
    flags[0, 4] = flag

    assert found(ramp, flags)[0, :, 0, 0].tolist() == [0, 0, JUMP_DET, 0, flag, 0]


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED])
def test_a_jump_into_or_out_of_an_unusable_group_is_not_seen(flag):
    ramp = ramps([0, 0, 500, 0, 0])
    for group in (2, 3):
        flags = flags_like(ramp)
        flags[0, group] = flag
        assert jumps(ramp, flags) == []


def test_a_group_that_is_nan_takes_no_part():
    ramp = ramps([0, 500, 0, 0, 0])
    ramp[0, 4] = np.nan

    assert jumps(ramp) == [[0, 2]]


def test_groups_that_a_whole_image_lacks_take_no_part():
    ramp = ramps([9000, 0, 0, 500, 0, 0, 9000], shape=(3, 4))
    flags = flags_like(ramp)
    flags[:, [0, -1]] = DO_NOT_USE

    flagged = found(ramp, flags) & JUMP_DET

    assert (flagged[0, 4] == JUMP_DET).all()
    assert np.count_nonzero(flagged) == 12


def test_a_pixel_with_one_difference_left_has_no_jump():
    ramp = ramps([0, 9000, 0])
    flags = flags_like(ramp)
    flags[0, [0, 3]] = SATURATED

    assert jumps(ramp, flags) == []


def test_other_flags_are_kept_and_do_not_matter():
    ramp = ramps([0, 0, 500, 0, 0])
    flags = np.full(ramp.shape, 0xFF - DO_NOT_USE - SATURATED - JUMP_DET, dtype=np.uint8)

    assert np.array_equal(found(ramp, flags) ^ flags, found(ramp))


@pytest.mark.parametrize("at_once", [False, True])
def test_double_precision_tells_what_lies_at_the_threshold(at_once):
    sigma = np.sqrt(np.float32(5))
    assert sigma > np.sqrt(5.0)
    options = {"read_noise": 5.0, "nframes": 5, "at_once": at_once}

    assert jumps(ramps([0, 0, 4 * sigma, 0, 0]), **options) == [[0, 3]]
    below = np.nextafter(4 * sigma, np.float32(0))
    assert jumps(ramps([0, 0, below, 0, 0]), **options) == []


@pytest.mark.parametrize(("gain", "noise"), [(0, 10), (np.nan, 10), (1, np.nan), (1, 0)])
@pytest.mark.parametrize("at_once", [False, True])
def test_a_pixel_without_gain_or_noise_has_no_jumps(gain, noise, at_once):
    assert jumps(ramps([0, 0, 500, 0, 0]), gain=gain, read_noise=noise, at_once=at_once) == []


def test_a_gain_that_is_no_positive_number_is_unusable():
    assert unusable_gain(np.float32([[1, 0, -1, np.nan]])).tolist() == [[False, True, True, True]]


@given(
    level=st.integers(-1000, 60000),
    steps=st.lists(st.integers(-50, 500), min_size=4, max_size=15),
    at_once=st.booleans(),
)
def test_a_constant_added_to_all_groups_changes_nothing(level, steps, at_once):
    ramp = ramps(steps)

    assert np.array_equal(found(ramp + level, at_once=at_once), found(ramp, at_once=at_once))


@given(
    group=st.integers(0, 11),
    seed=st.integers(0, 1000),
    size=st.floats(200, 1e5),
    at_once=st.booleans(),
)
def test_a_jump_well_above_the_noise_is_found_in_its_group(group, seed, size, at_once):
    steps = np.random.default_rng(seed).uniform(10, 30, 12)
    steps[group] += size

    assert jumps(ramps(steps), at_once=at_once) == [[0, group + 1]]


@given(order=st.permutations(range(4)), seed=st.integers(0, 1000))
@settings(max_examples=25)
def test_the_order_of_integrations_does_not_matter(order, seed):
    ramp, flags, *references = noisy(seed, (4, 5, 6, 5))

    reordered = everything(ramp[order], flags[order], *references)

    assert np.array_equal(reordered, everything(ramp, flags, *references)[order])


@pytest.mark.parametrize("shape", [(1, 6, 11, 13), (3, 8, 11, 13), (12, 5, 11, 13)])
def test_blocks_and_threads_change_nothing(monkeypatch, shape):
    exposure = noisy(1, shape)
    monkeypatch.setattr(kernel, "BLOCK", 10**9)
    whole = everything(*exposure)
    monkeypatch.setattr(kernel, "BLOCK", 1)

    assert np.array_equal(everything(*exposure), whole)
    with threads(3):
        assert np.array_equal(everything(*exposure), whole)
    assert count_jumps(whole) > count_jumps(exposure[1])


@pytest.mark.parametrize("at_once", [False, True])
def test_clean_pixels_could_have_been_searched_like_all_others(monkeypatch, at_once):
    exposure = noisy(2, (2, 9, 30, 40))
    quick = find_jumps(*exposure, at_once=at_once)
    monkeypatch.setattr(kernel, "NETWORK_LIMIT", 1)

    assert np.array_equal(find_jumps(*exposure, at_once=at_once), quick)


def test_clipping_compares_the_same_groups_of_all_integrations():
    ramp = ramps(*[[0, 1000, (-1) ** k] for k in range(30)])
    ramp[7, 2:] += 50

    flags = find_jumps_by_clipping(ramp, flags_like(ramp), image(ramp, 2))

    assert np.argwhere(flags[..., 0, 0] == JUMP_DET).tolist() == [[7, 2]]


def test_clipping_can_compare_all_groups():
    ramp = ramps(*[[(-1) ** k, 2, 0] for k in range(30)])
    ramp[7, 2:] += 50

    flags = find_jumps_by_clipping(
        ramp, flags_like(ramp), image(ramp, 2), between_integrations=False
    )

    assert np.argwhere(flags[..., 0, 0] == JUMP_DET).tolist() == [[7, 2]]


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED])
def test_clipping_leaves_unusable_groups_out(flag):
    ramp = ramps(*[[(-1) ** k, (-1) ** k] for k in range(30)])
    ramp[7, 1:] += 50
    flags = flags_like(ramp)
    flags[7, 1] = flag

    clipped = find_jumps_by_clipping(ramp, flags, image(ramp, 2))

    assert np.array_equal(clipped, flags)


def test_clipping_does_not_depend_on_blocks_and_threads(monkeypatch):
    ramp, flags, gain, _ = noisy(3, (25, 4, 11, 13))
    for between in (True, False):
        options = {"rejection_threshold": 2.5, "between_integrations": between}
        monkeypatch.setattr(kernel, "BLOCK", 10**9)
        whole = find_jumps_by_clipping(ramp, flags, gain, **options)
        monkeypatch.setattr(kernel, "BLOCK", 1)
        with threads(3):
            blocked = find_jumps_by_clipping(ramp, flags, gain, **options)
        assert np.array_equal(blocked, whole)
        assert not np.array_equal(whole, flags)


def around(size, *, at=(2, 2), unusable=None, flag=SATURATED, **options):
    """Return the image of the jumps of a group, around a jump of some standard deviations."""
    ramp = ramps(CLEAN, shape=(5, 5))
    ramp[0, 3:, *at] += 10 * size
    flags = flags_like(ramp)
    flags[0, 3, *at] = JUMP_DET
    if unusable:
        flags[0, 3, *unusable] = flag
    return flag_neighbours(ramp, flags, image(ramp, 1), image(ramp, 10), **options)[0, 3]


def test_the_four_neighbours_of_a_jump_are_flagged():
    expected = np.zeros((5, 5), dtype=np.uint8)
    expected[[1, 2, 2, 2, 3], [2, 1, 2, 3, 2]] = JUMP_DET

    assert np.array_equal(around(50), expected)


@pytest.mark.parametrize("at", [(0, 0), (0, 4), (4, 0), (4, 4)])
def test_neighbours_end_at_the_edge_of_the_image(at):
    flagged = np.argwhere(around(50, at=at) == JUMP_DET)

    assert np.abs(flagged - at).sum(axis=1).tolist().count(1) == 2
    assert len(flagged) == 3


@pytest.mark.parametrize(("size", "touched"), [(10, 0), (10.01, 4), (999.9, 4), (1000, 0)])
def test_only_jumps_of_middling_size_touch_their_neighbours(size, touched):
    assert np.count_nonzero(around(size)) == 1 + touched
    assert np.count_nonzero(around(size, minimum=2000, maximum=3000)) == 1


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED])
def test_an_unusable_neighbour_is_not_flagged(flag):
    flagged = around(50, unusable=(1, 2), flag=flag)

    assert flagged[1, 2] == flag
    assert np.count_nonzero(flagged == JUMP_DET) == 4


def test_the_size_of_a_jump_is_its_distance_from_the_median_of_all_differences():
    ramp = ramps([0, 424], shape=(3, 3))
    flags = flags_like(ramp)
    flags[0, 2, 1, 1] = JUMP_DET
    size = 212 / np.sqrt(212 + 100)

    for minimum, touched in ((size - 0.01, 4), (size + 0.01, 0)):
        flagged = flag_neighbours(ramp, flags, image(ramp, 1), image(ramp, 10), minimum=minimum)
        assert np.count_nonzero(flagged) == 1 + touched


def after(ramp, flagged, follow, *, unusable=(), gain=1.0):
    """Return the flags of the first integration's groups after jumps in some of them."""
    flags = flags_like(ramp)
    flags[0, flagged] = JUMP_DET
    flags[0, list(unusable)] = SATURATED
    return flag_after_jumps(ramp, flags, image(ramp, gain), follow)[0, :, 0, 0].tolist()


def test_groups_after_a_large_jump_are_flagged():
    ramp = ramps([0, 500, 0, 0, 0])

    assert after(ramp, [2], [(500, 2)]) == [0, 0, 4, 4, 4, 0]
    assert after(ramp, [2], [(500.1, 2)]) == [0, 0, 4, 0, 0, 0]
    assert after(ramp, [2], [(600, 3), (400, 1)]) == [0, 0, 4, 4, 0, 0]
    assert after(ramp, [2], [(600, 3), (400, 0)]) == [0, 0, 4, 0, 0, 0]
    assert after(ramp, [2], [(400, 99)]) == [0, 0, 4, 4, 4, 4]


def test_groups_are_not_flagged_after_a_large_difference_that_is_no_jump():
    assert after(ramps([0, 500, 0, 0, 0]), [4], [(100, 2)]) == [0, 0, 0, 0, 4, 0]


def test_groups_are_not_flagged_after_a_jump_down():
    assert after(ramps([0, -500, 0, 0, 0]), [2], [(100, 2)]) == [0, 0, 4, 0, 0, 0]


def test_unusable_groups_after_a_jump_are_not_flagged_but_those_behind_them_are():
    assert after(ramps([0, 500, 0, 0, 0]), [2], [(100, 3)], unusable=[4]) == [0, 0, 4, 4, 2, 4]


def test_flags_after_a_jump_end_with_its_integration():
    ramp = ramps([0, 0, 500], CLEAN[:3])
    flags = flags_like(ramp)
    flags[0, 3] = JUMP_DET

    flagged = flag_after_jumps(ramp, flags, image(ramp, 1), [(100, 2)])

    assert np.array_equal(flagged, flags)


def test_the_size_in_dn_of_a_jump_is_by_the_median_gain_of_the_image():
    ramp = ramps([0, 500, 0, 0], shape=(1, 3))
    flags = flags_like(ramp)
    flags[0, 2] = JUMP_DET

    flagged = flag_after_jumps(ramp, flags, np.float32([[1, 2, 3]]), [(500, 1)])

    assert (flagged[0, 3] == JUMP_DET).tolist() == [[False, True, True]]


def test_differences_are_counted_in_each_integration_and_need_one_usable_pixel():
    flags = np.zeros((3, 6, 4, 5), np.uint8)
    flags[0, 0] = flags[1, [0, 5]] = flags[2] = DO_NOT_USE
    flags[0, 0, 2, 3] = SATURATED

    assert usable_differences(flags) == 5 + 3 + 0


def test_groups_of_an_integration_count_as_usable_unless_no_pixel_can_use_them():
    flags = np.zeros((2, 5, 3, 4), dtype=np.uint8)
    flags[:, 0] = DO_NOT_USE
    flags[:, 1] = SATURATED
    flags[0, 2] = DO_NOT_USE
    flags[:, 3, 1:] = DO_NOT_USE
    flags[:, 4, :2] = DO_NOT_USE

    assert usable_groups(flags).tolist() == [3, 4]


def test_jumps_are_counted():
    flags = np.zeros((2, 5, 3, 4), dtype=np.uint8)
    flags[0, 1:3, 0, 0] = JUMP_DET
    flags[1, 4, 2, 3] = JUMP_DET | DO_NOT_USE
    flags[1, 1, 1, 1] = SATURATED

    assert count_jumps(flags) == 3


def test_an_unusable_group_holds_no_jump():
    flags = np.uint8([4, 5, 6, 7, 1, 2, 68, 0]).reshape(1, 8, 1, 1)

    cleared = clear_unusable(flags)

    assert cleared.ravel().tolist() == [4, 1, 2, 3, 1, 2, 68, 0]
    assert flags.ravel().tolist() == [4, 5, 6, 7, 1, 2, 68, 0]


CALLS = {
    "find_jumps": lambda r, f, g, n, out=None: find_jumps(r, f, g, n, out=out),
    "find_jumps_by_clipping": lambda r, f, g, n, out=None: find_jumps_by_clipping(
        r, f, g, rejection_threshold=1.0, out=out
    ),
    "flag_neighbours": lambda r, f, g, n, out=None: flag_neighbours(r, f, g, n, out=out),
    "flag_after_jumps": lambda r, f, g, n, out=None: flag_after_jumps(r, f, g, [(9, 2)], out=out),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_input_is_untouched_unless_it_is_out(call):
    ramp, flags, gain, read_noise = noisy(4, (2, 7, 6, 5))
    flags = find_jumps(ramp, flags, gain, read_noise, rejection_threshold=50.0)
    before = [array.copy() for array in (ramp, flags, gain, read_noise)]

    result = call(ramp, flags, gain, read_noise)

    assert not np.array_equal(result, flags)
    for array, copy in zip((ramp, flags, gain, read_noise), before, strict=True):
        assert np.array_equal(array, copy, equal_nan=array.dtype == np.float32)
    other = np.full_like(flags, 255)
    assert call(ramp, flags, gain, read_noise, out=other) is other
    assert call(ramp, flags, gain, read_noise, out=flags) is flags
    assert np.array_equal(other, result)
    assert np.array_equal(flags, result)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_does_not_fit_is_named(call):
    ramp = ramps(CLEAN, shape=(3, 4))
    flags, gain = flags_like(ramp), image(ramp, 1)

    with pytest.raises(
        ValueError, match=r"flags \(1, 5, 3, 4\) do not fit the ramp \(1, 6, 3, 4\)"
    ):
        call(ramp, flags[:, 1:], gain, gain)
    with pytest.raises(ValueError, match=r"gain \(3, 3\) does not fit the image \(3, 4\)"):
        call(ramp, flags, gain[:, 1:], gain)
    with pytest.raises(ValueError, match="a ramp of 1 groups has no differences"):
        call(ramp[:, :1], flags[:, :1], gain, gain)


def test_a_read_noise_that_does_not_fit_is_named():
    ramp = ramps(CLEAN, shape=(3, 4))
    gain = image(ramp, 1)

    for call in (find_jumps, flag_neighbours):
        with pytest.raises(
            ValueError, match=r"read noise \(2, 4\) does not fit the image \(3, 4\)"
        ):
            call(ramp, flags_like(ramp), gain, gain[1:])
