"""Scaling of groups to the mean of their frames, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.group_scale import scale_to_mean


def test_a_sum_of_five_frames_that_was_divided_by_eight_becomes_their_mean():
    frames = np.array([100, 104, 108, 112, 116], np.float32)
    group = np.full((1, 1, 2, 3), frames.sum() / 8, np.float32)

    mean = scale_to_mean(group, 5, 8)

    assert np.allclose(mean, frames.mean(), rtol=1e-6)
    assert mean.dtype == np.float32


def test_nan_stays_in_its_pixel():
    group = np.array([[[[np.nan, 10]]]], np.float32)

    mean = scale_to_mean(group, 4, 8)

    assert np.isnan(mean[0, 0, 0, 0])
    assert mean[0, 0, 0, 1] == 20


def test_the_input_is_untouched_unless_it_is_out():
    group = np.ones((1, 2, 3, 4), np.float32)

    scale_to_mean(group, 1, 2)
    assert (group == 1).all()

    assert scale_to_mean(group, 1, 2, out=group) is group
    assert (group == 2).all()


@pytest.mark.parametrize(("nframes", "divisor"), [(0, 8), (5, 0), (5, -8)])
def test_numbers_that_make_no_group_are_named(nframes, divisor):
    with pytest.raises(ValueError, match=f"{nframes} frames divided by {divisor} do not make"):
        scale_to_mean(np.ones((1, 1, 2, 2), np.float32), nframes, divisor)


@given(seed=st.integers(0, 10**6))
def test_scaling_by_exchanged_numbers_undoes_it(seed):
    rng = np.random.default_rng(seed)
    ramp = rng.integers(0, 60000, (3, 4)).astype(np.float32)
    nframes, divisor = (int(each) for each in 2 ** rng.integers(0, 4, 2))
    there = scale_to_mean(ramp, nframes, divisor)
    np.testing.assert_array_equal(scale_to_mean(there, divisor, nframes), ramp)
