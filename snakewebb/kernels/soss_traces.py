"""Where the spectra of a slitless grism fall on the detector.

The wheel that holds the grism does not stop at the same angle each time, and spectra turn with it
about a pivot. Which part of a trace is known is told in wavelengths.

Reference: JWST pipeline documentation, "PASTASOSS Reference File".
"""

import numpy as np
from scipy.interpolate import interp1d


def rows_of_trace(trace, grid, ncolumns, *, offset, pivot, coefficients, extents):
    """Return the row of the centre of a spectrum in each column.

    Parameters
    ----------
    trace : ndarray, shape (n, 2), float64
        Column and row of points of the trace, at the nominal angle of the grism.
    grid : ndarray, shape (nwavelengths,), float64
        Wavelengths at which the trace is taken; in between, it is a line. Beyond the first and the
        last it keeps its row.
    ncolumns : int
        Number of columns.
    offset : float
        Angle of the grism from the nominal one, in degrees.
    pivot : tuple of float
        Column and row of the point that the trace turns about.
    coefficients, extents : ndarray
        As for `wavelengths`.

    Returns
    -------
    ndarray, shape (ncolumns,), float64
    """
    columns = trace[:, 0]
    rows = _line(*turned(trace, offset, pivot))(columns)
    known = wavelengths(columns, offset, coefficients, extents)
    at, there = _line(known, columns)(grid), _line(known, rows)(grid)
    order = np.argsort(at)
    return np.interp(np.arange(ncolumns), at[order], there[order])


def turned(points, angle, pivot):
    """Return columns and rows of points that are turned about a pivot.

    Parameters
    ----------
    points : ndarray, shape (n, 2), float64
        Columns and rows.
    angle : float
        In degrees, from the direction of columns to that of rows.
    pivot : tuple of float
        Column and row.

    Returns
    -------
    ndarray, shape (2, n), float64
    """
    x, y = (points - pivot).T
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return np.stack([cos * x - sin * y + pivot[0], sin * x + cos * y + pivot[1]])


def wavelengths(columns, offset, coefficients, extents):
    r"""Return the wavelength at columns of a trace, given the angle of the grism.

    .. math:: \lambda = c_0 + c_1 x + c_2 \theta + c_3 x^2 + c_4 x \theta + c_5 \theta^2 + \dots

    Parameters
    ----------
    columns : ndarray, shape (n,), float64
        Columns.
    offset : float
        Angle of the grism from the nominal one, in degrees.
    coefficients : ndarray, shape (ncoefficients,), float64
        Coefficients of a complete polynomial in x and angle.
    extents : ndarray, shape (2, 2), float64
        Column and angle where x and theta are 0, and where they are 1.

    Returns
    -------
    ndarray, shape (n,), float64
    """
    x, angle = ((v - a) / (b - a) for v, a, b in zip((columns, offset), *extents, strict=True))
    degree = (np.sqrt(8 * len(coefficients) + 1) - 3) / 2
    powers = [(d - k, k) for d in range(int(degree) + 1) for k in range(d + 1)]
    terms = zip(coefficients, powers, strict=True)
    return sum(c * x**of_x * angle**of_angle for c, (of_x, of_angle) in terms)


def near_trace(rows, nrows, reach):
    """Return the pixels near a trace: from `reach` rows beneath it to as many above, rounded out.

    Parameters
    ----------
    rows : ndarray, shape (ncolumns,), float64
        Row of the trace in each column.
    nrows : int
        Number of rows.
    reach : int
        Half width.

    Returns
    -------
    ndarray, shape (nrows, ncolumns), bool
    """
    row = np.arange(nrows)[:, np.newaxis]
    return (row >= np.floor(rows) - reach) & (row <= np.ceil(rows) + reach)


def _line(x, y):
    """Return the function that joins points by lines, and prolongs the first and the last one."""
    return interp1d(x, y, fill_value="extrapolate")
