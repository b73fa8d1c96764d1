"""Undo the falling response of a filling pixel with a polynomial of its own.

Charge that gathers in a pixel lowers its bias and with it the signal that the next electron adds.
A polynomial per pixel turns the observed signal into the one that a linear detector had shown.
The mean of several frames is not the signal of a single one, so that a group that averages frames
is taken apart into frames with the inverse polynomial first.

References: JWST pipeline documentation, "Linearity Correction"; Hilbert (2014), "Updated
Non-Linearity Calibration Method for WFC3/IR", STScI Instrument Science Report WFC3 2014-17.
"""

import numpy as np

from snakewebb.kernels.blocks import each, row_blocks
from snakewebb.kernels.dq import NO_LIN_CORR, SATURATED


def usable_polynomials(coefficients, dq):
    """Return which pixels have a polynomial that can be applied.

    Parameters
    ----------
    coefficients : ndarray, shape (order + 1, ny, nx), float32
        Coefficients by increasing power.
    dq : ndarray, shape (ny, nx), uint32
        Flags of the polynomials.

    Returns
    -------
    ndarray, shape (ny, nx), bool
        False for pixels flagged NO_LIN_CORR, with a NaN among the coefficients, or without a
        linear term.

    Raises
    ------
    ValueError
        If there is no linear term, or the shapes disagree.
    """
    if len(coefficients) < 2:
        raise ValueError(f"{len(coefficients)} coefficients do not make a linearity correction")
    if coefficients.shape[1:] != dq.shape:
        raise ValueError(f"coefficients {coefficients.shape[1:]} do not fit their flags {dq.shape}")
    usable = (dq & NO_LIN_CORR) == 0
    usable &= coefficients[1] != 0
    for term in coefficients:
        usable &= ~np.isnan(term)
    return usable


def linearize(ramp, groupdq, coefficients, usable, *, out=None):
    r"""Apply a polynomial to every group that is not saturated.

    .. math:: F_c = c_0 + c_1 F + c_2 F^2 + \dots + c_n F^n

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Observed signal. NaN stays NaN.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Groups flagged SATURATED are left as they are.
    coefficients : ndarray, shape (order + 1, ny, nx), float32
        Coefficients by increasing power, of any order from one on.
    usable : ndarray, shape (ny, nx), bool
        Pixels to correct; the others are left as they are.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Linear signal.

    Raises
    ------
    ValueError
        If the image shapes disagree.
    """
    _check_shapes(ramp, groupdq, coefficients, usable)
    out = np.empty_like(ramp) if out is None else out

    def correct(rows):
        polynomial = _identity_unless(usable[rows], coefficients[:, rows])
        for signal, flags, result in _stacks(ramp, groupdq, out, rows):
            linear = _evaluate(polynomial, signal)
            result[...] = _kept_where_saturated(signal, flags, linear)

    each(correct, row_blocks(*usable.shape))
    return out


def linearize_averaged(
    ramp, groupdq, coefficients, usable, inverse, usable_inverse, *, nframes, out=None
):
    r"""Apply a polynomial to the frames that groups average, rather than to their average.

    A straight line :math:`L` through the first group and the last but one that is not saturated,
    both after the plain correction, gives each frame :math:`j` of group :math:`i` a signal. The
    inverse polynomial :math:`Q` bends it, a shift makes the mean of the frames the observed group
    :math:`F_i`, and the polynomial :math:`P` is applied to each frame:

    .. math::
        O_{ij} &= Q(L(i + (j - (n - 1) / 2) / n)), \quad j = 0 \dots n - 1

        F_{c, i} &= \langle P(O_{ij} + F_i - \langle O_{ij} \rangle_j) \rangle_j

    The frames of a group thus fill the time to the next group; frames dropped between groups are
    not accounted for. All of it is computed in double precision, for what frames differ by is
    small.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Observed signal, at least two groups. A NaN in one of the two groups that make the line
        spreads to the integration, in another it stays there.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Groups flagged SATURATED are left as they are.
    coefficients : ndarray, shape (order + 1, ny, nx), float32
        Coefficients of the correction by increasing power.
    usable : ndarray, shape (ny, nx), bool
        Pixels to correct; in the others the correction is the identity.
    inverse, usable_inverse : ndarray
        The same for the inverse polynomial, which may be of another order.
    nframes : int
        Number of frames in a group.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Linear signal.

    Raises
    ------
    ValueError
        If the image shapes disagree, or there is one group only.
    """
    _check_shapes(ramp, groupdq, coefficients, usable)
    _check_shapes(ramp, groupdq, inverse, usable_inverse)
    if ramp.shape[1] < 2:
        raise ValueError("one group does not tell the signal of its frames")
    out = np.empty_like(ramp) if out is None else out
    ny, nx = usable.shape

    def correct(rows):
        polynomial = _identity_unless(usable[rows], coefficients[:, rows], np.float64)
        bend = _identity_unless(usable_inverse[rows], inverse[:, rows], np.float64)
        for observed, flags, result in zip(
            ramp[:, :, rows], groupdq[:, :, rows], out[:, :, rows], strict=True
        ):
            line = _line(observed, flags, polynomial)
            for group, signal in enumerate(observed):
                linear = _mean_of_frames(signal, group, line, polynomial, bend, nframes)
                result[group] = _kept_where_saturated(signal, flags[group], linear)

    each(correct, row_blocks(ny, 2 * nx * nframes))
    return out


def _check_shapes(ramp, groupdq, coefficients, usable):
    """Raise unless all arrays have the same image shape, and the flags that of the ramp."""
    if ramp.shape != groupdq.shape:
        raise ValueError(f"group flags {groupdq.shape} do not fit the ramp {ramp.shape}")
    for shape in (coefficients.shape[1:], usable.shape):
        if shape != ramp.shape[-2:]:
            raise ValueError(f"coefficients {shape} do not fit the image {ramp.shape[-2:]}")


def _stacks(ramp, groupdq, out, rows, *, pixels=2**15):
    """Return views of some rows of a few groups at a time."""
    count = max(1, pixels // max(1, ramp[0, 0, rows].size))
    return [
        tuple(array[integration, first : first + count, rows] for array in (ramp, groupdq, out))
        for integration in range(ramp.shape[0])
        for first in range(0, ramp.shape[1], count)
    ]


def _identity_unless(usable, coefficients, dtype=np.float32):
    """Return a copy of polynomials, with the identity where they are not usable."""
    polynomial = np.array(coefficients, dtype=dtype)
    if not usable.all():
        polynomial[:, ~usable] = 0
        polynomial[1, ~usable] = 1
    return polynomial


def _evaluate(polynomial, signal):
    """Return the value of polynomials, after Horner."""
    value = polynomial[-1] * signal
    for term in polynomial[-2:0:-1]:
        value += term
        value *= signal
    value += polynomial[0]
    return value


def _kept_where_saturated(signal, flags, linear):
    """Return the linear signal, with the observed one back where it is saturated."""
    saturated = (flags & SATURATED).astype(bool)
    if saturated.any():
        np.copyto(linear, signal, where=saturated)
    return linear


def _line(observed, flags, polynomial):
    """Return where the straight line of an integration starts, and its rise per group."""
    good = np.count_nonzero((flags & SATURATED) == 0, axis=0)
    last = np.maximum(good - 2, 1)
    start, end = (
        _kept_where_saturated(signal, dq, _evaluate(polynomial, signal))
        for signal, dq in ((observed[0], flags[0]), _group(last, observed, flags))
    )
    return start, (end - start) / last


def _group(index, *arrays):
    """Return the group of each pixel that an image of indices names."""
    return [np.take_along_axis(array, index[np.newaxis], axis=0)[0] for array in arrays]


def _mean_of_frames(signal, group, line, polynomial, bend, nframes):
    """Return the mean of the linear frames of one group, float64.

    What bends the frames and what makes them linear nearly cancel; double precision keeps the rest.
    """
    start, rise = line
    times = group + (np.arange(nframes) - (nframes - 1) / 2) / nframes
    frames = start + rise * times[:, np.newaxis, np.newaxis]
    frames = _evaluate(bend, frames)
    frames += signal - frames.mean(axis=0)
    return _evaluate(polynomial, frames).mean(axis=0)
