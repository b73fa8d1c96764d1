"""Count rates of guide stars, from differences of the few reads that a guider sends down.

A difference of two reads of one integration has lost what the reset left behind: correlated
double sampling.

Reference: JWST pipeline documentation, "Guider CDS Processing".
"""

import numpy as np


def difference_of_reads(ramp, *, averaged=1):
    """Return the signal that was collected in each integration.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Reads of each integration. NaN makes the difference NaN.
    averaged : int
        1: the second read minus the first. More: the mean of so many reads at the end minus
        the mean of so many at the beginning.

    Returns
    -------
    ndarray, shape (nints, ny, nx), float32, DN

    Raises
    ------
    ValueError
        If there are fewer reads than the two sets need.
    """
    if ramp.shape[1] < 2 * averaged:
        raise ValueError(f"{2 * averaged} groups are needed, there are {ramp.shape[1]}")
    if averaged == 1:
        return ramp[:, 1] - ramp[:, 0]
    return ramp[:, -averaged:].mean(axis=1) - ramp[:, :averaged].mean(axis=1)


def darkest(differences):
    """Return the smallest difference of each pixel; cosmic rays hit one integration only.

    Parameters
    ----------
    differences : ndarray, shape (nints, ny, nx), float32, DN
        Signal of each integration. NaN in any makes the result NaN.

    Returns
    -------
    ndarray, shape (1, ny, nx), float32, DN
        The smallest differences.
    """
    return differences.min(axis=0, keepdims=True)


def count_rates(differences, gain, read_noise, group_time):
    r"""Return the count rates that belong to differences, and their errors.

    .. math:: s = \frac{d}{t}, \qquad
        \sigma^2 = 2 \left(\frac{R}{t}\right)^2 + \max\left(\frac{d}{g\,t}, 0\right)

    Parameters
    ----------
    differences : ndarray, shape (nints, ny, nx), float32, DN
        Signal d. NaN has a rate of NaN, and the error of a pixel without light.
    gain : ndarray, shape (ny, nx), float32, e/DN
        Gain g. NaN makes the error NaN.
    read_noise : ndarray, shape (ny, nx), float32, DN
        Noise R. NaN makes the error NaN.
    group_time : float
        Time t from group to group in seconds.

    Returns
    -------
    rate : ndarray, shape (nints, ny, nx), float32, DN/s
        Count rates.
    error : ndarray, shape (nints, ny, nx), float32, DN/s
        Their errors.

    Raises
    ------
    ValueError
        If gain or read noise do not fit the image.
    """
    for name, image in (("gain", gain), ("read noise", read_noise)):
        if image.shape != differences.shape[-2:]:
            raise ValueError(
                f"{name} {image.shape} does not fit the image {differences.shape[-2:]}"
            )
    seconds = np.float32(group_time)
    variance = np.where(np.isnan(differences), np.float32(0), differences)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance /= gain * seconds
    np.maximum(variance, 0, out=variance)
    variance += 2 * (read_noise / seconds) ** 2
    return differences / seconds, np.sqrt(variance, out=variance)
