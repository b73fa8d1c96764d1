"""Count rates of greatest likelihood, from the differences between neighbouring groups.

The covariance of the differences, by photons and by the read noise that neighbours share, is
known if the rate is; so the best rate is a mean weighted by its inverse. The same covariance
tells how well a ramp is straight, and so where it jumps.

References: Brandt (2024), PASP 136, 045004, DOI 10.1088/1538-3873/ad38d9, "Optimal Fitting and
Debiasing for Detectors Read Out Up-the-Ramp"; Brandt (2024), PASP 136, 045005,
DOI 10.1088/1538-3873/ad38da, "Likelihood-Based Jump Detection and Cosmic Ray Rejection for
Detectors Read Out Up-the-Ramp".
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels import dq, tridiagonal
from snakewebb.kernels.blocks import each, row_blocks
from snakewebb.kernels.plane_median import median_of_finite
from snakewebb.kernels.ramp_fit import (
    Exposure,
    Rates,
    carried,
    check_shapes,
    empty_rates,
    is_positive,
    some_rows,
)
from snakewebb.kernels.ramp_fit_segments import (
    Times,
    exclude_groups,
    fit_segments,
    times_of,
)
from snakewebb.kernels.ramp_fit_weights import pair_coefficients

BLOCK_SAMPLES = 1 << 16
"""Samples of one integration that are worked on at a time, to stay in the cache."""

SINGLE_DROP = 20.25
"""Drop of chi squared without a difference from which on it is a jump: 4.5 standard deviations."""

DOUBLE_DROP = 23.8
"""The same without two neighbours, for a jump within a group of several frames."""

FEWEST_TO_LOOK_AGAIN = 4
"""Differences that must be left to look for a second jump."""

FEWEST_LEFT = 2
"""Differences that must be left without a jump, to agree with each other."""

ROUNDS = 2
"""How often the rate of an exposure is averaged, each time with the noise of the last rate."""


class _Covariance(NamedTuple):
    """Covariance of the differences per second, by a rate of one photon and by one read."""

    duration: np.ndarray
    """Seconds between the mean times of neighbouring groups."""
    photon: np.ndarray
    photon_coupling: np.ndarray
    read: np.ndarray
    read_coupling: np.ndarray
    averaged: np.ndarray
    """Whether the group between two differences has several frames."""


class _Method(NamedTuple):
    """How to fit, the same for all pixels."""

    times: Times
    covariance: _Covariance
    nframes: int
    first: int
    stop: int
    suppress_one_group: bool


class _Pixels(NamedTuple):
    """What is known of each pixel before the fit."""

    gain: np.ndarray
    read_variance: np.ndarray
    dark_current: np.ndarray | float
    lost: np.ndarray


def fit_ramps_by_likelihood(
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
    r"""Fit the rates of all pixels, per integration and over all of them, and find jumps.

    Differences :math:`d` between neighbouring groups, per second, that a rate :math:`a` makes have
    the covariance :math:`C = a P / g + R^2 N / 2`, tridiagonal matrices :math:`P` of photon noise
    and :math:`N` of read noise with the gain :math:`g` and the noise :math:`R` of a difference of
    two frames. Of groups at mean times :math:`t_i`, with the photon noise that reads at times
    :math:`T_k` have, :math:`\tau_i = \sum_k (2 (n_i - k) + 1) T_k / n_i^2`, they are

    .. math:: P_{ii} = \frac{\tau_i + \tau_{i-1} - 2 t_{i-1}}{(t_i - t_{i-1})^2}, \quad
              P_{i,i+1} = \frac{t_i - \tau_i}{(t_i - t_{i-1}) (t_{i+1} - t_i)},

    and :math:`N` the same with :math:`1/n_i + 1/n_{i-1}` and :math:`-1/n_i` above the bars. The
    rate is :math:`1^T C^{-1} d / 1^T C^{-1} 1`, first with the median of all differences for
    :math:`a`, then with the rate found so, plus the dark current; what is negative counts as zero.
    It is not debiased.

    With :math:`C` for the median, a difference is a jump if chi squared would drop by more than
    20.25 without it, and two neighbours, of groups of several frames, if it would by more than
    23.8 without them. That which drops furthest beyond its limit is left out, and so on; two
    differences must be left, and four to look for another jump.

    The rate of an exposure is the mean of those of integrations weighted by the inverse of their
    variances, with the photon noise scaled to a common rate: the median at first, then the mean
    found so.

    Parameters
    ----------
    data : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Linear ramps. Groups that are not finite are not used.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Any flag excludes the group, and so the differences on both sides.
    pixeldq : ndarray, shape (ny, nx), uint32
        Flags to go with the rates; they exclude nothing.
    gain : ndarray, shape (ny, nx), float32, electrons per DN
        A pixel whose gain is not a positive number is excluded.
    readnoise : ndarray, shape (ny, nx), float32, DN
        Noise of a difference of two frames. A pixel where it is zero or not a number is excluded.
    group_time, frame_time : float, s
        Time from group to group, and from frame to frame.
    nframes : int
        Frames averaged into a group.
    dark_current : ndarray, shape (ny, nx), float32, DN/s, optional
        Dark current that was subtracted, whose photon noise remains.
    zeroframe : ndarray, shape (nints, ny, nx), float32, DN, optional
        First frame of each integration, which is taken out of the first group and put before it
        if groups have several; zero and NaN mean that there is none.
    groups : (int, int or None)
        First group to use and the one after the last.
    suppress_one_group : bool
        Give no rate to ramps without a difference to use. Otherwise they are fitted as
        `ramp_fit.fit_ramps` does.

    Returns
    -------
    rate : Rates, shape (ny, nx)
        Of all integrations.
    rateints : Rates, shape (nints, ny, nx)
        Of each integration. Where there is no fit the rate and its errors are NaN and the flag
        DO_NOT_USE is set; a pixel of unknown gain has NO_GAIN_VALUE too. SATURATED, JUMP_DET
        and PERSISTENCE of any group show, and JUMP_DET where a jump was found. In `rate`
        DO_NOT_USE needs all integrations.
    chi_squared : ndarray, shape (ny, nx), float32
        Sum over integrations; NaN if one of them has no difference to use.

    Raises
    ------
    ValueError
        If shapes disagree, or there are less than two groups to use.
    """
    exposure = Exposure(data, groupdq, pixeldq, gain, readnoise, dark_current, zeroframe)
    check_shapes(exposure)
    nints, ngroups, ny, nx = data.shape
    first, stop, _ = slice(*groups).indices(ngroups)
    if stop - first < 2:
        raise ValueError(f"less than two groups to use: groups {groups} of {ngroups}")
    times = times_of(group_time, frame_time, nframes)
    apart = zeroframe is not None and nframes > 1
    covariance = _covariance(ngroups, nframes, times, apart)
    method = _Method(times, covariance, nframes, first, stop, suppress_one_group)
    rate, rateints = empty_rates((ny, nx)), empty_rates((nints, ny, nx))
    chi_squared = np.empty((ny, nx), np.float32)

    def fit(rows):
        _fit_rows(*some_rows((exposure, rate, rateints), rows), chi_squared[rows], method)

    each(fit, row_blocks(ny, nx, pixels=BLOCK_SAMPLES // ngroups))
    return rate, rateints, chi_squared


def _covariance(ngroups, nframes, times, apart):
    """Return the covariance of differences, of a first frame too if it stands apart."""
    reads = [
        group * times.group + times.frame * np.arange(1, nframes + 1) for group in range(ngroups)
    ]
    if apart:
        reads[:1] = np.split(reads[0], [1])
    number = np.array([len(group) for group in reads])
    mean = np.array([group.mean() for group in reads])
    photon = [(2 * np.arange(len(group))[::-1] + 1) @ group / len(group) ** 2 for group in reads]
    photon = np.array(photon)
    duration = np.diff(mean)
    both = duration[1:] * duration[:-1]
    return _Covariance(
        duration,
        (photon[1:] + photon[:-1] - 2 * mean[:-1]) / duration**2,
        (mean - photon)[1:-1] / both,
        (1 / number[1:] + 1 / number[:-1]) / duration**2,
        -1 / number[1:-1] / both,
        number[1:-1] > 1,
    )


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _fit_rows(exposure, rate, rateints, chi_squared, method):
    """Fit all integrations of some rows, and write their rates."""
    flags, pixels = _pixels(exposure)
    chi_squared[...] = 0
    for index, planes in enumerate(zip(*rateints, strict=True)):
        planes = Rates(*planes)
        np.bitwise_or(flags, carried(exposure.groupdq[index]), out=planes.dq)
        values, good = _groups(exposure, index, method)
        good &= ~pixels.lost
        chi_squared += _fit_integration(values, good, pixels, method, planes)
        if not method.suppress_one_group:
            _fit_without_differences(exposure, index, pixels, method, planes)
        np.sqrt(planes.var_poisson + planes.var_rnoise, out=planes.err)
        planes.dq[np.isnan(planes.data)] |= dq.DO_NOT_USE
    _average(rateints, rate)


def _pixels(exposure):
    """Return the flags of the pixels before the fit, and what it needs to know of them."""
    bad_gain = ~is_positive(exposure.gain)
    read_variance = exposure.readnoise.astype(np.float64) ** 2 / 2
    lost = bad_gain | ~is_positive(read_variance)
    flags = exposure.pixeldq | bad_gain * np.uint32(dq.NO_GAIN_VALUE)
    dark_current = 0.0 if exposure.dark_current is None else exposure.dark_current
    gain = np.where(bad_gain, np.float32(1), exposure.gain)
    return flags, _Pixels(gain, read_variance, dark_current, lost)


def _groups(exposure, index, method):
    """Return the groups of an integration, and which are good; a first frame may lead them."""
    values, good = exposure.data[index], exposure.groupdq[index] == 0
    good[: method.first] = good[method.stop :] = False
    good &= np.isfinite(values)
    if len(method.covariance.duration) < len(values):
        return values, good
    frame, number = exposure.zeroframe[index], method.nframes
    rest = (values[0] * np.float32(number) - frame) / np.float32(number - 1)
    known = np.isfinite(frame) & (frame != 0)
    return (
        np.concatenate([[frame], [rest], values[1:]]),
        np.concatenate([[known & good[0]], [known & good[0]], good[1:]]),
    )


def _fit_integration(values, good, pixels, method, planes):
    """Fit one integration into the planes of its rates, and return chi squared."""
    covariance = method.covariance
    differences = np.subtract(values[1:], values[:-1]).astype(np.float64)
    differences /= covariance.duration[:, np.newaxis, np.newaxis]
    usable = good[1:] & good[:-1]
    guess = median_of_finite(differences.copy())
    np.copyto(differences, 0, where=~usable)
    noise = _noise(covariance, np.maximum(guess, 0) / pixels.gain, pixels.read_variance)
    fitted = tridiagonal.mean(tridiagonal.factorise(differences, usable, *noise))
    rate = fitted.value
    odd = np.nonzero(fitted.chi_squared > SINGLE_DROP)
    if len(odd[0]):
        chosen = [each[:, *odd] for each in (differences, usable, *noise)]
        jumps, rate[odd] = _find_jumps(*chosen, averaged=covariance.averaged)
        usable[:, *odd] = chosen[1]
        planes.dq[odd] |= jumps * np.uint32(dq.JUMP_DET)
    photons = (np.maximum(rate, 0) + pixels.dark_current) / pixels.gain
    noise = _noise(covariance, photons, pixels.read_variance)
    factors = tridiagonal.factorise(differences, usable, *noise)
    fitted = tridiagonal.mean(factors)
    planes.data[...] = fitted.value
    weights = tridiagonal.solve(factors, factors.ones)
    weights *= fitted.variance
    photon_share, read_share = _shares(weights, covariance)
    np.multiply(photon_share, np.maximum(photons, 0), out=planes.var_poisson)
    np.multiply(read_share, pixels.read_variance, out=planes.var_rnoise)
    return np.where(np.isnan(fitted.value), np.nan, fitted.chi_squared)


def _noise(covariance, photons, read_variance):
    """Return variances and covariances of neighbouring differences, of each pixel."""
    photons = np.maximum(photons, 0)
    pairs = (
        (covariance.photon, covariance.read),
        (covariance.photon_coupling, covariance.read_coupling),
    )
    return [np.multiply.outer(a, photons) + np.multiply.outer(b, read_variance) for a, b in pairs]


def _shares(weights, covariance):
    """Return the variances of a weighted mean by a rate of one photon and by one read."""
    photon, read = np.zeros((2, *weights.shape[1:]))
    for i, weight in enumerate(weights):
        square = weight * weight
        photon += covariance.photon[i] * square
        read += covariance.read[i] * square
        if i:
            np.multiply(weight, weights[i - 1], out=square)
            photon += 2 * covariance.photon_coupling[i - 1] * square
            read += 2 * covariance.read_coupling[i - 1] * square
    return photon, read


def _find_jumps(differences, usable, diagonal, coupling, *, averaged):
    """Exclude jumps from `usable`; return where there are any, and the rates without them.

    All arrays have one column for each ramp.
    """
    rate, jumps = np.empty(usable.shape[1]), np.zeros(usable.shape[1], bool)
    ramp, fewest = np.arange(usable.shape[1]), FEWEST_LEFT + 1
    while len(ramp):
        chosen = [each[:, ramp] for each in (differences, usable, diagonal, coupling)]
        factors = tridiagonal.factorise(*chosen)
        fitted = tridiagonal.mean(factors)
        rate[ramp] = fitted.value
        jump = _worst_jump(factors, fitted, chosen[1], fewest, averaged)
        usable[:, ramp] = chosen[1] & ~jump
        ramp, fewest = ramp[jump.any(axis=0)], FEWEST_TO_LOOK_AGAIN
        jumps[ramp] = True
    return jumps, rate


def _worst_jump(factors, fitted, usable, fewest, averaged):
    """Return the differences to leave out as the worst jump of each ramp, if it has one."""
    left = usable.sum(axis=0)
    single, double = tridiagonal.drops(factors, fitted)
    in_pairs = usable[1:] & usable[:-1] & (left >= FEWEST_LEFT + 2) & averaged[:, np.newaxis]
    excess = np.concatenate([single - SINGLE_DROP, double - DOUBLE_DROP])
    allowed = np.concatenate([usable, in_pairs]) & (left >= fewest) & (excess > 0)
    excess[~allowed] = 0
    worst = excess.argmax(axis=0)
    first, width = worst % len(usable), 1 + worst // len(usable)
    place = np.arange(len(usable))[:, np.newaxis]
    return (place >= first) & (place < first + width) & allowed.any(axis=0)


def _fit_without_differences(exposure, index, pixels, method, planes):
    """Fit ramps without a difference to use as those of single groups."""
    ramp = np.nonzero(np.isnan(planes.data) & ~pixels.lost)
    flags = exposure.groupdq[index][:, *ramp]
    exclude_groups(flags, method.first, method.stop)
    gain, read_variance = pixels.gain[ramp], pixels.read_variance[ramp].astype(np.float32)
    fit = fit_segments(
        exposure.data[index][:, *ramp],
        flags,
        gain,
        read_variance / np.float32(method.nframes),
        None if exposure.zeroframe is None else exposure.zeroframe[index][ramp],
        times=method.times,
        coefficients=pair_coefficients(len(flags)),
        suppress_one_group=False,
    )
    dark_current = np.broadcast_to(pixels.dark_current, pixels.lost.shape)[ramp]
    electrons = np.maximum(np.maximum(fit.median_rate, 0) + dark_current, 0)
    have = fit.read_weight > 0
    planes.data[ramp] = np.where(have, fit.slope, np.nan)
    planes.var_poisson[ramp] = np.where(have, electrons / gain / fit.duration, np.nan)
    variance = 12 * read_variance / method.nframes / fit.read_weight
    planes.var_rnoise[ramp] = np.where(have, variance, np.nan)


def _average(rateints, rate):
    """Put the mean rates of the exposure into images."""
    rate.dq[...] = np.bitwise_or.reduce(rateints.dq, axis=0) & ~np.uint32(dq.DO_NOT_USE)
    if len(rateints.data) == 1:
        for image, cube in zip(rate, rateints, strict=True):
            image[...] = cube[0]
        return
    fitted = np.isfinite(rateints.data)
    count = fitted.sum(axis=0, dtype=np.uint16)
    slope = np.where(fitted, rateints.data, 0).astype(np.float64)
    read = np.where(fitted, rateints.var_rnoise, np.inf).astype(np.float64)
    share = np.divide(rateints.var_poisson, slope, out=np.zeros_like(slope), where=slope != 0)
    mean = median_of_finite(np.where(fitted, slope, np.inf))
    for _ in range(ROUNDS):
        photon = np.maximum(share * mean, 0)
        weight = 1 / (photon + read)
        weight /= weight.sum(axis=0)
        mean = (weight * slope).sum(axis=0)
    rate.data[...] = mean
    rate.var_poisson[...] = (weight**2 * photon).sum(axis=0)
    rate.var_rnoise[...] = (weight**2 * np.where(fitted, read, 0)).sum(axis=0)
    np.sqrt(rate.var_poisson + rate.var_rnoise, out=rate.err)
    lost = count == 0
    rate.dq[lost] |= dq.DO_NOT_USE
    for plane in (rate.data, rate.err, rate.var_poisson, rate.var_rnoise):
        plane[lost] = np.nan
