"""Where spectra of the integral field unit of NIRSpec fall.

Mirrors slice its field of view, and the optics behind them make a slit of each slice. Their
distortion depends on the wavelength.

References: JWST pipeline documentation, "Assign WCS" and "Clean Flicker Noise"; T. Böker et al.
(2022), A&A 661, A82, doi:10.1051/0004-6361/202142589.
"""

import numpy as np

from snakewebb.kernels.slit_boxes import pixels_that_see
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.nirspec_optics import HALF_HEIGHT, WAVELENGTHS, Spectrograph
from snakewebb.steps.nirspec_shutters import behind_open_shutters

INTEGRAL_FIELD = "NRS_IFU"
"""Type of exposures of the integral field unit."""

NEEDED = ("ifupost", "ifuslicer")
"""Types of reference files that describe it, besides those of the spectrograph."""

ROWS_OF_SLITS = slice(922, 1116)
"""Rows of a full frame where the spectra of the fixed slits fall, on both detectors."""


def in_slices(model, references):
    """Return which pixels of an exposure of the integral field unit may see light.

    It may come through slices, fixed slits, which are always open, and shutters that do not close.

    Parameters
    ----------
    model : data model
        A ramp, or rates.
    references : object
        Holds the references of `NEEDED` and of `nirspec_optics.NEEDED`.

    Returns
    -------
    ndarray, shape (ny, nx), bool

    Raises
    ------
    NotApplicable
        If a reference is missing.
    """
    if missing := [kind for kind in NEEDED if getattr(references, kind) is None]:
        raise NotApplicable(f"there is no reference {', '.join(missing)} to tell where slices fall")
    optics = Spectrograph(model, references)
    found = behind_open_shutters(optics, references, model.data.shape[-2:])
    found[ROWS_OF_SLITS] = True
    for number in range(len(references.ifuslicer.data)):
        part, seen = pixels_of_slice(optics, references, number, found.shape)
        found[part] |= seen
    return found


def pixels_of_slice(optics, references, number, shape):
    """Return a part of an image, and which of its pixels see the spectrum of a slice.

    Parameters
    ----------
    optics : Spectrograph
        The optics behind the virtual slits.
    references : object
        Holds the references of `NEEDED`.
    number : int
        The slice, counted from 0.
    shape : tuple of int
        Rows and columns of the image.
    """
    wavelengths = optics.wavelengths(WAVELENGTHS)
    ends = ends_of_slice(references.ifuslicer, number)
    behind = getattr(references.ifupost, f"slice_{number}")
    spectra = [virtual_slit(behind, end, wavelengths) for end in ends]
    x, y = np.concatenate(spectra, axis=1)
    columns, rows = optics.image(x, y, np.tile(wavelengths, len(ends)))
    middle = np.mean(wavelengths)
    limits = [float(optics.height_of(*virtual_slit(behind, end, middle))) for end in ends]
    return pixels_that_see(columns, rows, optics.height_at, limits, shape=shape)


def ends_of_slice(slicer, number):
    """Return the places of both ends of a slice in the plane of the slicer, in metres."""
    _, x, y, _, length = slicer.data[number].tolist()
    return [slicer.model(x, y + length * half) for half in (-HALF_HEIGHT, HALF_HEIGHT)]


def virtual_slit(behind, place, wavelengths):
    """Return the place in the plane of slits where light of a place of the slicer comes through.

    Parameters
    ----------
    behind : object
        Transforms of the slice, an entry of the reference IFUPOST.
    place : tuple of float
        In the plane of the slicer, in metres.
    wavelengths : float or ndarray
        In metres.

    Returns
    -------
    x, y : float or ndarray
        In metres.
    """
    straight = behind.linear(*place)
    return (
        behind.xpoly(*straight) + wavelengths * behind.xpoly_distortion(*straight),
        behind.ypoly(*straight) + wavelengths * behind.ypoly_distortion(*straight),
    )
