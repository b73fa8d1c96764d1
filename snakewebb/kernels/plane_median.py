"""The median of a few images, pixel by pixel, by a sorting network.

Comparators work on whole images, so that a median costs a handful of vectorised minima and maxima
per image instead of one sort per pixel.

Reference: Batcher (1968), "Sorting networks and their applications", AFIPS 32, 307,
DOI 10.1145/1468075.1468121.
"""

from functools import lru_cache

import numpy as np

NETWORK_LIMIT = 40
"""Number of images above which one sort per pixel is faster than the network."""


def plane_median(planes):
    """Return the median of images, pixel by pixel.

    Parameters
    ----------
    planes : ndarray, shape (n, ...), float32
        Images; their order is lost and so are some of their values.

    Returns
    -------
    ndarray, shape (...), float32
        Median along the first axis, the mean of the two middle values if `n` is even. A NaN
        makes it NaN.

    Raises
    ------
    ValueError
        If there is no image.
    """
    count = len(planes)
    if count == 0:
        raise ValueError("no image to take a median of")
    ordered = _by_network(planes) if count <= NETWORK_LIMIT else _by_sort(planes)
    low, high = ordered[(count - 1) // 2], ordered[count // 2]
    return low if low is high else (low + high) * np.float32(0.5)


def _by_network(planes):
    """Return images of which the middle ones are in order."""
    wires = list(planes)
    spare = np.empty_like(wires[0])
    for low, high, need_low, need_high in _median_network(len(planes)):
        if need_low and need_high:
            np.minimum(wires[low], wires[high], out=spare)
            np.maximum(wires[low], wires[high], out=wires[high])
            wires[low], spare = spare, wires[low]
        elif need_low:
            np.minimum(wires[low], wires[high], out=wires[low])
        else:
            np.maximum(wires[low], wires[high], out=wires[high])
    return wires


def _by_sort(planes):
    """Return all images in order."""
    pixels = np.sort(planes.reshape(len(planes), -1).T, axis=1)
    return list(pixels.T.reshape(planes.shape))


@lru_cache
def _median_network(count):
    """Return the comparators that the median needs, each with which of its outputs are used."""
    needed = {(count - 1) // 2, count // 2}
    network = []
    for low, high in reversed(_sorting_network(count)):
        if low in needed or high in needed:
            network.append((low, high, low in needed, high in needed))
            needed |= {low, high}
    return tuple(reversed(network))


def _sorting_network(count):
    """Return the comparators of Batcher's odd-even merge sort."""
    return [
        (start + i, start + i + step)
        for merged in _powers_of_two(count)
        for step in reversed([*_powers_of_two(merged), merged])
        for start in range(step % merged, count - step, 2 * step)
        for i in range(min(step, count - start - step))
        if (start + i) // (2 * merged) == (start + i + step) // (2 * merged)
    ]


def _powers_of_two(limit):
    """Return 1, 2, 4, … below a limit."""
    return [1 << k for k in range(max(limit - 1, 0).bit_length())]
