"""Statistics of values without their outliers.

Sigma clipping drops what lies farther from the median than some standard deviations, and repeats
that with the median and deviation of the rest. Values that stand in order need to be sorted only
once: each round then cuts off both ends.
"""

import numpy as np

THRESHOLD = 3.0
"""Standard deviations from the median at which an outlier begins."""

ROUNDS = 5
"""How often outliers are looked for at most."""


def median_in_order(ordered):
    """Return the median of values.

    Parameters
    ----------
    ordered : ndarray, shape (n,), float32
        Values in ascending order, at least one.

    Returns
    -------
    float32
        The mean of the two middle values of an even number.
    """
    low, high = ordered[(ordered.size - 1) // 2], ordered[ordered.size // 2]
    return low if low == high else (low + high) * np.float32(0.5)


def within(ordered, low, high):
    """Return the values between two limits, themselves included.

    Parameters
    ----------
    ordered : ndarray, shape (n,), float32
        Values in ascending order.
    low, high : float
        Limits.

    Returns
    -------
    ndarray, float32
        A view of `ordered`.
    """
    return ordered[np.searchsorted(ordered, low) : np.searchsorted(ordered, high, side="right")]


def clip(ordered):
    """Return values without their outliers.

    Parameters
    ----------
    ordered : ndarray, shape (n,), float32
        Values in ascending order, at least one.

    Returns
    -------
    ndarray, float32
        A view of `ordered`.
    """
    for _ in range(ROUNDS):
        centre, reach = median_in_order(ordered), THRESHOLD * spread(ordered)
        kept = within(ordered, centre - reach, centre + reach)
        if kept.size == ordered.size:
            break
        ordered = kept
    return ordered


def spread(ordered):
    """Return the standard deviation of values.

    Parameters
    ----------
    ordered : ndarray, shape (n,), float32
        Values in ascending order, at least one.

    Returns
    -------
    float32
    """
    return (ordered - median_in_order(ordered)).std()


def lower_spread(ordered, centre):
    """Return the standard deviation of the values below some centre and their mirror images.

    It is that of values which are disturbed on the upper side only, as a background is by stars.
    Outliers are left out.

    Parameters
    ----------
    ordered : ndarray, shape (n,), float32
        Values in ascending order, some of them not above the centre.
    centre : float
        Where the mirror stands.

    Returns
    -------
    float32
    """
    depth = ordered[: np.searchsorted(ordered, centre, side="right")] - centre
    for _ in range(ROUNDS):
        sigma = np.sqrt(np.square(depth).mean())
        kept = depth[np.searchsorted(depth, -THRESHOLD * sigma) :]
        if kept.size == depth.size:
            break
        depth = kept
    return np.sqrt(np.square(depth).mean())
