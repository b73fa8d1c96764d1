"""Where light falls that comes through micro-shutters of NIRSpec that do not close.

Reference: JWST pipeline documentation, "MSAFlagOpen" and its reference file MSAOPER.
"""

import numpy as np

from snakewebb.kernels.slit_boxes import pixels_that_see
from snakewebb.steps.nirspec_optics import WAVELENGTHS

COLUMNS = 365
"""Shutters in a row of a quadrant."""

STATES = ("state", "TA state", "Internal state")
"""Entries that tell whether a shutter is open."""


def stuck_open(reference):
    """Return quadrant and index of each shutter that does not close.

    Parameters
    ----------
    reference : object
        The reference MSAOPER, or None, which tells of no such shutter.
    """
    found = [] if reference is None else reference.instance["msaoper"]
    return [
        (each["Q"], (each["y"] - 1) * COLUMNS + each["x"] - 1)
        for each in found
        if any(each[name] == "open" for name in STATES)
    ]


def behind_open_shutters(optics, references, shape):
    """Return which pixels may see light of shutters that do not close.

    Parameters
    ----------
    optics : Spectrograph
        The optics behind the shutters.
    references : object
        Holds the references MSA and MSAOPER.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    ndarray of bool
    """
    found = np.zeros(shape, bool)
    for quadrant, index in stuck_open(references.msaoper):
        shutters = getattr(references.msa, f"Q{quadrant}")
        part, seen = pixels_of_shutter(optics, shutters, index, shape)
        found[part] |= seen
    return found


def pixels_of_shutter(optics, shutters, index, shape):
    """Return a part of an image, and which of its pixels see the spectrum of a shutter.

    Parameters
    ----------
    optics : Spectrograph
        The optics behind the shutters.
    shutters : object
        The part of the reference MSA that holds a quadrant.
    index : int
        The row of the shutter there.
    shape : tuple of int
        Rows and columns of the image.
    """
    _, x, y, _, height = shutters.data[index].tolist()
    ends = y + height * np.array([-0.5, 0.5])
    x, y = shutters.model(np.full(2, x), ends)
    wavelengths = optics.wavelengths(WAVELENGTHS)
    columns, rows = optics.image(
        np.repeat(x, WAVELENGTHS), np.repeat(y, WAVELENGTHS), np.tile(wavelengths, 2)
    )
    return pixels_that_see(columns, rows, optics.height_at, optics.height_of(x, y), shape=shape)
