"""Flag the groups in which a pixel is full, or reads nothing.

A pixel that reaches its saturation level no longer collects charge linearly, nor do its
neighbours, into which the charge spills; both stay unusable to the end of the integration. The
first saturated group of each pixel, its *onset*, therefore says all.

References: JWST pipeline documentation, "Saturation Detection"; stcal documentation, "Saturation".
"""

import numpy as np

from snakewebb.kernels.blocks import each, row_blocks
from snakewebb.kernels.dq import AD_FLOOR, DO_NOT_USE, NO_SAT_CHECK, SATURATED
from snakewebb.kernels.outputs import copied

CONVERTER_RANGE = np.float32(2**16)
"""What a converter of 16 bits cannot deliver any more, in DN."""


def usable_thresholds(threshold, dq):
    """Return thresholds with those that cannot be used out of reach, and their flags.

    Parameters
    ----------
    threshold : ndarray, shape (ny, nx), float32, DN
        Signal at which a pixel saturates; NaN means that it is not known.
    dq : ndarray, shape (ny, nx), uint32
        Flags of the thresholds; NO_SAT_CHECK means that one must not be used.

    Returns
    -------
    threshold : ndarray, shape (ny, nx), float32, DN
        Infinite where there is none.
    dq : ndarray, shape (ny, nx), uint32
        The flags, with NO_SAT_CHECK wherever there is none.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if threshold.shape != dq.shape:
        raise ValueError(f"thresholds {threshold.shape} do not fit their flags {dq.shape}")
    unchecked = np.isnan(threshold)
    unchecked |= (dq & NO_SAT_CHECK) != 0
    flags = unchecked * np.uint32(NO_SAT_CHECK)
    flags |= dq
    return np.where(unchecked, np.float32(np.inf), threshold), flags


def flag_saturation(
    ramp, groupdq, threshold, *, reach=1, nframes=1, bias=None, backdate=False, out=None
):
    r"""Flag groups at or above saturation, and groups at or below the floor of the converter.

    SATURATED is set from the onset on: the first group :math:`i` with :math:`F_i \ge T`, or the
    first in which a pixel at most `reach` rows and columns away has its onset. DO_NOT_USE and
    AD_FLOOR are set in groups with :math:`F_i \le 0`.

    The mean of several frames may stay below the threshold although the last of them is above.
    With `nframes` = n > 1 the group before the onset, if it is not flagged DO_NOT_USE yet, gets
    DO_NOT_USE if

    - a signal that rises steadily from zero to this mean passes the threshold within the group,
      :math:`F_i \ge T (i n + (n + 1) / 2) / ((i + 1) n)`, counting from i = 0; then the pixels in
      reach get the flag too; or
    - it is the second, the first one did not lead to expect that the third is saturated,
      :math:`(F_0 - B) \cdot 3 n / ((n + 1) / 2) + B < T`, and it has risen by more than a signal
      that jumps to the threshold in its last frame, :math:`F_1 - F_0 > (T - F_0) / n`: a bright
      cosmic ray. The range of the converter, 65536 DN, limits :math:`T` here.

    Frames that are dropped between groups are not accounted for in any of this.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal, bias included. NaN is neither saturated nor at the floor.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags to add to. A SATURATED among them is kept, but neither lasts nor spreads.
    threshold : ndarray, shape (ny, nx), float32, DN
        Signal at which each pixel saturates; infinite where it is not to be checked.
    reach : int
        Distance to which charge spills, in pixels.
    nframes : int
        Number of frames that a group averages.
    bias : ndarray, shape (ny, nx), float32, DN, optional
        Signal of an empty pixel, zero by default. Where it is NaN, cosmic rays are not sought.
    backdate : bool
        Make the second group the onset where it holds a cosmic ray (SATURATED, spreading to the
        neighbours), and leave out the check for steady signals. It is then sought only where the
        third group itself is above the threshold.
    out : ndarray, optional
        Where the result goes, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        The flags.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    _check_shapes(ramp, groupdq, threshold, bias)
    out = copied(groupdq, out)
    for signal, flags in zip(ramp, out, strict=True):
        onset = _onset(signal, threshold)
        _flag_floor(signal, flags)
        if nframes > 1 and backdate:
            onset[_cosmic_rays(signal, onset, threshold, bias, nframes)[1:]] = 1
        onset = _spread(onset, reach)
        _flag_from_onset(flags, onset)
        if nframes > 1 and not backdate:
            steady = _steady_signals(signal, flags, onset, threshold, nframes)
            rays = _cosmic_rays(signal, onset, threshold, bias, nframes)
            for useless in (_in_reach(steady, reach, onset.shape), rays):
                flags[useless] |= np.uint8(DO_NOT_USE)
    return out


def empty_saturated(zeroframe, threshold, *, reach=1, out=None):
    """Set to zero what is saturated, or at the floor of the converter, in zeroth frames.

    They have no flags of their own; zero says that there is no signal to use.

    Parameters
    ----------
    zeroframe : ndarray, shape (nints, ny, nx), float32, DN
        The first frame of each integration. NaN stays NaN.
    threshold, reach
        As in `flag_saturation`.
    out : ndarray, optional
        Where the result goes, of the shape of `zeroframe`; may be `zeroframe` itself.

    Returns
    -------
    ndarray, shape (nints, ny, nx), float32, DN
        The frames, zero where they are saturated, next to a saturated pixel, or below zero.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    _check_image("threshold", threshold, zeroframe)
    out = np.empty_like(zeroframe) if out is None else out
    for frame, result in zip(zeroframe, out, strict=True):
        saturated = _spread(_onset(frame[np.newaxis], threshold), reach) == 0
        result[...] = np.where(saturated | (frame <= 0), np.float32(0), frame)
    return out


def _check_shapes(ramp, groupdq, threshold, bias):
    """Raise unless all arrays belong to the same exposure."""
    if ramp.shape != groupdq.shape:
        raise ValueError(f"group flags {groupdq.shape} do not fit the ramp {ramp.shape}")
    _check_image("threshold", threshold, ramp)
    if bias is not None:
        _check_image("bias", bias, ramp)


def _check_image(name, image, ramp):
    """Raise unless an image fits a ramp."""
    if image.shape != ramp.shape[-2:]:
        raise ValueError(f"{name} image {image.shape} does not fit the ramp {ramp.shape}")


def _onset(signal, threshold):
    """Return the first group of each pixel that is saturated, or the number of groups."""
    ngroups, ny, nx = signal.shape
    onset = np.full((ny, nx), ngroups, dtype=np.min_scalar_type(ngroups))

    def find(rows):
        first = onset[rows].reshape(-1)
        for group in reversed(range(ngroups)):
            saturated = signal[group, rows] >= threshold[rows]
            first[np.flatnonzero(saturated)] = group

    each(find, row_blocks(ny, nx))
    return onset


def _flag_floor(signal, flags):
    """Flag groups that read zero or less."""

    def flag(rows):
        for group, dq in zip(signal[:, rows], flags[:, rows], strict=True):
            floor = group <= 0
            if floor.any():
                dq[floor] |= np.uint8(AD_FLOOR | DO_NOT_USE)

    each(flag, row_blocks(*signal.shape[1:]))


def _spread(onset, reach):
    """Return the earliest onset of each pixel and those in reach of it."""
    for axis in (0, 1):
        earliest = onset.copy()
        for shift in range(1, min(reach + 1, onset.shape[axis])):
            head = tuple(np.roll((slice(None, -shift), slice(None)), axis))
            tail = tuple(np.roll((slice(shift, None), slice(None)), axis))
            np.minimum(earliest[head], onset[tail], out=earliest[head])
            np.minimum(earliest[tail], onset[head], out=earliest[tail])
        onset = earliest
    return onset


def _flag_from_onset(flags, onset):
    """Flag the onset of saturation and all groups after it."""

    def flag(rows):
        for group in range(onset[rows].min(initial=len(flags)), len(flags)):
            saturated = (onset[rows] <= group).view(np.uint8)
            flags[group, rows] |= saturated * np.uint8(SATURATED)

    each(flag, row_blocks(*onset.shape))


def _steady_signals(signal, flags, onset, threshold, nframes):
    """Return where the group before the onset averages frames above saturation already.

    The result is indices of groups, rows and columns.
    """
    place = np.flatnonzero((onset > 0) & (onset < len(signal)))
    group = onset.take(place).astype(np.intp) - 1
    at = group * onset.size + place
    mean_of_last = (group * nframes + (nframes + 1) / 2) / ((group + 1) * nframes)
    full = signal.reshape(-1).take(at) >= threshold.take(place) * mean_of_last
    full &= (flags.reshape(-1).take(at) & DO_NOT_USE) == 0
    return group[full], *np.unravel_index(place[full], onset.shape)


def _cosmic_rays(signal, onset, threshold, bias, nframes):
    """Return where the second group holds a cosmic ray that saturates.

    The result is indices of groups, rows and columns.
    """
    if len(signal) < 3:
        return (np.empty(0, np.intp),) * 3
    place = np.flatnonzero(onset == 2)
    first, second = (group.take(place).astype(np.float64) for group in signal[:2])
    full = np.minimum(threshold.take(place), CONVERTER_RANGE)
    empty = 0 if bias is None else bias.take(place)
    expected = (first - empty) / ((nframes + 1) / 2) * 3 * nframes + empty
    ray = place[(expected < full) & (second - first > (full - first) / nframes)]
    return np.ones_like(ray), *np.unravel_index(ray, onset.shape)


def _in_reach(pixels, reach, shape):
    """Return the indices of pixels, and of those in reach of them, in a stack of images."""
    group, rows, columns = (index[:, np.newaxis, np.newaxis] for index in pixels)
    offsets = np.arange(-reach, reach + 1)
    rows = np.clip(rows + offsets[:, np.newaxis], 0, shape[0] - 1)
    columns = np.clip(columns + offsets, 0, shape[1] - 1)
    return group, rows, columns
