"""Put a few images in order, pixel by pixel, by a sorting network.

Comparators work on whole images, so that ordering costs a handful of vectorised minima and maxima
per image instead of one sort per pixel.

Reference: Batcher (1968), "Sorting networks and their applications", AFIPS 32, 307,
DOI 10.1145/1468075.1468121.
"""

from functools import lru_cache

import numpy as np

NETWORK_LIMIT = 40
"""Number of images above which one sort per pixel is faster than a network."""


def planes_in_order(planes, places):
    """Return the images that stand at some places of the order, in the way that is faster.

    Parameters
    ----------
    planes : ndarray, shape (n, ...)
        Images, overwritten. A NaN in one of them makes every result NaN at its pixel.
    places : iterable of int
        Places wanted, 0 for the smallest value.

    Returns
    -------
    list of ndarray
        One image for each place.
    """
    if len(planes) <= NETWORK_LIMIT:
        return ordered_planes(list(planes), places)
    pixels = np.sort(planes.reshape(len(planes), -1).T, axis=1)
    pixels[np.isnan(pixels[:, -1])] = np.nan
    images = list(pixels.T.reshape(planes.shape))
    return [images[place] for place in places]


def ordered_planes(planes, places):
    """Return the images that stand at some places of the order, pixel by pixel.

    Parameters
    ----------
    planes : list of ndarray of one shape and type
        Images, overwritten. A NaN in one of them makes every result NaN at its pixel.
    places : iterable of int
        Places wanted, 0 for the smallest value.

    Returns
    -------
    list of ndarray
        One image for each place.

    Raises
    ------
    ValueError
        If a place is outside the order.
    """
    places = tuple(places)
    if not all(0 <= place < len(planes) for place in places):
        raise ValueError(f"places {places} are not all among those of {len(planes)} images")
    wires = list(planes)
    spare = np.empty_like(wires[0])
    for low, high, wants_low, wants_high in _comparators(len(wires), frozenset(places)):
        if wants_low and wants_high:
            np.minimum(wires[low], wires[high], out=spare)
            np.maximum(wires[low], wires[high], out=wires[high])
            wires[low], spare = spare, wires[low]
        elif wants_low:
            np.minimum(wires[low], wires[high], out=wires[low])
        else:
            np.maximum(wires[low], wires[high], out=wires[high])
    return [wires[place] for place in places]


@lru_cache
def _comparators(count, places):
    """Return the comparators that matter to some places, with which of their outputs do."""
    wanted, kept = set(places), []
    for low, high in reversed(list(_merge_exchange(count))):
        if low in wanted or high in wanted:
            kept.append((low, high, low in wanted, high in wanted))
            wanted |= {low, high}
    return tuple(reversed(kept))


def _merge_exchange(count):
    """Yield the comparators of Batcher's merge exchange sort of some number of values."""
    span = top = 1 << (count - 1).bit_length() >> 1
    while span > 0:
        partner, offset, distance = top, 0, span
        while distance > 0:
            yield from (
                (low, low + distance) for low in range(count - distance) if low & span == offset
            )
            distance, partner, offset = partner - span, partner >> 1, span
        span >>= 1
