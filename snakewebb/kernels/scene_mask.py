"""Find the pixels of an image that show nothing but background.

References: JWST pipeline documentation, "Clean Flicker Noise", creation of a scene mask.
"""

import numpy as np
import scipy

from snakewebb.kernels.sigma_clipping import THRESHOLD, clip, median_in_order, spread

BINS = 2000
"""Bins of the histogram that a Gaussian is fitted to."""

REACH = 4.0
"""Half width of that histogram, in standard deviations."""


def background_pixels(image, usable=None, *, n_sigma=2.0, fit_histogram=False):
    r"""Return which pixels lie neither far above nor far below the background.

    With the median :math:`m` and the standard deviation :math:`\sigma` of the image without its
    outliers they are those with

    .. math:: m - 3 \sigma \le x \le m + n \sigma

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32
        Signal or rate. NaN and zero stand for missing data, which are not background.
    usable : ndarray, shape (ny, nx), bool, optional
        Pixels that may be background.
    n_sigma : float
        Limit :math:`n` above the median. Zero lets everything pass that is not missing.
    fit_histogram : bool
        Whether :math:`m` and :math:`\sigma` are those of a Gaussian fitted to the histogram of
        the image within four standard deviations of its mean. Where the fit does not converge
        they are the mean and standard deviation themselves.

    Returns
    -------
    ndarray, shape (ny, nx), bool

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    if usable is not None and usable.shape != image.shape:
        raise ValueError(f"usable pixels {usable.shape} do not fit the image {image.shape}")
    present = np.isfinite(image) & (image != 0)
    if usable is not None:
        present &= usable
    if n_sigma == 0 or not present.any():
        return present
    centre, sigma = (_gaussian if fit_histogram else _clipped)(np.sort(image[present]))
    present &= image >= centre - THRESHOLD * sigma
    present &= image <= centre + n_sigma * sigma
    return present


def _clipped(ordered):
    """Return median and standard deviation of values in order without their outliers."""
    kept = clip(ordered)
    return median_in_order(kept), spread(kept)


def _gaussian(ordered):
    """Return centre and width of the Gaussian that fits the histogram of values in order."""
    kept = clip(ordered)
    mean, sigma = kept.mean(), spread(kept)
    edges = np.linspace(mean - REACH * sigma, mean + REACH * sigma, BINS + 1)
    counts = np.diff(np.searchsorted(ordered, edges))
    first_guess = counts.max(), mean, sigma
    try:
        (_, centre, width), _ = scipy.optimize.curve_fit(
            _bell, (edges[1:] + edges[:-1]) / 2, counts, first_guess
        )
    except RuntimeError:
        return mean, sigma
    return centre, abs(width)


def _bell(x, height, centre, width):
    """Return a Gaussian."""
    return height * np.exp(-0.5 * ((x - centre) / width) ** 2)
