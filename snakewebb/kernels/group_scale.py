"""Make the mean of the frames of a group right where the telescope divided by a power of two.

On board the sum of the frames of a group is divided by shifting its bits, that is by the next
power of two; with another number of frames the group is too low by a known factor.

Reference: JWST pipeline documentation, "Group Scale Correction".
"""

import numpy as np


def scale_to_mean(ramp, nframes, divisor, *, out=None):
    r"""Turn sums of frames that were divided by `divisor` into means.

    .. math:: \bar F = \frac{1}{d} \sum_{j=1}^{n} F_j \cdot \frac{d}{n}

    Parameters
    ----------
    ramp : ndarray, any shape, float32, DN
        Groups. NaN stays NaN.
    nframes : int
        Number :math:`n` of frames in a group.
    divisor : int
        What their sum was divided by, :math:`d`.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape of `ramp`, float32, DN
        The mean of the frames of each group.

    Raises
    ------
    ValueError
        If one of the two numbers is not positive.
    """
    if nframes < 1 or divisor < 1:
        raise ValueError(f"{nframes} frames divided by {divisor} do not make a group")
    return np.multiply(ramp, np.float32(divisor / nframes), out=out)
