"""Fits of the segments of ramps one by one, which the rates are made of.

Reference: JWST pipeline documentation, "Ramp Fitting", optional product.
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels import dq
from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.ramp_fit import (
    Exposure,
    check_shapes,
    is_positive,
    some_rows,
    usable_pixels,
)
from snakewebb.kernels.ramp_fit_segments import (
    Times,
    exclude_groups,
    find_groups,
    find_segments,
    fit_segments,
    segment_kinds,
    segment_slopes,
    segment_weights,
    times_of,
)
from snakewebb.kernels.ramp_fit_weights import EXPONENTS, pair_coefficients, pair_sums

BLOCK_SAMPLES = 1 << 18
"""Samples of one integration that are worked on at a time."""


class Details(NamedTuple):
    """Fits of segments, shape (nints, nsegments, ny, nx), float32; zero where there is none.

    Those of pixels of unknown gain or read noise are NaN, without weight.
    """

    slope: np.ndarray
    """Slope, DN/s."""
    sigslope: np.ndarray
    """Its standard deviation by read noise, electrons per group; zero for single groups."""
    var_poisson: np.ndarray
    """Variance of the slope by photon noise, (DN/s)²."""
    var_rnoise: np.ndarray
    """Variance of the slope by read noise, (DN/s)²."""
    yint: np.ndarray
    """Value of the line at the first group of the ramp, DN; zero for single groups."""
    sigyint: np.ndarray
    """Its standard deviation by read noise, electrons; zero for single groups."""
    pedestal: np.ndarray
    """First group, or first frame where it is used, less the rate times half of the time of its
    frames plus one, in units of the group time, shape (nints, ny, nx); zero where it is saturated
    or there is no rate."""
    weights: np.ndarray
    """Inverse of `var_rnoise`; zero where that is."""
    crmag: np.ndarray
    """Rise into each group with a jump, DN, in order, shape (nints, njumps, ny, nx); NaN beside
    saturated groups."""


class _Lines(NamedTuple):
    """Fits of segments, one value each."""

    ramp: np.ndarray
    place: np.ndarray
    slope: np.ndarray
    sigslope: np.ndarray
    read_weight: np.ndarray
    duration: np.ndarray
    yint: np.ndarray
    sigyint: np.ndarray


class _Method(NamedTuple):
    """How to fit, the same for all pixels."""

    times: Times
    coefficients: np.ndarray
    sums: tuple
    first: int
    stop: int
    suppress_one_group: bool
    nframes: int


def fit_details(
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
    r"""Return the fits of all segments, which `ramp_fit.fit_ramps` makes rates of.

    With the weights :math:`w_i` of samples at a distance :math:`h_i` from the middle of a segment,
    whose middle is :math:`x` groups after the first of the ramp, the gain :math:`g`, and the read
    noise :math:`R` of a difference of frames of which a group averages :math:`N`, the standard
    deviations by read noise of slope and intercept are

    .. math:: \frac{g R}{\sqrt{2 N \sum_i w_i h_i^2}}, \quad
              g R \sqrt{\frac{1}{2 N} \left(\frac{1}{\sum_i w_i} +
              \frac{x^2}{\sum_i w_i h_i^2}\right)},

    and both :math:`g R / \sqrt{N}` for a segment of two groups. Slopes and variances are those
    that `ramp_fit.fit_ramps` describes.

    Parameters
    ----------
    data, groupdq, pixeldq, gain, readnoise : ndarray
        As for `ramp_fit.fit_ramps`. Segments of pixels that are not to be used are fitted as well.
    group_time, frame_time, nframes, dark_current, zeroframe, groups, suppress_one_group : object
        As for `ramp_fit.fit_ramps`.

    Returns
    -------
    Details
        With room for the largest number of segments and of jumps of any ramp, at least one
        segment.

    Raises
    ------
    ValueError
        If shapes disagree.
    """
    exposure = Exposure(data, groupdq, pixeldq, gain, readnoise, dark_current, zeroframe)
    check_shapes(exposure)
    nints, ngroups, ny, nx = data.shape
    first, stop, _ = slice(*groups).indices(ngroups)
    times = times_of(group_time, frame_time, nframes)
    method = _Method(
        times,
        pair_coefficients(ngroups),
        pair_sums(ngroups),
        first,
        stop,
        suppress_one_group,
        nframes,
    )
    nsegments, njumps = 1, 0
    blocks = []
    for rows in row_blocks(ny, nx, pixels=max(BLOCK_SAMPLES // ngroups, nx)):
        found = _fit_rows(some_rows([exposure], rows)[0], method)
        blocks.append((rows, found))
        nsegments = max(nsegments, *(each.slope.shape[0] for each in found))
        njumps = max(njumps, *(each.crmag.shape[0] for each in found))
    return _assembled(blocks, nsegments, njumps, (nints, ny, nx))


def _assembled(blocks, nsegments, njumps, shape):
    """Return the details of blocks of rows as one."""
    nints, *image = shape
    sizes = Details(*6 * [(nints, nsegments)], (nints,), (nints, nsegments), (nints, njumps))
    details = Details(*(np.zeros((*size, *image), np.float32) for size in sizes))
    for rows, found in blocks:
        for index, each in enumerate(found):
            for whole, part in zip(details, each, strict=True):
                if part.ndim == len(image):
                    whole[index, rows] = part
                else:
                    whole[index, : len(part), rows] = part
    return details


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def _fit_rows(exposure, method):
    """Return the details of each integration of some rows."""
    _, pixels = usable_pixels(exposure, method.nframes)
    gain, read_variance = pixels.gain.reshape(-1), pixels.read_variance.reshape(-1)
    known = is_positive(read_variance) & is_positive(exposure.gain.reshape(-1))
    fits, signal = [], 0
    for index, ramps in enumerate(exposure.data):
        values = ramps.reshape(len(ramps), -1)
        flags = exposure.groupdq[index].reshape(values.shape).copy()
        exclude_groups(flags, method.first, method.stop)
        zeroframe = None if exposure.zeroframe is None else exposure.zeroframe[index].reshape(-1)
        fit, lines, alone = _fit_lines(values, flags, gain, read_variance, zeroframe, method)
        first = values[0] if zeroframe is None else np.where(alone, zeroframe, values[0])
        fits.append((values, flags, first, fit, _without_unknown(lines, known)))
        signal = signal + fit.median_rate
    electrons = np.maximum(signal / len(fits), 0)
    if exposure.dark_current is not None:
        electrons = np.maximum(electrons + exposure.dark_current.reshape(-1), 0)
    noises = 12 * read_variance, electrons / gain
    return [_details(*fit, noises, pixels.lost, method.times) for fit in fits]


def _without_unknown(lines, known):
    """Return lines that are unknown, without weight, where gain or read noise are."""
    unknown = ~known[lines.ramp]
    values = {
        name: np.where(unknown, np.nan, getattr(lines, name))
        for name in ("slope", "sigslope", "yint", "sigyint")
    }
    read_weight = np.where(unknown, np.inf, lines.read_weight)
    return lines._replace(
        **values, read_weight=read_weight, duration=np.where(unknown, np.nan, lines.duration)
    )


def _fit_lines(values, flags, gain, read_variance, zeroframe, method):
    """Return the fits of ramps, of their segments, and which ramps have no good group."""
    fit = fit_segments(
        values,
        flags,
        gain,
        read_variance,
        zeroframe,
        times=method.times,
        coefficients=method.coefficients,
        suppress_one_group=method.suppress_one_group,
    )
    groups = find_groups(values, flags, suppress_one_group=method.suppress_one_group)
    several = _of_segments(values, groups, gain, read_variance, method)
    single = _of_single_groups(fit, several.ramp)
    lines = _Lines(*(np.concatenate(pair) for pair in zip(several, single, strict=True)))
    return fit, lines, groups.number_good == 0


def _of_segments(values, groups, gain, read_variance, method):
    """Return the fits of segments of two or more groups."""
    segments = find_segments(groups.continues)
    kind = segment_kinds(values, segments, gain, read_variance)
    slope = segment_slopes(values, segments, kind, method.coefficients)
    level, errors = _intercepts(values, segments, kind, slope, method)
    noise = (gain * np.sqrt(read_variance))[segments.ramp]
    return _Lines(
        segments.ramp,
        _places(segments.ramp),
        slope / method.times.group,
        noise * errors[0],
        *segment_weights(segments, method.times),
        level,
        noise * errors[1],
    )


def _of_single_groups(fit, fitted):
    """Return the fits of the ramps that have a rate, but are not among those fitted."""
    ramp = np.setdiff1d(np.flatnonzero(fit.read_weight > 0), fitted)
    zero = np.zeros(len(ramp), int)
    weights = fit.read_weight[ramp], fit.duration[ramp]
    return _Lines(ramp, zero, fit.slope[ramp], zero, *weights, zero, zero)


def _places(ramp):
    """Return how many entries of the same ramp come before each."""
    order = np.argsort(ramp, kind="stable")
    ordered = ramp[order]
    place = np.empty(len(ramp), int)
    place[order] = np.arange(len(ramp)) - np.searchsorted(ordered, ordered)
    return place


def _intercepts(values, segments, kind, slope, method):
    """Return the lines at the first group, and the errors of slope and intercept by unit noise."""
    number, nramps = values.shape
    groups, middle = values.reshape(-1), (segments.length - 1) / 2
    centre = segments.start // nramps + middle
    total = np.zeros(len(slope))
    for group in range(number):
        have = np.flatnonzero(segments.length > group)
        share = np.abs(group - middle[have]) / middle[have]
        weight = share ** np.array(EXPONENTS)[kind[have]]
        total[have] += weight * groups[segments.start[have] + group * nramps]
    weight, lever = (each[segments.length, kind] for each in method.sums)
    of_intercept = np.sqrt(1 / weight + centre**2 / lever)
    of_intercept[segments.length == 2] = np.sqrt(2)
    return total / weight - slope * centre, (1 / np.sqrt(lever), of_intercept)


def _details(values, flags, first, fit, lines, noises, lost, times):
    """Return the details of one integration."""
    shape = lost.shape
    read_noise, photon_noise = (noise[lines.ramp] for noise in noises)
    var_rnoise = read_noise / lines.read_weight
    columns = (
        lines.slope,
        lines.sigslope,
        photon_noise / lines.duration,
        var_rnoise,
        lines.yint,
        lines.sigyint,
        np.where(var_rnoise > 0, 1 / var_rnoise, 0),
    )
    planes = [_planes(lines.ramp, lines.place, column, shape) for column in columns]
    jump = (flags[1:] & dq.JUMP_DET) > 0
    saturated = (flags & dq.SATURATED) > 0
    rise = np.where(saturated[1:] | saturated[:-1], np.nan, values[1:] - values[:-1])
    group, ramp = np.nonzero(jump)
    crmag = _planes(ramp, _places(ramp), rise[group, ramp], shape)
    pedestal = first - fit.slope * times.first_group / times.group
    fitted = (fit.read_weight > 0) & ~lost.reshape(-1)
    pedestal = np.where(fitted, pedestal, 0)
    return Details(*planes[:6], pedestal.reshape(shape).astype(np.float32), planes[6], crmag)


def _planes(ramp, place, values, shape):
    """Return images of values of ramps, as many as any ramp has."""
    planes = np.zeros((place.max(initial=-1) + 1, shape[0] * shape[1]), np.float32)
    planes[place, ramp] = values
    return planes.reshape(-1, *shape)
