"""Stars on the sky and on the detector."""

import numpy as np
import pytest

from snakewebb.demo.scenes import image_width, render_stars, star_field


@pytest.mark.parametrize("shift", [0, 0.3, 0.5])
def test_the_image_of_a_star_holds_its_light(shift):
    image = render_stars([200 + shift], [200 - shift], [1e5], 1.5, (401, 401))

    scale = 1.5 / (2 * np.sqrt(2 ** (2 / 3) - 1))
    beyond = scale / 200  # of a profile that falls with the third power of the radius
    assert image.sum() == pytest.approx(1e5 * (1 - beyond), rel=0.004)
    assert image.dtype == np.float32


def test_a_star_is_brightest_where_it_is_and_half_as_bright_at_half_its_width():
    image = render_stars([60], [50], [1e6], 20, (101, 121))

    assert np.unravel_index(image.argmax(), image.shape) == (50, 60)
    assert image[50, 70] == pytest.approx(image[50, 60] / 2, rel=0.03)


def test_a_star_beyond_the_edge_still_shines_in():
    image = render_stars([-3], [10], [1e5], 2, (21, 21))

    assert image[10, 0] > image[10, 1] > image[10, 5] > 0


def test_stars_far_away_leave_no_light():
    assert not render_stars([-5000], [1e4], [1e5], 2, (21, 21)).any()


def test_the_width_is_the_diffraction_limit():
    assert image_width("F150W", 0.0311) == pytest.approx(1.56, abs=0.01)
    assert image_width("F300M", 0.0311) == pytest.approx(2 * image_width("F150W", 0.0311))


def test_a_field_has_more_faint_stars_than_bright_ones_within_its_limits():
    stars = star_field(80, -69, 60, 2000, faintest=10, brightest=1e4, seed=3)
    rates = np.array([s.rate for s in stars])

    assert 10 <= rates.min() < rates.max() <= 1e4
    assert (rates < 100).mean() == pytest.approx(1 - 0.1**0.6, abs=0.04)
    distance = [np.hypot((s.ra - 80) * np.cos(np.radians(-69)), s.dec + 69) for s in stars]
    assert max(distance) * 3600 <= 60 + 1e-6


def test_the_same_seed_gives_the_same_field():
    assert star_field(80, -69, 60, 5, seed=3) == star_field(80, -69, 60, 5, seed=3)
    assert star_field(80, -69, 60, 5, seed=3) != star_field(80, -69, 60, 5, seed=4)
