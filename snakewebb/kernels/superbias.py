"""Subtract the bias that a reset leaves in each pixel, the same in every integration.

Reference: JWST pipeline documentation, "Superbias Subtraction".
"""

import numpy as np


def subtract_superbias(ramp, superbias, *, out=None):
    """Subtract a bias image from every group of every integration.

    Parameters
    ----------
    ramp : ndarray, shape (..., ny, nx), float32, DN
        Groups of one or more integrations.
    superbias : ndarray, shape (ny, nx), float32, DN
        Bias of each pixel. NaN means that it is not known; such a pixel is left as it is.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (..., ny, nx), float32, DN
        ``ramp - superbias``.

    Raises
    ------
    ValueError
        If the shapes of image and bias differ.
    """
    if ramp.shape[-2:] != superbias.shape:
        raise ValueError(f"superbias {superbias.shape} does not fit the image {ramp.shape[-2:]}")
    known = np.where(np.isnan(superbias), np.float32(0), superbias)
    return np.subtract(ramp, known, out=out)
