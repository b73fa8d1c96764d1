"""Convolution with the inverse kernel of the capacitance, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.ipc import convolve

KERNEL = np.arange(1, 10, dtype=np.float32).reshape(3, 3)


def point(ny=7, nx=8, at=(3, 4)):
    """Return one group with a signal of 1 DN in one pixel."""
    image = np.zeros((1, 1, ny, nx), np.float32)
    image[0, 0, *at] = 1
    return image


def test_a_point_becomes_the_kernel():
    convolved = convolve(point(), KERNEL)[0, 0]

    assert convolved[2:5, 3:6].tolist() == KERNEL.tolist()
    assert convolved.sum() == KERNEL.sum()
    assert convolved.dtype == np.float32


@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (1, 3), (3, 5)])
def test_the_sides_of_a_kernel_may_be_any_odd_numbers(shape):
    kernel = np.arange(1, np.prod(shape) + 1, dtype=np.float32).reshape(shape)
    (ny, nx), image = shape, point()

    convolved = convolve(image, kernel)[0, 0]

    around = convolved[3 - ny // 2 : 4 + ny // 2, 4 - nx // 2 : 5 + nx // 2]
    assert around.tolist() == kernel.tolist()


def test_nothing_comes_from_beyond_the_edge():
    convolved = convolve(np.ones((1, 1, 4, 5), np.float32), KERNEL)[0, 0]

    assert convolved[1, 1] == KERNEL.sum()
    assert convolved[0, 0] == KERNEL[:2, :2].sum()
    assert convolved[-1, 2] == KERNEL[1:].sum()


def test_a_kernel_for_each_pixel_is_that_of_the_pixel_that_receives():
    kernels = np.zeros((3, 3, 7, 8), np.float32)
    kernels[1, 1] = 1
    kernels[0, 1, 2, 4] = 5
    kernels[0, 1, 3, 4] = 7

    convolved = convolve(point(), kernels)[0, 0]

    assert convolved[2, 4] == 5
    assert convolved[3, 4] == 1
    assert convolved.sum() == 6


def test_a_kernel_for_each_pixel_that_is_the_same_everywhere_is_one_for_all():
    image = np.random.default_rng(2).uniform(0, 60000, (2, 1, 40, 1000)).astype(np.float32)
    kernels = np.broadcast_to(KERNEL[..., None, None], (3, 3, 40, 1000))

    assert np.array_equal(convolve(image, kernels), convolve(image, KERNEL))


def test_the_inverse_kernel_undoes_the_coupling():
    coupling = np.array([[0, 0.005, 0], [0.005, 0.98, 0.005], [0, 0.005, 0]], np.float32)
    inverse = np.array([[0, -0.0052, 0], [-0.0052, 1.0208, -0.0052], [0, -0.0052, 0]], np.float32)

    restored = convolve(convolve(point(), coupling), inverse)

    assert np.allclose(restored, point(), atol=1e-3)


def test_nan_spreads_over_the_size_of_the_kernel():
    image = point()
    image[0, 0, 3, 4] = np.nan

    unknown = np.isnan(convolve(image, KERNEL)[0, 0])

    assert unknown[2:5, 3:6].all()
    assert unknown.sum() == 9


def test_the_input_is_untouched_unless_it_is_out():
    image = np.random.default_rng(3).normal(size=(1, 2, 50, 900)).astype(np.float32)
    before = image.copy()

    convolved = convolve(image, KERNEL)
    assert np.array_equal(image, before)

    assert convolve(image, KERNEL, out=image) is image
    assert np.array_equal(image, convolved)


@pytest.mark.parametrize("shape", [(2, 3), (3, 2), (3,), (3, 3, 3)])
def test_a_kernel_without_a_middle_is_refused(shape):
    with pytest.raises(ValueError, match="has no middle: its first two sides must be odd"):
        convolve(point(), np.ones(shape, np.float32))


def test_kernels_for_pixels_of_another_image_are_named():
    with pytest.raises(ValueError, match=r"\(3, 3, 8, 8\) does not fit the image \(7, 8\)"):
        convolve(point(), np.ones((3, 3, 8, 8), np.float32))


@given(seed=st.integers(0, 10**6))
def test_convolution_is_linear_and_keeps_the_sum_of_light_far_from_the_edges(seed):
    rng = np.random.default_rng(seed)
    kernel = rng.uniform(0, 0.1, (3, 3)).astype(np.float32)
    kernel[1, 1] = 1
    one, other = np.zeros((2, 7, 8), np.float32)
    one[2:-2, 2:-2], other[2:-2, 2:-2] = rng.uniform(0, 1000, (2, 3, 4))
    both = convolve(one + 2 * other, kernel)
    np.testing.assert_allclose(both, convolve(one, kernel) + 2 * convolve(other, kernel), rtol=1e-4)
    assert both.sum() == pytest.approx(kernel.sum() * (one + 2 * other).sum(), rel=1e-4)
