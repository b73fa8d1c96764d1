"""Means of samples of which only neighbours are correlated, against dense matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels import tridiagonal


def problem(seed, number, used):
    """Return samples, which of them to use, and the bands of a covariance matrix."""
    rng = np.random.default_rng(seed)
    coupling = rng.uniform(-1, 1, (number - 1, 1))
    diagonal = rng.uniform(2.1, 5, (number, 1))
    usable = np.array(used)[:number, np.newaxis]
    return rng.normal(20, 5, (number, 1)), usable, diagonal, coupling


def dense(samples, usable, diagonal, coupling):
    """Return mean, variance, chi squared and inverse of the samples in use, by dense algebra."""
    used = np.flatnonzero(usable)
    matrix = np.diag(diagonal[:, 0])
    matrix += np.diag(coupling[:, 0], 1) + np.diag(coupling[:, 0], -1)
    inverse = np.linalg.inv(matrix[np.ix_(used, used)])
    mean = inverse.sum(axis=0) @ samples[used, 0] / inverse.sum()
    residual = samples[used, 0] - mean
    return mean, 1 / inverse.sum(), residual @ inverse @ residual, inverse


PROBLEMS = given(
    seed=st.integers(0, 10**6),
    number=st.integers(3, 9),
    used=st.lists(st.booleans(), min_size=9, max_size=9),
)


@PROBLEMS
def test_mean_variance_and_chi_squared_are_those_of_dense_matrices(seed, number, used):
    used[:3] = 3 * [True]
    given_problem = problem(seed, number, used)

    found = tridiagonal.mean(tridiagonal.factorise(*given_problem))

    expected = dense(*given_problem)[:3]
    assert [each.item() for each in found] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@PROBLEMS
def test_the_bands_of_the_inverse_and_its_product_are_those_of_dense_matrices(seed, number, used):
    used[:3] = 3 * [True]
    given_problem = problem(seed, number, used)
    factors = tridiagonal.factorise(*given_problem)
    usable = given_problem[1]
    place = np.flatnonzero(usable)
    inverse = dense(*given_problem)[3]

    diagonal, beside = tridiagonal.inverse_bands(factors)
    weights = tridiagonal.solve(factors, factors.ones)

    np.testing.assert_allclose(diagonal[place, 0], np.diag(inverse))
    np.testing.assert_allclose(weights[place, 0], inverse.sum(axis=0), rtol=1e-9)
    assert (weights[~usable] == 0).all()
    both = np.flatnonzero(usable[1:] & usable[:-1])
    rank = np.searchsorted(place, both)
    np.testing.assert_allclose(beside[both, 0], inverse[rank, rank + 1])


@PROBLEMS
def test_the_drops_of_chi_squared_are_those_of_fits_without_the_samples(seed, number, used):
    used[:4] = 4 * [True]
    number = max(number, 4)
    samples, usable, *bands = problem(seed, number, used)
    factors = tridiagonal.factorise(samples, usable, *bands)
    whole = dense(samples, usable, *bands)[2]

    single, double = tridiagonal.drops(factors, tridiagonal.mean(factors))

    for i in np.flatnonzero(usable):
        without = usable & (np.arange(number) != i)[:, np.newaxis]
        assert single[i] == pytest.approx(whole - dense(samples, without, *bands)[2], rel=1e-6)
    for i in np.flatnonzero(usable[1:] & usable[:-1]):
        without = usable.copy()
        without[i : i + 2] = False
        assert double[i] == pytest.approx(whole - dense(samples, without, *bands)[2], rel=1e-6)


def test_without_samples_the_mean_is_unknown_and_its_variance_infinite():
    samples, usable, *bands = problem(1, 5, 9 * [False])
    found = tridiagonal.mean(tridiagonal.factorise(samples, usable, *bands))
    assert np.isnan(found.value)
    assert np.isinf(found.variance)


def test_the_arrays_given_are_untouched():
    given_problem = problem(1, 5, 9 * [True])
    before = [each.copy() for each in given_problem]

    factors = tridiagonal.factorise(*given_problem)
    tridiagonal.drops(factors, tridiagonal.mean(factors))

    for array, copy in zip(given_problem, before, strict=True):
        np.testing.assert_array_equal(array, copy)
