"""Straight lines through ramps that jumps and flags cut into segments.

A segment is a run of usable groups. A group with a jump begins the next one; saturated and
unusable groups belong to none.

Reference: JWST pipeline documentation, "Ramp Fitting".
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels import dq
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
    """Segments of many ramps, in the order of the ramps and of time."""

    ramp: np.ndarray
    """Number of the ramp."""
    start: np.ndarray
    """Position of the first group in all groups of all ramps, ramp by ramp."""
    stop: np.ndarray
    """Position of the last group, itself included."""
    length: np.ndarray
    """Number of groups."""


class SegmentFit(NamedTuple):
    """Fits of ramps, one value per ramp.

    The variances of a slope are inversely proportional to two sums over its segments, which is
    all that their combination needs.
    """

    slope: np.ndarray
    """Counts per second; NaN where there is no fit."""
    read_weight: np.ndarray
    """Sum of (n³ - n) t² over segments of n groups spaced by t: inverse read-noise variance."""
    duration: np.ndarray
    """Sum of (n - 1) t: inverse photon-noise variance."""
    median_rate: np.ndarray
    """Median of the differences of usable neighbours, in counts per second."""
    pieces: tuple
    """Ramps of two or more segments: number of the ramp, read_weight and duration, by segment."""
    migrated: tuple
    """Ramps that lost groups to charge migration: number, and read_weight as if they had not."""


def fit_segments(
    values, flags, gain, read_variance, zeroframe, *, times, coefficients, suppress_one_group=True
):
    """Fit the segments of ramps, and combine them ramp by ramp.

    Segments of two or more groups count by the inverse of their read-noise variance. A ramp that
    has none takes its first good group: over the mean time of that group's frames if it is the
    only good one and the first of the ramp, else over the group time.

    Parameters
    ----------
    values : ndarray, shape (nramps, ngroups), float32, DN
        What is not finite is not used.
    flags : ndarray of the same shape, uint8
        Group flags. SATURATED in the first group rejects the ramp.
    gain : ndarray, shape (nramps,), float32, electrons per DN
    read_variance : ndarray, shape (nramps,), float32, DN squared
        Of the read noise of one group.
    zeroframe : ndarray, shape (nramps,), float32, DN, or None
        First frame, for ramps without any good group; zero and NaN mean that there is none.
    times : Times
    coefficients : ndarray
        From `ramp_fit_weights.pair_coefficients`.
    suppress_one_group : bool
        Reject ramps with only one good group of several, and do not use `zeroframe`.

    Returns
    -------
    SegmentFit
    """
    usable, good, jump = _usable_groups(values, flags)
    number_good = good.sum(axis=1)
    lost = number_good == 0
    if suppress_one_group and flags.shape[1] > 1:
        lost |= number_good == 1
    usable[lost] = False
    rate = _median_rate(values, usable, jump, times)
    segments = _find_segments(usable, jump)
    read_weight, duration = _segment_weights(segments, times)
    slopes = _slopes(values, segments, gain, read_variance, coefficients) / times.group
    fit = _combine(segments, slopes, read_weight, duration, rate)
    _take_single_groups(fit, values, good & ~lost[:, None], number_good, times)
    if zeroframe is not None and not suppress_one_group:
        _take_zeroframe(fit, np.where(number_good == 0, zeroframe, 0), times)
    return fit._replace(migrated=_without_migration(values, flags, times))


def _usable_groups(values, flags):
    """Return which groups belong to a segment, which of them have no flag and which a jump."""
    flags = flags & ~np.uint8(dq.PERSISTENCE)
    finite = np.isfinite(values)
    present = finite & ((flags[:, :1] & dq.SATURATED) == 0)
    good = (flags == 0) & present
    jump = (flags == dq.JUMP_DET) & present
    return good | jump, good, jump


def _median_rate(values, usable, jump, times):
    """Return the median difference inside segments, or else the first group, per second."""
    inside = usable[:, 1:] & usable[:, :-1] & ~jump[:, 1:]
    with np.errstate(invalid="ignore"):
        differences = np.where(inside, values[:, 1:] - values[:, :-1], np.float32(np.nan))
    differences.sort(axis=1)
    count = inside.sum(axis=1)
    first_only = np.where(usable[:, 0], values[:, 0], np.float32(0))
    if differences.shape[1] == 0:
        return first_only / times.group
    ramp = np.arange(len(values))
    low = differences[ramp, np.maximum(count - 1, 0) // 2]
    high = differences[ramp, count // 2 - (count == differences.shape[1] + 1)]
    median = np.where(count % 2 == 1, low, (low + high) * np.float32(0.5))
    return np.where(count > 0, median, first_only) / times.group


def _find_segments(usable, jump):
    """Return the segments of two or more groups."""
    continues = usable[:, 1:] & usable[:, :-1] & ~jump[:, 1:]
    opens, closes = usable.copy(), usable.copy()
    opens[:, 1:] &= ~continues
    closes[:, :-1] &= ~continues
    start, stop = np.flatnonzero(opens), np.flatnonzero(closes)
    several = stop > start
    start, stop = start[several], stop[several]
    return Segments(start // usable.shape[1], start, stop, stop - start + 1)
