"""Statistics without outliers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.sigma_clipping import clip, lower_spread, median_in_order, spread, within


def ordered(*values):
    return np.sort(np.array(values, np.float32))


@pytest.mark.parametrize(("values", "median"), [((3, 1, 2), 2), ((4, 1, 2, 8), 3), ((5,), 5)])
def test_the_median_is_the_middle_value_or_the_mean_of_both(values, median):
    result = median_in_order(ordered(*values))

    assert result == median
    assert result.dtype == np.float32


def test_limits_belong_to_what_is_within_them():
    assert within(ordered(1, 2, 3, 4, 5), 2, 4).tolist() == [2, 3, 4]


def test_an_outlier_is_clipped_and_the_rest_is_kept():
    values = ordered(*np.arange(100) / 100, 1000)

    assert np.array_equal(clip(values), values[:-1])


def test_clipping_goes_on_as_long_as_there_are_outliers_of_what_is_left():
    values = ordered(*np.arange(100) / 100, 50, 10_000)

    assert clip(values)[-1] < 1


def test_equal_values_are_no_outliers():
    assert clip(ordered(7, 7, 7)).tolist() == [7, 7, 7]


def test_spread_is_the_standard_deviation():
    assert spread(ordered(1, 3)) == 1


def test_lower_spread_looks_at_the_values_below_only():
    values = ordered(-2, -1, 0, 100, 200, 300)

    assert lower_spread(values, 0) == pytest.approx(np.sqrt(5 / 3))


@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=50), st.integers(-500, 500))
def test_what_is_clipped_does_not_depend_on_an_offset(values, offset):
    values = ordered(*values)

    assert np.array_equal(clip(values + np.float32(offset)), clip(values) + np.float32(offset))


def test_the_input_is_untouched():
    values = ordered(*np.arange(100), 1e6)
    before = values.copy()

    clip(values)
    lower_spread(values, 50)

    assert np.array_equal(values, before)
