"""Where results of kernels go."""

import numpy as np

from snakewebb.kernels.outputs import copied


def test_values_are_copied_into_a_new_array_unless_there_is_one():
    values = np.arange(6, dtype=np.uint8).reshape(2, 3)
    own = np.zeros_like(values)

    new = copied(values)
    given = copied(values, own)

    assert given is own
    for each in (new, given):
        assert not np.shares_memory(each, values)
        np.testing.assert_array_equal(each, values)
        assert each.dtype == np.uint8


def test_values_may_stay_where_they_are():
    values = np.arange(6, dtype=np.uint8)

    assert copied(values, values) is values


def test_a_copy_lies_in_memory_as_the_original_does():
    turned = np.zeros((3, 4)).T

    assert copied(turned).strides == turned.strides
