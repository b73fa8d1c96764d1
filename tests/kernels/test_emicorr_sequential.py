"""Folding ramps at the frequency of an interference."""

import numpy as np
import pytest

from snakewebb.kernels.emicorr_readout import ReadTimes, period_of, phase, quads_of, read_times
from snakewebb.kernels.emicorr_sequential import (
    fold_ramps,
    integrations_to_fold,
    subtract_wave,
)

FREQUENCY = 218.52055
"""Hz, a period of 457.6 clock cycles."""


def times_of(shape):
    return read_times(shape, nsamples=1, rowclocks=28, resetclocks=8512)


def noise_of(shape, frequency, wave):
    """Return a ramp of nothing but a wave, a function of the phase."""
    times = times_of(shape)
    quads = wave(
        phase(times.quads + times.groups[..., np.newaxis, np.newaxis], period_of(frequency))
    )
    return np.repeat(quads, 4, axis=-1).astype(np.float32)


def sine(phases):
    return 3 * np.sin(2 * np.pi * phases)


def lines(shape, seed=1):
    """Return ramps that are straight lines of whole numbers."""
    rng = np.random.default_rng(seed)
    groups = np.arange(shape[1])[:, np.newaxis, np.newaxis]
    bias, slope = rng.integers(0, 20, (2, shape[0], 1, *shape[2:]))
    return (bias + 8000 + slope * groups).astype(np.float32)


def test_straight_ramps_show_no_wave():
    shape = (2, 6, 16, 72)
    ramp = lines(shape)
    wave = fold_ramps(ramp, times_of(shape), FREQUENCY, nbins=20)
    assert np.abs(wave).max() < 1e-4
    assert np.allclose(subtract_wave(ramp, times_of(shape), FREQUENCY, wave), ramp, atol=0.002)


def test_a_wave_shows_whatever_lines_it_is_on():
    shape = (1, 80, 16, 72)
    noise = noise_of(shape, FREQUENCY, sine)

    wave = fold_ramps(lines(shape) + noise, times_of(shape), FREQUENCY, nbins=40)

    expected = sine((np.arange(40) + 0.5) / 40)
    assert np.abs(wave - (expected - np.median(expected))).max() < 0.3


def test_an_offset_of_a_whole_group_does_not_show():
    shape = (1, 6, 16, 72)
    ramp = lines(shape) + noise_of(shape, FREQUENCY, sine)
    wave = fold_ramps(ramp, times_of(shape), FREQUENCY, nbins=20)

    ramp[:, 0] += 50
    ramp[:, -1] -= 20

    shifted = fold_ramps(ramp, times_of(shape), FREQUENCY, nbins=20)
    assert np.allclose(shifted, wave, atol=1e-4)


def flashes(values, time=5):
    """Return zero ramps whose first group has values in the last row, and when they are read.

    With four bins in a period of 256 clock cycles, the flashes alone are in the first bin.
    """
    ramp = np.zeros((1, 4, 40, 4 * len(values)), np.float32)
    quads_of(ramp[0, 0, -1])[...] = np.float32(values)[:, np.newaxis]
    quads = np.full((40, len(values)), 70)
    quads[-1] = time
    return ramp, ReadTimes(quads, np.array([[0, 128, 384, 640]]))


def wave_of(values, time=5):
    return fold_ramps(*flashes(values, time), 1e5 / 256, nbins=4)


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([2, 2, 2, 2, 1, 3], 2),
        ([1, 1, 1, 1, *[1] * 20, 90], 1),
        ([2, 2, 2, 2, *[1, 3] * 10, 90, 1000], 2),
        ([2, 2, 2, 2, np.nan, 1, 3], 2),
    ],
)
def test_a_bin_is_the_mean_of_its_values_without_outliers(values, mean):
    assert wave_of(values).tolist() == [mean, 0, 0, 0]


def test_the_second_and_third_quad_are_replaced_by_the_mean_of_their_neighbours():
    assert wave_of([3, 700, -700, 5, 4, 4, 4, 4]).tolist() == [4, 0, 0, 0]


def test_a_bin_includes_its_end_but_not_its_start():
    assert wave_of([2] * 6, time=64).tolist() == [2, 0, 0, 0]
    assert np.isnan(wave_of([2] * 6, time=0)).all()


def test_only_the_first_integrations_are_folded_if_asked():
    shape = (3, 6, 16, 72)
    times = times_of(shape)
    ramp = lines(shape)
    ramp[0] += noise_of(shape, FREQUENCY, sine)[0]

    first, all_of_them = (fold_ramps(ramp, times, FREQUENCY, nbins=20, nints=n) for n in (1, None))

    alone = fold_ramps(ramp[:1], ReadTimes(times.quads, times.groups[:1]), FREQUENCY, nbins=20)
    assert np.array_equal(first, alone)
    assert np.ptp(all_of_them) < 0.7 * np.ptp(first)


@pytest.mark.parametrize(
    ("frequency", "nbins", "number"),
    [(390.625, None, 128), (390.625, 50, 50), (10.0, None, 500), (10.0, 5000, 500)],
)
def test_there_are_half_as_many_bins_as_clock_cycles_but_no_more_than_500(frequency, nbins, number):
    shape = (1, 4, 8, 32)
    wave = fold_ramps(np.zeros(shape, np.float32), times_of(shape), frequency, nbins=nbins)
    assert wave.shape == (number,)


@pytest.mark.parametrize(
    ("cycles", "frequency", "clocks", "number"),
    [(3, 390.625, 8512, 1), (3, 10, 30000, 1), (3, 10, 29999, 2), (7, 10, 10000, 7), (0, 10, 9, 1)],
)
def test_integrations_are_enough_to_span_the_cycles(cycles, frequency, clocks, number):
    assert integrations_to_fold(cycles, frequency, clocks) == number


def test_subtracting_the_folded_wave_leaves_little_of_it():
    shape = (2, 60, 16, 72)
    ramp = lines(shape)
    noise = noise_of(shape, FREQUENCY, sine)
    wave = fold_ramps(ramp + noise, times_of(shape), FREQUENCY)

    clean = subtract_wave(ramp + noise, times_of(shape), FREQUENCY, wave)

    left = clean - ramp
    assert (left - left.mean()).std() < 0.1 * noise.std()
    assert clean.dtype == np.float32


def sawtooth(number):
    return ((np.arange(number) + 0.5) / number - 0.5).astype(np.float32)


@pytest.mark.parametrize(("scale", "factor"), [(True, 6), (False, 1)])
def test_a_reference_wave_is_brought_into_phase_and_scaled_if_asked(scale, factor):
    shape = (1, 10, 16, 72)
    ramp, times, reference = lines(shape), times_of(shape), sawtooth(100)
    folded = 6 * np.roll(reference, 30) + 2

    clean = subtract_wave(ramp, times, FREQUENCY, folded, reference=reference, scale=scale)

    moved = np.roll(factor * reference, 30)
    expected = noise_of(shape, FREQUENCY, lambda phases: moved[(phases * 100).astype(int)])
    error = np.abs(ramp - clean - expected)
    assert np.median(error) < 1e-3
    assert (error > 0.1).mean() < 0.01


def test_within_a_clock_cycle_the_wave_is_constant():
    shape = (1, 4, 4, 16)
    ramp, times = np.zeros(shape, np.float32), times_of(shape)
    clean = subtract_wave(ramp, times, 1e5 / 2.5, np.array([1, 2, 4, 8, 16]))
    sampled = {0.0: -1, 0.5: -1, 1.0: -4, 1.5: -4, 2.0: -16}
    cycles = np.mod(times.quads[0], 2.5)
    assert clean[0, 0, 0, ::4].tolist() == [sampled[cycle] for cycle in cycles]


def test_a_wave_with_an_empty_bin_is_not_subtracted():
    shape = (1, 4, 4, 16)
    ramp = lines(shape)
    wave = np.array([1, np.nan, 2])
    clean = subtract_wave(ramp, times_of(shape), FREQUENCY, wave, reference=sawtooth(9))
    assert np.array_equal(clean, ramp)


def test_a_constant_reference_has_no_scale():
    shape = (1, 4, 4, 16)
    ramp = lines(shape)
    clean = subtract_wave(ramp, times_of(shape), FREQUENCY, sawtooth(9), reference=np.ones(7))
    assert np.array_equal(clean, ramp)


def test_a_pixel_with_nan_spoils_only_its_quad():
    shape = (1, 8, 16, 72)
    ramp = lines(shape) + noise_of(shape, FREQUENCY, sine)
    wave = fold_ramps(ramp, times_of(shape), FREQUENCY, nbins=20)
    ramp[0, 3, 5, 40] = np.nan

    without = fold_ramps(ramp, times_of(shape), FREQUENCY, nbins=20)

    assert np.abs(without - wave).max() < 0.1
    clean = subtract_wave(ramp, times_of(shape), FREQUENCY, without)
    assert np.isnan(clean).sum() == 1


def test_an_image_of_many_blocks_is_folded_like_its_parts():
    shape = (1, 5, 600, 128)
    ramp = lines(shape) + noise_of(shape, FREQUENCY, sine)
    times = times_of(shape)
    wave = fold_ramps(ramp, times, FREQUENCY, nbins=20)

    upside_down = ReadTimes(times.quads[::-1], times.groups)
    assert np.allclose(fold_ramps(ramp[:, :, ::-1], upside_down, FREQUENCY, nbins=20), wave)


def test_the_input_is_untouched_unless_it_is_out():
    shape = (2, 5, 16, 72)
    ramp = lines(shape) + noise_of(shape, FREQUENCY, sine)
    before, other = ramp.copy(), np.empty_like(ramp)
    wave = fold_ramps(ramp, times_of(shape), FREQUENCY, nbins=20)

    assert subtract_wave(ramp, times_of(shape), FREQUENCY, wave, out=other) is other
    assert np.array_equal(ramp, before)

    assert subtract_wave(ramp, times_of(shape), FREQUENCY, wave, out=ramp) is ramp
    assert np.array_equal(ramp, other)


def test_ramps_too_short_are_named():
    with pytest.raises(ValueError, match="ramps of 3 groups cannot be folded"):
        fold_ramps(np.zeros((1, 3, 4, 16), np.float32), times_of((1, 3, 4, 16)), FREQUENCY)
