"""Fit a wave of interference together with the ramps that it disturbs.

Of all amplitudes and phases of a known wave, those are right that leave ramps as straight as can
be. The pixels of a subarray meet only as many different waves as there are phases at the start of
the groups, so ramps are added up in bins of that phase before anything is fitted.

Reference: JWST pipeline documentation, "EMI Correction for MIRI" (the joint algorithm).
"""

import numpy as np

from snakewebb.kernels.emicorr_readout import (
    DISTURBED,
    period_of,
    phase,
    quads_of,
    subtract_by_phase,
)

FEWEST_GROUPS = 3
"""Number of groups from which on a ramp can be other than straight."""

TRIALS = 500
"""Number of phases tried."""

STEADY = 2
"""Standard deviation of a ramp, in units of the median of all, below which it counts."""

LEAST_BEND = 1e-9
"""Share of a wave's square that straight lines must leave for its amplitude to be known."""


def fit_wave(ramp, good, times, frequency, wave, *, separately=False):
    r"""Fit amplitude and phase of a wave, and a straight line to each ramp.

    With :math:`A` the amplitude and :math:`w_i` the wave as group :math:`i` of a pixel meets it if
    it is shifted by the phase :math:`\varphi`, both without the straight lines that fit them best
    over all groups (as :math:`F_i`), the squares that remain are least for

    .. math:: A(\varphi) = \frac{\sum F_i w_i}{\sum w_i^2}, \qquad
       \varphi = \operatorname{arg\,max} \frac{(\sum F_i w_i)^2}{\sum w_i^2}

    The sums run over all groups of steady pixels: those whose groups have a standard deviation, of
    source and interference together, of less than twice the median of all pixels. The phase is that
    of the parabola through the best of 500 trial phases and its neighbours, the amplitude that of
    the trial phase that follows. If the wave upside down half a period later is as good, the
    upright one is chosen.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Raw signal. A pixel with a NaN in an integration does not count there.
    good : ndarray, shape (ny, nx), bool
        Pixels that may count; those of the second and third quad of a row never do.
    times : ReadTimes
        When its pixels are read.
    frequency : float, Hz
        Frequency of the wave.
    wave : ndarray, shape (n,), float32
        Mean of the wave in each of n parts of a period; a cubic spline connects them.
    separately : bool
        Fit each integration on its own.

    Returns
    -------
    amplitudes : ndarray, shape (nints,), float64
        Factors of the wave. Zero where no pixel counts, or where all groups start at the same
        phase, so that the wave cannot be told from the bias.
    phases : ndarray, shape (nints,), float64
        What to add to the phase of a time, from 0 to 1.

    Raises
    ------
    ValueError
        If there are fewer than three groups, or the mask does not fit the image.
    """
    if ramp.shape[1] < FEWEST_GROUPS:
        raise ValueError(f"ramps of {ramp.shape[1]} groups are always straight")
    if good.shape != ramp.shape[-2:]:
        raise ValueError(f"mask {good.shape} does not fit the image {ramp.shape[-2:]}")
    period, nints = period_of(frequency), len(ramp)
    ramps, counts = _sums_in_bins(ramp, good, _bins(times.quads, period, len(wave)), len(wave))
    offsets = phase(times.groups[0] - times.groups[0, 0], period)
    products, squares = _trials(ramps, counts, spline_of(wave), offsets)
    starts = TRIALS * phase(times.groups[:, 0] - times.groups[0, 0], period)
    together = [[i] for i in range(nints)] if separately else [list(range(nints))]
    fits = [_best(products[i], squares[i], starts[i]) for i in together]
    amplitudes, phases = (np.array(each) for each in zip(*fits, strict=True))
    return np.resize(amplitudes, nints), np.resize(phases, nints)


def subtract_wave(ramp, times, frequency, wave, amplitudes, phases, *, out=None):
    """Subtract a wave of some amplitude and phase.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Raw signal. NaN stays NaN.
    times, frequency, wave
        As in `fit_wave`.
    amplitudes, phases : ndarray, shape (nints,), float
        As `fit_wave` returns them.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without the wave.
    """
    spline = spline_of(wave)

    def noise(phase_of_quads, integration):
        phase_of_quads += phases[integration]
        phase_of_quads -= phase_of_quads >= 1
        return amplitudes[integration] * spline(phase_of_quads)

    return subtract_by_phase(ramp, times, period_of(frequency), noise, out=out)


def spline_of(wave):
    """Return a wave as a function of the phase.

    Parameters
    ----------
    wave : ndarray, shape (n,), float
        Values in the middle of each of n parts of a period.

    Returns
    -------
    callable
        The cubic spline through these values and one more at each end, for phases from 0 to 1.
    """
    from scipy.interpolate import CubicSpline  # takes half a second

    wave = np.asarray(wave, dtype=np.float64)
    middles = (np.arange(-1, len(wave) + 1) + 0.5) / len(wave)
    return CubicSpline(middles, np.pad(wave, 1, mode="wrap"))


def _bins(times, period, number):
    """Return which part of a period each time is in."""
    return (phase(times, period) * number).astype(np.intp)


def _sums_in_bins(ramp, good, bins, nbins):
    """Return sums of steady ramps in bins, without straight lines, and how many they are.

    They have shapes (nints, ngroups, nbins) and (nints, nbins).
    """
    scatter = np.stack([_scatter(integration) for integration in ramp])
    limit = STEADY * np.nanmedian(scatter)
    sums = np.empty((*ramp.shape[:2], nbins))
    counts = np.empty((len(ramp), nbins))
    for i, integration in enumerate(ramp):
        steady = good & (scatter[i] < limit)
        quads_of(steady)[:, DISTURBED] = False
        counts[i] = _sum_in_bins(steady, bins, nbins)
        for group, image in enumerate(integration):
            signal = np.where(steady, image - integration[0], np.float32(0))
            sums[i, group] = _sum_in_bins(signal, bins, nbins)
        sums[i] = _without_line(sums[i])
    return sums, counts


def _scatter(ramp):
    """Return the standard deviation of the groups of each pixel."""
    mean = ramp.mean(axis=0)
    square = np.zeros_like(mean)
    for image in ramp:
        offset = image - mean
        offset *= offset
        square += offset
    square /= len(ramp)
    return np.sqrt(square, out=square)


def _sum_in_bins(image, bins, nbins):
    """Return the sum of the pixels of an image whose quads are in each bin."""
    quads = quads_of(image).sum(axis=-1, dtype=np.float32)
    return np.bincount(bins.ravel(), weights=quads.ravel(), minlength=nbins)


def _without_line(ramps):
    """Return ramps, shape (ngroups, n), without the straight lines that fit them."""
    mean, slope = _line_of(len(ramps))
    return ramps - np.outer(mean, mean @ ramps) - np.outer(slope, slope @ ramps)


def _line_of(ngroups):
    """Return two orthonormal vectors that span all straight lines."""
    slope = np.arange(ngroups) - (ngroups - 1) / 2
    return np.full(ngroups, ngroups**-0.5), slope / np.sqrt(np.square(slope).sum())


def _trials(ramps, counts, spline, offsets):
    """Return the sums over wave times ramp and wave squared for each integration and trial phase.

    Bins and trial phases are both equally spaced, on a common finer grid, so that each sum over
    bins is a circular correlation.
    """
    ngroups, nbins = ramps.shape[1:]
    fine = int(np.lcm(nbins, TRIALS))
    grid = np.arange(fine) / fine + 0.5 / nbins
    line = np.array(_line_of(ngroups))
    squares, on_line = np.zeros(fine), np.zeros((len(line), fine))
    products = np.zeros((len(ramps), fine // 2 + 1), dtype=complex)
    for group, offset in enumerate(offsets):
        wave = spline((grid + offset) % 1)
        squares += np.square(wave)
        on_line += line[:, group, np.newaxis] * wave
        products += _spectra(ramps[:, group], fine) * np.fft.rfft(wave)
    least = LEAST_BEND * squares.max() * counts.sum(axis=1, keepdims=True)
    squares -= np.square(on_line).sum(axis=0)
    squares = _spectra(counts, fine) * np.fft.rfft(squares)
    step = fine // TRIALS
    products, squares = (np.fft.irfft(each, fine)[:, ::step] for each in (products, squares))
    return products, np.where(squares > least, squares, 0)


def _spectra(sums, length):
    """Return the conjugate spectra of values in bins, spread over a finer grid."""
    spread = np.zeros((len(sums), length))
    spread[:, :: length // sums.shape[-1]] = sums
    return np.conj(np.fft.rfft(spread))


def _best(products, squares, starts):
    """Return amplitude and phase of the wave that leaves integrations as straight as can be."""

    def sums_at(place):
        trial = np.ceil(np.round(np.add.outer(starts, place), 6)).astype(np.intp) % TRIALS
        return (np.take_along_axis(each, trial, axis=1).sum(axis=0) for each in (products, squares))

    product, square = sums_at(np.arange(TRIALS))
    if not square.any():
        return 0.0, 0.0
    gain = np.divide(product**2, square, out=np.zeros(TRIALS), where=square > 0)
    as_good = np.where(product > 0, gain * (1 + LEAST_BEND), gain)
    best = int(as_good.argmax())
    before, here, after = gain[np.arange(best - 1, best + 2) % TRIALS]
    curvature = before - 2 * here + after
    place = best + (0.5 * (before - after) / curvature if curvature < 0 else 0.0)
    product, square = sums_at(np.array([place]))
    amplitude = product[0] / square[0] if square[0] > 0 else 0.0
    return amplitude, place / TRIALS % 1
