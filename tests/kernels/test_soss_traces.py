"""Spectra of a slitless grism."""

import numpy as np
import pytest

from snakewebb.kernels.soss_traces import near_trace, rows_of_trace, turned, wavelengths

COLUMNS = np.arange(200.0)
EXTENTS = np.array([[0.0, 0.0], [100.0, 1.0]])
GRID = np.linspace(0, 3, 3001)
LINEAR = np.array([0.5, 1.0, 0.0])


def rows(trace, ncolumns=200, grid=GRID, offset=0.0, pivot=(0.0, 0.0), coefficients=LINEAR):
    return rows_of_trace(
        np.stack([COLUMNS[: len(trace)], trace], axis=1),
        grid,
        ncolumns,
        offset=offset,
        pivot=pivot,
        coefficients=coefficients,
        extents=EXTENTS,
    )


def test_at_the_nominal_angle_a_trace_is_where_it_is_told_to_be():
    trace = 50 + 0.001 * (COLUMNS - 80) ** 2

    np.testing.assert_allclose(rows(trace), trace, atol=1e-3)


def test_a_trace_turns_about_its_pivot():
    flat = np.full(200, 50.0)

    by_one_degree = rows(flat, offset=1.0, pivot=(100.0, 50.0))

    expected = 50 + np.tan(np.radians(1)) * (COLUMNS - 100)
    np.testing.assert_allclose(by_one_degree, expected, atol=1e-9)


def test_a_quarter_turn_brings_columns_to_rows():
    x, y = turned(np.array([[3.0, 1.0]]), 90.0, (1.0, 1.0))

    assert (x[0], y[0]) == pytest.approx((1, 3))


def test_a_trace_is_prolonged_as_a_line_where_its_wavelengths_are_wanted():
    np.testing.assert_allclose(rows(50 + 0.1 * COLUMNS[:100]), 50 + 0.1 * COLUMNS, atol=1e-9)


@pytest.mark.parametrize("slope", [1.0, -1.0])
def test_beyond_the_wavelengths_that_are_wanted_a_trace_keeps_its_row(slope):
    coefficients = np.array([0.5 if slope > 0 else 2.5, slope, 0.0])
    ends = (0.7, 2.0) if slope > 0 else (1.0, 2.3)

    found = rows(50 + 0.1 * COLUMNS, grid=np.linspace(*ends, 11), coefficients=coefficients)

    np.testing.assert_allclose(found, 50 + 0.1 * np.clip(COLUMNS, 20, 150), atol=1e-9)


def test_wavelengths_are_a_polynomial_in_column_and_angle():
    coefficients = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])

    (value,) = wavelengths(np.array([50.0]), 2.0, coefficients, EXTENTS)

    assert value == 1 + 2 * 0.5 + 3 * 2 + 4 * 0.5**2 + 5 * 0.5 * 2 + 6 * 2**2


def test_scaled_columns_and_angles_begin_and_end_at_their_extents():
    extents = np.array([[10.0, -1.0], [30.0, 3.0]])

    (value,) = wavelengths(np.array([20.0]), 0.0, np.array([0.0, 1.0, 10.0]), extents)

    assert value == pytest.approx(0.5 + 10 * 0.25)


def test_pixels_near_a_trace_are_those_within_its_reach_rounded_out():
    found = near_trace(np.array([5.0, 5.2, 0.0]), 12, 2)

    assert [np.flatnonzero(column).tolist() for column in found.T] == [
        [3, 4, 5, 6, 7],
        [3, 4, 5, 6, 7, 8],
        [0, 1, 2],
    ]
