"""Straight lines through ramps that jumps and flags cut into segments.

A segment is a run of usable groups. A group with a jump begins the next one; saturated and
unusable groups belong to none.

Reference: JWST pipeline documentation, "Ramp Fitting".
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels import dq
from snakewebb.kernels.plane_median import plane_median
from snakewebb.kernels.ramp_fit_weights import EXPONENTS, exponent_index

MIGRATED = dq.CHARGELOSS | dq.DO_NOT_USE
"""Groups that charge migration took from the fit, but not from the variance of the read noise."""


class Times(NamedTuple):
    """Seconds that differences and single groups stand for."""

    group: float
    """From a group to the next."""
    first_group: float
    """From the reset to the mean time of the first group's frames."""
    frame: float
    """From the reset to the first frame."""


class Segments(NamedTuple):
    """Segments of two or more groups, of many ramps."""

    ramp: np.ndarray
    """Number of the ramp."""
    start: np.ndarray
    """Position of the first group in the flattened groups of all ramps."""
    stop: np.ndarray
    """Position of the last group, itself included."""
    length: np.ndarray
    """Number of groups."""


class Groups(NamedTuple):
    """What the groups of ramps are, shape (ngroups, nramps)."""

    usable: np.ndarray
    """Whether each belongs to a segment."""
    good: np.ndarray
    """Whether it does and has no flag."""
    continues: np.ndarray
    """Whether each but the first goes on with the segment of the one before."""
    number_good: np.ndarray
    """Number of groups without a flag of each ramp, before any is suppressed."""


class SegmentFit(NamedTuple):
    """Fits of ramps, one value per ramp.

    The variances of a slope are inversely proportional to two sums over its segments, which is
    all that their combination needs.
    """

    slope: np.ndarray
    """Counts per second; zero where there is no fit."""
    read_weight: np.ndarray
    """Sum of (n³ - n) t² over segments of n groups spaced by t; zero where there is no fit."""
    duration: np.ndarray
    """Sum of (n - 1) t over the same; zero where there is no fit."""
    median_rate: np.ndarray
    """Median of the differences of usable neighbours, in counts per second."""
    pieces: tuple
    """Segments of ramps that have several: number of the ramp, read_weight and duration."""


def times_of(group_time, frame_time, nframes):
    """Return the times of ramps.

    Parameters
    ----------
    group_time, frame_time : float, s
        Time from group to group, and from frame to frame.
    nframes : int
        Frames averaged into a group.

    Returns
    -------
    Times
        What differences and single groups stand for.
    """
    frame = float(frame_time)
    return Times(float(group_time), (nframes + 1) * frame / 2, frame)


def exclude_groups(flags, first, stop):
    """Flag the groups that are not to be used DO_NOT_USE, in place.

    Parameters
    ----------
    flags : ndarray, shape (ngroups, nramps), uint8
        Group flags.
    first, stop : int
        First group to use and the one after the last.
    """
    flags[:first] |= dq.DO_NOT_USE
    flags[stop:] |= dq.DO_NOT_USE


def read_weight(length, time):
    """Return what the read-noise variance of a slope is inversely proportional to.

    Parameters
    ----------
    length : int or ndarray of int
        Number of groups `n`.
    time : float or ndarray, s
        Time `t` from group to group.

    Returns
    -------
    float or ndarray, s squared
        ``(n**3 - n) * t**2``.
    """
    return (length**3 - length) * time**2


def fit_segments(
    values, flags, gain, read_variance, zeroframe, *, times, coefficients, suppress_one_group=True
):
    """Fit the segments of ramps, and combine them ramp by ramp.

    Segments of two or more groups count by the inverse of their read-noise variance. A ramp that
    has none takes its first good group: over the mean time of that group's frames if it is the
    only good one and the first of the ramp, else over the group time.

    Parameters
    ----------
    values : ndarray, shape (ngroups, nramps), float32, DN
        What is not finite is not used.
    flags : ndarray, shape (ngroups, nramps), uint8
        Group flags. SATURATED in the first group rejects the ramp.
    gain : ndarray, shape (nramps,), float32, electrons per DN
        Not zero.
    read_variance : ndarray, shape (nramps,), float32, DN squared
        Of the read noise of one group.
    zeroframe : ndarray, shape (nramps,), float32, DN, or None
        First frame, for ramps without any good group; zero and NaN mean that there is none.
    times : Times
        What differences and single groups are divided by.
    coefficients : ndarray
        From `ramp_fit_weights.pair_coefficients`.
    suppress_one_group : bool
        Reject ramps with only one good group of several, and do not use `zeroframe`.

    Returns
    -------
    SegmentFit
        One value per ramp.
    """
    groups = find_groups(values, flags, suppress_one_group=suppress_one_group)
    usable, good, continues, number_good = groups
    segments = find_segments(continues)
    weights = segment_weights(segments, times)
    kind = segment_kinds(values, segments, gain, read_variance)
    slopes = segment_slopes(values, segments, kind, coefficients) / times.group
    first = np.where(usable[0], values[0], np.float32(0))
    median_rate = _median_difference(values, continues, first) / times.group
    fit = _combine(segments, weights, slopes, median_rate)
    _take_single_groups(fit, values, good, times)
    if zeroframe is not None and not suppress_one_group:
        _take_zeroframe(fit, np.where(number_good == 0, zeroframe, np.float32(0)), times)
    return fit


def read_weight_without_migration(values, flags, *, times):
    """Return the read-noise weights of ramps as if charge migration had taken no groups.

    Parameters
    ----------
    values : ndarray, shape (ngroups, nramps), float32, DN
        What is not finite is not used.
    flags : ndarray, shape (ngroups, nramps), uint8
        Group flags.
    times : Times
        As for `fit_segments`.

    Returns
    -------
    ramps : ndarray of int
        Numbers of the ramps that lost groups to charge migration.
    read_weight : ndarray, float64, s squared
        Their weight if they had not; zero where there is no good group even so.
    """
    migrated = (flags & MIGRATED) == MIGRATED
    ramps = np.flatnonzero(migrated.any(axis=0))
    restored = flags[:, ramps] & ~(migrated[:, ramps] * np.uint8(MIGRATED))
    usable, good, jump = _usable_groups(values[:, ramps], restored)
    segments = find_segments(usable[1:] & usable[:-1] & ~jump[1:])
    weight = _sums(segments, segment_weights(segments, times)[0], len(ramps))
    weight[(weight == 0) & good.any(axis=0)] = read_weight(2, times.group)
    return ramps, weight


def _usable_groups(values, flags):
    """Return which groups belong to a segment, which of them have no flag, and which a jump."""
    present = np.isfinite(values)
    present &= (flags[0] & dq.SATURATED) == 0
    flags = flags & ~np.uint8(dq.PERSISTENCE)
    good = (flags == 0) & present
    jump = (flags == dq.JUMP_DET) & present
    return good | jump, good, jump


def find_groups(values, flags, *, suppress_one_group):
    """Return which groups take part in the fits of ramps.

    Parameters
    ----------
    values : ndarray, shape (ngroups, nramps), float32, DN
        What is not finite is not used.
    flags : ndarray, shape (ngroups, nramps), uint8
        Group flags.
    suppress_one_group : bool
        Reject ramps with only one good group of several.

    Returns
    -------
    Groups
        What each group is.
    """
    usable, good, jump = _usable_groups(values, flags)
    number_good = good.sum(axis=0, dtype=np.uint16)
    if suppress_one_group and len(values) > 1:
        usable &= number_good != 1
        good &= number_good != 1
    return Groups(usable, good, usable[1:] & usable[:-1] & ~jump[1:], number_good)


def find_segments(continues):
    """Return the segments of two or more groups.

    Parameters
    ----------
    continues : ndarray, shape (ngroups - 1, nramps), bool
        Whether each group but the first goes on with the segment of the one before.

    Returns
    -------
    Segments
        In order of their last groups.
    """
    number, nramps = continues.shape
    start = np.arange((number + 1) * nramps).reshape(number + 1, nramps)
    for group in range(number):
        np.copyto(start[group + 1], start[group], where=continues[group])
    ends = continues.copy()
    ends[:-1] &= ~continues[1:]
    stop = np.flatnonzero(ends) + nramps
    start = start.reshape(-1)[stop]
    return Segments(stop % nramps, start, stop, (stop - start) // nramps + 1)


def segment_kinds(values, segments, gain, read_variance):
    """Return the exponents that suit segments.

    Parameters
    ----------
    values : ndarray, shape (ngroups, nramps), float32, DN
        Groups of the ramps.
    segments : Segments
        Segments of the ramps.
    gain, read_variance : ndarray, shape (nramps,), float32
        As for `fit_segments`.

    Returns
    -------
    ndarray of int
        Position in ``EXPONENTS`` of each.
    """
    groups = values.reshape(-1)
    rise = groups[segments.stop] - groups[segments.start]
    return exponent_index(rise, gain[segments.ramp], read_variance[segments.ramp])


def segment_slopes(values, segments, kind, coefficients):
    """Return the slopes of segments.

    Parameters
    ----------
    values : ndarray, shape (ngroups, nramps), float32, DN
        Groups of the ramps.
    segments : Segments
        Segments of the ramps.
    kind : ndarray of int
        From `segment_kinds`.
    coefficients : ndarray
        From `ramp_fit_weights.pair_coefficients`.

    Returns
    -------
    ndarray of float32
        Slope of each, DN per group.
    """
    number, nramps = values.shape
    order = np.argsort((number - segments.length).astype(np.uint16), kind="stable")
    _, start, stop, length = (each[order] for each in segments)
    groups = values.reshape(-1)
    kind = length * len(EXPONENTS) + kind[order]
    slope = np.zeros(len(order), np.float32)
    for pair, coefficient in enumerate(coefficients):
        have = slice(np.searchsorted(-length, -2 * (pair + 1), side="right"))
        difference = groups[stop[have] - pair * nramps] - groups[start[have] + pair * nramps]
        slope[have] += coefficient.take(kind[have]) * difference
    slopes = np.empty_like(slope)
    slopes[order] = slope
    return slopes


def segment_weights(segments, times):
    """Return what the variances of the slopes of segments are inversely proportional to.

    Parameters
    ----------
    segments : Segments
        Segments of ramps.
    times : Times
        As for `fit_segments`.

    Returns
    -------
    read_weight : ndarray
        As in `SegmentFit`, of each segment.
    duration : ndarray
        As in `SegmentFit`, of each segment.
    """
    return read_weight(segments.length, times.group), (segments.length - 1) * times.group


def _sums(segments, values, nramps):
    """Return the sum over the segments of each ramp."""
    return np.bincount(segments.ramp, values, nramps).astype(np.float64, copy=False)


def _median_difference(values, continues, otherwise):
    """Return the median difference inside segments, or something else where there is none."""
    count = continues.sum(axis=0, dtype=np.uint16)
    if not count.any():
        return otherwise
    with np.errstate(invalid="ignore"):
        differences = np.subtract(values[1:], values[:-1], dtype=np.float64)
    differences[~continues] = np.inf
    return np.where(count > 0, plane_median(differences, np.maximum(count, 1)), otherwise)


def _combine(segments, weights, slopes, median_rate):
    """Return the fits of ramps by their segments."""
    nramps = len(median_rate)
    total_weight, duration = (_sums(segments, each, nramps) for each in weights)
    weighted = _sums(segments, weights[0] * slopes, nramps)
    slope = np.divide(weighted, total_weight, where=total_weight > 0, out=weighted)
    several = np.bincount(segments.ramp, minlength=nramps)[segments.ramp] > 1
    pieces = tuple(each[several] for each in (segments.ramp, *weights))
    return SegmentFit(slope, total_weight, duration, median_rate, pieces)


def _take_single_groups(fit, values, good, times):
    """Put the first good group into the fits of ramps without a segment of two or more."""
    ramp = np.flatnonzero((fit.read_weight == 0) & good.any(axis=0))
    group = good[:, ramp].argmax(axis=0)
    alone = (group == 0) & (good[:, ramp].sum(axis=0) == 1)
    time = np.where(alone, times.first_group, times.group)
    fit.slope[ramp] = values[group, ramp] / time.astype(np.float32)
    fit.read_weight[ramp] = read_weight(2, time)
    fit.duration[ramp] = time
    fit.median_rate[ramp[alone]] = fit.slope[ramp[alone]]


def _take_zeroframe(fit, zeroframe, times):
    """Put the first frame into the fits of ramps that have one and nothing else."""
    ramp = np.flatnonzero(np.isfinite(zeroframe) & (zeroframe != 0))
    fit.slope[ramp] = fit.median_rate[ramp] = zeroframe[ramp] / times.frame
    fit.read_weight[ramp] = read_weight(2, times.frame)
    fit.duration[ramp] = times.frame
