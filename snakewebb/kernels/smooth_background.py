"""A smooth model of an image's background, from the medians of boxes.

References: Bertin & Arnouts (1996), A&AS 117, 393, DOI 10.1051/aas:1996164, who map the background
on a mesh, filter the mesh by a median and interpolate it by a bicubic spline.
"""

import numpy as np
import scipy
from numpy.lib.stride_tricks import sliding_window_view

LARGEST_BOX = 32
"""Largest side of a box that is chosen by itself."""

THRESHOLD = 3.0
"""Standard deviations from a box's median at which an outlier begins."""

ROUNDS = 10
"""How often outliers are looked for at most."""

LEAST_SHARE = 0.9
"""A box counts if more than this share of its pixels remains."""

NEIGHBOURS = 10
"""Number of the nearest good boxes whose mean, weighted by inverse distance, fills a bad one."""

LEAF = 10
"""Boxes per leaf of the search tree; decides which of several equally near boxes are taken."""

FILTER = 5
"""Side of the window of the running median over the mesh, in boxes."""


def default_box(shape):
    """Return the shape of the largest box up to 32 pixels that divides an image evenly.

    Parameters
    ----------
    shape : (int, int)
        Shape (ny, nx) of the image.

    Returns
    -------
    (int, int)
    """
    return tuple(
        next(side for side in range(LARGEST_BOX, 0, -1) if length % side == 0) for length in shape
    )


def smooth_background(image, good, box=None):
    """Return a smooth model of the background of an image.

    The background in each box is the median of its good pixels without outliers. Boxes in which
    a tenth or more of the pixels is missing are filled from the nearest others. A running median
    over 5 x 5 boxes then takes out stars, and a cubic spline through the centres of the boxes,
    not beyond the range of their values, is the model.

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32
        Image.
    good : ndarray, shape (ny, nx), bool
        Pixels that show background; NaN must not be among them.
    box : (int, int), optional
        Rows and columns of a box; by default those of `default_box`. The boxes begin at the first
        row and column. Pixels that are missing in the last ones count as not good.

    Returns
    -------
    ndarray, shape (ny, nx), float32

    Raises
    ------
    ValueError
        If shapes disagree, or no box has enough good pixels.
    """
    if good.shape != image.shape:
        raise ValueError(f"good pixels {good.shape} do not fit the image {image.shape}")
    box = np.minimum(box or default_box(image.shape), image.shape)
    mesh = _mesh(image, good, *box)
    if np.isnan(mesh).all():
        raise ValueError(f"no box of {box[0]} x {box[1]} pixels is good")
    mesh = _running_median(_filled(mesh))
    if mesh.size == 1:
        return np.full(image.shape, mesh[0, 0])
    down, across = (_spline(*sizes) for sizes in zip(mesh.shape, box, image.shape, strict=True))
    model = (down @ mesh @ across.T).astype(np.float32)
    return np.clip(model, mesh.min(), mesh.max(), out=model)


def _mesh(image, good, height, width):
    """Return the background of each box, NaN where too few pixels are good."""
    across = -(-image.shape[1] // width)
    boxes = np.empty((height, across * width), np.float32)
    mesh = []
    for top in range(0, image.shape[0], height):
        rows = slice(top, top + height)
        boxes[...] = np.inf
        np.copyto(boxes[: len(image[rows]), : image.shape[1]], image[rows], where=good[rows])
        mesh.append(_row_of_mesh(boxes.reshape(height, across, width).swapaxes(0, 1)))
    return np.stack(mesh)


def _row_of_mesh(boxes):
    """Return the background of each of some boxes, in which infinite pixels are missing."""
    ordered = np.sort(boxes.reshape(len(boxes), -1), axis=1)
    first, last = _clipped(ordered)
    medians = _medians(ordered, first, last)
    return np.where(last - first > LEAST_SHARE * ordered.shape[1], medians, np.float32(np.nan))


def _clipped(ordered):
    """Return where the values begin and end that sigma clipping keeps, row by row."""
    first, last = np.zeros(len(ordered), int), np.isfinite(ordered).sum(axis=1)
    sums = _running_sums(ordered, first, last)
    for _ in range(ROUNDS):
        centre, reach = _medians(ordered, first, last), THRESHOLD * _deviations(sums, first, last)
        low, high = (limit[:, np.newaxis] for limit in (centre - reach, centre + reach))
        before, first = first, np.maximum(first, (ordered < low).sum(axis=1))
        after, last = last, np.minimum(last, (ordered <= high).sum(axis=1))
        if (first == before).all() and (last == after).all():
            break
    return first, last


def _medians(ordered, first, last):
    """Return the medians of parts of rows in order; NaN of empty ones."""
    row, size = np.arange(len(ordered)), np.maximum(last - first, 1)
    low, high = (ordered[row, first + place] for place in ((size - 1) // 2, size // 2))
    return np.where(last > first, (low + high) * np.float32(0.5), np.float32(np.nan))


def _running_sums(ordered, first, last):
    """Return the running sums along rows of distances from the median, and of their squares."""
    centre = _medians(ordered, first, last)[:, np.newaxis]
    distance = np.where(np.isfinite(ordered), ordered - centre, np.float32(0))
    sums = np.zeros((2, len(ordered), ordered.shape[1] + 1))
    for each, powers in zip(sums, (distance, np.square(distance)), strict=True):
        np.cumsum(powers, axis=1, out=each[:, 1:])
    return sums


def _deviations(sums, first, last):
    """Return the standard deviations of parts of rows, given running sums."""
    row = np.arange(len(first))
    mean, square = (sums[:, row, last] - sums[:, row, first]) / np.maximum(last - first, 1)
    return np.sqrt(np.maximum(square - mean**2, 0)).astype(np.float32)


def _filled(mesh):
    """Return a mesh whose empty boxes have the mean of the nearest others, by inverse distance."""
    empty = np.isnan(mesh)
    known = np.argwhere(~empty)
    tree = scipy.spatial.cKDTree(known, leafsize=LEAF)
    distance, neighbour = tree.query(
        np.argwhere(empty), k=range(1, min(NEIGHBOURS, len(known)) + 1)
    )
    filled = mesh.copy()
    filled[empty] = np.average(mesh[~empty][neighbour], axis=1, weights=1 / distance)
    return filled


def _spline(boxes, side, length):
    """Return the matrix that interpolates pixels from the centres of boxes along one axis."""
    splines = [
        scipy.ndimage.zoom(unit, side, order=3, mode="reflect", grid_mode=True)
        for unit in np.eye(boxes)
    ]
    return np.stack(splines, axis=1)[:length]


def _running_median(mesh):
    """Return the running median over a mesh, in smaller windows at its border."""
    padded = np.pad(mesh, FILTER // 2, constant_values=np.nan)
    return np.nanmedian(sliding_window_view(padded, (FILTER, FILTER)), axis=(2, 3))
