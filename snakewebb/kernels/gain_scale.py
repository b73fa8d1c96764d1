"""Express what was read with another gain of the electronics in the DN of the standard gain.

Reference: JWST pipeline documentation, "Gain Scale Correction".
"""

import numpy as np


def scale_by_gain(values, factor, *, power=1, out=None):
    r"""Multiply by a power of the ratio between the gains.

    .. math:: x' = x f^p

    Parameters
    ----------
    values : ndarray, any shape, float32
        A rate or its error (DN / s), or a variance. NaN stays NaN.
    factor : float
        Ratio :math:`f` of the gain that was used to the standard gain.
    power : int
        The power :math:`p`: 1 for rates and errors, 2 for variances.
    out : ndarray, optional
        Where the result goes, of the shape of `values`; may be `values` itself.

    Returns
    -------
    ndarray, shape of `values`, float32
        The same in DN of the standard gain.
    """
    return np.multiply(values, np.float32(factor**power), out=out)
