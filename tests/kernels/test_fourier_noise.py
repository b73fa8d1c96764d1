"""Flicker noise as a sum of waves."""

import numpy as np
import pytest

from snakewebb.kernels import fourier_noise
from snakewebb.kernels.fourier_noise import noise_of_full_frame, noise_of_subarray


def wave(nlines, length, periods, phase=0.3):
    return np.tile(
        np.cos(2 * np.pi * periods * np.arange(length) / length + phase), (nlines, 1)
    ).astype(np.float32)


def whole(lines):
    return np.ones(lines.shape, bool)


INNER = slice(20, -20)
"""Lines that the edge does not touch."""


@pytest.mark.parametrize(("periods", "share"), [(0, 1), (1, 1), (7, 1), (8, 0.5), (9, 0), (100, 0)])
def test_slow_waves_of_a_full_frame_are_noise_and_fast_ones_are_not(periods, share):
    lines = wave(64, 512, periods)

    noise = noise_of_full_frame(lines, whole(lines))

    expected = share * np.roll(lines, 1, axis=1)
    assert np.abs(noise - expected)[INNER].max() < 1e-5
    assert noise.dtype == np.float32


def test_waves_are_found_through_gaps_and_bad_pixels_are_not_seen():
    lines, good = wave(64, 512, 3), np.ones((64, 512), bool)
    good[:, 200:220] = False
    good[np.random.default_rng(1).random(good.shape) < 0.1] = False

    noise = noise_of_full_frame(np.where(good, lines, np.float32(99)), good)
    other = noise_of_full_frame(np.where(good, lines, np.float32(np.nan)), good)

    assert np.sqrt(np.mean((noise - np.roll(lines, 1, axis=1))[INNER] ** 2)) < 0.1
    assert np.array_equal(noise, other)


def test_outliers_of_a_line_do_not_count():
    lines = 5 + 0.01 * np.random.default_rng(1).normal(size=(64, 512)).astype(np.float32)
    lines[30, 100] = 1e4

    noise = noise_of_full_frame(lines, whole(lines))

    assert np.abs(noise[INNER] - 5).max() < 0.02


def test_lines_of_reference_pixels_have_no_noise_of_their_own():
    lines = np.zeros((64, 512), np.float32)
    lines[:4] = 1

    assert not noise_of_full_frame(lines, whole(lines)).any()


def test_a_line_beside_one_without_good_pixels_has_the_noise_of_its_own():
    lines, good = wave(64, 512, 2), np.ones((64, 512), bool)
    good[30] = False

    noise = noise_of_full_frame(lines, good)

    weight = fourier_noise._bell(1.5)
    missing = np.roll(np.pad(weight, (0, 64 - weight.size)), 30 - weight.size // 2 + 1)
    expected = (1 - missing)[:, np.newaxis] * np.roll(lines, 1, axis=1)
    assert np.abs(noise - expected)[INNER].max() < 1e-4


def test_waves_that_a_few_pixels_do_not_determine_are_left_out():
    lines, good = np.random.default_rng(1).normal(size=(2, 64, 2048)).astype(np.float32)
    good = np.ones(lines.shape, bool)
    good[30, 100:] = False

    noise = noise_of_full_frame(lines, good)

    assert np.abs(noise).max() < 100


def test_a_frame_without_good_pixels_has_no_noise():
    lines = np.full((64, 512), np.nan, np.float32)

    assert not noise_of_full_frame(lines, ~whole(lines)).any()
    assert not noise_of_subarray(lines, ~whole(lines)).any()


def subarray_wave(frequency, nlines=100, npixels=32):
    """Return a wave of some frequency, sampled when the pixels of a subarray are read."""
    pixel = np.arange(nlines)[:, np.newaxis] * (npixels + 12) + np.arange(npixels)
    return np.cos(2 * np.pi * frequency * 1e-5 * pixel + 0.3).astype(np.float32)


@pytest.mark.parametrize("frequency", [0, 300, 700])
def test_slow_waves_of_a_subarray_are_noise(frequency):
    lines = subarray_wave(frequency)

    noise = noise_of_subarray(lines, whole(lines))

    assert np.sqrt(np.mean((noise - lines)[10:-10] ** 2)) < 0.1
    assert noise.dtype == np.float64


@pytest.mark.parametrize(("frequency", "slow"), [(5000, (1061, 1211)), (700, (150, 200))])
def test_faster_waves_of_a_subarray_are_not(frequency, slow):
    lines = subarray_wave(frequency)

    assert np.std(noise_of_subarray(lines, whole(lines), slow=slow)) < 0.3


def test_the_difference_of_odd_and_even_pixels_of_a_subarray_is_noise():
    lines = np.tile(np.float32([1, -1]), (60, 16))

    noise = noise_of_subarray(lines, whole(lines))

    assert np.abs(noise - lines).max() < 1e-5


def test_outliers_of_a_subarray_and_their_neighbours_do_not_count():
    lines = 5 + 0.01 * np.random.default_rng(1).normal(size=(60, 32)).astype(np.float32)
    lines[20, 10] = 1e4
    lines[20, 11] = lines[21, 10] = 5.03

    noise = noise_of_subarray(lines, whole(lines))

    assert np.abs(noise - 5).max() < 0.02


def test_pieces_of_a_subarray_hold_more_than_512_good_pixels_and_overlap_by_half():
    pieces = fourier_noise._pieces(np.full(100, 16))

    assert [(each.start, each.stop) for each in pieces] == [
        (0, 33), (16, 49), (32, 65), (48, 81), (64, 100),
    ]  # fmt: skip


@pytest.mark.parametrize("find", [noise_of_full_frame, noise_of_subarray])
def test_the_input_is_untouched(find):
    lines, good = wave(64, 128, 2), np.ones((64, 128), bool)
    good[3, 4] = False
    before = lines.copy(), good.copy()

    find(lines, good)

    assert np.array_equal(lines, before[0])
    assert np.array_equal(good, before[1])


@pytest.mark.parametrize("find", [noise_of_full_frame, noise_of_subarray])
def test_noise_is_linear(find):
    rng = np.random.default_rng(4)
    lines = rng.uniform(-1, 1, (2, 64, 128)).astype(np.float32)

    parts = [find(each, whole(each)) for each in lines]
    together = find(lines.sum(axis=0) / 2, whole(lines[0]))

    assert np.abs(sum(parts) / 2 - together).max() < 1e-5
