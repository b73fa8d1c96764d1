"""Where spectra of the fixed slits of NIRSpec fall."""

import numpy as np

from snakewebb.kernels.slit_boxes import box_around
from snakewebb.steps.nirspec_optics import HALF_HEIGHT, WAVELENGTHS, Spectrograph
from snakewebb.steps.nirspec_shutters import behind_open_shutters

BRIGHT_OBJECT = "NRS_BRIGHTOBJ"
"""Type of exposures of a bright object through the largest slit."""

FIXED_SLITS = ("NRS_FIXEDSLIT", BRIGHT_OBJECT)
"""Types of exposures of the fixed slits."""

SLITS = ("S200A1", "S200A2", "S400A1", "S1600A1", "S200B1")
"""Fixed slits, in the order of the reference MSA."""

LARGEST = "S1600A1"
"""The slit for bright objects."""

WITH_THE_LARGEST = ("SUB1024A", "SUB1024B", "SUB2048", "SUB512", "SUB512S")
"""Subarrays that hold its spectrum."""


def in_slits(model, references, *, shutters=False):
    """Return which pixels of an exposure of the fixed slits may see light of a slit.

    Parameters
    ----------
    model : data model
        A ramp, or rates.
    references : object
        Holds the references of `nirspec_optics.NEEDED`, and `msaoper`, or None, for shutters.
    shutters : bool
        Whether light that comes through shutters that do not close counts, too.

    Returns
    -------
    ndarray, shape (ny, nx), bool
    """
    optics, shape = Spectrograph(model, references), model.data.shape[-2:]
    found = behind_open_shutters(optics, references, shape) if shutters else np.zeros(shape, bool)
    for slit in open_slits(model.meta):
        box = box_of_slit(optics, references.msa.Q5, SLITS.index(slit))
        if box is not None:
            found[box] = True
    return found


def open_slits(meta):
    """Return the names of the slits whose spectra an exposure of fixed slits may hold."""
    subarray = meta.subarray.name
    if meta.exposure.type == BRIGHT_OBJECT or subarray in WITH_THE_LARGEST:
        return (LARGEST,)
    only = [slit for slit in SLITS if subarray == f"SUB{slit}"]
    return tuple(only) or SLITS


def box_of_slit(optics, part, number, edges=(-HALF_HEIGHT, HALF_HEIGHT)):
    """Return rows and columns around the spectrum of a slit, or None if it is not seen.

    Parameters
    ----------
    optics : Spectrograph
        The optics behind the slit.
    part : object
        The part of the reference MSA that holds the slit.
    number : int
        Its row there.
    edges : (float, float)
        Where it ends, from its middle, in units of its height.
    """
    _, x, y, _, height = part.data[number].tolist()
    x, y = part.model(np.full(2, x), y + height * np.array(edges))
    wavelengths = optics.wavelengths(WAVELENGTHS)
    columns, rows = optics.image(
        np.repeat(x, WAVELENGTHS), np.repeat(y, WAVELENGTHS), np.tile(wavelengths, 2)
    )
    return box_around(columns, rows, optics.height_at, optics.height_of(x, y))
