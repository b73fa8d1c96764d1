"""Superbias subtraction, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels.superbias import subtract_superbias


def test_the_bias_of_each_pixel_is_subtracted_from_every_group():
    ramp = np.array([[[[10, 20]], [[30, 40]]]], dtype=np.float32)
    bias = np.array([[1, 2]], dtype=np.float32)

    corrected = subtract_superbias(ramp, bias)

    assert corrected.tolist() == [[[[9, 18]], [[29, 38]]]]
    assert corrected.dtype == np.float32


def test_a_pixel_of_unknown_bias_is_left_as_it_is():
    ramp = np.array([[[[10, 20]]]], dtype=np.float32)

    corrected = subtract_superbias(ramp, np.array([[np.nan, 2]], dtype=np.float32))

    assert corrected.tolist() == [[[[10, 18]]]]


def test_the_input_is_untouched_unless_it_is_out():
    ramp = np.ones((1, 2, 3, 4), dtype=np.float32)
    bias = np.ones((3, 4), dtype=np.float32)

    subtract_superbias(ramp, bias)
    assert (ramp == 1).all()

    assert subtract_superbias(ramp, bias, out=ramp) is ramp
    assert (ramp == 0).all()


def test_a_bias_of_another_shape_is_named():
    with pytest.raises(ValueError, match=r"superbias \(4, 4\) does not fit the image \(3, 4\)"):
        subtract_superbias(np.ones((1, 1, 3, 4), np.float32), np.ones((4, 4), np.float32))
