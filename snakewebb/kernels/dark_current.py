"""Subtract the signal that a detector gathers in the dark.

The dark is a ramp of single frames, read without gaps; the groups of an exposure average
frames and drop others, and the dark is averaged in the same way.

Reference: JWST pipeline documentation, "Dark Current Subtraction".
"""

import numpy as np

from snakewebb.kernels.blocks import each, empty, row_blocks
from snakewebb.kernels.integrations import served


def average_dark(dark, ngroups, *, nframes=1, groupgap=0):
    r"""Average the frames of a dark like the groups of an exposure.

    .. math:: D_i = \frac{1}{n} \sum_{j=0}^{n-1} d_{i (n + g) + j}

    A dark that ends too early goes on with the difference of its last two frames.

    Parameters
    ----------
    dark : ndarray, shape (..., dark frames, ny, nx), float32, DN
        Ramp of single frames. NaN counts as zero.
    ngroups : int
        Number of groups to make.
    nframes, groupgap : int
        Number of frames averaged into a group, and of those dropped after it.

    Returns
    -------
    ndarray, shape (..., ngroups, ny, nx), float32, DN
        Averaged dark.

    Raises
    ------
    ValueError
        If the dark is too short and has a single frame.
    """
    _check_length(dark, ngroups, nframes, groupgap)
    averaged = empty((*dark.shape[:-3], ngroups, *dark.shape[-2:]), np.float32)

    def average(rows):
        for group in range(ngroups):
            first = group * (nframes + groupgap)
            averaged[..., group, rows, :] = _mean_frame(dark[..., rows, :], first, nframes)

    each(average, row_blocks(*dark.shape[-2:]))
    return averaged


def subtract_dark(ramp, dark, *, first=0, nframes=1, groupgap=0, out=None):
    """Subtract a dark, averaged like the groups of the ramp.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal.
    dark : ndarray, shape (dark frames, ny, nx) or (dark nints, dark frames, ny, nx), float32, DN
        Ramp of single frames, for all integrations or for each of the first ones of an exposure;
        the last one serves all that follow. NaN counts as zero, and a dark that ends too early
        goes on with the difference of its last two frames.
    first : int
        Place of the first integration of the ramp in its exposure, counted from zero.
    nframes, groupgap : int
        Number of frames averaged into a group, and of those dropped after it. With 1 and 0 each
        frame of the dark is a group.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without dark current.

    Raises
    ------
    ValueError
        If the image shapes disagree, or the dark is too short and has a single frame.
    """
    if dark.shape[-2:] != ramp.shape[-2:]:
        raise ValueError(f"dark {dark.shape[-2:]} does not fit the image {ramp.shape[-2:]}")
    _check_length(dark, ramp.shape[1], nframes, groupgap)
    out = np.empty_like(ramp) if out is None else out
    darks = dark.reshape(-1, *dark.shape[-3:])
    shares = list(served(darks, len(ramp), first=first))

    def subtract(rows):
        for frames, integrations in shares:
            for group in range(ramp.shape[1]):
                mean = _mean_frame(frames[:, rows], group * (nframes + groupgap), nframes)
                if nframes + groupgap > 1:
                    mean = mean.astype(np.float32, copy=False)
                part = np.s_[integrations, group, rows]
                np.subtract(ramp[part], mean, out=out[part])

    each(subtract, row_blocks(*ramp.shape[-2:]))
    return out


def _check_length(dark, ngroups, nframes, groupgap):
    """Raise unless a dark has the frames needed, or two to go on with."""
    available, needed = dark.shape[-3], ngroups * (nframes + groupgap) - groupgap
    if available < min(needed, 2):
        raise ValueError(f"a dark of {available} frames cannot be extended to {needed}")


def _mean_frame(dark, first, count):
    """Return the mean of some frames; NaN counts as zero."""
    frames = range(first, first + count)
    total = np.array(_frame(dark, first))
    for frame in frames[1:]:
        total += _frame(dark, frame)
    unknown = np.isnan(total)
    if unknown.any():
        total[unknown] = sum(np.nan_to_num(_frame(dark, frame)[unknown]) for frame in frames)
    if count > 1:
        total /= np.float32(count)
    return total


def _frame(dark, number):
    """Return a frame of a dark, made from the last two in double precision if it is beyond."""
    beyond = number - dark.shape[-3] + 1
    if beyond <= 0:
        return dark[..., number, :, :]
    last, before = (dark[..., end, :, :].astype(np.float64) for end in (-1, -2))
    return last + beyond * (last - before)
