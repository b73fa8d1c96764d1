"""Correlated noise of interleaved frames.

All ramps here are of two groups with opposite deviations from their mean of 100, so that those of
the first group tell all.
"""

import numpy as np
import pytest

from snakewebb.kernels.irs2 import LENGTH, REFERENCE, ROWS, SCIENCE, SLOT, SLOTS
from snakewebb.kernels.refpix_irs2 import subtract_correlated_noise

MEAN = np.float32(100)
NONE = np.zeros((4, LENGTH), np.complex64)
ALL = np.ones((4, LENGTH), np.complex64)
INNER = np.s_[8:-8]
"""Rows that the ends do not touch."""


def in_time(frames, output):
    """Return the samples of an output (..., row, sample) in the order of time, without a copy."""
    part = frames[..., 640 * output : 640 * (output + 1)]
    return part if output in (1, 3) else part[..., ::-1]


def ramp_of(deviations):
    """Return a ramp in which the outputs, from 0 on, have these deviations, in order of time."""
    frame = np.zeros((ROWS, 3200), np.float32)
    for output, values in enumerate(deviations):
        in_time(frame, output)[...] = values
    return np.stack([MEAN + frame, MEAN - frame])[np.newaxis]


def remains(result, output):
    """Return what remains of the deviations of an output, in the order of time."""
    return in_time(result[0, 0], output) - MEAN


def noise(seed=0):
    """Return noise that is missing in the reference rows, so that it has no line in time."""
    values = np.random.default_rng(seed).normal(0, 10, (ROWS, 640)).astype(np.float32)
    values[:4] = values[-4:] = 0
    return values


def times(rows=range(ROWS)):
    """Return the time of each sample (row, sample), in slots."""
    return np.array(rows)[:, np.newaxis] * SLOTS + SLOT


@pytest.fixture(scope="module")
def weights():
    """Weights that are random and, unlike those of real series, not symmetric in frequency."""
    rng = np.random.default_rng(5)
    return [
        (rng.normal(size=(4, LENGTH)) + 1j * rng.normal(size=(4, LENGTH))).astype(np.complex64)
        for _ in range(2)
    ]


@pytest.fixture(scope="module")
def noisy():
    """A ramp in which each output has noise of its own, reference rows included."""
    deviations = np.random.default_rng(6).normal(0, 10, (5, ROWS, 640))
    deviations[0, 1000, 100:110] = 0
    return ramp_of(deviations.astype(np.float32))


@pytest.fixture(scope="module")
def corrected(noisy, weights):
    return subtract_correlated_noise(noisy, *weights)


def expected_deviation(deviation):
    """Return a deviation without the line through its ends, in double precision."""
    ends = np.r_[0:4, ROWS - 4 : ROWS]
    known = deviation[ends] != 0
    line = np.polynomial.Polynomial.fit(times(ends)[known], deviation[ends][known], 1)
    return deviation - np.where(deviation != 0, line(times()), 0)


def expected_reference_output(deviation):
    """Return the time series of the reference output, in double precision."""
    series = np.zeros((ROWS, SLOTS))
    series[:, SLOT] = deviation
    series = series.ravel()
    lags = range(-15, 16)
    cosines = [np.cos(np.pi * lag / 32) for lag in lags]
    total = sum(c * np.roll(series, lag) for c, lag in zip(cosines, lags, strict=True))
    weight = sum(c * np.roll(series != 0, lag) for c, lag in zip(cosines, lags, strict=True))
    series = np.where(series == 0, total / weight, series)
    cycles = np.arange(LENGTH // 2 + 1)
    low, high = (
        0.5 + 0.5 * np.cos(np.pi * np.clip((c - 30268) / 5000, 0, 1))
        for c in (cycles, LENGTH // 2 - 1 - cycles)
    )
    known = np.zeros((ROWS, SLOTS), bool)
    known[:, SLOT[SCIENCE]] = True
    known = known.ravel()
    values = series[known]
    for _ in range(3):
        series = np.fft.irfft(np.fft.rfft(series) * (low + high), n=LENGTH)
        series[known] = values
    return series.reshape(ROWS, SLOTS)


def expected_references(deviation):
    """Return the time series of interleaved reference pixels, in double precision."""
    series = np.zeros((ROWS, 32, 22))
    references = deviation[:, REFERENCE].reshape(ROWS, 32, 4)
    series[:, :, 7:15] = references[:, :, [0, 2, 0, 2, 1, 3, 1, 3]]
    return np.pad(series.reshape(ROWS, 704), ((0, 0), (0, 8)))


def test_the_result_is_that_of_the_plain_formula(noisy, corrected, weights):
    alpha, beta = weights
    common = expected_reference_output(expected_deviation(remains(noisy, 0).astype(float)))
    for output in (1, 4):
        deviation = expected_deviation(remains(noisy, output).astype(float))
        spectrum = alpha[output - 1] * np.fft.fft(common.ravel())
        spectrum += beta[output - 1] * np.fft.fft(expected_references(deviation).ravel())
        drift = np.fft.ifft(spectrum).real.reshape(ROWS, SLOTS)[:, SLOT]

        expected = deviation - drift

        left = remains(corrected, output)
        scale = np.abs(drift).max()
        np.testing.assert_allclose(left[:, SCIENCE], expected[:, SCIENCE], atol=1e-5 * scale)
        left = left[:, REFERENCE] + MEAN
        np.testing.assert_allclose(left, expected[:, REFERENCE], atol=1e-5 * scale)
    series = common[:, SLOT]
    np.testing.assert_allclose(remains(corrected, 0), series, atol=1e-4)


def test_without_weights_a_line_in_time_is_subtracted():
    ramp = ramp_of([(output - 2) * (1 + times() / LENGTH) for output in range(5)])

    result = subtract_correlated_noise(ramp, NONE, NONE)

    for output in range(1, 5):
        np.testing.assert_allclose(remains(result, output)[:, SCIENCE], 0, atol=1e-4)


def test_the_line_is_that_of_the_reference_rows():
    deviation = np.full((ROWS, 640), 500, np.float32)
    deviation[:4], deviation[-4:] = 3, 7

    result = subtract_correlated_noise(ramp_of([0, deviation]), NONE, NONE)

    line = deviation - remains(result, 1)
    first, last = times(np.arange(4)).mean(), times(np.arange(ROWS - 4, ROWS)).mean()
    expected = 3 + 4 * (times() - first) / (last - first)
    np.testing.assert_allclose(line[INNER][:, SCIENCE], expected[INNER][:, SCIENCE], atol=2e-3)


def test_noise_that_the_reference_output_sees_at_the_same_time_is_removed():
    drift = noise()
    alpha = np.array([0, 1, 0.5, -1])[:, np.newaxis] * ALL

    result = subtract_correlated_noise(ramp_of([drift] * 5), alpha, NONE)

    for output, left in ((1, 1), (2, 0), (3, 0.5), (4, 2)):
        np.testing.assert_allclose(
            remains(result, output)[INNER][:, SCIENCE], left * drift[INNER][:, SCIENCE], atol=1e-4
        )


def test_a_phase_takes_noise_from_another_time():
    drift = noise()
    later = np.exp(-2j * np.pi * np.fft.fftfreq(LENGTH)).astype(np.complex64) * ALL

    result = subtract_correlated_noise(ramp_of([drift]), later, NONE)

    samples = np.arange(1, 8)
    np.testing.assert_allclose(
        remains(result, 1)[INNER][:, samples], -drift[INNER][:, samples - 1], atol=1e-4
    )


def test_each_reference_pixel_is_held_for_two_slots():
    # The first and the last of the eight slots are at the time of samples 7 and 12 of a block.
    deviation = noise()
    deviation[:, SCIENCE] = 0

    result = subtract_correlated_noise(ramp_of([0, deviation, deviation]), NONE, ALL)

    references = deviation[:, REFERENCE].reshape(ROWS, 32, 4)
    expected = np.zeros((ROWS, 32, 20), np.float32)
    expected[:, :, 7], expected[:, :, 12] = -references[:, :, 0], -references[:, :, 3]
    expected = expected.reshape(ROWS, 640)[:, SCIENCE]
    for output in (1, 2):
        np.testing.assert_allclose(remains(result, output)[:, SCIENCE], expected, atol=1e-4)


def test_a_missing_sample_of_the_reference_output_has_the_value_of_those_nearby():
    drift = np.full((ROWS, 640), 7, np.float32)
    drift[:4] = drift[-4:] = 0
    drift[1000, SCIENCE[100:103]] = 0

    result = subtract_correlated_noise(ramp_of([drift]), ALL, NONE)

    np.testing.assert_allclose(remains(result, 1)[INNER][:, SCIENCE], -7, atol=1e-4)


def test_the_reference_output_is_interpolated_where_the_others_read_reference_pixels():
    slow = 10.7 * np.sin(times() / 3000).astype(np.float32)
    alternating = 5 * np.where(SLOT % 2, 1, -1).astype(np.float32)
    drift = slow + alternating
    drift[:, REFERENCE] += 0.5 * noise()[:, REFERENCE]
    drift[:4] = drift[-4:] = 0

    result = subtract_correlated_noise(ramp_of([drift]), NONE, NONE)

    error = (remains(result, 0) - slow - alternating)[INNER]
    np.testing.assert_allclose(error[:, SCIENCE], 0, atol=1e-4)
    assert error[:, REFERENCE].std() < 0.6 < drift[:, REFERENCE].std()


def test_unknown_values_stay_where_they_are(noisy, corrected, weights):
    ramp = noisy.copy()
    in_time(ramp, 2)[0, 1, 900, SCIENCE[77]] = np.nan
    expected = corrected.copy()
    expected[np.isnan(ramp)] = np.nan

    result = subtract_correlated_noise(ramp, *weights)

    np.testing.assert_array_equal(result, expected)


def test_an_unknown_reference_is_a_missing_one(noisy, weights):
    unknown, missing = noisy.copy(), noisy.copy()
    for output, row, sample in (
        (0, 500, SCIENCE[300]),
        (0, 500, REFERENCE[8]),
        (0, 2, SCIENCE[9]),
        (2, 500, REFERENCE[9]),
        (3, 1, REFERENCE[9]),
    ):
        in_time(unknown, output)[0, 0, row, sample] = np.nan
        in_time(missing, output)[0, :, row, sample] = MEAN

    results = [subtract_correlated_noise(ramp, *weights) for ramp in (unknown, missing)]

    for output in range(1, 5):
        unknown, missing = (in_time(result, output)[..., SCIENCE] for result in results)
        np.testing.assert_array_equal(unknown, missing)


def test_a_single_group_has_no_deviation(noisy, weights):
    result = subtract_correlated_noise(noisy[:, :1], *weights)
    for output in range(1, 5):
        np.testing.assert_array_equal(
            in_time(result, output)[..., SCIENCE], in_time(noisy[:, :1], output)[..., SCIENCE]
        )


def test_integrations_do_not_depend_on_each_other(noisy, corrected, weights):
    ramp = np.concatenate([noisy[:, ::-1] + 1, noisy])
    np.testing.assert_array_equal(subtract_correlated_noise(ramp, *weights)[1:], corrected)


def test_a_flipped_and_transposed_view_is_corrected_in_place(noisy, corrected, weights):
    ramp = noisy.swapaxes(-1, -2)[..., ::-1, ::-1].copy()
    view = ramp.swapaxes(-1, -2)[..., ::-1, ::-1]

    assert subtract_correlated_noise(view, *weights, out=view) is view

    np.testing.assert_array_equal(view, corrected)


def test_the_input_is_untouched_and_the_result_has_its_type(noisy, corrected):
    assert corrected.dtype == np.float32
    np.testing.assert_allclose(noisy.mean(axis=1), MEAN, atol=1e-5)
    assert not np.shares_memory(noisy, corrected)


def test_frames_and_weights_that_do_not_fit_are_named(noisy):
    with pytest.raises(ValueError, match="2048 rows and 640 columns are not of the interleaved"):
        subtract_correlated_noise(noisy[..., :640], NONE, NONE)
    with pytest.raises(ValueError, match=r"beta has the shape \(4, 9\), not \(4, 1458176\)"):
        subtract_correlated_noise(noisy, NONE, NONE[:, :9])
