"""Division by a flat, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from snakewebb.kernels.dq import DEAD, DO_NOT_USE, NO_FLAT_FIELD
from snakewebb.kernels.flat_field import (
    combined_error,
    divide_by_flat,
    flat_variance,
    forget_where_either_is_nan,
    multiply_by_flat,
    valid_flat,
)

UNKNOWN = NO_FLAT_FIELD | DO_NOT_USE


def row(*values):
    return np.array([values], np.float32)


def test_pixels_of_unknown_response_get_one_and_the_flags_that_say_so():
    dq = np.array([[0, DEAD, NO_FLAT_FIELD, 0]], np.uint32)

    flat, flags = valid_flat(row(np.nan, 0, 0.5, 0.5), dq)

    assert flat.tolist() == [[1, 1, 1, 0.5]]
    assert flags.tolist() == [[UNKNOWN, DEAD | UNKNOWN, UNKNOWN, 0]]
    assert (flat.dtype, flags.dtype) == (np.float32, np.uint32)


def test_a_pixel_not_to_be_used_gets_one_and_other_flags_make_no_difference():
    dq = np.array([[DO_NOT_USE, DEAD]], np.uint32)

    flat, flags = valid_flat(row(0.5, 0.5), dq)

    assert flat.tolist() == [[1, 0.5]]
    assert flags.tolist() == dq.tolist()


def test_every_image_is_divided_by_the_flat():
    images = np.array([[[6, 8]], [[np.nan, 2]]], np.float32)

    divided = divide_by_flat(images, row(2, 4))

    assert np.array_equal(divided, [[[3, 2]], [[np.nan, 0.5]]], equal_nan=True)
    assert divided.dtype == np.float32


@given(
    arrays(np.float32, (2, 3, 4), elements=st.floats(-1e4, 1e4, width=32)),
    arrays(np.float32, (3, 4), elements=st.floats(0.25, 4, width=32)),
)
def test_multiplication_undoes_division(images, flat):
    restored = multiply_by_flat(divide_by_flat(images, flat), flat)

    assert np.allclose(restored, images, rtol=1e-6, atol=1e-30)


def test_the_variance_of_the_flat_grows_with_the_image_and_its_relative_error():
    variance = flat_variance(row(30), row(2), row(0.5))

    assert variance.tolist() == [[(30 * 0.5 / 2) ** 2]]
    assert variance.dtype == np.float32


def test_a_variance_is_added_in_quadrature():
    error = combined_error(row(3, np.nan), row(16, 1))

    assert np.array_equal(error, row(5, np.nan), equal_nan=True)
    assert error.dtype == np.float32


def test_a_value_without_error_and_an_error_without_value_are_forgotten():
    images, errors = row(1, np.nan, 3), row(np.nan, 2, 3)

    forget_where_either_is_nan(images, errors)

    for result in (images, errors):
        assert np.array_equal(result, row(np.nan, np.nan, 3), equal_nan=True)


def test_the_input_is_untouched_unless_it_is_out():
    images, flat, dq = row(6, 8), row(2, np.nan), np.zeros((1, 2), np.uint32)

    usable, _ = valid_flat(flat, dq)
    for change in (divide_by_flat, multiply_by_flat):
        result = change(images, usable)
        assert images.tolist() == [[6, 8]]
        assert change(images, usable, out=images) is images
        assert np.array_equal(images, result)
        images[:] = 6, 8
    flat_variance(images, usable, flat)
    combined_error(images, images)

    assert images.tolist() == [[6, 8]]
    assert np.array_equal(flat, row(2, np.nan), equal_nan=True)
    assert not dq.any()


def test_shapes_that_disagree_are_named():
    with pytest.raises(ValueError, match=r"flags \(2, 2\) do not fit the flat \(1, 2\)"):
        valid_flat(row(1, 1), np.zeros((2, 2), np.uint32))
    for change in (divide_by_flat, multiply_by_flat):
        with pytest.raises(ValueError, match=r"flat \(1, 3\) does not fit the image \(1, 2\)"):
            change(row(1, 1), row(1, 1, 1))
    with pytest.raises(ValueError, match=r"error of the flat \(1, 3\) does not fit"):
        flat_variance(row(1, 1), row(1, 1), row(1, 1, 1))
