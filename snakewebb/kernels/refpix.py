"""Subtract the drifts of the readout electronics, as the reference pixels show them.

The amplifiers of a detector add a signal of their own that changes from frame to frame: an offset
for each of them, another one for every second column or row, and in near-infrared detectors a
1/f drift along the slow axis. Pixels that see no light, in a border of the detector, show it alone.
A mean is one after values too many standard deviations away are clipped, again and again, until
none is.

All images here are in detector orientation: the fast readout axis is the last one.

References: JWST pipeline documentation, "Reference Pixel Correction"; Rauscher et al. (2007),
PASP 119, 768, DOI 10.1086/520887 (reference pixels of the H2RG).
"""

import itertools
from functools import partial

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.refpix_sirs import row_drift
from snakewebb.kernels.row_median import row_median

BORDER = 4
"""Width of the border of reference pixels."""

OUTPUTS = 4
"""Number of amplifiers that read a detector at the same time."""


def detector_view(images, fastaxis, slowaxis):
    """Return images in detector orientation, without a copy.

    Parameters
    ----------
    images : ndarray, shape (..., ny, nx)
        Images as they lie in the sky-facing orientation of the data products.
    fastaxis, slowaxis : int
        Readout directions: 1 along x and 2 along y, negative if towards smaller coordinates.

    Returns
    -------
    ndarray
        A view with axes (..., slow, fast), both in the order of readout.

    Raises
    ------
    ValueError
        If they are not the two axes of an image.
    """
    if {abs(fastaxis), abs(slowaxis)} != {1, 2}:
        raise ValueError(f"axes {fastaxis} (fast) and {slowaxis} (slow) are not those of an image")
    view = images if abs(fastaxis) == 1 else np.swapaxes(images, -1, -2)
    return view[..., :: int(np.sign(slowaxis)), :: int(np.sign(fastaxis))]


def border(shape, *, corner=(0, 0), size=2048):
    """Return which pixels of a subarray lie in the border of the detector.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the subarray.
    corner : (int, int)
        Row and column of its first pixel on the detector, from 0.
    size : int
        Rows and columns of the detector.

    Returns
    -------
    ndarray, shape `shape`, bool
    """
    rows, columns = (
        (index < BORDER) | (index >= size - BORDER)
        for index in (
            first + np.arange(length) for first, length in zip(corner, shape, strict=True)
        )
    )
    return rows[:, np.newaxis] | columns


def channels(x, size, *, outputs=OUTPUTS, odd_even_columns=True):
    """Return a number for each column that is the same where the offset of the electronics is.

    Parameters
    ----------
    x : ndarray, shape (nx,), int
        Columns of the detector, from 0.
    size : int
        Number of columns that all outputs read.
    outputs : int
        Number of outputs, which read as many columns each, side by side.
    odd_even_columns : bool
        Odd and even columns have offsets of their own.

    Returns
    -------
    ndarray, shape (nx,), int
    """
    output = x * outputs // size
    return 2 * output + x % 2 if odd_even_columns else output


def subtract_output_drifts(
    ramp,
    reference,
    *,
    corner=(0, 0),
    size=2048,
    odd_even_columns=True,
    use_side_ref_pixels=True,
    side_smoothing_length=11,
    side_gain=1.0,
    siglimit=3.0,
    side_kernels=None,
    sigreject=4.0,
    round_first=True,
    out=None,
):
    r"""Subtract the drifts of a detector whose outputs each read a stripe of columns.

    From every column :math:`x` the mean of the reference rows of its output and parity is
    subtracted, the average of that at the bottom and that at the top; then from every row
    :math:`y` the running median of the reference columns, the average of left and right:

    .. math:: S_{yx} = R_{yx} - c_x - g \, m_y

    Where there are no good reference pixels at one end, the other one serves; where there are
    none at both, nothing is subtracted. With learned kernels, :math:`g \, m_y` is the sum of the
    `snakewebb.kernels.refpix_sirs.row_drift` of both sides instead, for each output by itself.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Detector or subarray. NaN does not count as reference and else stays where it is.
    reference : ndarray, shape (ny, nx), bool
        Reference pixels to use; only those in the `border` are.
    corner : (int, int)
        Row and column of the first pixel on the detector, from 0.
    size : int
        Rows and columns of the detector.
    odd_even_columns : bool
        Odd and even columns of an output have means of their own.
    use_side_ref_pixels : bool
        Subtract the running median of the reference columns as well.
    side_smoothing_length : int
        Rows in a window of the running median. It is mirrored at the edges of the detector; an
        even window reaches one row further back than forth.
    side_gain : float
        Factor :math:`g`.
    siglimit : float
        Distance from a mean, in standard deviations, beyond which a value does not count in it.
    side_kernels : (ndarray, ndarray), shapes (4, n), optional
        Learned convolution kernels of the outputs, for the reference columns on the left and on
        the right of a whole detector; `reference` does not matter to these then.
    sigreject : float
        Distance from the median, in standard deviations, beyond which these leave a value out.
    round_first : bool
        Round to single precision between the corrections of columns and rows in the first frame,
        as in jwst for the first of an exposure. A difference of this size decides the photon
        noise of pixels that see no light.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without drifts, reference pixels included.

    Raises
    ------
    ValueError
        If the shapes of image and mask differ, the window is empty, or there are learned kernels
        for something else than a whole detector of four outputs.
    """
    _check_mask(ramp, reference)
    if side_smoothing_length < 1:
        raise ValueError(f"side_smoothing_length is {side_smoothing_length}, but must be positive")
    _check_side_kernels(side_kernels, reference.shape, size)
    out = np.empty_like(ramp) if out is None else out
    ends, sides = (
        _edges(first, length, size) for first, length in zip(corner, reference.shape, strict=True)
    )
    x = corner[1] + np.arange(reference.shape[1])
    channel = channels(x, size, odd_even_columns=odd_even_columns)
    if not use_side_ref_pixels:
        find_drift = _no_drift
    elif side_kernels is None:
        window = (corner[0], size, side_smoothing_length)
        find_drift = partial(_median_drift, window=window, gain=side_gain)
    else:
        find_drift = partial(_learned_drifts, kernels=side_kernels, sigreject=sigreject)
    for frames, result, first in _stacks(ramp, out):
        rounded = not use_side_ref_pixels or (first and round_first)
        precision = np.float32 if rounded else np.float64
        strips = [_masked(frames[:, rows], reference[rows], precision) for rows in ends]
        offsets = _column_offsets(strips, channel, siglimit)[:, np.newaxis, :]
        strips = [(frames[..., part], reference[:, part], offsets[..., part]) for part in sides]
        drift = find_drift(strips, precision)
        for rows in row_blocks(*reference.shape):
            columns_corrected = np.subtract(frames[:, rows], offsets, dtype=precision)
            result[:, rows] = columns_corrected - _for_columns(drift[:, rows], x.size)
    return out


def subtract_channel_offsets(ramp, reference, channel, *, siglimit=3.0, out=None):
    """Subtract the mean of the first and last rows from the columns of each channel.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Detector. NaN does not count as reference and else stays where it is.
    reference : ndarray, shape (ny, nx), bool
        Reference pixels to use; only those in the first and last four rows are. Where there are
        none at one end, the other one serves; where there are none at both, nothing is subtracted.
    channel : ndarray, shape (nx,), int
        Columns of the same number share an offset.
    siglimit : float
        Distance from a mean, in standard deviations, beyond which a value does not count in it.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without offsets, reference pixels included.

    Raises
    ------
    ValueError
        If the shapes of image and mask differ.
    """
    _check_mask(ramp, reference)
    out = np.empty_like(ramp) if out is None else out
    ends = _edges(0, len(reference), len(reference))
    for frames, result, _ in _stacks(ramp, out):
        strips = [_masked(frames[:, rows], reference[rows]) for rows in ends]
        np.subtract(frames, _column_offsets(strips, channel, siglimit)[:, np.newaxis], out=result)
    return out


def subtract_common_drift(ramp, reference, channel, *, siglimit=3.0, out=None):
    """Subtract the mean of all reference pixels of each channel, wherever they are.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Subarray. NaN does not count as reference and else stays where it is.
    reference : ndarray, shape (ny, nx), bool
        Reference pixels to use.
    channel : ndarray, shape (nx,), int
        Columns of the same number share a mean; without reference pixels among them nothing is
        subtracted.
    siglimit : float
        Distance from a mean, in standard deviations, beyond which a value does not count in it.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without drift, reference pixels included.

    Raises
    ------
    ValueError
        If the shapes of image and mask differ.
    """
    _check_mask(ramp, reference)
    out = np.empty_like(ramp) if out is None else out
    for frames, result, _ in _stacks(ramp, out):
        offsets = np.empty((len(frames), channel.size), dtype=np.float32)
        for columns in _columns_of(channel):
            values = frames[:, reference & columns]
            offsets[:, columns] = _known_mean([_clipped_mean(values, siglimit)])[:, np.newaxis]
        np.subtract(frames, offsets[:, np.newaxis, :], out=result)
    return out


def subtract_interleaved_drifts(ramp, reference, *, odd_even_rows=True, siglimit=3.0, out=None):
    """Subtract the drifts since the first group of a detector whose outputs take turns on a row.

    Output ``a`` reads every fourth column from ``a`` on. From each of its pixels the mean of its
    reference column is subtracted, the average of that on the left and that on the right, in
    the difference to the first group of the integration. The first group stays as it is.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Detector. NaN does not count as reference and else stays where it is.
    reference : ndarray, shape (ny, nx), bool
        Reference pixels to use; only those in the first and last four columns are. Where there
        are none on one side, the other one serves; where there are none on both, nothing is
        subtracted.
    odd_even_rows : bool
        Odd and even rows have means of their own.
    siglimit : float
        Distance from a mean, in standard deviations, beyond which a value does not count in it.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without drifts, reference pixels included.

    Raises
    ------
    ValueError
        If the shapes of image and mask differ.
    """
    _check_mask(ramp, reference)
    out = np.empty_like(ramp) if out is None else out
    for frames, result in zip(ramp, out, strict=True):
        start = np.where(np.isnan(frames[0]), np.float32(0), frames[0])
        for row, step in ((0, 2), (1, 2)) if odd_even_rows else ((0, 1),):
            for output in range(OUTPUTS):
                pixels = np.s_[..., row::step, output::OUTPUTS]
                drift = frames[pixels][..., [0, -1]] - frames[0][pixels][..., [0, -1]]
                drift = _masked(drift, reference[pixels][..., [0, -1]])
                means = [_clipped_mean(drift[..., side], siglimit) for side in (0, 1)]
                rise = frames[pixels] - start[pixels]
                rise -= _known_mean(means)[:, np.newaxis, np.newaxis]
                np.add(rise, start[pixels], out=result[pixels])
    return out


def _check_mask(ramp, reference):
    """Raise unless the mask of reference pixels has the shape of the image."""
    if ramp.shape[-2:] != reference.shape:
        raise ValueError(
            f"mask of reference pixels {reference.shape} does not fit the image {ramp.shape[-2:]}"
        )


def _check_side_kernels(kernels, shape, size):
    """Raise unless there are kernels of all outputs, and a whole detector to use them on."""
    if kernels is None:
        return
    if shape != (size, size) or any(len(side) != OUTPUTS for side in kernels):
        raise ValueError(
            f"{' and '.join(str(len(side)) for side in kernels)} kernels and an image {shape}, "
            f"but there must be {OUTPUTS} and {OUTPUTS} for {(size, size)}"
        )


def _stacks(ramp, out, *, pixels=2**20):
    """Return a few frames at a time, where their result goes, and whether it is the first frame."""
    count = max(1, pixels // ramp[0, 0].size)
    stacks = []
    for integration, (frames, result) in enumerate(zip(ramp, out, strict=True)):
        bounds = [*range(integration == 0, len(frames), count), len(frames)]
        parts = [slice(*pair) for pair in itertools.pairwise(bounds)]
        stacks += [(frames[part], result[part], False) for part in parts]
    return [(ramp[0, :1], out[0, :1], True), *stacks]


def _edges(first, length, size):
    """Return the parts of an axis that lie in the border, at the low and at the high end."""
    low = min(max(BORDER - first, 0), length)
    high = min(max(size - BORDER - first, 0), length)
    return slice(0, low), slice(high, length)


def _masked(values, mask, dtype=np.float32):
    """Return values in some precision, with NaN where the mask is not set."""
    return np.where(mask, values, np.nan).astype(dtype)


def _columns_of(channel):
    """Return a mask of the columns of each channel."""
    return [channel == c for c in np.unique(channel)]


def _column_offsets(strips, channel, siglimit):
    """Return the mean of the reference rows for each frame and column.

    Columns of the same channel share it; `strips` are the reference rows of both ends.
    """
    precision = strips[0].dtype
    offsets = np.empty((len(strips[0]), channel.size), dtype=precision)
    for columns in _columns_of(channel):
        means = [_clipped_mean(s[..., columns].reshape(len(s), -1), siglimit) for s in strips]
        offsets[:, columns] = _known_mean(means, precision)[:, np.newaxis]
    return offsets


def _clipped_mean(values, siglimit):
    """Return the clipped mean of each row of values, NaN left out; NaN if there is none."""
    return np.array([_clipped(row, siglimit).mean() for row in values], dtype=values.dtype)


def _clipped(row, siglimit):
    """Return the values that are not NaN and within reach of their mean; one NaN if none is."""
    row = row[~np.isnan(row)]
    while row.size:
        mean, reach = row.mean(), row.dtype.type(siglimit) * row.std()
        within = (row >= mean - reach) & (row <= mean + reach)
        if within.all():
            return row
        row = row[within]
    return np.full(1, np.nan, dtype=row.dtype)


def _known_mean(values, dtype=np.float32):
    """Return the mean of several arrays, NaN left out; zero where there is none."""
    known = ~np.isnan(values)
    total = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    return (total / np.maximum(known.sum(axis=0), 1)).astype(dtype)


def _no_drift(strips, precision):
    """Return the drift (frame, row, output) where none is to be found."""
    return np.zeros((*strips[0][0].shape[:2], 1))


def _median_drift(strips, precision, *, window, gain):
    """Return the drift (frame, row, output) by the running medians of both sides.

    Of each side there are the frames, its good reference pixels, and the offsets of its columns.
    """
    medians = [
        _running_median(_masked(frames, good, precision) - offsets, *window)
        for frames, good, offsets in strips
    ]
    return gain * _known_mean(medians, np.float64)[..., np.newaxis]


def _learned_drifts(strips, precision, *, kernels, sigreject):
    """Return the drift (frame, row, output) by the kernels of both sides."""
    left, right = (
        np.stack(
            [
                row_drift(frame, weights, sigreject=sigreject)
                for frame in np.subtract(frames, offsets, dtype=precision)
            ]
        )
        for (frames, _, offsets), weights in zip(strips, kernels, strict=True)
    )
    return np.swapaxes(left + right, -1, -2)


def _for_columns(drift, nx):
    """Return the drift of each column, if outputs differ."""
    outputs = drift.shape[-1]
    return drift if outputs == 1 else np.repeat(drift, nx // outputs, axis=-1)


def _running_median(strip, first, size, length):
    """Return the median of a window of rows around each row of reference columns."""
    frames, rows, columns = strip.shape
    detector = np.full((frames, size, BORDER), np.nan, dtype=strip.dtype)
    detector[:, first : first + rows, :columns] = strip
    before = length // 2
    reach = ((0, 0), (before, length - 1 - before), (0, 0))
    windows = sliding_window_view(np.pad(detector, reach, mode="reflect"), length, axis=1)
    values = windows[:, first : first + rows].reshape(frames, rows, -1)
    return row_median(values, ~np.isnan(values))
