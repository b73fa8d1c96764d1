"""A smooth model of the background."""

import numpy as np
import pytest

from snakewebb.kernels.smooth_background import default_box, smooth_background

EVERYWHERE = np.ones((64, 96), bool)


def plane(slope=0.5):
    y, x = np.mgrid[:64, :96].astype(np.float32)
    return 100 + slope * x + y


@pytest.mark.parametrize(
    ("shape", "box"), [((2048, 2048), (32, 32)), ((96, 100), (32, 25)), ((37, 1032), (1, 24))]
)
def test_the_box_is_the_largest_up_to_32_that_divides_the_image(shape, box):
    assert default_box(shape) == box


def test_a_constant_is_its_own_background():
    model = smooth_background(np.full((64, 96), 7, np.float32), EVERYWHERE, (16, 16))

    assert np.array_equal(model, np.full((64, 96), 7, np.float32))
    assert model.dtype == np.float32


def test_the_middle_of_a_plane_is_followed():
    model = smooth_background(plane(), EVERYWHERE, (4, 4))

    assert np.abs(model - plane())[24:40, 24:72].max() < 0.5


def test_stars_and_bad_pixels_are_not_seen():
    image, good = np.full((64, 96), 7, np.float32), EVERYWHERE.copy()
    image[20:23, 40:43] = 1000
    image[50, ::10], good[50, ::10] = np.nan, False

    assert np.array_equal(smooth_background(image, good, (16, 16)), np.full((64, 96), 7))


def test_boxes_without_good_pixels_are_filled_from_the_others():
    good = EVERYWHERE.copy()
    good[16:32, 32:48] = False
    image = np.where(good, np.float32(7), np.float32(1e6))

    assert np.array_equal(smooth_background(image, good, (16, 16)), np.full((64, 96), 7))


def test_one_box_is_one_number():
    image = np.zeros((64, 96), np.float32)
    image[:, 40:] = 4

    assert np.unique(smooth_background(image, EVERYWHERE, (500, 500))).tolist() == [4]


def test_the_model_stays_between_the_values_of_its_boxes():
    image = plane(slope=0)
    image[:, 48:] += 1000

    model = smooth_background(image, EVERYWHERE, (8, 8))

    assert model.min() >= image.min()
    assert model.max() <= image.max()


def test_an_offset_and_a_factor_pass_through():
    image = plane() + np.random.default_rng(1).normal(size=(64, 96)).astype(np.float32)

    model = smooth_background(image, EVERYWHERE, (8, 8))

    other = smooth_background(2 * image + 4, EVERYWHERE, (8, 8))
    assert np.allclose(other, 2 * model + 4, rtol=1e-5)


def test_the_input_is_untouched():
    image, good = plane(), EVERYWHERE.copy()

    smooth_background(image, good, (16, 16))

    assert np.array_equal(image, plane())
    assert good.all()


def test_without_a_good_box_there_is_no_model():
    with pytest.raises(ValueError, match="no box of 16 x 16 pixels is good"):
        smooth_background(plane(), ~EVERYWHERE, (16, 16))


def test_good_pixels_of_another_shape_are_named():
    with pytest.raises(ValueError, match=r"good pixels \(2, 2\) do not fit the image \(64, 96\)"):
        smooth_background(plane(), np.ones((2, 2), bool))
