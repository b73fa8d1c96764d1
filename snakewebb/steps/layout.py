"""Where in an exposure's images the pixels are that see light."""

import numpy as np

from snakewebb.kernels.blocks import empty

RAMP_DIMENSIONS = 4
"""Integrations, groups, rows and columns."""

BORDER = 4
"""Width of the edge of reference pixels."""

NEAR_INFRARED_SIDE = 2048
"""Rows and columns of a near-infrared detector."""

MIRI_COLUMNS = 1032
"""Columns of a detector of MIRI."""

IRS2_OUTPUTS = 5
"""Outputs of the interleaved readout: one of reference pixels, then four of the detector."""

IRS2_SHAPE = (3200, 2048)
"""Rows and columns of frames that are interleaved with reference pixels."""


def light_sensitive(model):
    """Return the part of the subarray that is not reference pixels.

    Near-infrared detectors have reference pixels on all four sides, MIRI's on the left and right.

    Parameters
    ----------
    model : data model
        An exposure; interleaved reference pixels of NIRSpec are not counted here.

    Returns
    -------
    tuple of slice
        Rows and columns of its image.
    """
    subarray, (ny, nx) = model.meta.subarray, model.data.shape[-2:]
    if model.meta.instrument.name == "MIRI":
        return slice(0, ny), _within(BORDER, MIRI_COLUMNS - BORDER, subarray.xstart, nx)
    first, end = BORDER, NEAR_INFRARED_SIDE - BORDER
    return _within(first, end, subarray.ystart, ny), _within(first, end, subarray.xstart, nx)


def _within(first, end, start, length):
    """Return the pixels of a detector's axis in a subarray that starts at `start`, from 1."""
    offset = (start or 1) - 1
    return slice(*(min(max(pixel - offset, 0), length) for pixel in (first, end)))


def first_pixel(subarray):
    """Return row and column of the first pixel of an image, on the detector, from zero."""
    return (subarray.ystart or 1) - 1, (subarray.xstart or 1) - 1


def striped(subarray):
    """Return whether an image consists of several stripes of the detector (keywords MSTR_...)."""
    return bool(subarray.multistripe_reads1 or subarray.multistripe_reads2)


def refuse_other_stripes(subarray):
    """Raise if an image has stripes that are not those of NIRCam's DHS subarrays.

    Stripes of NIRISS start elsewhere on the detector and move on between integrations.
    """
    if subarray.num_superstripe or (striped(subarray) and "DHS" not in (subarray.name or "")):
        raise ValueError(
            f"{subarray.name} has stripes that move from integration to integration "
            "(superstripes), which are not supported"
        )


def stripes_of_image(subarray, length, size=NEAR_INFRARED_SIDE):
    """Return which rows of the detector an image of several stripes consists of.

    First come a few rows at the edge of the detector (MSTR_RD1), then, after a gap (MSTR_SK1),
    stripes (MSTR_RD2) with gaps between them (MSTR_SK2). If MSTR_RPT is set, the rows at the edge
    are read again before each stripe, which is the same one each time unless MSTR_ILV is set too.

    Parameters
    ----------
    subarray : object
        The exposure's ``meta.subarray``.
    length, size : int
        Pixels of the image and of the detector along the slow axis.

    Returns
    -------
    ndarray of int, shape (length,)
        Indices from 0 along the slow axis as it lies in images.

    Raises
    ------
    ValueError
        If the stripes do not add up to the image, or reach beyond the detector.
    """
    edge, reads = np.arange(subarray.multistripe_reads1), np.arange(subarray.multistripe_reads2)
    first = edge.size + subarray.multistripe_skips1
    step = reads.size + subarray.multistripe_skips2
    if subarray.repeat_stripe:
        number = length // (edge.size + reads.size)
        starts = first + step * np.arange(number) * bool(subarray.interleave_reads1)
        parts = [part for start in starts for part in (edge, start + reads)]
    else:
        number = (length - edge.size) // max(reads.size, 1)
        parts = [edge, *(first + step * k + reads for k in range(number))]
    rows = np.concatenate(parts)
    if rows.size != length or rows.max() >= size:
        raise ValueError(
            f"the stripes of {subarray.name} do not add up to {length} rows of {size} (MSTR_...)"
        )
    return rows if subarray.slowaxis > 0 else (size - 1 - rows)[::-1]


def shape_on_detector(shape):
    """Return the shape of an image without interleaved reference pixels and reference output."""
    shape = tuple(shape)
    return (NEAR_INFRARED_SIDE, NEAR_INFRARED_SIDE) if shape == IRS2_SHAPE else shape


def interleaved(model):
    """Return whether reference pixels are still interleaved with the image (IRS2 of NIRSpec)."""
    in_irs2 = "IRS2" in (model.meta.exposure.readpatt or "")
    return in_irs2 and model.data.shape[-2] != NEAR_INFRARED_SIDE


def leave_out_interleaved(model):
    """Leave out of a ramp what is not of pixels of the detector, if anything is interleaved."""
    if interleaved(model):
        rows = science_rows(model)
        for name in ("data", "groupdq", "pixeldq"):
            frames = getattr(model, name)
            left = empty((*frames.shape[:-2], rows.size, frames.shape[-1]), frames.dtype)
            setattr(model, name, np.take(frames, rows, axis=-2, out=left, mode="clip"))


def science_rows(model):
    """Return the rows of an interleaved image that are pixels of the detector.

    A fifth of the rows, the first ones of NRS1 and the last ones of NRS2, is the reference output.
    In the others a few rows of reference pixels lie in the middle between as many normal rows.

    Parameters
    ----------
    model : data model
        An exposure in an IRS2 readout pattern.

    Returns
    -------
    ndarray of int
        Indices of rows, in the order of the detector.
    """
    exposure, ny = model.meta.exposure, model.data.shape[-2]
    normal, reference = exposure.nrs_normal or 16, exposure.nrs_reference or 4
    output = ny // IRS2_OUTPUTS
    place = np.arange(ny - output) % (normal + reference)
    rows = np.flatnonzero((place < normal // 2) | (place >= normal // 2 + reference))
    return rows + output if model.meta.instrument.detector == "NRS1" else rows
