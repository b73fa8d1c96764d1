"""Where the result of a kernel goes that changes a few values of an array."""

import numpy as np


def copied(array, out=None):
    """Return an array to change that holds the values of another one.

    Parameters
    ----------
    array : ndarray
        The values.
    out : ndarray, optional
        Where they go, of the shape of `array`; may be `array` itself.

    Returns
    -------
    ndarray
        `out`, or a new array.
    """
    if out is None:
        return np.copy(array, order="K")
    if out is not array:
        out[...] = array
    return out
