"""Divide images by the relative response of their pixels.

Reference: JWST pipeline documentation, "Flatfield Correction".
"""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE, NO_FLAT_FIELD


def valid_flat(flat, dq):
    """Return a flat that every pixel can be divided by, and its flags.

    Parameters
    ----------
    flat : ndarray, shape (ny, nx), float32
        Relative response. NaN or zero means that it is not known.
    dq : ndarray, shape (ny, nx), uint32
        Flags, of which NO_FLAT_FIELD and DO_NOT_USE are read.

    Returns
    -------
    flat : ndarray, shape (ny, nx), float32
        The flat, with 1 in pixels whose response is not known or not to be used.
    dq : ndarray, shape (ny, nx), uint32
        The flags, with NO_FLAT_FIELD and DO_NOT_USE where the response is not known.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if flat.shape != dq.shape:
        raise ValueError(f"flags {dq.shape} do not fit the flat {flat.shape}")
    unknown = np.isnan(flat) | (flat == 0) | ((dq & NO_FLAT_FIELD) != 0)
    flags = np.where(unknown, dq | np.uint32(NO_FLAT_FIELD | DO_NOT_USE), dq)
    unused = (flags & DO_NOT_USE) != 0
    return np.where(unused, np.float32(1), flat), flags


def divide_by_flat(images, flat, *, out=None):
    """Divide images by a flat.

    Parameters
    ----------
    images : ndarray, shape (..., ny, nx), float32
        Any quantity that is proportional to the response. NaN stays NaN.
    flat : ndarray, shape (ny, nx), float32
        Relative response, as `valid_flat` returns it.
    out : ndarray, optional
        Where the result goes, of the shape of `images`; may be `images` itself.

    Returns
    -------
    ndarray, shape (..., ny, nx), float32

    Raises
    ------
    ValueError
        If the image shapes differ.
    """
    _check_shape("flat", flat, images)
    return np.divide(images, flat, out=out)


def multiply_by_flat(images, flat, *, out=None):
    """Undo the division of images by a flat.

    Parameters
    ----------
    images, flat, out
        As in `divide_by_flat`.

    Returns
    -------
    ndarray, shape (..., ny, nx), float32

    Raises
    ------
    ValueError
        If the image shapes differ.
    """
    _check_shape("flat", flat, images)
    return np.multiply(images, flat, out=out)


def flat_variance(images, flat, flat_error):
    r"""Return the variance that the error of a flat brings to images divided by it.

    .. math:: V = \frac{S^2}{f^2} \sigma_f^2

    Parameters
    ----------
    images : ndarray, shape (..., ny, nx), float32
        Images S after the division. NaN stays NaN.
    flat, flat_error : ndarray, shape (ny, nx), float32
        Flat f as `valid_flat` returns it, and its error.

    Returns
    -------
    ndarray, shape (..., ny, nx), float32

    Raises
    ------
    ValueError
        If the image shapes differ.
    """
    _check_shape("flat", flat, images)
    _check_shape("error of the flat", flat_error, images)
    variance = np.square(images)
    variance /= np.square(flat)
    variance *= np.square(flat_error)
    return variance


def combined_error(error, variance):
    """Return the error of images to which a variance is added.

    Parameters
    ----------
    error : ndarray, of any shape, float32
        Error without it.
    variance : ndarray, of the same shape, float32
        What is added to its square.

    Returns
    -------
    ndarray, of the same shape, float32
    """
    total = np.square(error)
    total += variance
    return np.sqrt(total, out=total)


def forget_where_either_is_nan(images, errors):
    """Set both an image and its error to NaN where one of them is, in place.

    Parameters
    ----------
    images, errors : ndarray, of one shape, float32
        Both are changed.
    """
    unknown = np.isnan(images) | np.isnan(errors)
    images[unknown] = np.nan
    errors[unknown] = np.nan


def _check_shape(name, image, images):
    """Raise unless an image fits others."""
    if image.shape != images.shape[-2:]:
        raise ValueError(f"{name} {image.shape} does not fit the image {images.shape[-2:]}")
