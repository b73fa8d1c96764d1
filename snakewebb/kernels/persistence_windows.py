"""Flag what a pixel reads for some time after it was very bright: persistence may be in it.

Reference: JWST pipeline documentation, "Persistence Correction".
"""

import numpy as np

from snakewebb.kernels import dq
from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.outputs import copied


def flag_windows(
    ramp, groupdq, times, ends, *, duration, threshold=None, flags=dq.PERSISTENCE, out=None
):
    """Flag every group that lies in a window of time after its pixel was bright.

    A window opens at the first group of an integration that is SATURATED, whether or not one is
    open, and at a group above the threshold if none is open. It closes `duration` after it
    opened; both ends belong to it.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. NaN is never above the threshold.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags; SATURATED is read.
    times : ndarray, shape (nints, ngroups), float64, s
        When each group ended, in ascending order, from any origin.
    ends : ndarray, shape (ny, nx), float64, s
        When a window closes that earlier exposures left open, from the same origin; minus
        infinity where there is none.
    duration : float, s
        Length of a window.
    threshold : float, optional, DN
        Signal above which a group opens a window.
    flags : int
        Flags set in windows.
    out : ndarray, optional
        Where the flags go, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags.
    ends : ndarray, shape (ny, nx), float64, s
        When the last window of each pixel closes; minus infinity where it closed before the last
        group, or there was none.

    Raises
    ------
    ValueError
        If shapes disagree.
    """
    _check(ramp, groupdq, times, ends)
    out = copied(groupdq, out)
    ends = np.array(ends, dtype=np.float64)
    for rows in row_blocks(*ends.shape):
        block = (..., rows, slice(None))
        bright = _touched(ramp[block], groupdq[block], ends[rows], times, threshold)
        if bright.any():
            chosen = groupdq[block][..., bright]
            above = None if threshold is None else ramp[block][..., bright] > threshold
            open_, ends[rows][bright] = _windows(chosen, above, times, ends[rows][bright], duration)
            out[block][..., bright] |= open_ * np.uint8(flags)
    ends[ends < times[-1, -1]] = -np.inf
    return out, ends


def _check(ramp, groupdq, times, ends):
    """Raise ValueError if shapes disagree."""
    if groupdq.shape != ramp.shape:
        raise ValueError(f"groupdq {groupdq.shape} does not fit the ramp {ramp.shape}")
    if times.shape != ramp.shape[:2]:
        raise ValueError(f"times {times.shape} do not fit the groups {ramp.shape[:2]}")
    if ends.shape != ramp.shape[-2:]:
        raise ValueError(f"ends {ends.shape} do not fit the image {ramp.shape[-2:]}")


def _touched(ramp, groupdq, ends, times, threshold):
    """Return the pixels of which some group may lie in a window."""
    touched = ends >= times[0, 0]
    for i in np.ndindex(groupdq.shape[:2]):
        touched |= (groupdq[i] & dq.SATURATED) != 0
        if threshold is not None:
            touched |= ramp[i] > threshold
    return touched


def _windows(groupdq, above, times, ends, duration):
    """Return which groups of some pixels lie in windows, and when their last windows close."""
    inside = np.zeros(groupdq.shape, dtype=bool)
    ends = ends.copy()
    for i, of_integration in enumerate(times):
        saturated = np.zeros(ends.shape, dtype=bool)
        for j, time in enumerate(of_integration):
            now = (groupdq[i, j] & dq.SATURATED) != 0
            opens = now & ~saturated
            saturated |= now
            if above is not None:
                opens |= above[i, j] & (ends < time)
            ends[opens] = time + duration
            inside[i, j] = ends >= time
    return inside, ends
