r"""Subtract the thermal "picture frame" of a detector: an edge that glows unlike its middle.

The pattern :math:`p` is known but for its scale and offset, which follow from the medians of edge
and middle, of an image (:math:`m_e`, :math:`m_c`) and of the pattern:

.. math:: c = \frac{m_c - m_e}{m_{c,p} - m_{e,p}} (p - m_{e,p}) + m_e

Reference: JWST pipeline documentation, "Picture Frame Correction".
"""

import numpy as np

SIDE = 2048
"""Rows and columns of the detector."""

EDGE = (slice(4, 2043), slice(75, 1985))
"""Rows, and columns, of the edge, and those of the hole in it."""

MIDDLE = slice(76, 1984)
"""Rows, and columns, of the middle."""


def edge_and_middle():
    """Return which pixels of the detector are its edge, and which its middle.

    Returns
    -------
    ndarray, shape (2048, 2048), bool
        The edge, without reference pixels.
    ndarray, shape (2048, 2048), bool
        The middle.
    """
    edge, middle = np.zeros((2, SIDE, SIDE), bool)
    outer, hole = EDGE
    edge[outer, outer] = True
    edge[hole, hole] = False
    middle[MIDDLE, MIDDLE] = True
    return edge, middle


def subtract_from_ramp(ramp, pattern, background_pixels, *, edge, middle, out=None):
    """Subtract the picture frame from the groups of an integration.

    It is found in the difference between a group and the first one, which stays as it is. It is
    subtracted from the first group before the difference is added again.

    Parameters
    ----------
    ramp : ndarray, shape (ngroups, ny, nx), float32, DN
        Groups of one integration. NaN shows nothing, and stays NaN.
    pattern, background_pixels, edge, middle
        As in `picture_frame`.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (ngroups, ny, nx), float32, DN

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    out = np.empty_like(ramp) if out is None else out
    first = ramp[0].copy()
    out[0] = first
    for group in range(1, len(ramp)):
        difference = ramp[group] - first
        frame = picture_frame(difference, pattern, background_pixels, edge=edge, middle=middle)
        np.subtract(first, frame, out=frame)
        np.add(frame, difference, out=out[group])
    return out


def picture_frame(image, pattern, background_pixels, *, edge, middle):
    """Return the picture frame that an image shows.

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32
        Image. NaN shows nothing.
    pattern : ndarray, shape (ny, nx), float32
        The pattern, in any unit and with any offset.
    background_pixels : ndarray, shape (ny, nx), bool
        Pixels that show no source.
    edge, middle : ndarray, shape (ny, nx), bool
        Pixels that tell scale and offset.

    Returns
    -------
    ndarray, shape (ny, nx), float32
        The picture frame; zero if edge or middle have no background pixel, or if the pattern is
        the same in both.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    for name, array in (("pattern", pattern), ("background pixels", background_pixels)):
        if array.shape != image.shape:
            raise ValueError(f"{name} {array.shape} does not fit the image {image.shape}")
    shown, known = [], []
    for part in (edge, middle):
        pixels = part & background_pixels & np.isfinite(image) & np.isfinite(pattern)
        if not pixels.any():
            return np.zeros_like(image)
        shown.append(np.median(image[pixels]))
        known.append(np.median(pattern[pixels]))
    if known[0] == known[1]:
        return np.zeros_like(image)
    scale = (shown[1] - shown[0]) / (known[1] - known[0])
    return scale * (pattern - known[0]) + shown[0]
