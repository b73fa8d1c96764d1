"""Start the data-quality flags of an exposure from a map of bad pixels.

Reference: JWST pipeline documentation, "Data Quality (DQ) Initialization".
"""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE


def flag_pixels(dq, mask, *, out=None):
    """Add the flags of a mask to those of the pixels.

    Parameters
    ----------
    dq : ndarray, shape (ny, nx), uint32
        Flags of the pixels.
    mask : ndarray, shape (ny, nx), uint32
        Flags to add.
    out : ndarray, optional
        Where the result goes, of the shape of `dq`; may be `dq` itself.

    Returns
    -------
    ndarray, shape (ny, nx), uint32
        Both sets of flags.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    _check_shapes(dq, mask)
    return np.bitwise_or(dq, mask, out=out)


def flag_groups(groupdq, mask, *, out=None):
    """Flag every group of a pixel that must not be used.

    Parameters
    ----------
    groupdq : ndarray, shape (..., ny, nx), uint8
        Flags of the groups.
    mask : ndarray, shape (ny, nx), uint32
        Flags of the pixels, of which only DO_NOT_USE is read.
    out : ndarray, optional
        Where the result goes, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (..., ny, nx), uint8
        The flags, with DO_NOT_USE in all groups of the pixels that have it in the mask.

    Raises
    ------
    ValueError
        If the image shapes differ.
    """
    _check_shapes(groupdq, mask)
    useless = (mask & DO_NOT_USE).astype(np.uint8)
    return np.bitwise_or(groupdq, useless, out=out)


def _check_shapes(flags, mask):
    """Raise unless a mask fits the image."""
    if flags.shape[-2:] != mask.shape:
        raise ValueError(f"mask {mask.shape} does not fit the image {flags.shape[-2:]}")
