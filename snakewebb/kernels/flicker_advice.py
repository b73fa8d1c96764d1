"""Choose how to remove flicker noise from an image by a few statistics of it.

A first cleaning by medians shows whether the background has structure that a model must take out,
and whether the outputs of the detector differ so much that each is to be cleaned by itself.

Reference: JWST pipeline documentation, "Clean Flicker Noise", automatic parameter determination,
which follows P. Goudfrooij.
"""

from typing import NamedTuple

import numpy as np

from snakewebb.kernels.flicker_noise import median_of_lines, smooth_sky, without_outliers
from snakewebb.kernels.scene_mask import background_pixels
from snakewebb.kernels.sigma_clipping import clip, median_in_order

CHANNELS = 4
"""Outputs of a detector in full frame, each of which reads a strip of it."""

STRONG_OFFSET = 0.07
"""Difference between neighbouring channels, in DN/s, at which they are cleaned one by one."""

CROWDED = 0.07
"""Share of pixels with sources from which on a field is crowded."""

FULL_OF_SOURCES = 0.1
"""Share of pixels with sources in which an offset of channels cannot be told any more."""

WEAK_SLOPE = 1e-5
"""Slope of the background, in DN/s per pixel, that may be ignored."""

STRONG_SLOPE = 1e-4
"""Slope that calls for a model by itself."""

EVEN_SLOPES = 5.0
"""Ratio of the slopes of both axes below which they are no effect of single channels."""

RESTLESS = 0.02
"""Scatter of the lines of the last channel, in DN/s, that calls for a cleaning of its own."""


class Statistics(NamedTuple):
    """What an image tells of its background."""

    covered: float
    """Share of pixels that show something else."""
    slopes: tuple
    """Slopes along the lines and across them, without sign, in DN/s per pixel."""
    offset: float
    """Largest difference between the levels of neighbouring channels; 0 without channels."""
    scatter: float
    """Scatter of the lines in the middle of the last channel; 0 without channels."""


class Advice(NamedTuple):
    """How to remove flicker noise."""

    model: bool
    """Whether the background needs a model, instead of its median."""
    by_channel: bool
    """Whether to clean each channel by itself."""


def background_statistics(image, *, axis, channels=False):
    """Return statistics of the background of an image.

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32, DN/s
        Count rates, divided by the flat field.
    axis : int
        The direction of fast read-out.
    channels : bool
        Whether the image is that of four channels, one beside the other along the fast axis.

    Returns
    -------
    Statistics
    """
    cleaned, pixels = _cleaned(image, axis)
    model, pixels = smooth_sky(cleaned, pixels, n_sigma=0)
    covered = 1 - float(pixels.mean())
    filled = np.where(pixels, cleaned, model)
    lines = filled if axis == 1 else filled.T
    nlines, length = lines.shape
    along = lines[_middle(nlines, 1 / 2, 1 / 4)].mean(axis=0)
    across = lines[:, _middle(length, 1 / 2, 1 / 4)].mean(axis=1)
    slopes = tuple(abs(_line(profile)[0]) for profile in (along, across))
    if not channels:
        return Statistics(covered, slopes, 0.0, 0.0)
    last = lines[:, _middle(length, 7 / 8, 1 / 12)].mean(axis=1)
    scatter = np.std(last - np.polyval(_line(last), np.arange(nlines)))
    return Statistics(covered, slopes, _offset(along), float(scatter))


def advice_by_all_statistics(statistics):
    """Return how to clean an image by all that its statistics tell.

    Parameters
    ----------
    statistics : Statistics
        Of the image.

    Returns
    -------
    Advice
    """
    covered, slopes, offset, scatter = statistics
    slope, ratio = max(slopes), max(slopes) / max(min(slopes), np.finfo(float).tiny)
    if covered > CROWDED:
        return Advice(slope > (STRONG_SLOPE if offset > STRONG_OFFSET else WEAK_SLOPE), False)
    if offset > STRONG_OFFSET:
        return Advice(False, True)
    tilted = slope > STRONG_SLOPE or (slope > WEAK_SLOPE and ratio < EVEN_SLOPES)
    return Advice(tilted, scatter > RESTLESS)


def advice_by_slope_and_offset(statistics):
    """Return how to clean an image by its slopes and the offset between channels.

    The scatter of its lines does not matter.

    Parameters
    ----------
    statistics : Statistics
        Of the image.

    Returns
    -------
    Advice
    """
    if statistics.offset > STRONG_OFFSET and statistics.covered < FULL_OF_SOURCES:
        return Advice(False, True)
    return Advice(max(statistics.slopes) > WEAK_SLOPE, False)


def _cleaned(image, axis):
    """Return an image without the medians of its lines, and the pixels that show background."""
    pixels = background_pixels(image)
    ordered = np.sort(image[pixels])
    level = median_in_order(clip(ordered))
    low = without_outliers(ordered)[0]
    high = without_outliers(ordered, 2.0)[-1]
    pixels &= (image >= low) & (image <= high)
    return image - median_of_lines(image - level, pixels, axis=axis), pixels


def _middle(length, centre, width):
    """Return the pixels around a centre, both in shares of a length."""
    width = np.floor(length * width + 0.5)
    first = int(np.floor(length * centre - width / 2 + 0.5))
    return slice(first, first + int(width))


def _line(profile):
    """Return slope and intercept of the straight line through a profile."""
    return np.polyfit(np.arange(profile.size), profile, 1)


def _offset(along):
    """Return the largest difference between the levels of neighbouring channels."""
    *first, last = np.split(along.astype(np.float32), CHANNELS)
    levels = [clip(np.sort(strip)).mean() for strip in (*(each[:-1] for each in first), last)]
    return float(np.abs(np.diff(levels)).max())
