"""Subtract the bias that a reset leaves in each pixel, the same in every integration.

Reference: JWST pipeline documentation, "Superbias Subtraction".
"""

import numpy as np

from snakewebb.kernels.blocks import each, row_blocks


def subtract_superbias(ramp, superbias, *, out=None):
    r"""Subtract a bias image from every group of every integration.

    .. math:: F' = F - B

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. NaN stays NaN.
    superbias : ndarray, shape (ny, nx), float32, DN
        Bias of each pixel. NaN means that it is not known; such a pixel is left as it is.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal above the bias.

    Raises
    ------
    ValueError
        If the shapes of image and bias differ.
    """
    bias = _bias_or_zero(superbias, ramp.shape[-2:])
    out = np.empty_like(ramp) if out is None else out

    def subtract(rows):
        np.subtract(ramp[..., rows, :], bias[rows], out=out[..., rows, :])

    each(subtract, row_blocks(*bias.shape))
    return out


def subtract_from_zeroframe(zeroframe, superbias, *, out=None):
    """Subtract a bias image from zeroth frames, in which zero stands for a saturated pixel.

    Parameters
    ----------
    zeroframe : ndarray, shape (nints, ny, nx), float32, DN
        The first frame of each integration. Pixels at zero stay zero.
    superbias, out
        As in `subtract_superbias`.

    Returns
    -------
    ndarray, shape (nints, ny, nx), float32, DN
        Signal above the bias, or zero.

    Raises
    ------
    ValueError
        If the shapes of image and bias differ.
    """
    bias = _bias_or_zero(superbias, zeroframe.shape[-2:])
    out = np.empty_like(zeroframe) if out is None else out
    saturated = zeroframe == 0
    np.subtract(zeroframe, bias, out=out)
    out[saturated] = 0
    return out


def _bias_or_zero(superbias, image):
    """Return the bias of an image of some shape, zero where it is not known."""
    if superbias.shape != image:
        raise ValueError(f"superbias {superbias.shape} does not fit the image {image}")
    return np.where(np.isnan(superbias), np.float32(0), superbias)
