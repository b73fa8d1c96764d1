"""Pixels that show nothing but background."""

import numpy as np
import pytest

from snakewebb.kernels.scene_mask import background_pixels


def noise(sigma=1.0, centre=10.0, shape=(100, 100), seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(centre, sigma, shape).astype(np.float32)


def test_sources_are_no_background():
    image = noise()
    image[20:23, 30:33] = 500

    background = background_pixels(image)

    assert not background[20:23, 30:33].any()
    assert background.mean() > 0.95


@pytest.mark.parametrize("fit_histogram", [False, True])
def test_background_begins_three_deviations_below_and_ends_n_sigma_above(fit_histogram):
    image = noise(shape=(300, 300))

    background = background_pixels(image, n_sigma=1.0, fit_histogram=fit_histogram)

    assert image[background].min() == pytest.approx(10 - 3, abs=0.1)
    assert image[background].max() == pytest.approx(10 + 1, abs=0.05)


def test_a_histogram_is_not_misled_by_many_faint_sources():
    image = noise(shape=(300, 300))
    image[:, :60] += np.random.default_rng(2).exponential(2, (300, 60)).astype(np.float32)

    highest = [image[background_pixels(image, fit_histogram=fit)].max() for fit in (True, False)]

    assert abs(highest[0] - 12) < abs(highest[1] - 12)


def test_where_no_bell_fits_the_histogram_mean_and_deviation_serve():
    image = np.repeat(np.array([5.0, 6.0], np.float32), 50).reshape(10, 10)

    assert background_pixels(image, n_sigma=0.5, fit_histogram=True).sum() == 50


def test_missing_data_are_no_background_whatever_the_limit():
    image = noise()
    image[0, :3] = np.nan, 0, np.inf

    for n_sigma in (0, 2, 1e6):
        assert not background_pixels(image, n_sigma=n_sigma)[0, :3].any()


def test_a_limit_of_zero_lets_sources_pass():
    image = noise()
    image[5, 5] = 1e6

    assert background_pixels(image, n_sigma=0).all()


def test_pixels_that_may_not_be_background_are_not_and_do_not_count():
    image = noise()
    image[:40] += 50
    usable = np.ones(image.shape, bool)
    usable[:40] = False

    background = background_pixels(image, usable)

    assert not background[:40].any()
    assert background[40:].mean() > 0.9


def test_an_image_without_data_has_no_background():
    assert not background_pixels(np.full((3, 4), np.nan, np.float32)).any()


def test_the_input_is_untouched():
    image, usable = noise(), np.ones((100, 100), bool)
    before = image.copy()

    background_pixels(image, usable)

    assert np.array_equal(image, before)
    assert usable.all()


def test_usable_pixels_of_another_shape_are_named():
    with pytest.raises(ValueError, match=r"usable pixels \(2, 2\) do not fit the image \(3, 4\)"):
        background_pixels(np.ones((3, 4), np.float32), np.ones((2, 2), bool))
