"""Showers, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels import showers as kernel
from snakewebb.kernels.dq import DO_NOT_USE, HOT, JUMP_DET, REFERENCE_PIXEL, SATURATED
from snakewebb.kernels.showers import flag_showers

SHAPE = (1, 12, 50, 60)
GROUP = 4
MIDDLE = (25, 30)


def squares(centre=MIDDLE):
    """Return the squared distances of the pixels from a place."""
    y, x = np.ogrid[: SHAPE[-2], : SHAPE[-1]]
    return (y - centre[0]) ** 2 + (x - centre[1]) ** 2


DISC = squares() <= 100


def exposure(excess=10.0, *, rate=0.0, region=DISC, shape=SHAPE):
    """Return ramps without noise in which a region of the first integration jumps in a group."""
    ramp = np.zeros(shape, dtype=np.float32)
    ramp += rate * np.arange(shape[1], dtype=np.float32)[:, np.newaxis, np.newaxis]
    ramp[0, GROUP:, region] += np.float32(excess)
    return ramp


def search(ramp, flags=None, pixeldq=None, *, gain=1.0, read_noise=1.0, **options):
    """Return flags and number of showers; groups are 1 s apart and nothing lasts, by default."""
    shape = ramp.shape[-2:]
    return flag_showers(
        ramp,
        np.zeros(ramp.shape, np.uint8) if flags is None else flags,
        np.zeros(shape, np.uint32) if pixeldq is None else pixeldq,
        np.full(shape, gain, np.float32),
        np.full(shape, read_noise, np.float32),
        1.0,
        **{"time_masked_after_shower": 0.0} | options,
    )


def flagged(*arguments, **options):
    """Return the flags of the group of the shower."""
    return search(*arguments, **options)[0][0, GROUP]


def everywhere(excess, **options):
    """Return ramps that jump in all pixels."""
    return exposure(excess, region=np.ones(SHAPE[-2:], dtype=bool), **options)


def region_around(mask, threshold, inner=1.0, width=2.6):
    """Return the pixels around which a part of a ring lies in a mask, that is more than some."""
    total, number = np.zeros(mask.shape), 0
    padded = np.pad(mask.astype(float), 9)
    for y in range(-9, 10):
        for x in range(-9, 10):
            if inner**2 <= y**2 + x**2 <= (inner + width) ** 2:
                total += padded[9 + y : 9 + y + mask.shape[0], 9 + x : 9 + x + mask.shape[1]]
                number += 1
    return total / number > threshold


def semi_axis(region, ratio):
    """Return half the axis of a round region, in whole pixels, times a ratio."""
    variance = (np.argwhere(region)[:, 0] - MIDDLE[0]).var()
    return round(ratio * (4 * np.sqrt(variance) - 1) / 2)


def is_disc(mask, radius):
    """Return whether a mask holds the pixels within a circle; those on its rim do not count."""
    return np.array_equal(
        mask[squares() != radius**2], (squares() < radius**2)[squares() != radius**2]
    )


@pytest.mark.parametrize("ratio", [1.0, 1.1, 1.5])
def test_all_pixels_in_the_wider_ellipse_of_a_shower_are_flagged_in_its_group(ratio):
    flags, number = search(exposure(), extend_ellipse_expand_ratio=ratio)

    assert number == 1
    assert flags.dtype == np.uint8
    assert np.unique(flags).tolist() == [0, JUMP_DET]
    assert np.flatnonzero(flags.any(axis=(0, 2, 3))).tolist() == [GROUP]
    assert is_disc(flags[0, GROUP] > 0, semi_axis(region_around(DISC, 0.12), ratio))


def test_the_ring_has_an_inner_radius_and_a_width():
    region = region_around(DISC, 0.12, inner=3.0, width=2.0)

    flags = flagged(exposure(), extend_inner_radius=3.0, extend_outer_radius=2.0)

    assert is_disc(flags > 0, semi_axis(region, 1.1))


@pytest.mark.parametrize(
    ("rate", "gain", "noise", "nframes", "sigma"),
    [(0.0, 1.0, 2.0, 1, 2.0), (12.0, 4.0, 1.0, 1, 2.0), (-12.0, 4.0, 1.0, 1, 2.0), (0, 1, 4, 4, 2)],
)
def test_the_excess_is_in_units_of_the_noise_of_photons_and_read_out(
    rate, gain, noise, nframes, sigma
):
    options = {"gain": gain, "read_noise": noise, "nframes": nframes, "extend_snr_threshold": 1.5}

    assert search(everywhere(1.49 * sigma, rate=rate), **options)[1] == 0
    assert search(everywhere(1.51 * sigma, rate=rate), **options)[1] == 1
    assert search(everywhere(-1.51 * sigma, rate=rate), **options)[1] == 1


def test_the_median_is_that_of_all_integrations():
    ramp = exposure(shape=(3, *SHAPE[1:]), rate=2.0)
    ramp[2] = exposure(rate=9.0)[0]

    flags, _ = search(ramp, extend_snr_threshold=3.0)

    assert np.argwhere(flags[:2].any(axis=(2, 3))).tolist() == [[0, GROUP]]


def test_groups_that_take_no_part_do_not_shift_the_median():
    ramp, flags = exposure(), np.zeros(SHAPE, dtype=np.uint8)
    ramp[0, 6:] += 100 * np.arange(6, dtype=np.float32)[:, np.newaxis, np.newaxis]
    flags[0, 6:, ::2] = SATURATED
    flags[0, 6:, 1::2] = JUMP_DET

    assert search(ramp, flags)[1] == 1


def test_a_region_counts_from_a_least_area_on_that_includes_its_holes():
    area = np.count_nonzero(region_around(DISC, 0.12))
    flags = np.zeros(SHAPE, dtype=np.uint8)
    flags[0, GROUP, 24:27, 29:32] = DO_NOT_USE

    assert search(exposure(), flags, extend_min_area=area)[1] == 1
    assert search(exposure(), flags, extend_min_area=area + 1)[1] == 0


def test_a_single_bright_pixel_is_no_shower():
    assert search(exposure(1000.0, region=squares() == 0))[1] == 0


def test_pixels_outside_the_image_count_as_zero_and_those_without_part_do_not_count():
    flags = np.zeros(SHAPE, dtype=np.uint8)
    flags[0, GROUP, 22:28, 27:33] = DO_NOT_USE
    full = np.zeros(SHAPE[-2:], dtype=bool)
    full[3:-3, 3:-3] = flags[0, GROUP, 3:-3, 3:-3] == 0

    found = flagged(
        everywhere(10.0), flags, extend_snr_threshold=9.99, extend_ellipse_expand_ratio=1.0
    )

    down, right = (round((4 * axis.std() - 1) / 2) for axis in np.nonzero(full))
    y, x = np.ogrid[: SHAPE[-2], : SHAPE[-1]]
    expected = ((y - 24) / down) ** 2 + ((x - 30) / right) ** 2 < 1
    assert np.array_equal((found & JUMP_DET) > 0, expected)


@pytest.mark.parametrize(("seconds", "last"), [(0.0, 4), (0.9, 4), (1.0, 5), (3.7, 7), (99.0, 11)])
def test_a_shower_is_flagged_for_some_time(seconds, last):
    flags, _ = search(exposure(), time_masked_after_shower=seconds)

    groups = np.flatnonzero(flags.any(axis=(0, 2, 3)))
    assert groups.tolist() == list(range(GROUP, last + 1))
    assert (flags[0, groups] == flags[0, GROUP]).all()


def test_the_flagged_ellipse_has_a_largest_radius():
    assert np.array_equal(flagged(exposure(), max_extended_radius=6) > 0, squares() < 36)


def test_a_pixel_whose_mean_rate_would_change_too_much_is_not_flagged():
    ramp = exposure(20.0)
    ramp[0, GROUP:, 25, 30] += 3
    change = 20.0 / 11, 23.0 / 11

    low, mid, high = (
        flagged(ramp, max_shower_amplitude=limit)
        for limit in (0.99 * change[0], 1.01 * change[0], 1.01 * change[1])
    )

    assert not low[DISC].any()
    assert np.argwhere(DISC & (mid == 0)).tolist() == [[25, 30]]
    assert high[DISC].all()


@pytest.mark.parametrize("excess", [20.0, -20.0])
def test_the_mean_rate_may_change_either_way(excess):
    assert not flagged(exposure(excess), max_shower_amplitude=1.8)[DISC].any()
    assert flagged(exposure(excess), max_shower_amplitude=1.9)[DISC].all()


def test_the_largest_change_is_per_second():
    ramp, images = exposure(20.0), np.ones(SHAPE[-2:], dtype=np.float32)
    flags, quality = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE[-2:], np.uint32)

    def found(seconds):
        result, _ = flag_showers(
            ramp, flags, quality, images, images, seconds, max_shower_amplitude=1.0
        )
        return result[0, GROUP, 25, 30]

    assert [found(1.0), found(2.0)] == [0, JUMP_DET]


def test_a_pixel_that_would_have_no_difference_left_is_not_flagged():
    flags = np.zeros(SHAPE, dtype=np.uint8)
    flags[0, :GROUP, 25, 30] = DO_NOT_USE

    found, _ = search(exposure(), flags, time_masked_after_shower=99.0)

    assert np.array_equal(found[0, :, 25, 30], flags[0, :, 25, 30])
    assert (found[0, GROUP:, 25, 31] == JUMP_DET).all()


def test_saturated_groups_and_pixels_that_are_nan_are_not_flagged_but_unused_groups_are():
    ramp, flags = exposure(), np.zeros(SHAPE, dtype=np.uint8)
    ramp[0, :, 20, 30] = np.nan
    flags[0, GROUP:, 25, 30] = SATURATED
    flags[0, GROUP, 30, 30] = DO_NOT_USE

    found = flagged(ramp, flags)

    assert found[[20, 25, 30], 30].tolist() == [0, SATURATED, DO_NOT_USE | JUMP_DET]


def test_a_pixel_that_saturates_in_a_shower_is_flagged_until_then_only():
    flags = np.zeros(SHAPE, dtype=np.uint8)
    flags[0, GROUP + 2, 25, 30] = SATURATED
    flags[0, GROUP - 1, 25, 31] = SATURATED

    found, _ = search(exposure(), flags, time_masked_after_shower=4.0)

    lasting = slice(GROUP, GROUP + 5)
    assert found[0, lasting, 25, 30].tolist() == [JUMP_DET, JUMP_DET, SATURATED, 0, 0]
    assert found[0, lasting, 25, 31].tolist() == [JUMP_DET] * 5


def test_reference_pixels_keep_their_flags_and_pixels_not_to_be_used_are_flagged():
    quality = np.zeros(SHAPE[-2:], dtype=np.uint32)
    quality[25, 28:32] = REFERENCE_PIXEL, REFERENCE_PIXEL | DO_NOT_USE, DO_NOT_USE, HOT
    flags = np.zeros(SHAPE, dtype=np.uint8)
    flags[0, :, 25, 28] = 8

    found, _ = search(exposure(), flags, quality)

    assert (found[0, :, 25, 28] == 8).all()
    assert found[0, GROUP, 25, 29:32].tolist() == [0, JUMP_DET, JUMP_DET]


@pytest.mark.parametrize("unknown", [np.nan, 0.0, -1.0])
def test_pixels_of_unknown_gain_or_noise_take_no_part(unknown):
    gain, noise = np.ones((2, *SHAPE[-2:]), dtype=np.float32)
    gain[::2], noise[1::4] = unknown, np.nan
    flags, quality = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE[-2:], np.uint32)

    _, number = flag_showers(everywhere(10.0), flags, quality, gain, noise, 1.0, extend_min_area=99)

    assert number == 0


def test_between_integrations_the_spread_of_a_difference_is_its_noise():
    ramp = exposure(8.0, shape=(5, *SHAPE[1:]))
    for integration, excess in enumerate((0, 1, -1, 2, -2)):
        ramp[integration, GROUP:] += excess
    spread = np.std([8, 1, -1, 2, -2])
    options = {"between_integrations": True, "read_noise": 99.0, "extend_ellipse_expand_ratio": 1.0}

    def found(threshold):
        flags, _ = search(ramp, extend_snr_threshold=threshold, **options)
        return flags[0, GROUP, 25, 30]

    assert found(0.999 * 7 / spread) == JUMP_DET
    assert found(1.001 * 7 / spread) == 0


def noisy():
    """Return an exposure with showers, jumps, all kinds of flags and NaN."""
    rng = np.random.default_rng(5)
    shape = (2, *SHAPE[1:])
    ramp = rng.normal(3, 1.4, shape).cumsum(axis=1).astype(np.float32)
    for integration, group, row, column in ((0, 3, 10, 12), (1, 7, 30, 45), (1, 8, 44, 5)):
        ramp[integration, group:, squares((row, column)) < 80] += 6
    ramp[rng.random(shape) < 0.002] = np.nan
    flags = (rng.random(shape) < 0.01) * np.uint8(JUMP_DET)
    flags[0, 5:, 8:12, 8:12] |= SATURATED
    flags[:, 0] |= DO_NOT_USE
    return ramp, flags


def test_the_result_does_not_depend_on_blocks(monkeypatch):
    ramp, flags = noisy()
    whole, number = search(ramp, flags)

    monkeypatch.setattr(kernel, "BLOCK", 1)
    monkeypatch.setattr(kernel, "SMOOTHED", 200)

    assert number >= 2
    assert np.array_equal(search(ramp, flags)[0], whole)


def test_the_input_is_untouched_unless_it_is_out():
    ramp, flags = noisy()
    before, out = (ramp.copy(), flags.copy()), np.ones_like(flags)

    result, _ = search(ramp, flags, out=out)
    assert result is out
    assert np.array_equal(flags, before[1])
    assert np.array_equal(ramp, before[0], equal_nan=True)
    assert np.array_equal(search(ramp, flags)[0], out)

    assert search(ramp, flags, out=flags)[0] is flags
    assert np.array_equal(flags, out)


def test_an_exposure_without_a_usable_difference_has_no_showers():
    flags = np.full(SHAPE, DO_NOT_USE, dtype=np.uint8)

    assert search(exposure(), flags)[1] == 0


def test_arrays_of_other_shapes_are_named():
    ramp, image = exposure(), np.ones(SHAPE[-2:], np.float32)
    flags, quality = np.zeros(SHAPE, np.uint8), np.zeros(SHAPE[-2:], np.uint32)

    with pytest.raises(ValueError, match=r"flags \(11, 50, 60\) do not fit the ramp \(1, 12"):
        flag_showers(ramp, flags[0, 1:], quality, image, image, 1.0)
    with pytest.raises(ValueError, match=r"read_noise \(50, 59\) does not fit the image \(50, 60"):
        flag_showers(ramp, flags, quality, image, image[:, 1:], 1.0)
