"""Generalised least squares of a constant, where only neighbouring samples are correlated.

The covariance matrix is tridiagonal; its factors, and what is needed of its inverse, take a few
passes over the samples. All arrays have the samples along the first axis, and any number of
fits along the others.

Reference: Golub & Van Loan, "Matrix Computations", symmetric tridiagonal systems.
"""

from typing import NamedTuple

import numpy as np


class Factors(NamedTuple):
    """A covariance matrix as L D Lᵀ, with D diagonal, and what L makes of samples and ones."""

    pivots: np.ndarray
    """The diagonal of D."""
    ratios: np.ndarray
    """What L has below its diagonal, one less than there are samples."""
    samples: np.ndarray
    """The inverse of L times the samples."""
    ones: np.ndarray
    """The inverse of L times one for each sample in use and zero for others."""


class Mean(NamedTuple):
    """The best constant of each fit."""

    value: np.ndarray
    """Mean of the samples weighted by the inverse of their covariance; NaN without samples."""
    variance: np.ndarray
    """Its variance; infinite without samples."""
    chi_squared: np.ndarray
    """Weighted sum of squared residuals."""


def factorise(samples, usable, diagonal, coupling):
    """Factorise covariance matrices.

    Parameters
    ----------
    samples : ndarray, shape (n, ...), float64
        Finite.
    usable : ndarray of the same shape, bool
        Samples to use.
    diagonal : ndarray of the same shape
        Variances, positive.
    coupling : ndarray, shape (n - 1, ...)
        Covariances of neighbours. Those of samples that are not used do not matter.

    Returns
    -------
    Factors
        Arrays of the same shape.
    """
    pivots, ratios = diagonal.copy(), np.empty(coupling.shape)
    solved, ones = samples * usable, usable.astype(np.float64)
    for i in range(1, len(samples)):
        coupled = coupling[i - 1] * (usable[i] & usable[i - 1])
        ratio = np.divide(coupled, pivots[i - 1], out=ratios[i - 1])
        pivots[i] -= np.multiply(coupled, ratio, out=coupled)
        solved[i] -= np.multiply(ratio, solved[i - 1], out=coupled)
        ones[i] -= np.multiply(ratio, ones[i - 1], out=coupled)
    return Factors(pivots, ratios, solved, ones)


def mean(factors):
    """Return the best constants.

    Parameters
    ----------
    factors : Factors
        From `factorise`.

    Returns
    -------
    Mean
        Arrays of the shape of one sample.
    """
    weight, product, square = np.zeros((3, *factors.pivots.shape[1:]))
    for pivot, sample, one in zip(factors.pivots, factors.samples, factors.ones, strict=True):
        share = one / pivot
        weight += one * share
        product += sample * share
        square += np.divide(sample, pivot, out=share) * sample
    with np.errstate(divide="ignore", invalid="ignore"):
        value = product / weight
        return Mean(value, 1 / weight, np.maximum(square - value * product, 0))


def solve(factors, right):
    """Return the inverse of the covariance matrices times something.

    Parameters
    ----------
    factors : Factors
        From `factorise`.
    right : ndarray
        The inverse of L times it, such as ``factors.ones``.

    Returns
    -------
    ndarray of the same shape
        Zero for samples that are not used.
    """
    solved = right / factors.pivots
    for i in range(len(solved) - 2, -1, -1):
        solved[i] -= factors.ratios[i] * solved[i + 1]
    return solved


def inverse_bands(factors):
    """Return the diagonal of the inverse of covariance matrices, and what is beside it.

    Parameters
    ----------
    factors : Factors
        From `factorise`.

    Returns
    -------
    diagonal : ndarray, shape (n, ...)
        The inverse of the variance for a sample that is not used.
    beside : ndarray, shape (n - 1, ...)
        Elements of neighbours.
    """
    diagonal, beside = 1 / factors.pivots, np.empty(factors.ratios.shape)
    for i in range(len(diagonal) - 2, -1, -1):
        beside[i] = -factors.ratios[i] * diagonal[i + 1]
        diagonal[i] -= factors.ratios[i] * beside[i]
    return diagonal, beside


def drops(factors, fitted):
    r"""Return how much chi squared drops if samples are left out.

    With the residuals :math:`r`, the covariance matrix :math:`C`, :math:`q = C^{-1} r`,
    :math:`x = C^{-1} 1` and :math:`M = C^{-1} - x x^T / 1^T C^{-1} 1`, restricted to the samples
    that are left out, it drops by :math:`q^T M^{-1} q`.

    Parameters
    ----------
    factors : Factors
        From `factorise`.
    fitted : Mean
        From `mean`.

    Returns
    -------
    single : ndarray, shape (n, ...)
        Drops without each sample; meaningless for those not used.
    double : ndarray, shape (n - 1, ...)
        Drops without each sample and the next.
    """
    residual = solve(factors, factors.samples - fitted.value * factors.ones)
    ones = solve(factors, factors.ones)
    diagonal, beside = inverse_bands(factors)
    diagonal -= ones**2 * fitted.variance
    beside -= ones[1:] * ones[:-1] * fitted.variance
    with np.errstate(divide="ignore", invalid="ignore"):
        single = residual**2 / diagonal
        determinant = diagonal[1:] * diagonal[:-1] - beside**2
        double = residual[:-1] ** 2 * diagonal[1:] + residual[1:] ** 2 * diagonal[:-1]
        double -= 2 * beside * residual[1:] * residual[:-1]
        double /= determinant
    return single, double
