"""The median of rows of values."""

import numpy as np
import pytest

from snakewebb.kernels.row_median import row_median

NAN = np.nan


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_it_is_the_median_of_the_values_that_count_and_nan_where_none_does(kind):
    values = np.array([[5, 1, 9, 3], [5, 1, 9, 3], [2, NAN, 4, NAN], [NAN, NAN, NAN, NAN]], kind)
    good = ~np.isnan(values)
    good[1, 2] = False
    before = values.copy()

    medians = row_median(values, good)

    np.testing.assert_array_equal(medians, [4, 3, 3, NAN])
    assert medians.dtype == kind
    np.testing.assert_array_equal(values, before)


def test_rows_may_stand_along_several_axes():
    values = np.arange(24, dtype=np.float32).reshape(2, 4, 3)

    np.testing.assert_array_equal(row_median(values, values >= 0), values[..., 1])


def test_values_that_do_not_count_may_be_anything():
    values = np.float32([[1, 7, NAN, np.inf, -np.inf, 3]])
    good = np.array([[True, True, False, False, False, True]])

    assert row_median(values, good) == 3
