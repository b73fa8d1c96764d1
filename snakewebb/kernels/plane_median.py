"""The median of images, pixel by pixel."""

import numpy as np

from snakewebb.kernels.ordered_planes import planes_in_order


def plane_median(planes, count=None):
    """Return the median of images, pixel by pixel.

    Parameters
    ----------
    planes : ndarray, shape (n, ...), float32 or float64
        Images, overwritten.
    count : ndarray, shape (...), int, optional
        How many of the lowest values of a pixel to take, from 1 to n; by default all.

    Returns
    -------
    ndarray, shape (...), of the type of `planes`
        Median along the first axis, the mean of the two middle values of an even number. A NaN
        makes it NaN.

    Raises
    ------
    ValueError
        If there is no image.
    """
    number = len(planes)
    if number == 0:
        raise ValueError("no image to take a median of")
    if count is None:
        low, high = planes_in_order(planes, ((number - 1) // 2, number // 2))
    else:
        ordered = np.stack(planes_in_order(planes, range(number)))
        low, high = (_chosen(ordered, place) for place in ((count - 1) // 2, count // 2))
    return low if low is high else (low + high) * low.dtype.type(0.5)


def median_of_finite(planes):
    """Return the median of images, pixel by pixel, without what is not finite.

    Parameters
    ----------
    planes : ndarray, shape (n, ...), float32 or float64
        Images, overwritten.

    Returns
    -------
    ndarray, shape (...), of the type of `planes`
        As `plane_median`, of the finite values; NaN where there is none.

    Raises
    ------
    ValueError
        If there is no image.
    """
    finite = np.isfinite(planes)
    if finite.all():
        return plane_median(planes)
    planes[~finite] = np.inf
    count = finite.sum(axis=0, dtype=np.min_scalar_type(len(planes)))
    median = plane_median(planes, np.maximum(count, 1))
    median[count == 0] = np.nan
    return median


def _chosen(planes, index):
    """Return an image of which each pixel is taken from the plane that an index names."""
    return np.take_along_axis(planes, index[np.newaxis].astype(np.intp), axis=0)[0]
