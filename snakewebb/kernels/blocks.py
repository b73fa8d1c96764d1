"""Blocks of image rows, small enough that the arrays a kernel works on stay in the cache."""


def row_blocks(ny, nx, *, pixels=2**15):
    """Return slices of rows that cover an image.

    Parameters
    ----------
    ny, nx : int
        Shape of the image.
    pixels : int
        Largest number of pixels in a block; a block has at least one row.

    Returns
    -------
    list of slice
        In order, without overlap.
    """
    rows = max(1, pixels // max(nx, 1))
    return [slice(first, min(first + rows, ny)) for first in range(0, ny, rows)]
