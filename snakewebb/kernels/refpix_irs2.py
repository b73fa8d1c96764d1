"""Subtract the correlated noise of frames that are interleaved with reference pixels (IRS2).

Interleaved reference pixels and the reference output see the same 1/f noise as the pixels of the
detector. Each output is taken as a time series, and its noise estimated from theirs with a weight
for each frequency, which makes the expected square of what remains smallest.

`snakewebb.kernels.irs2` describes the frames and their words.

References: Rauscher et al. (2017), PASP 129, 105003, DOI 10.1088/1538-3873/aa83fd; Moseley et al.
(2010), Proc. SPIE 7742, 77421B, DOI 10.1117/12.866773; JWST pipeline documentation, "NIRSpec IRS2
Readout Mode".
"""

import functools

import numpy as np
import scipy

from snakewebb.kernels.irs2 import (
    BLOCK_SLOTS,
    BLOCKS,
    LENGTH,
    OUTPUTS,
    REFERENCE,
    ROWS,
    SAMPLES,
    SCIENCE,
    SLOT,
    SLOTS,
    check_frames,
    is_forward,
)

ENDS = np.r_[0:4, ROWS - 4 : ROWS]
"""Rows of reference pixels."""

REACH = 15
"""Distance, in slots, of the last sample that counts when a missing one is interpolated."""

ROUNDS = 3
"""How often the interpolated values are filtered."""

PASS = 30268
"""Lowest frequency that the filter weakens, in cycles per frame."""

FALL = 5000
"""Width of the edge of the filter, in cycles per frame."""

SPECTRUM = (SLOTS, ROWS // 2 + 1)
"""Shape in which a spectrum is kept: frequency ``q + 2048 p`` in line p and column q."""

HELD_SLOTS = (BLOCK_SLOTS * np.arange(BLOCKS)[:, np.newaxis] + np.arange(7, 15)).ravel()
"""Slots for which the values of interleaved reference pixels are held."""

HELD = (4 * np.arange(BLOCKS)[:, np.newaxis] + [0, 2, 0, 2, 1, 3, 1, 3]).ravel()
"""Which of the reference pixels of a row has its value there."""


def subtract_correlated_noise(ramp, alpha, beta, *, out=None):
    r"""Subtract the noise that reference output and interleaved reference pixels show.

    In each integration the deviations from the mean of its groups are taken; those of zero count
    as missing. From the deviations of each output a straight line in time, :math:`l`, is
    subtracted, fitted to the first and last four rows. What remains of the interleaved reference
    pixels of output :math:`k` makes its time series :math:`r_k`: each is held for two slots, and
    all other slots are zero. What remains of the reference output makes the time series :math:`p`.
    It is interpolated (below) in slots where the others do not read pixels of the detector. Then

    .. math::
        S_k = R_k - l_k - \mathcal F^{-1}\left[\alpha_k \, \mathcal F(p)
              + \beta_k \, \mathcal F(r_k)\right]

    Interleaved reference pixels in the result are :math:`S_k` less the mean of the groups, and the
    reference output is :math:`p` plus the mean of the groups.

    The interpolation starts from a weighted mean of the samples in reach, those at the time of
    reference pixels included, with weights :math:`\cos(\pi n / 32)` at a distance of
    :math:`n \le 15`. Then the series is filtered and the known values are put back, three
    times. The filter passes low frequencies, and high ones, of noise that alternates from one
    column to the next.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, 2048, 3200), float32, DN
        Frames in detector orientation. NaN counts as missing and else stays where it is.
    alpha, beta : ndarray, shape (4, 1458176), complex64
        Weights of the reference output and of interleaved reference pixels, for each output of
        the detector and each frequency, in the order of a discrete Fourier transform.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, 2048, 3200), float32, DN

    Raises
    ------
    ValueError
        If the frames are not of an interleaved readout, or there is not a weight for each
        frequency.
    """
    check_frames(ramp, rows=ROWS)
    for name, weights in (("alpha", alpha), ("beta", beta)):
        if weights.shape != (OUTPUTS, LENGTH):
            raise ValueError(f"{name} has the shape {weights.shape}, not {(OUTPUTS, LENGTH)}")
    out = np.empty_like(ramp) if out is None else out
    alpha, beta = ([_of_real_series(w) for w in weights] for weights in (alpha, beta))
    frames_of, results_of = np.swapaxes(ramp, -1, -2), np.swapaxes(out, -1, -2)
    for frames, results in zip(frames_of, results_of, strict=True):
        mean = frames.mean(axis=0, dtype=np.float64)
        for frame, result in zip(frames, results, strict=True):
            _correct_frame(frame, mean, alpha, beta, out=result)
    return out


def _of_real_series(weights):
    """Return the part of weights that matters to real time series, in the shape of a spectrum."""
    mirrored = np.roll(weights[::-1], 1)
    weights = (weights + mirrored.conj()) * np.float32(0.5)
    return weights.reshape(SLOTS, ROWS)[:, : SPECTRUM[1]].copy()


def _correct_frame(frame, mean, alpha, beta, *, out):
    """Correct a frame with axes (column, row)."""
    common = _interpolated_reference_output(frame, mean)
    _in_time(out, 0)[...] = _samples(common) + _in_time(mean, 0)
    common = scipy.fft.fft(common, axis=0, overwrite_x=True)
    for k in range(OUTPUTS):
        deviation = _deviation(frame, mean, 1 + k)
        line = _line(deviation)
        deviation -= line
        noise = _held(np.nan_to_num(deviation[REFERENCE], copy=False))
        noise *= beta[k]
        noise += common * alpha[k]
        line += _samples(scipy.fft.ifft(noise, axis=0, overwrite_x=True))
        result = _in_time(out, 1 + k)
        np.subtract(_in_time(frame, 1 + k), line, out=result)
        result[REFERENCE] -= _in_time(mean, 1 + k)[REFERENCE]


def _in_time(frame, output):
    """Return the samples of one output in the order of time, without a copy."""
    part = frame[output * SAMPLES : (output + 1) * SAMPLES]
    return part if is_forward(output) else part[::-1]


def _deviation(frame, mean, output):
    """Return the deviation of one output from the mean, in the order of time."""
    difference = _in_time(frame, output) - _in_time(mean, output)
    return difference.astype(np.float32)


def _line(deviation):
    """Return the straight line through the ends of an output, zero where it is missing.

    It is fitted in single precision to values in the order of time, as in jwst: a sample that
    lies on the line counts as missing from then on, so that the last bit matters.
    """
    values, time = (samples[:, ENDS].T.ravel() for samples in (deviation, _time()))
    known = (values != 0) & ~np.isnan(values)
    values, time, count = values[known], time[known], np.float32(np.count_nonzero(known))
    if not count:
        return np.zeros_like(deviation)
    level, middle = values.sum() / count, time.sum() / count
    spread = (time * time).sum() - middle * time.sum()
    slope = ((time * values).sum() - level * time.sum()) / spread if spread else np.float32(0)
    line = _time() * slope
    line += level - slope * middle
    line *= deviation != 0
    return line


@functools.cache
def _time():
    """Return the time (sample, row) from the middle of a frame, in slots."""
    time = SLOT[:, np.newaxis] + SLOTS * np.arange(ROWS) - (LENGTH - 1) / 2
    return time.astype(np.float32)


def _interpolated_reference_output(frame, mean):
    """Return the time series of the reference output, each slot transformed along the rows."""
    deviation = _deviation(frame, mean, 0)
    deviation -= _line(deviation)
    series = np.zeros((SLOTS, ROWS), np.float32)
    series[SLOT] = np.nan_to_num(deviation, copy=False)
    columns = scipy.fft.rfft(_with_missing_filled(series), axis=1)
    columns *= _turns()
    known = columns[SLOT[SCIENCE]]
    for _ in range(ROUNDS):
        columns = scipy.fft.fft(columns, axis=0, overwrite_x=True)
        columns *= _filter()
        columns = scipy.fft.ifft(columns, axis=0, overwrite_x=True)
        columns[SLOT[SCIENCE]] = known
    return columns


def _with_missing_filled(series):
    """Return a time series (slot, row) with the weighted mean of values nearby instead of zero."""
    slots = np.flatnonzero((series == 0).any(axis=1))
    values = _with_reach(series)
    known = (values != 0).astype(np.float32)
    total, weight = np.zeros((2, slots.size, ROWS), np.float32)
    for lag in range(-REACH, REACH + 1):
        factor = np.float32(np.cos(np.pi * lag / (2 * (REACH + 1))))
        total += factor * values[slots + (REACH + lag)]
        weight += factor * known[slots + (REACH + lag)]
    filled = series[slots]
    series[slots] = np.divide(total, weight, out=filled, where=(filled == 0) & (weight > 0))
    return series


def _with_reach(series):
    """Return a time series (slot, row) with slots of the rows before and after at its ends."""
    before, after = np.roll(series[-REACH:], 1, axis=1), np.roll(series[:REACH], -1, axis=1)
    return np.concatenate([before, series, after])


def _held(references):
    """Return the spectrum of the reference pixels (sample, row) of an output."""
    columns = np.zeros(SPECTRUM, np.complex64)
    columns[HELD_SLOTS] = scipy.fft.rfft(references, axis=1)[HELD]
    columns *= _turns()
    return scipy.fft.fft(columns, axis=0, overwrite_x=True)


def _samples(columns):
    """Return the samples (sample, row) of a time series, each slot transformed along the rows."""
    return scipy.fft.irfft(columns[SLOT] * _turns()[SLOT].conj(), n=ROWS, axis=1)


@functools.cache
def _turns():
    """Return the factors between the transforms along rows and along slots."""
    turn = np.outer(np.arange(SPECTRUM[0]), np.arange(SPECTRUM[1])) / LENGTH
    return np.exp(-2j * np.pi * turn).astype(np.complex64)


@functools.cache
def _filter():
    """Return the weight of each frequency in the filter of the reference output."""
    cycles = ROWS * np.arange(SPECTRUM[0])[:, np.newaxis] + np.arange(SPECTRUM[1])
    cycles = np.minimum(cycles, LENGTH - cycles)
    return (_edge(cycles) + _edge(LENGTH // 2 - 1 - cycles)).astype(np.float32)


def _edge(cycles):
    """Return a weight that falls like a cosine from one to zero."""
    return (1 + np.cos(np.pi * np.clip((cycles - PASS) / FALL, 0, 1))) / 2
