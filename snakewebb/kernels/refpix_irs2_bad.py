"""Find and replace bad references of frames that are interleaved with them.

These are interleaved reference pixels and samples of the reference output. They are known from the
data quality of the exposure or from a table of the reference file, or they are noisy in the
exposure itself. Each is replaced by good ones of the same output.

References: JWST pipeline documentation, "NIRSpec IRS2 Readout Mode" and "REFPIX Reference File".
"""

import numpy as np

from snakewebb.kernels.irs2 import (
    BLOCK,
    BLOCKS,
    COLUMNS,
    OUTPUTS,
    SAMPLES,
    check_frames,
    interleaved_columns,
    is_forward,
    reference_columns,
)
from snakewebb.kernels.outputs import copied

CLIPPINGS = 5
"""How often outliers are clipped from the statistics of reference pixels."""


def noisy_references(ramp, bad, *, factor=3.0):
    """Return the interleaved reference pixels whose pair stands out in an integration.

    The mean, the standard deviation and the mean absolute difference of the two values of a pair,
    over all rows and groups of an integration, are compared with those of the other pairs of the
    output: it is noisy if one of them is larger than their mean by more than `factor` standard
    deviations. Outliers do not count in these: up to five times, those further than `factor`
    standard deviations from the median are left out.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, 3200), float32, DN
        Frames in detector orientation. A pair with NaN in it is not looked at in this integration.
    bad : ndarray, shape (3200,), bool
        Columns of known bad reference pixels; pairs with one of them are not looked at.
    factor : float
        Distance beyond which a pair is noisy, in standard deviations.

    Returns
    -------
    ndarray, shape (3200,), bool
        Columns of a frame; always both of a pair.

    Raises
    ------
    ValueError
        If the frames are not of an interleaved readout.
    """
    check_frames(ramp)
    columns = np.flatnonzero(interleaved_columns())
    usable = ~bad[columns].reshape(1 + OUTPUTS, -1, 2).any(axis=-1)
    noisy = np.zeros_like(usable)
    for frames in ramp:
        for values in _pair_statistics(frames, columns):
            for k, ours in enumerate(values.reshape(usable.shape)):
                counts = usable[k] & np.isfinite(ours)
                noisy[k] |= counts & (ours > _limit(ours[counts], factor))
    result = np.zeros(COLUMNS, bool)
    result[columns] = np.repeat(noisy.ravel(), 2)
    return result


def masked_references(output, odd_even, mask):
    """Return the bad reference pixels that each line of a table stands for.

    Parameters
    ----------
    output : sequence of int
        Output of the detector, from 1.
    odd_even : sequence of int
        Pair of reference pixels in a block, from 1, in the order of readout.
    mask : sequence of int
        Bit ``b`` stands for block ``b``, counted in the order of columns.

    Returns
    -------
    list of ndarray, shape (3200,), bool
        Columns of a frame.

    Raises
    ------
    ValueError
        If there is no such output or pair.
    """
    result = []
    for k, pair, bits in zip(output, odd_even, mask, strict=True):
        if not 1 <= k <= OUTPUTS or not 1 <= pair <= 2:
            raise ValueError(f"there is no pair {pair} of reference pixels in output {k}")
        first = 8 if is_forward(k) == (pair == 1) else 10
        marked = np.zeros((1 + OUTPUTS, BLOCKS, BLOCK), bool)
        marked[k, :, first : first + 2] = (int(bits) >> np.arange(BLOCKS) & 1)[:, np.newaxis]
        result.append(marked.ravel())
    return result


def replace_references(ramp, replaced, bad, *, out=None):
    """Replace interleaved reference pixels, or the reference output, by good ones nearby.

    The values at the same place of the blocks before and after in the same output are averaged, or
    one of them is taken if the other is bad. If both are, an interleaved reference pixel takes the
    value at its place of the other pair of the block; if that is bad as well, and elsewhere, zero.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, 3200), float32, DN
        Frames in detector orientation.
    replaced : ndarray, shape (3200,), bool
        Columns to replace; those of pixels of the detector are left as they are.
    bad : ndarray, shape (3200,), bool
        Columns whose values are not to be used, those to replace among them.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, 3200), float32, DN

    Raises
    ------
    ValueError
        If the frames are not of an interleaved readout.
    """
    check_frames(ramp)
    out = copied(ramp, out)
    for column in np.flatnonzero(replaced & reference_columns()):
        values = [out[..., substitute] for substitute in _substitutes(column, bad)]
        out[..., column] = sum(values) / np.float32(len(values)) if values else 0
    return out


def _pair_statistics(frames, columns):
    """Return mean, standard deviation and mean absolute difference of each pair of columns."""
    total, square, difference = np.zeros((3, columns.size // 2))
    rows = frames.shape[-2]
    for frame in frames:
        values = frame.T[columns].reshape(-1, 2, rows).astype(np.float64)
        total += values.sum(axis=(1, 2))
        square += np.einsum("ijk,ijk->i", values, values)
        difference += np.abs(values[:, 0] - values[:, 1]).sum(axis=-1)
    count = len(frames) * rows
    mean = total / (2 * count)
    deviation = np.sqrt(np.maximum(square / (2 * count) - mean**2, 0))
    return mean, deviation, difference / count


def _limit(values, factor):
    """Return the mean of values and some standard deviations, outliers left out."""
    for _ in range(CLIPPINGS):
        if not values.size:
            break
        values = values[np.abs(values - np.median(values)) <= factor * values.std()]
    return values.mean() + factor * values.std() if values.size else np.inf


def _substitutes(column, bad):
    """Return the columns whose values stand in for those of a reference."""
    output = column // SAMPLES
    candidates = [[column - BLOCK, column + BLOCK]]
    if interleaved_columns()[column]:
        candidates.append([column + (2 if column % BLOCK < BLOCK // 2 else -2)])
    for columns in candidates:
        good = [c for c in columns if c // SAMPLES == output and not bad[c]]
        if good:
            return good
    return []
