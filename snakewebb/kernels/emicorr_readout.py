"""When MIRI reads each pixel, and which part of a wave of interference it meets then.

Electromagnetic interference of a constant frequency leaves stripes in an image, since its pixels
are read one after the other. Four outputs read four neighbouring columns at the same time, a quad,
and it takes a whole number of clock cycles of 10 microseconds to get to the next quad, row, group
and integration.

References: JWST pipeline documentation, "EMI Correction for MIRI"; Ressler et al. (2015), PASP 127,
675, DOI 10.1086/682258 (the focal plane system of MIRI).
"""

from typing import NamedTuple

import numpy as np

CLOCK = 10e-6
"""Duration of a clock cycle, in seconds."""

OUTPUTS = 4
"""Number of columns that are read at the same time."""

ROWS = 1024
"""Rows of the detector."""

SKIPPED_ROW = 7
"""Clock cycles that it takes to skip a row that is not read."""

DISTURBED = slice(1, 3)
"""Quads of a row that tell nothing of the interference."""


class ReadTimes(NamedTuple):
    """When pixels are read, in clock cycles.

    Attributes
    ----------
    quads : ndarray, shape (ny, nx / 4), int
        Each quad after the start of its group.
    groups : ndarray, shape (nints, ngroups), int
        Start of each group after that of the first.
    """

    quads: np.ndarray
    groups: np.ndarray


def read_times(shape, *, nsamples, rowclocks, resetclocks):
    """Return when the pixels of an exposure are read.

    Parameters
    ----------
    shape : (int, int, int, int)
        Integrations, groups, rows and columns.
    nsamples : int
        How often a pixel is sampled, one clock cycle each.
    rowclocks : int
        Clock cycles from a row to the next.
    resetclocks : int
        Clock cycles between two integrations, in which the detector is reset.

    Returns
    -------
    ReadTimes

    Raises
    ------
    ValueError
        If the columns cannot be parted into quads.
    """
    nints, ngroups, ny, nx = shape
    if nx % OUTPUTS:
        raise ValueError(f"{nx} columns cannot be read by {OUTPUTS} outputs")
    group = ny * rowclocks + (ROWS - ny) * SKIPPED_ROW
    integration = ngroups * group + resetclocks
    return ReadTimes(
        quads=nsamples * np.arange(nx // OUTPUTS) + rowclocks * np.arange(ny)[:, np.newaxis],
        groups=group * np.arange(ngroups) + integration * np.arange(nints)[:, np.newaxis],
    )


def clocks_of_frame(frame_time, ny):
    """Return the clock cycles of a row and of a frame, from the time that a frame takes.

    Parameters
    ----------
    frame_time : float, s
        Time from a frame to the next.
    ny : int
        Number of rows that are read.

    Returns
    -------
    (int, int)
    """
    skipped = (ROWS - ny) * SKIPPED_ROW
    rowclocks = round((frame_time / CLOCK - skipped) / ny)
    return rowclocks, ny * rowclocks + skipped


def period_of(frequency):
    """Return the period of a frequency.

    Parameters
    ----------
    frequency : float, Hz
        Of a wave.

    Returns
    -------
    float
        Clock cycles.
    """
    return (1 / frequency) / CLOCK


def phase(times, period):
    """Return which part of a period has passed at some times, from 0 to 1.

    Parameters
    ----------
    times : ndarray of int or int
        Clock cycles.
    period : float
        Clock cycles.

    Returns
    -------
    ndarray of the shape of `times`, or float; float64
    """
    periods = times / period
    return periods - np.floor(periods)


def quads_of(images):
    """Return a view of images that parts columns into quads.

    Parameters
    ----------
    images : ndarray, shape (..., ny, nx)

    Returns
    -------
    ndarray, shape (..., ny, nx / 4, 4)
    """
    return images.reshape(*images.shape[:-1], -1, OUTPUTS)


def subtract_by_phase(ramp, times, period, noise, *, out=None):
    """Subtract noise that is a function of the phase.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. NaN stays NaN.
    times : ReadTimes
        When its pixels are read.
    period : float
        Clock cycles.
    noise : callable
        ``noise(phase, integration)``, from an array of phases, which it may change, to one of
        noise in DN.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without this noise.
    """
    out = np.empty_like(ramp) if out is None else out
    for integration, starts in enumerate(times.groups):
        for group, start in enumerate(starts):
            image, result = quads_of(ramp[integration, group]), quads_of(out[integration, group])
            wave = noise(phase(times.quads + start, period), integration)
            for output in range(OUTPUTS):
                np.subtract(image[..., output], wave, out=result[..., output], casting="same_kind")
    return out
