"""Connected regions of flagged pixels, and the ellipses that describe and cover them.

The ellipse of a region is the one whose uniform filling has the region's second central moments.

Reference: Teague (1980), "Image analysis via the general theory of moments", J. Opt. Soc. Am. 70,
920, DOI 10.1364/JOSA.70.000920.
"""

import math
from typing import NamedTuple

import numpy as np


class Ellipse(NamedTuple):
    """An ellipse in an image.

    Attributes
    ----------
    row, column : float
        Centre.
    major, minor : float, pixels
        Lengths of the axes between the centres of the outermost pixels, which is one less than
        between their edges. A line one pixel wide has a minor axis of -1.
    angle : float, degrees
        From the direction in which rows count to the major axis, towards higher columns.
    """

    row: float
    column: float
    major: float
    minor: float
    angle: float

    def expanded(self, factor):
        """Return the ellipse with a longer minor axis, and as much added to the major one.

        Parameters
        ----------
        factor : float
            By which the minor axis grows.

        Returns
        -------
        Ellipse
        """
        added = (factor - 1) * self.minor
        return self._replace(major=self.major + added, minor=factor * self.minor)

    def holds(self, row, column):
        """Return which points lie in the ellipse or on its rim, if it has any width.

        Parameters
        ----------
        row, column : float or ndarray
            The points.

        Returns
        -------
        bool or ndarray of bool
        """
        if self.minor <= 0:
            return np.zeros(np.shape(row), dtype=bool)
        along, across = _turned(row - self.row, column - self.column, self.angle)
        return (2 * along / self.major) ** 2 + (2 * across / self.minor) ** 2 <= 1

    def covers(self, shape, *, added=0, limit=math.inf):
        """Return the part of an image around the ellipse, and which of its pixels lie inside.

        The centre and the semi-axes are rounded to whole pixels, halves to the even number. Pixels
        on the rim lie outside, but for rounding.

        Parameters
        ----------
        shape : (int, int)
            Shape of the image.
        added : float, pixels
            Added to the semi-axes.
        limit : int, pixels
            Largest semi-axis.

        Returns
        -------
        part : tuple of slice
            Rows and columns.
        inside : ndarray of bool
            Of the shape of that part. No pixel is inside if the minor semi-axis is less than one.
        """
        major, minor = (min(round(axis / 2 + added), limit) for axis in (self.major, self.minor))
        centre = round(self.row), round(self.column)
        part = tuple(
            slice(min(max(place - major, 0), length), max(min(place + major + 1, length), 0))
            for place, length in zip(centre, shape, strict=True)
        )
        rows, columns = (np.arange(p.start, p.stop) - c for p, c in zip(part, centre, strict=True))
        if minor < 1:
            return part, np.zeros((len(rows), len(columns)), dtype=bool)
        along, across = _turned(rows[:, np.newaxis], columns, self.angle)
        return part, (along / major) ** 2 + (across / minor) ** 2 < 1


def _turned(down, right, angle):
    """Return coordinates along and across the direction of an angle."""
    angle = np.radians(angle) % np.pi
    cosine, sine = np.cos(angle), np.sin(angle)
    return down * cosine + right * sine, down * sine - right * cosine


class Regions:
    """The connected regions of a mask; pixels that share a side or a corner are connected.

    Parameters
    ----------
    mask : ndarray, shape (ny, nx), bool
        Pixels to connect.

    Attributes
    ----------
    low, high : ndarray, shape (n, 2), int
        First and last row and column of each region.
    counts : ndarray, shape (n,), int
        Number of pixels of each region.
    """

    def __init__(self, mask):
        pixels = np.flatnonzero(mask)
        places = np.stack(np.divmod(pixels, mask.shape[1]), axis=1)
        label = _labels(pixels + places[:, 0], mask.shape[1] + 1)
        self.counts = np.bincount(label)
        self._ends = np.cumsum(self.counts)
        self._places = places[np.argsort(label, kind="stable")]
        starts = self._ends - self.counts
        self.low, self.high = (
            extreme.reduceat(self._places, starts) if len(starts) else places
            for extreme in (np.minimum, np.maximum)
        )

    def __len__(self):
        return len(self.counts)

    def image(self, index):
        """Return which pixels of the box around a region belong to it.

        Parameters
        ----------
        index : int
            Number of the region.

        Returns
        -------
        ndarray of bool
        """
        end = self._ends[index]
        rows, columns = (self._places[end - self.counts[index] : end] - self.low[index]).T
        image = np.zeros(self.high[index] - self.low[index] + 1, dtype=bool)
        image[rows, columns] = True
        return image

    def at_least(self, area, among=True):
        """Return the indices of regions of a least area, in pixels, with the holes they enclose.

        Parameters
        ----------
        area : float
            Least area.
        among : ndarray of bool, shape (n,), optional
            Regions to look at, by default all.

        Returns
        -------
        list of int
        """
        boxes = np.prod(self.high - self.low + 1, axis=1)
        return [
            index
            for index in np.flatnonzero((boxes >= area) & among).tolist()
            if self.counts[index] >= area or filled_area(self.image(index)) >= area
        ]

    def ellipse(self, index):
        """Return the ellipse of a region.

        Parameters
        ----------
        index : int
            Number of the region.

        Returns
        -------
        Ellipse
        """
        row, column = self.low[index].tolist()
        local = ellipse_of(self.image(index))
        return local._replace(row=local.row + row, column=local.column + column)


def _labels(pixels, stride):
    """Return the number of the region of each pixel, in the order of their first pixels.

    The pixels are sorted, `stride` apart from row to row, and none is at the end of a row.
    """
    opens, closes = np.diff(pixels, prepend=-2) != 1, np.diff(pixels, append=-2) != 1
    starts, ends = pixels[opens], pixels[closes]
    below = np.searchsorted(ends, starts + stride - 1)
    number = np.searchsorted(starts, ends + stride + 1, side="right") - below
    upper = np.repeat(np.arange(len(starts)), number)
    lower = np.arange(len(upper)) + np.repeat(below - np.cumsum(number) + number, number)
    return _joined(len(starts), upper, lower)[np.cumsum(opens) - 1]


def _joined(number, one, other):
    """Return the number of the set of each thing, once pairs of things are joined."""
    root = np.arange(number)
    while len(one) > 0:
        np.minimum.at(root, np.maximum(root[one], root[other]), np.minimum(root[one], root[other]))
        while (root[root] != root).any():
            root = root[root]
        apart = root[one] != root[other]
        one, other = one[apart], other[apart]
    return np.unique(root, return_inverse=True)[1]


def filled_area(image):
    """Return the number of pixels of a region and its holes.

    Parameters
    ----------
    image : ndarray, shape (height, width), bool
        The region. A gap that reaches the border, by sides or corners of pixels, is no hole.

    Returns
    -------
    int
    """
    gaps = np.pad(~image, 1, constant_values=True)
    return int(gaps.size - Regions(gaps).counts[0])


def ellipse_of(image):
    """Return the ellipse that has the second central moments of a region.

    Parameters
    ----------
    image : ndarray, shape (height, width), bool
        The region.

    Returns
    -------
    Ellipse
        The angle of a region without a major axis is -45 degrees.
    """
    pixels = image.astype(np.float64)
    down, right = (np.arange(length, dtype=np.float64) for length in image.shape)
    area = pixels.sum()
    row, column = pixels.sum(axis=1) @ down / area, pixels.sum(axis=0) @ right / area
    down, right = (x[:, np.newaxis] ** np.arange(3) for x in (down - row, right - column))
    # Pixels on the rim of a circle depend on the last bit of the angle, and that on this order.
    moments = (pixels.T @ down).T @ right
    both = moments[2, 0] + moments[0, 2]
    across, along = (both - moments[2, 0]) / area, (both - moments[0, 2]) / area
    mixed = -moments[1, 1] / area
    axes = np.linalg.eigvalsh([[across, mixed], [mixed, along]]).clip(min=0)
    minor, major = (4 * np.sqrt(axes) - 1).tolist()
    round_region = across == along and mixed == 0
    angle = -math.pi / 4 if round_region else 0.5 * math.atan2(-2 * mixed, along - across)
    return Ellipse(float(row), float(column), major, minor, math.degrees(angle))
