"""Where in an exposure's images the pixels are that see light."""

import numpy as np

BORDER = 4
"""Width of the edge of reference pixels."""

NEAR_INFRARED_SIDE = 2048
"""Rows and columns of a near-infrared detector."""

MIRI_COLUMNS = 1032
"""Columns of a detector of MIRI."""


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


IRS2_OUTPUTS = 5
"""Outputs of the interleaved readout: one of reference pixels, then four of the detector."""


INTERLEAVED_SHAPE = (3200, 2048)
"""Rows and columns of frames that are interleaved with reference pixels."""


def shape_on_detector(shape):
    """Return the shape of an image without interleaved reference pixels and reference output."""
    interleaved_frames = tuple(shape) == INTERLEAVED_SHAPE
    return (NEAR_INFRARED_SIDE, NEAR_INFRARED_SIDE) if interleaved_frames else tuple(shape)


def interleaved(model):
    """Return whether reference pixels are interleaved with the image (IRS2 of NIRSpec)."""
    return "IRS2" in (model.meta.exposure.readpatt or "")


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
