"""Straight lines through the ramps of one integration: most by images, a few one by one.

Ramps without a flag are fitted together, image by image. Ramps with flags are gathered and go
through `ramp_fit_segments`, which gives the same numbers for a ramp of a single segment.
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels import dq
from snakewebb.kernels.plane_median import plane_median
from snakewebb.kernels.ramp_fit_segments import (
    Times,
    exclude_groups,
    fit_segments,
    read_weight,
    read_weight_without_migration,
)
from snakewebb.kernels.ramp_fit_weights import exponent_index


class Method(NamedTuple):
    """How to fit, the same for all pixels."""

    times: Times
    """What differences and single groups are divided by."""
    coefficients: np.ndarray
    """From `ramp_fit_weights.pair_coefficients`."""
    first: int
    """First group to use."""
    stop: int
    """The group after the last to use."""
    suppress_one_group: bool
    """Whether to reject ramps with only one good group of several."""


class Pixels(NamedTuple):
    """What is known of each pixel before the fit."""

    gain: np.ndarray
    """Electrons per DN."""
    read_variance: np.ndarray
    """Variance of the read noise of one group, in DN squared."""
    lost: np.ndarray
    """Whether there cannot be a fit."""


class Lines(NamedTuple):
    """Images that a fit is written into."""

    slope: np.ndarray
    """Counts per second; zero where there is no fit."""
    read_weight: np.ndarray
    """As in `SegmentFit`; zero where there is no fit."""
    duration: np.ndarray
    """As in `SegmentFit`; zero where there is no fit."""


class Exceptions(NamedTuple):
    """What images cannot hold, with the positions of the pixels in the flattened image."""

    pieces: tuple
    """Segments of pixels that have several: position, read_weight, duration."""
    migrated: tuple
    """Pixels that lost groups to charge migration: position, read_weight if they had not, and
    how much more that is."""


def fit_integration(ramps, flags, zeroframe, pixels, method, *, out):
    """Fit the ramps of one integration.

    Parameters
    ----------
    ramps : ndarray, shape (ngroups, ny, nx), float32, DN
        Groups of one integration.
    flags : ndarray, shape (ngroups, ny, nx), uint8
        Group flags.
    zeroframe : ndarray, shape (ny, nx), float32, DN, or None
        As for `ramp_fit.fit_ramps`.
    pixels : Pixels
        Images of shape (ny, nx).
    method : Method
        How to fit.
    out : Lines
        Where the fit goes, C-contiguous images of shape (ny, nx).

    Returns
    -------
    median_rate : ndarray, shape (ny, nx), float64, DN/s
        As in `SegmentFit`.
    exceptions : Exceptions
        What `out` cannot hold.
    """
    groups = _shared_groups(flags, method)
    special = _special(flags, groups)
    if np.count_nonzero(special) > special.size // 2:
        special[...] = True
        median_rate = np.empty(out.slope.shape)
    else:
        median_rate = _fit_clean(ramps[groups], pixels, method, out)
        special |= ~np.isfinite(out.slope)
    special &= ~pixels.lost
    exceptions = _fit_special(special, ramps, flags, zeroframe, pixels, method, out, median_rate)
    for plane in out:
        plane[pixels.lost] = 0
    return median_rate, exceptions


def _shared_groups(flags, method):
    """Return the groups to use, without those at either end that no pixel can use."""
    first, stop = method.first, method.stop
    while first < stop and _all_excluded(flags[first]):
        first += 1
    while first < stop and _all_excluded(flags[stop - 1]):
        stop -= 1
    return slice(first, stop)


def _all_excluded(flags):
    """Return whether a group is not to be used in any pixel."""
    return (flags & np.uint8(dq.DO_NOT_USE)).all()


def _special(flags, groups):
    """Return which ramps have a flag that matters, or too few groups to be fitted by images."""
    if groups.stop - groups.start < min(len(flags), 2):
        return np.ones(flags.shape[1:], bool)
    merged = np.bitwise_or.reduce(flags[groups], axis=0) & ~np.uint8(dq.PERSISTENCE)
    merged |= flags[0] & np.uint8(dq.SATURATED)
    for unused in (*flags[: groups.start], *flags[groups.stop :]):
        merged |= unused & np.uint8(dq.CHARGELOSS)
    return merged > 0


def _fit_clean(ramps, pixels, method, out):
    """Fit ramps as if no group had a flag, and return the median rate."""
    length, time = len(ramps), method.times.group
    if length == 1:
        time = method.times.first_group
        np.divide(ramps[0], time, out=out.slope)
        median_rate = out.slope
    else:
        _fit_slope(ramps, pixels, method.coefficients[: length // 2, length], out.slope)
        np.divide(out.slope, time, out=out.slope)
        # middle differences of faint pixels nearly cancel, hence the precision
        median_rate = plane_median(np.subtract(ramps[1:], ramps[:-1], dtype=np.float64)) / time
    out.read_weight[...] = read_weight(max(length, 2), time)
    out.duration[...] = max(length - 1, 1) * time
    return median_rate


def _fit_slope(ramps, pixels, coefficients, slope):
    """Put the slopes per group of ramps of all groups into an image."""
    index = exponent_index(ramps[-1] - ramps[0], pixels.gain, pixels.read_variance)
    slope[...] = 0
    coefficient = np.empty_like(slope)
    for pair, by_exponent in enumerate(coefficients):
        by_exponent.take(index, out=coefficient, mode="clip")
        coefficient *= ramps[-1 - pair] - ramps[pair]
        slope += coefficient


def _fit_special(special, ramps, flags, zeroframe, pixels, method, out, median_rate):
    """Fit chosen ramps one by one, and write them over what is there."""
    position = np.flatnonzero(special)
    values, chosen_flags = _gathered(ramps, position), _gathered(flags, position)
    exclude_groups(chosen_flags, method.first, method.stop)
    fit = fit_segments(
        values,
        chosen_flags,
        pixels.gain[special],
        pixels.read_variance[special],
        None if zeroframe is None else zeroframe[special],
        times=method.times,
        coefficients=method.coefficients,
        suppress_one_group=method.suppress_one_group,
    )
    for plane, found in zip((*out, median_rate), fit, strict=False):
        plane.reshape(-1)[position] = found
    ramp, *weights = fit.pieces
    migrated, restored = read_weight_without_migration(values, chosen_flags, times=method.times)
    return Exceptions(
        (position[ramp], *weights),
        (position[migrated], restored, restored - fit.read_weight[migrated]),
    )


def _gathered(planes, position):
    """Return the values of chosen pixels, shape (nplanes, npixels)."""
    gathered = np.empty((len(planes), len(position)), planes.dtype)
    for plane, chosen in zip(planes, gathered, strict=True):
        plane.reshape(-1).take(position, out=chosen, mode="clip")
    return gathered
