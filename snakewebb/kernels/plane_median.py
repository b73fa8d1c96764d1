"""The median of images, pixel by pixel."""

import numpy as np

from snakewebb.kernels.ordered_planes import ordered_planes

NETWORK_LIMIT = 40
"""Number of images above which one sort per pixel is faster than a sorting network."""


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
        low, high = _ordered(planes, ((number - 1) // 2, number // 2))
    else:
        ordered = np.stack(_ordered(planes, range(number)))
        low, high = (_chosen(ordered, place) for place in ((count - 1) // 2, count // 2))
    return low if low is high else (low + high) * low.dtype.type(0.5)


def _ordered(planes, places):
    """Return the images that stand at some places of the order, pixel by pixel."""
    if len(planes) <= NETWORK_LIMIT:
        return ordered_planes(list(planes), places)
    pixels = np.sort(planes.reshape(len(planes), -1).T, axis=1)
    pixels[np.isnan(pixels[:, -1])] = np.nan
    images = list(pixels.T.reshape(planes.shape))
    return [images[place] for place in places]


def _chosen(planes, index):
    """Return an image of which each pixel is taken from the plane that an index names."""
    return np.take_along_axis(planes, index[np.newaxis].astype(np.intp), axis=0)[0]
