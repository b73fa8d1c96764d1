"""Flicker noise, on arrays."""

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.flicker_noise import (
    clean_image,
    clean_ramp,
    median_of_lines,
    median_scene,
    median_sky,
    no_sky,
    smooth_sky,
)

SHAPE = (40, 64)
BACKGROUND = np.ones(SHAPE, bool)
ROWS = partial(median_of_lines, axis=1)


def stripes(seed=1, axis=1):
    lines = np.random.default_rng(seed).uniform(-1, 1, SHAPE[1 - axis]).astype(np.float32)
    return np.broadcast_to(np.expand_dims(lines, axis), SHAPE)


def clean(image, pixels=BACKGROUND, sky=no_sky, noise=ROWS, **options):
    return clean_image(image, pixels, sky=sky, noise=noise, **options)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_noise_of_a_line_is_the_median_of_its_good_pixels(axis):
    image = np.array([[1, 2, 90], [4, 6, 50]], np.float32)
    image = image if axis == 1 else image.T
    pixels = image < 10

    noise = median_of_lines(image, pixels, axis=axis)

    assert np.ravel(noise).tolist() == [1.5, 5]
    assert noise.dtype == np.float32
    assert np.broadcast_shapes(noise.shape, image.shape) == image.shape


def test_a_line_without_good_pixels_has_no_noise():
    noise = median_of_lines(np.ones((2, 3), np.float32), np.zeros((2, 3), bool), axis=1)

    assert noise.ravel().tolist() == [0, 0]


@pytest.mark.parametrize("axis", [0, 1])
def test_each_channel_has_noise_of_its_own(axis):
    image = np.array([[1, 1, 5, 5], [2, 2, 8, 8]], np.float32)
    image = image if axis == 1 else image.T

    noise = median_of_lines(image, np.ones(image.shape, bool), axis=axis, channels=2)

    assert np.array_equal(noise, image)


def test_stripes_are_subtracted_and_the_background_is_kept():
    cleaned, level = clean(50 + stripes(), sky=median_sky)

    assert np.allclose(cleaned, cleaned[0, 0])
    assert cleaned[0, 0] == pytest.approx(np.median(50 + stripes()), abs=1e-4)
    assert level == pytest.approx(cleaned[0, 0], abs=1e-4)
    assert cleaned.dtype == np.float32


def test_sources_outside_the_background_pixels_are_kept():
    pixels, image = BACKGROUND.copy(), 0 + stripes()
    pixels[:, 10:20] = False
    image[:, 10:20] += 1000

    cleaned, _ = clean(image, pixels)

    assert np.allclose(cleaned[:, 10:20], 1000, atol=1e-3)
    assert np.allclose(cleaned[:, 20:], 0)


def test_a_smooth_background_does_not_count_as_noise():
    y = np.arange(SHAPE[0], dtype=np.float32)[:, np.newaxis]
    image = 30 + y + stripes() * np.float32(0.1)

    flattened, _ = clean(image, sky=median_sky)
    modelled, level = clean(image, sky=partial(smooth_sky, box=(2, 8)))

    assert np.ptp(flattened) < 0.1
    assert np.ptp(modelled) > 30
    assert level.shape == SHAPE


def test_pixels_far_from_the_background_show_no_noise():
    image = 50 + 0.1 * np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    image[5, :32] = 52

    _, pixels = median_sky(image, BACKGROUND)
    _, smooth = smooth_sky(image, BACKGROUND, box=(8, 8))

    assert not pixels[5, :32].any()
    assert not smooth[5, :32].any()
    assert pixels.mean() > 0.9


def test_without_a_second_limit_more_pixels_are_kept():
    image = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)

    kept = [median_sky(image, BACKGROUND, n_sigma=limit)[1].sum() for limit in (1, 2, 0)]

    assert kept == sorted(kept)
    assert kept[0] < kept[2] < image.size


def test_the_lower_side_tells_the_deviation():
    image = -np.abs(np.random.default_rng(1).normal(size=SHAPE)).astype(np.float32)
    image[:, 32:] = np.random.default_rng(2).exponential(20, (40, 32))

    _, pixels = median_sky(image, BACKGROUND, n_sigma=0)

    assert image[pixels].max() < 5


def test_where_no_box_is_good_the_smooth_background_is_the_median():
    pixels = np.zeros(SHAPE, bool)
    pixels[::5, ::5] = True

    level, _ = smooth_sky(np.full(SHAPE, 3, np.float32), pixels, box=(8, 8))

    assert level == 3


def test_noise_is_that_of_the_image_divided_by_the_flat_field():
    flat = 1 + 0.5 * np.random.default_rng(3).random(SHAPE, np.float32)

    cleaned, level = clean((50 + stripes()) * flat, sky=median_sky, flat=flat)

    assert np.ptp(cleaned / flat) < 1e-4
    assert level == pytest.approx(50, abs=1)


def test_nan_shows_no_noise_and_stays():
    image = 0 + stripes()
    image[3, 4:] = np.nan

    cleaned, _ = clean(image)

    assert np.isnan(cleaned[3, 4:]).all()
    assert np.allclose(cleaned[np.isfinite(image)], 0)


@pytest.mark.parametrize("nothing", [~BACKGROUND, BACKGROUND])
def test_an_image_that_shows_no_background_is_left_as_it_is(nothing):
    image = 0 + stripes() if not nothing.any() else np.full(SHAPE, np.nan, np.float32)

    cleaned, level = clean(image, nothing, sky=median_sky)

    assert np.array_equal(cleaned, image, equal_nan=True)
    assert level == 0


def ramp_with_noise(ngroups=4):
    noise = np.stack([stripes(seed) for seed in range(ngroups)])
    signal = 20 * np.arange(1, ngroups + 1, dtype=np.float32)[:, np.newaxis, np.newaxis]
    return signal + noise


def test_a_ramp_keeps_the_noise_of_its_first_group_and_no_other():
    ramp = ramp_with_noise()
    flags = np.zeros(ramp.shape, np.uint8)
    sky = partial(median_sky, n_sigma=0)

    cleaned = clean_ramp(ramp, flags, BACKGROUND, sky=sky, noise=ROWS)

    assert np.array_equal(cleaned[0], ramp[0])
    assert np.ptp(np.diff(cleaned, axis=0), axis=(1, 2)).max() < 1e-4
    assert cleaned.dtype == np.float32


def test_backgrounds_are_those_of_the_differences():
    ramp = ramp_with_noise()
    background = np.full(ramp.shape, -1, np.float32)
    flags = np.zeros(ramp.shape, np.uint8)

    clean_ramp(ramp, flags, BACKGROUND, sky=median_sky, noise=ROWS, background=background)

    assert (background[0] == -1).all()
    assert [np.ptp(each) for each in background[1:]] == [0, 0, 0]
    assert background[1:, 0, 0] == pytest.approx(20, abs=1)


@pytest.mark.parametrize(
    ("flag", "seen"), [(DO_NOT_USE, False), (JUMP_DET, False), (SATURATED, True)]
)
def test_groups_with_jumps_or_not_to_be_used_show_no_noise(flag, seen):
    ramp = np.zeros((2, *SHAPE), np.float32)
    flags = np.zeros(ramp.shape, np.uint8)
    ramp[1, 5, :40], flags[1, 5, :40] = 100, flag

    cleaned = clean_ramp(ramp, flags, BACKGROUND, sky=no_sky, noise=ROWS)

    assert (cleaned[1, 5, :40] == (0 if seen else 100)).all()


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("flag", [DO_NOT_USE, JUMP_DET])
def test_a_group_without_good_pixels_stays_as_it_is_and_later_ones_build_upon_it(flag, in_place):
    ramp = ramp_with_noise(6)
    flags = np.zeros(ramp.shape, np.uint8)
    flags[3] = flag
    given = ramp.copy()
    out = given if in_place else None

    cleaned = clean_ramp(given, flags, BACKGROUND, sky=no_sky, noise=ROWS, out=out)

    assert np.allclose(cleaned[:3], ramp[0], atol=1e-4)
    assert np.array_equal(cleaned[3], ramp[3])
    assert np.allclose(cleaned[4:], ramp[3], atol=1e-4)


def test_after_a_group_of_nan_the_ramp_begins_anew():
    ramp = ramp_with_noise(6)
    ramp[3] = np.nan
    flags = np.zeros(ramp.shape, np.uint8)

    cleaned = clean_ramp(ramp, flags, BACKGROUND, sky=no_sky, noise=ROWS)

    assert np.isnan(cleaned[3]).all()
    assert np.array_equal(cleaned[4], ramp[4])
    assert np.allclose(cleaned[5], ramp[4], atol=1e-4)


def test_noise_in_double_precision_is_not_rounded_before_it_is_subtracted():
    ramp = np.zeros((2, *SHAPE), np.float32)
    ramp[0], ramp[1] = 2**24, 2**24 + 2
    flags = np.zeros(ramp.shape, np.uint8)

    cleaned = clean_ramp(
        ramp, flags, BACKGROUND, sky=no_sky, noise=lambda *_: np.full(SHAPE, 1 - 2.0**-27)
    )

    assert (cleaned[1] == 2**24 + 2).all()
    assert cleaned.dtype == np.float32


@pytest.mark.parametrize("in_place", [False, True])
def test_the_ramp_is_untouched_unless_it_is_out(in_place):
    ramp = ramp_with_noise()
    before = ramp.copy()
    flags = np.zeros(ramp.shape, np.uint8)
    out = ramp if in_place else None

    cleaned = clean_ramp(ramp, flags, BACKGROUND, sky=median_sky, noise=ROWS, out=out)

    expected = clean_ramp(before, flags, BACKGROUND, sky=median_sky, noise=ROWS)
    assert np.array_equal(cleaned, expected)
    assert (cleaned is ramp) == in_place
    assert np.array_equal(ramp, before) != in_place


@given(st.integers(-200, 200))
def test_a_constant_changes_nothing_but_itself(constant):
    image = (50 + np.round(100 * stripes()) / 64).astype(np.float32)

    cleaned, _ = clean(image, sky=median_sky)
    shifted, _ = clean(image + np.float32(constant), sky=median_sky)

    assert np.allclose(shifted, cleaned + np.float32(constant), atol=1e-3)


def test_the_median_of_scenes_leaves_out_what_is_not_known():
    images = np.array([[[1, np.nan]], [[3, np.nan]], [[np.nan, np.nan]], [[8, np.nan]]], np.float32)
    before = images.copy()

    assert np.array_equal(median_scene(images), [[3, np.nan]], equal_nan=True)
    assert np.array_equal(images, before, equal_nan=True)


def test_arrays_of_other_shapes_are_named():
    ramp = ramp_with_noise()
    with pytest.raises(
        ValueError, match=r"flags \(2, 40, 64\) do not fit the groups \(4, 40, 64\)"
    ):
        clean_ramp(ramp, np.zeros((2, *SHAPE), np.uint8), BACKGROUND, sky=no_sky, noise=ROWS)
    with pytest.raises(ValueError, match=r"background pixels \(3, 3\) do not fit the image \(40"):
        clean(ramp[0], np.ones((3, 3), bool))
