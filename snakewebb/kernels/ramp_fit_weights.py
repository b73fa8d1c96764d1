"""Weights of the samples in an optimal straight-line fit, by signal-to-noise ratio.

A ramp drowned in read noise is best fitted with equal weights, one dominated by photon noise by
its two ends; in between the weights are ``|(i - m) / m|**P`` for sample `i` of a ramp with
middle `m`, where `P` grows with the signal-to-noise ratio.

References: Fixsen et al. (2000), PASP 112, 1350, DOI 10.1086/316626; Regan (2007),
JWST-STScI-001212, "Optimum weighting of up-the-ramp readouts".
"""

import numpy as np

SNR_LIMITS = (5, 10, 20, 50, 100)
"""Signal-to-noise ratios at which the next exponent begins."""

EXPONENTS = (0, 0.4, 1, 3, 6, 10)
"""Exponent P of the weights below the first limit, between the limits, and from the last on."""


def pair_coefficients(longest):
    r"""Return what makes a slope of the differences between samples as far from both ends.

    The weights are symmetric about the middle, so the slope of `n` samples, per sample, is

    .. math:: b = \sum_{j < n/2} c_j \, (y_{n-1-j} - y_j), \quad
              c_j = \frac{w_j h_j}{2 \sum_i w_i h_i^2}, \quad h_j = \frac{n - 1}{2} - j

    and the sample in the middle does not matter. Both sums run over the pairs.

    Parameters
    ----------
    longest : int
        The largest number of samples.

    Returns
    -------
    ndarray, shape (longest // 2, longest + 1, 6), float32
        Element ``[j, n, k]`` is :math:`c_j` for `n` samples and exponent ``EXPONENTS[k]``; zero
        where `n` samples have no pair `j`.
    """
    table = np.zeros((longest // 2, longest + 1, len(EXPONENTS)), np.float32)
    for length in range(2, longest + 1):
        middle = (length - 1) / 2
        lever = middle - np.arange(length // 2)[:, np.newaxis]
        weighted = (lever / middle) ** EXPONENTS * lever
        table[: length // 2, length] = weighted / (2 * (weighted * lever).sum(axis=0))
    return table


def pair_sums(longest):
    r"""Return the sums of the weights, which errors of slopes and intercepts are made of.

    Parameters
    ----------
    longest : int
        The largest number of samples.

    Returns
    -------
    weight : ndarray, shape (longest + 1, 6), float64
        Element ``[n, k]`` is :math:`\sum_i w_i` for `n` samples and exponent ``EXPONENTS[k]``.
    lever : ndarray of the same shape
        The same of :math:`w_i h_i^2`, with the distance :math:`h_i` from the middle in samples.
    """
    weight, lever = np.zeros((2, longest + 1, len(EXPONENTS)))
    for length in range(2, longest + 1):
        distance = np.abs(np.arange(length) - (length - 1) / 2)[:, np.newaxis]
        share = (distance / distance[0]) ** EXPONENTS
        weight[length], lever[length] = share.sum(axis=0), (share * distance**2).sum(axis=0)
    return weight, lever


def exponent_index(rise, gain, read_variance):
    r"""Return which of the exponents suits a ramp.

    The signal-to-noise ratio is that of the rise `d` from the first to the last sample,

    .. math:: S = g d / \sqrt{g^2 r^2 + g d}

    Parameters
    ----------
    rise : ndarray, float32, DN
        Last minus first sample. What is not positive counts as zero.
    gain : ndarray of the same shape, float32, electrons per DN
        Gain :math:`g`.
    read_variance : ndarray of the same shape, float32, DN squared
        Variance :math:`r^2` of the read noise of one sample.

    Returns
    -------
    ndarray of the same shape, intp
        Position in `EXPONENTS`; 0 where the ratio is not a number.
    """
    rise = np.maximum(rise, 0)
    squared = gain * rise
    squared *= rise
    rise += gain * read_variance
    with np.errstate(divide="ignore", invalid="ignore"):
        squared /= rise
    index = np.zeros(squared.shape, np.int8)
    for limit in SNR_LIMITS:
        index += squared >= limit**2
    return index.astype(np.intp)
