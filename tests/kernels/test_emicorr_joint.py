"""Fitting a wave together with the ramps."""

import numpy as np
import pytest

from snakewebb.kernels.emicorr_joint import fit_wave, spline_of, subtract_wave
from snakewebb.kernels.emicorr_readout import ReadTimes, period_of, phase, read_times

FREQUENCY = 218.52055
"""Hz, a period of 457.6 clock cycles."""

WAVE = np.float32(
    np.sin(2 * np.pi * (np.arange(500) + 0.5) / 500)
    + 0.5 * np.cos(4 * np.pi * (np.arange(500) + 0.5) / 500)
)


def times_of(shape, rowclocks=28):
    return read_times(shape, nsamples=1, rowclocks=rowclocks, resetclocks=8512)


def waves(shape, amplitude, shift, frequency=FREQUENCY, times=None):
    """Return a ramp of nothing but a wave."""
    times = times or times_of(shape)
    starts = times.groups[..., np.newaxis, np.newaxis]
    phases = (phase(times.quads + starts, period_of(frequency)) + shift) % 1
    return np.repeat(amplitude * spline_of(WAVE)(phases), 4, axis=-1).astype(np.float32)


def lines(shape, seed=1):
    """Return ramps that are straight lines of whole numbers, none steeper than the others much."""
    rng = np.random.default_rng(seed)
    groups = np.arange(shape[1])[:, np.newaxis, np.newaxis]
    bias, slope = rng.integers(10, 20, (2, shape[0], 1, *shape[2:]))
    return (bias + 8000 + slope * groups).astype(np.float32)


def everywhere(shape):
    return np.ones(shape[-2:], bool)


@pytest.mark.parametrize("shift", [0.0005, 0.3, 0.77, 0.9995])
@pytest.mark.parametrize("shape", [(1, 3, 64, 72), (2, 10, 32, 72)])
def test_amplitude_and_phase_of_a_wave_on_ramps_are_found(shape, shift):
    ramp = lines(shape) + waves(shape, 3, shift)

    amplitudes, phases = fit_wave(ramp, everywhere(shape), times_of(shape), FREQUENCY, WAVE)

    assert amplitudes == pytest.approx([3] * shape[0], rel=0.01)
    assert (phases - shift + 0.5) % 1 - 0.5 == pytest.approx([0] * shape[0], abs=0.002)
    clean = subtract_wave(ramp, times_of(shape), FREQUENCY, WAVE, amplitudes, phases)
    assert np.abs(clean - lines(shape)).max() < 0.1
    assert clean.dtype == np.float32


def test_the_spline_goes_through_the_middle_of_each_part_of_the_wave():
    wave = np.float32([1, 5, 2, 8])
    assert np.allclose(spline_of(wave)([0.125, 0.375, 0.625, 0.875]), wave)


def test_the_amplitude_is_that_of_least_squares_at_the_next_trial_phase():
    shape = (1, 5, 8, 48)
    rng = np.random.default_rng(2)
    wave = rng.normal(0, 1, 20).astype(np.float32)
    ramp = rng.integers(0, 50, shape).astype(np.float32)
    good = rng.random(shape[-2:]) < 0.7
    times = times_of(shape)

    amplitudes, phases = fit_wave(ramp, good, times, FREQUENCY, wave)

    scatter = ramp[0].std(axis=0)
    used = good & (scatter < 2 * np.median(scatter))
    used[:, 4:12] = False
    trial = np.ceil(500 * phases[0]) / 500
    period = period_of(FREQUENCY)
    middles = (np.floor(np.repeat(phase(times.quads, period), 4, axis=-1) * 20) + 0.5) / 20
    template = spline_of(wave)(
        (middles + phase(times.groups[0], period)[:, np.newaxis, np.newaxis] + trial) % 1
    )[:, used]
    groups = np.vander(np.arange(5), 2)
    straight = groups @ np.linalg.lstsq(groups, template, rcond=None)[0]
    bent = template - straight
    assert amplitudes[0] == pytest.approx((bent * ramp[0][:, used]).sum() / (bent**2).sum())


def test_integrations_share_a_wave_unless_they_are_fitted_separately():
    shape = (2, 10, 32, 72)
    ramp = lines(shape) + waves(shape, 2, 0.4)
    ramp[1] += waves(shape, 2, 0.4)[1]
    times = times_of(shape)

    together, _ = fit_wave(ramp, everywhere(shape), times, FREQUENCY, WAVE)
    apart, phases = fit_wave(ramp, everywhere(shape), times, FREQUENCY, WAVE, separately=True)

    assert together == pytest.approx([3, 3], rel=0.02)
    assert apart == pytest.approx([2, 4], rel=0.01)
    assert phases == pytest.approx([0.4, 0.4], abs=0.003)


def test_masked_disturbed_and_restless_pixels_do_not_count():
    shape = (1, 6, 32, 72)
    good, times = everywhere(shape), times_of(shape)
    ramp = lines(shape) + waves(shape, 3, 0.3)
    good[5:9] = False
    masked = fit_wave(ramp, good, times, FREQUENCY, WAVE)

    rng = np.random.default_rng(3)
    ramp[..., 4:12] = lines(shape)[..., 4:12] + rng.normal(0, 20, (*shape[:3], 8))
    ramp[:, :, 5:9] += waves(shape, 5, 0.8)[:, :, 5:9]
    assert np.allclose(fit_wave(ramp, good, times, FREQUENCY, WAVE), masked)

    ramp[0, 3, 20, 30] += 900
    restless = fit_wave(ramp, good, times, FREQUENCY, WAVE)
    assert not np.array_equal(restless, masked)
    ramp[0, :, 20, 30] = np.nan
    assert np.allclose(fit_wave(ramp, good, times, FREQUENCY, WAVE), restless)


def test_a_bias_of_each_pixel_changes_nothing():
    shape = (1, 6, 32, 72)
    ramp = np.round(lines(shape) + waves(shape, 9, 0.3))
    bias = np.random.default_rng(4).integers(0, 2000, shape[-2:]).astype(np.float32)
    fits = [
        fit_wave(each, everywhere(shape), times_of(shape), FREQUENCY, WAVE)
        for each in (ramp, ramp + bias)
    ]
    assert np.array_equal(*fits)


def test_the_order_of_rows_does_not_matter():
    shape = (2, 6, 32, 72)
    ramp = np.round(lines(shape) + waves(shape, 9, 0.3))
    times = times_of(shape)
    fit = fit_wave(ramp, everywhere(shape), times, FREQUENCY, WAVE)

    upside_down = ReadTimes(times.quads[::-1], times.groups)
    assert np.allclose(
        fit_wave(ramp[:, :, ::-1], everywhere(shape), upside_down, FREQUENCY, WAVE), fit
    )


def test_a_wave_that_each_group_meets_at_the_same_phase_cannot_be_fitted():
    shape = (2, 4, 256, 16)
    times = times_of(shape, rowclocks=96)
    assert times.groups[0, 1] == 117 * 256
    rng = np.random.default_rng(5)
    ramp = lines(shape) + rng.normal(0, 5, shape).astype(np.float32)

    amplitudes, _ = fit_wave(ramp, everywhere(shape), times, 390.625, WAVE)

    assert amplitudes.tolist() == [0, 0]


@pytest.mark.parametrize("shift", [0.2, 0.7])
def test_of_two_waves_that_fit_equally_well_the_upright_one_is_chosen(shift):
    shape = (1, 6, 128, 136)
    times = times_of(shape, rowclocks=44)
    assert times.groups[0, 1] == 46.5 * 256
    ramp = lines(shape) + waves(shape, 4, shift, 390.625, times)

    amplitudes, phases = fit_wave(ramp, everywhere(shape), times, 390.625, WAVE)

    assert amplitudes == pytest.approx([4], rel=0.01)
    assert phases == pytest.approx([shift], abs=0.002)


def test_without_good_pixels_nothing_is_subtracted():
    shape = (1, 4, 8, 16)
    ramp = lines(shape)
    fit = fit_wave(ramp, ~everywhere(shape), times_of(shape), FREQUENCY, WAVE)
    assert fit[0].tolist() == [0]
    assert np.array_equal(subtract_wave(ramp, times_of(shape), FREQUENCY, WAVE, *fit), ramp)


def test_nan_stays_in_its_group():
    shape = (1, 4, 8, 16)
    ramp = lines(shape)
    ramp[0, 2, 3, 13] = np.nan
    amplitudes, phases = fit_wave(ramp, everywhere(shape), times_of(shape), FREQUENCY, WAVE)
    assert np.isfinite(amplitudes).all()
    clean = subtract_wave(ramp, times_of(shape), FREQUENCY, WAVE, amplitudes, phases)
    assert np.isnan(clean).sum() == 1


def test_the_input_is_untouched_unless_it_is_out():
    shape = (2, 4, 16, 72)
    ramp, times, good = lines(shape) + waves(shape, 3, 0.3), times_of(shape), everywhere(shape)
    before, other = ramp.copy(), np.empty_like(ramp)
    fit = fit_wave(ramp, good, times, FREQUENCY, WAVE)

    assert subtract_wave(ramp, times, FREQUENCY, WAVE, *fit, out=other) is other
    assert np.array_equal(ramp, before)
    assert good.all()

    assert subtract_wave(ramp, times, FREQUENCY, WAVE, *fit, out=ramp) is ramp
    assert np.array_equal(ramp, other)


def test_ramps_too_short_and_masks_of_another_shape_are_named():
    ramp, times = np.zeros((1, 2, 4, 16), np.float32), times_of((1, 2, 4, 16))
    with pytest.raises(ValueError, match="ramps of 2 groups are always straight"):
        fit_wave(ramp, np.ones((4, 16), bool), times, FREQUENCY, WAVE)
    ramp, times = np.zeros((1, 3, 4, 16), np.float32), times_of((1, 3, 4, 16))
    with pytest.raises(ValueError, match=r"mask \(4, 4\) does not fit the image \(4, 16\)"):
        fit_wave(ramp, np.ones((4, 4), bool), times, FREQUENCY, WAVE)
