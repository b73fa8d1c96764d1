"""The pixels that see a slit, whose light is dispersed along the rows, and the box around them.

Edges of its image run across rows, and light of a slit may fall next to them, so that a box has a
margin. Where they run is told by the height in the slit at which light of a pixel came in.

Reference: JWST pipeline documentation, "Assign WCS" and "Clean Flicker Noise".
"""

import numpy as np

WIDTH = 2048
"""Columns that are looked at, from the first one of an image, even where it has less."""

COLUMNS_BEFORE, COLUMNS_AFTER = 11, 9
"""Margin to the left and to the right of the first and last wavelength."""

ROWS_BEFORE, ROWS_AFTER = 3, 1
"""Margin beneath and above the rows that see the slit."""

REACH = 50
"""Columns beyond a box where the image still tells the rows to look at."""

SLACK = 5
"""Rows beyond the image, along its edges, that are looked at."""


def box_around(columns, rows, height_at, limits):
    """Return the box around the image of a slit.

    Parameters
    ----------
    columns, rows : ndarray, shape (n,), float64
        Points along the edges of the image, from the first to the last wavelength.
    height_at : callable
        ``height_at(columns, rows)`` returns the height in the slit at which the light of pixels
        came in, in units of its own.
    limits : tuple of float
        Lowest and highest height of the slit, in the same units.

    Returns
    -------
    tuple of slice or None
        Rows and columns, which may end beyond the image; None if the slit is not seen.
    """
    first = max(np.floor(columns.min() - COLUMNS_BEFORE), 0)
    last = min(np.floor(columns.max() + COLUMNS_AFTER), WIDTH - 1)
    near = (columns >= first - REACH) & (columns <= last + REACH)
    if first > last or not near.any():
        return None
    lowest, highest = rows[near].min() - SLACK, rows[near].max() + SLACK
    row, column = np.mgrid[np.floor(lowest) : np.ceil(highest) + 1, first : last + 1]
    seen = row[:, 0][_between(height_at, row, column, limits).any(axis=1)]
    if not seen.size or seen[-1] + ROWS_AFTER < 0:
        return None
    lower, upper = max(seen[0] - ROWS_BEFORE, 0), seen[-1] + ROWS_AFTER
    return slice(int(lower), int(upper) + 1), slice(int(first), int(last) + 1)


def pixels_that_see(columns, rows, height_at, limits, *, shape):
    """Return which pixels see a slit, or lie in line with it next to the ends of its spectrum.

    Parameters
    ----------
    columns, rows, height_at, limits
        As in `box_around`.
    shape : tuple of int
        Rows and columns of the image.

    Returns
    -------
    tuple of slice, and ndarray of bool
        Rows and columns of a part of the image, which may be empty, and which of its pixels do.
    """
    first = max(int(np.ceil(columns.min() - COLUMNS_BEFORE - 0.5)), 0)
    last = min(int(np.floor(columns.max() + COLUMNS_AFTER + 0.5)), shape[1] - 1)
    near = (columns >= first - REACH) & (columns <= last + REACH)
    if first > last or not near.any():
        return (slice(0), slice(0)), np.zeros((0, 0), bool)
    lowest = max(int(np.floor(rows[near].min())) - SLACK, 0)
    highest = max(min(int(np.ceil(rows[near].max())) + SLACK, shape[0] - 1), lowest - 1)
    row, column = np.mgrid[lowest : highest + 1, first : last + 1].astype(float)
    part = slice(lowest, highest + 1), slice(first, last + 1)
    return part, _between(height_at, row, column, limits)


def _between(height_at, row, column, limits):
    """Return which pixels see heights within limits."""
    height = height_at(column.ravel(), row.ravel()).reshape(row.shape)
    return (height >= min(limits)) & (height <= max(limits))
