"""The median of rows of values, some of which do not count."""

import numpy as np


def row_median(values, good):
    """Return the median of the good values of each row.

    Parameters
    ----------
    values : ndarray, shape (..., n), float32 or float64
        Rows of values.
    good : ndarray, shape (..., n), bool
        Which of them count; none of these is NaN.

    Returns
    -------
    ndarray, shape (...), of the type of `values`
        The mean of the two middle values of an even number; NaN where none counts.
    """
    ordered = np.where(good, values, values.dtype.type(np.inf))
    ordered.sort(axis=-1)
    count = np.count_nonzero(good, axis=-1, keepdims=True)
    low, high = (
        np.take_along_axis(ordered, np.maximum(place, 0), axis=-1)[..., 0]
        for place in ((count - 1) // 2, count // 2)
    )
    return np.where(count[..., 0] > 0, (low + high) * values.dtype.type(0.5), np.nan)
