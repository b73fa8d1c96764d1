"""Count rates by straight lines through the groups of each pixel, optimally weighted.

The rate of an integration and of the exposure is the mean of the slopes of all segments between
jumps, weighted by the inverse of their read-noise variance.

References: Fixsen et al. (2000), PASP 112, 1350, DOI 10.1086/316626; JWST pipeline documentation,
"Ramp Fitting".
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels import dq
from snakewebb.kernels.blocks import each, empty, row_blocks
from snakewebb.kernels.ramp_fit_integration import Lines, Method, Pixels, fit_integration
from snakewebb.kernels.ramp_fit_segments import times_of
from snakewebb.kernels.ramp_fit_weights import pair_coefficients

BLOCK_SAMPLES = 1 << 18
"""Samples of one integration that are worked on at a time, to stay in the cache."""

BLOCK_RAMPS = 1 << 22
"""Ramps of all integrations that are worked on at a time, to bound what is kept of them."""

LEAST_PIXELS = 1 << 11
"""Pixels below which a block costs more in calls than it saves."""

CARRIED = dq.SATURATED | dq.JUMP_DET | dq.PERSISTENCE
"""Group flags that the products show."""


class Rates(NamedTuple):
    """Count rates and their errors: images, or one image per integration."""

    data: np.ndarray
    """Counts per second; NaN where there is no fit."""
    dq: np.ndarray
    """Pixel flags, uint32."""
    err: np.ndarray
    """Standard deviation of the rate by both noises; zero where there is no fit."""
    var_poisson: np.ndarray
    """Variance of the rate by photon noise."""
    var_rnoise: np.ndarray
    """Variance of the rate by read noise."""


class Exposure(NamedTuple):
    """What is fitted, of all rows or of some; the arrays as for `fit_ramps`."""

    data: np.ndarray
    groupdq: np.ndarray
    pixeldq: np.ndarray
    gain: np.ndarray
    readnoise: np.ndarray
    dark_current: np.ndarray | None
    zeroframe: np.ndarray | None


class _Sums(NamedTuple):
    """Images of sums over integrations."""

    weighted_slope: np.ndarray
    read_weight: np.ndarray
    duration: np.ndarray
    median_rate: np.ndarray


NO_PIECES = 3 * (np.array([], int),)
"""Pieces of the segments of an image without any."""


def fit_ramps(
    data,
    groupdq,
    pixeldq,
    gain,
    readnoise,
    *,
    group_time,
    frame_time,
    nframes=1,
    dark_current=None,
    zeroframe=None,
    groups=(0, None),
    suppress_one_group=True,
):
    r"""Fit straight lines to the ramps of all pixels, per integration and over all of them.

    A segment :math:`s` of :math:`n` groups spaced by :math:`t` has, with the read noise :math:`R`
    of a difference of two frames, the gain :math:`g`, the dark current :math:`d` and the mean
    :math:`m` over all integrations of the median difference between groups, the variances

    .. math:: V^R_s = \frac{6 R^2}{N_\mathrm{frames} (n^3 - n) t^2}, \quad
              V^P_s = \frac{\max(m, 0) + d}{g (n - 1) t}

    Those of an integration are :math:`V_i = 1 / \sum_s V_s^{-1}`, those of the exposure the same
    over integrations, and rates are means weighted by :math:`1 / V^R_s`. In :math:`m` an
    integration without a fit counts as zero, one without a difference by its first group over
    :math:`t`. The error is
    :math:`(\sum_s (V^R_s + V^P_s)^{-1})^{-1/2}` of an integration and
    :math:`(V^R + V^P)^{1/2}` of the exposure.

    Parameters
    ----------
    data : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Linear ramps. Groups that are not finite are not used.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        JUMP_DET begins a segment, PERSISTENCE changes nothing, any other flag excludes the
        group; SATURATED in the first group excludes all.
    pixeldq : ndarray, shape (ny, nx), uint32
        DO_NOT_USE and SATURATED exclude the pixel.
    gain : ndarray, shape (ny, nx), float32, electrons per DN
        A pixel whose gain is not a positive number is excluded.
    readnoise : ndarray, shape (ny, nx), float32, DN
        Noise of a difference of two frames. A pixel where it is zero or not a number is excluded.
    group_time, frame_time : float, s
        Time from group to group, and from frame to frame.
    nframes : int
        Frames averaged into a group.
    dark_current : ndarray, shape (ny, nx), float32, DN/s, optional
        Dark current that was subtracted, whose photon noise remains. A negative sum of signal
        and dark current counts as zero.
    zeroframe : ndarray, shape (nints, ny, nx), float32, DN, optional
        First frame of each integration, used for pixels without a good group unless
        `suppress_one_group`; zero and NaN mean that there is none.
    groups : (int, int or None)
        First group to use and the one after the last.
    suppress_one_group : bool
        Give no rate to integrations of several groups of which only one is good.

    Returns
    -------
    rate : Rates, shape (ny, nx)
        Of all integrations.
    rateints : Rates, shape (nints, ny, nx)
        Of each integration. Where there is no fit the rate is NaN, the errors are zero and the
        flag DO_NOT_USE is set; a pixel of unknown gain has NO_GAIN_VALUE too. SATURATED,
        JUMP_DET and PERSISTENCE of any group show. In `rate` DO_NOT_USE needs all integrations.

    Raises
    ------
    ValueError
        If shapes disagree, or there is no group to use.
    """
    exposure = Exposure(data, groupdq, pixeldq, gain, readnoise, dark_current, zeroframe)
    check_shapes(exposure)
    nints, ngroups, ny, nx = data.shape
    first, stop, _ = slice(*groups).indices(ngroups)
    if first >= stop:
        raise ValueError(f"no group to use: groups {groups} of {ngroups}")
    times = times_of(group_time, frame_time, nframes)
    method = Method(times, pair_coefficients(ngroups), first, stop, suppress_one_group)
    rate, rateints = empty_rates((ny, nx)), empty_rates((nints, ny, nx))

    pixels = max(min(BLOCK_SAMPLES // ngroups, BLOCK_RAMPS // nints), LEAST_PIXELS)

    def fit(rows):
        _fit_rows(*some_rows((exposure, rate, rateints), rows), nframes, method)

    each(fit, row_blocks(ny, nx, pixels=pixels))
    return rate, rateints


def check_shapes(exposure):
    """Raise an error that names an array that does not fit the ramps.

    Parameters
    ----------
    exposure : Exposure
        What to look at.

    Raises
    ------
    ValueError
        If shapes disagree.
    """
    nints, ngroups, *image = exposure.data.shape
    cube = (nints, *image)
    shapes = ((nints, ngroups, *image), *4 * [tuple(image)], cube)
    for name, array, shape in zip(exposure._fields[1:], exposure[1:], shapes, strict=True):
        if array is not None and array.shape != shape:
            raise ValueError(f"{name} {array.shape} does not fit the ramps, {shape} expected")


def some_rows(groups, rows):
    """Return some rows of all arrays of some groups of arrays.

    Parameters
    ----------
    groups : sequence of NamedTuple
        Groups of arrays with rows along the axis before the last, or None.
    rows : slice
        Which rows.

    Returns
    -------
    list of NamedTuple
        The same with views of the rows.
    """
    return [
        type(group)(*(None if each is None else each[..., rows, :] for each in group))
        for group in groups
    ]


def empty_rates(shape):
    """Return rates to be filled.

    Parameters
    ----------
    shape : tuple of int
        Shape of each array.

    Returns
    -------
    Rates
        With types, but without values.
    """
    return Rates(*(empty(shape, t) for t in ("f4", "u4", "f4", "f4", "f4")))


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _fit_rows(exposure, rate, rateints, nframes, method):
    """Fit all integrations of some rows, and write their rates."""
    flags, pixels = usable_pixels(exposure, nframes)
    integrations = [Rates(*planes) for planes in zip(*rateints, strict=True)]
    sums = _Sums(*np.zeros((4, *flags.shape)))
    exceptions = []
    for index, planes in enumerate(integrations):
        np.bitwise_or(flags, carried(exposure.groupdq[index]), out=planes.dq)
        exceptions.append(_fit_integration(exposure, index, pixels, method, planes, sums))
    noises = _noises(exposure, pixels, sums.median_rate / len(integrations))
    for planes, exceptional in zip(integrations, exceptions, strict=True):
        _finish(planes, *noises, exceptional.pieces, exceptional.migrated[:2])
    rate.data[...] = sums.weighted_slope / sums.read_weight
    rate.var_rnoise[...] = sums.read_weight
    rate.var_poisson[...] = sums.duration
    rate.dq[...] = np.bitwise_or.reduce(rateints.dq, axis=0) & ~np.uint32(dq.DO_NOT_USE)
    _finish(rate, *noises, NO_PIECES, _migrated_in_all(exceptions, sums.read_weight))


def usable_pixels(exposure, nframes):
    """Return the flags of the pixels before the fit, and what it needs to know of them.

    Parameters
    ----------
    exposure : Exposure
        What is fitted.
    nframes : int
        Frames averaged into a group.

    Returns
    -------
    flags : ndarray, shape (ny, nx), uint32
        Pixel flags, with NO_GAIN_VALUE where the gain is unknown.
    pixels : Pixels
        Images of the same shape; the gain is one where it is unknown.
    """
    bad_gain = ~is_positive(exposure.gain)
    read_variance = exposure.readnoise**2 / np.float32(2 * nframes)
    lost = bad_gain | ~is_positive(read_variance)
    lost |= exposure.pixeldq & (dq.DO_NOT_USE | dq.SATURATED) > 0
    flags = exposure.pixeldq | bad_gain * np.uint32(dq.NO_GAIN_VALUE)
    return flags, Pixels(np.where(bad_gain, np.float32(1), exposure.gain), read_variance, lost)


def is_positive(image):
    """Return where an image is a positive number.

    Parameters
    ----------
    image : ndarray, float
        Any values, NaN and infinity among them.

    Returns
    -------
    ndarray of the same shape, bool
    """
    return (image > 0) & np.isfinite(image)


def carried(groupdq):
    """Return the group flags that the products show.

    Parameters
    ----------
    groupdq : ndarray, shape (ngroups, ny, nx), uint8
        Group flags of one integration.

    Returns
    -------
    ndarray, shape (ny, nx), uint8
        SATURATED, JUMP_DET and PERSISTENCE of any group.
    """
    return np.bitwise_or.reduce(groupdq, axis=0) & np.uint8(CARRIED)


def _fit_integration(exposure, index, pixels, method, planes, sums):
    """Fit one integration into the planes of its rates, and add it to the sums."""
    zeroframe = None if exposure.zeroframe is None else exposure.zeroframe[index]
    lines = Lines(planes.data, planes.var_rnoise, planes.var_poisson)
    median_rate, exceptions = fit_integration(
        exposure.data[index], exposure.groupdq[index], zeroframe, pixels, method, out=lines
    )
    sums.weighted_slope[...] += np.multiply(lines.slope, lines.read_weight, dtype=np.float64)
    sums.read_weight[...] += lines.read_weight
    sums.duration[...] += lines.duration
    sums.median_rate[...] += median_rate
    return exceptions


def _noises(exposure, pixels, median_rate):
    """Return the read noise and the photon noise, to be divided by read_weight and duration."""
    electrons = np.maximum(median_rate, 0)
    if exposure.dark_current is not None:
        electrons = np.maximum(electrons + exposure.dark_current, 0)
    return 12 * pixels.read_variance, (electrons / pixels.gain).astype(np.float32)


def _finish(planes, read_noise, photon_noise, pieces, migrated):
    """Turn the weights that stand in for the variances into errors, and flag what has no fit."""
    lost = np.flatnonzero(planes.var_rnoise == 0)
    np.divide(read_noise, planes.var_rnoise, out=planes.var_rnoise)
    np.divide(photon_noise, planes.var_poisson, out=planes.var_poisson)
    np.add(planes.var_rnoise, planes.var_poisson, out=planes.err)
    rates = Rates(*(plane.reshape(-1) for plane in planes))
    _join_pieces(rates.err, read_noise.reshape(-1), photon_noise.reshape(-1), *pieces)
    np.sqrt(planes.err, out=planes.err)
    rates.data[lost] = np.nan
    rates.dq[lost] |= dq.DO_NOT_USE
    for plane in (rates.err, rates.var_poisson, rates.var_rnoise):
        plane[lost] = 0
    position, weight = migrated
    variance = read_noise.reshape(-1)[position] / weight
    rates.var_rnoise[position] = np.where(weight > 0, variance, 0)


def _join_pieces(variance, read_noise, photon_noise, position, read_weight, duration):
    """Put in the variance of slopes whose segments have different shares of both noises."""
    inverse = 1 / (read_noise[position] / read_weight + photon_noise[position] / duration)
    total = np.bincount(position, inverse, len(variance))
    joined = np.flatnonzero(total)
    variance[joined] = 1 / total[joined]


def _migrated_in_all(exceptions, read_weight):
    """Return the pixels that lost groups in any integration, and their weight if they had not."""
    position, missing = (np.concatenate([each.migrated[k] for each in exceptions]) for k in (0, 2))
    pixel, entry = np.unique(position, return_inverse=True)
    return pixel, read_weight.reshape(-1)[pixel] + np.bincount(entry, missing, len(pixel))
