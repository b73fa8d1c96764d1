"""Fold ramps at the frequency of an interference, and subtract the wave that they show.

A straight line is taken from each ramp first; what remains, sorted by phase, is the wave. Where its
shape is known from elsewhere, that one is subtracted after it was brought into phase and scaled.

Reference: JWST pipeline documentation, "EMI Correction for MIRI" (the sequential algorithm).
"""

import numpy as np

from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.emicorr_readout import (
    DISTURBED,
    OUTPUTS,
    period_of,
    phase,
    quads_of,
    subtract_by_phase,
)
from snakewebb.kernels.plane_median import plane_median
from snakewebb.kernels.sigma_clipping import clip

FEWEST_GROUPS = 4
"""Number of groups from which on a line can be fitted to all but the first and the last one."""

MOST_BINS = 500
"""Largest number of bins in a wave."""


def integrations_to_fold(cycles, frequency, integration_clocks):
    """Return how many integrations span some cycles of a wave.

    Parameters
    ----------
    cycles : float
        Number of periods.
    frequency : float, Hz
        Frequency of the wave.
    integration_clocks : int
        Clock cycles of an integration.

    Returns
    -------
    int
        At least one.
    """
    return max(1, int(np.ceil(cycles * period_of(frequency) / integration_clocks)))


def fold_ramps(ramp, times, frequency, *, nbins=None, nints=None):
    r"""Return the wave of a frequency that ramps show.

    From the groups :math:`i` of each pixel a straight line is taken, its slope :math:`b` by least
    squares and its height by the median, both without the first and the last group:

    .. math:: R_i = F_i - b \, i - \operatorname{median}_j (F_j - b \, j)

    Values of the four pixels of a quad are averaged, and the median of each group is subtracted.
    The second and third quad of a row are disturbed; the mean of their neighbours stands for them.
    The wave is the mean of the values in each bin of phase, without outliers beyond three standard
    deviations from the median (five rounds), and its own median is subtracted.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Raw signal. A quad with a NaN in an integration does not count there.
    times : ReadTimes
        When its pixels are read.
    frequency : float, Hz
        Frequency of the wave.
    nbins : int, optional
        Number of bins, at most 500; half as many as the period has clock cycles by default. Each
        includes its end, not its start.
    nints : int, optional
        Number of integrations to use, all by default.

    Returns
    -------
    ndarray, shape (nbins,), float64, DN
        The wave. NaN throughout if a bin is empty.

    Raises
    ------
    ValueError
        If there are fewer than four groups.
    """
    if ramp.shape[1] < FEWEST_GROUPS:
        raise ValueError(f"ramps of {ramp.shape[1]} groups cannot be folded")
    period = period_of(frequency)
    nbins = min(nbins or max(int(period / 2), 1), MOST_BINS)
    samples = [
        _samples(integration, times.quads, starts, period, nbins)
        for integration, starts in zip(ramp[:nints], times.groups, strict=False)
    ]
    bins = (np.concatenate(parts) for parts in zip(*samples, strict=True))
    means = np.array([_clipped_mean(values) for values in bins])
    return means - np.median(means)


def subtract_wave(ramp, times, frequency, amplitudes, *, reference=None, scale=True, out=None):
    """Subtract a wave that ramps were folded to, or a reference wave that is matched to it.

    The reference is shifted to where its correlation with the folded wave is largest. Its factor
    is the slope of a straight line through the values of both, at every clock cycle of a period.
    Within a bin, and a clock cycle, both are constant.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Raw signal. NaN stays NaN.
    times : ReadTimes
        When its pixels are read.
    frequency : float, Hz
        Frequency of the wave.
    amplitudes : ndarray, shape (nbins,), float, DN
        The folded wave. If there is a NaN in it nothing is subtracted.
    reference : ndarray, shape (n,), float32, optional
        Shape of the wave in one period.
    scale : bool
        Scale the reference to the folded wave.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without the wave.
    """
    period = period_of(frequency)
    wave = np.zeros(1) if np.isnan(amplitudes).any() else np.asarray(amplitudes, dtype=np.float64)
    wave = _at_every(wave, int(np.ceil(period)), period)
    if reference is not None and wave.any():
        wave = _matched(np.asarray(reference, np.float64), amplitudes, wave, period, scale)

    def noise(phases, _):
        return wave[(phases * period).astype(np.intp)]

    return subtract_by_phase(ramp, times, period, noise, out=out)


def _samples(ramp, quads, starts, period, nbins):
    """Return the values of one integration in each bin."""
    values = _quads_without_line(ramp)
    bins = np.empty(values.shape, dtype=np.int16)
    for start, place in zip(starts, bins, strict=True):
        place[...] = np.ceil(phase(quads + start, period) * nbins) - 1
    counts = (bins >= 0) & ~np.isnan(values)
    values, bins = values[counts], bins[counts]
    ends = np.bincount(bins, minlength=nbins).cumsum()
    return np.split(values[np.argsort(bins, kind="stable")], ends[:-1])


def _quads_without_line(ramp):
    """Return one integration without straight lines and frame offsets, averaged over quads."""
    ngroups, ny, nx = ramp.shape
    quads = np.empty((ngroups, ny, nx // OUTPUTS), dtype=np.float32)
    for rows in row_blocks(ny, nx * ngroups, pixels=2**18):
        quads_of(_without_line(ramp[:, rows])).mean(axis=-1, out=quads[:, rows])
    if quads.shape[-1] > DISTURBED.stop:
        neighbours = quads[..., DISTURBED.start - 1], quads[..., DISTURBED.stop]
        quads[..., DISTURBED] = (np.float32(0.5) * (neighbours[0] + neighbours[1]))[..., np.newaxis]
    for group in quads:
        group -= np.nanmedian(group)
    return quads


def _without_line(ramp):
    """Return ramps without the straight line that their inner groups show."""
    groups, inner = np.arange(len(ramp)), slice(1, -1)
    weights = groups[inner] - groups[inner].mean()
    slope = np.tensordot(weights, ramp[inner].astype(np.float64), axes=1)
    slope /= np.square(weights).sum()
    residual = np.empty_like(ramp)
    for group, image, plane in zip(groups, ramp, residual, strict=True):
        np.subtract(image, slope * group, out=plane, casting="same_kind")
    residual -= plane_median(residual[inner].copy())
    return residual


def _clipped_mean(values):
    """Return the mean of values without outliers, NaN if there are none."""
    return clip(np.sort(values)).mean(dtype=np.float64) if values.size else np.nan


def _matched(reference, amplitudes, folded, period, scale):
    """Return a reference wave, in phase with a folded one, at every clock cycle of a period."""
    steps = _at_every(amplitudes, len(reference), len(reference))
    spectrum = np.conj(np.fft.rfft(steps)) * np.fft.rfft(reference)
    shift = np.fft.irfft(spectrum, len(reference)).argmax()
    wave = _at_every(np.roll(reference, -shift), len(folded), period)
    return wave * _slope(wave, folded) if scale else wave


def _at_every(wave, number, period):
    """Return the values of a wave at the first times of a period, by the bins they fall into."""
    place = np.arange(number) * (len(wave) / period)
    return wave[np.minimum(place.astype(np.intp), len(wave) - 1)]


def _slope(x, y):
    """Return the slope of the straight line y(x), zero if x is constant."""
    x = x - x.mean()
    square = np.square(x).sum()
    return (x * y).sum() / square if square > 0 else 0.0
