"""Count rates of guide stars, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from snakewebb.kernels.guider_cds import count_rates, darkest, difference_of_reads


def ramp(*reads):
    """Return reads as ramps of one integration and one pixel."""
    return np.array(reads, np.float32).reshape(1, -1, 1, 1)


def image(value, shape=(1, 1)):
    return np.full(shape, value, np.float32)


def test_a_difference_is_the_second_read_minus_the_first():
    difference = difference_of_reads(ramp(100, 130, 900))

    assert difference.tolist() == [[[30]]]
    assert difference.dtype == np.float32


def test_reads_at_the_end_and_the_beginning_are_averaged_and_those_between_left_out():
    assert difference_of_reads(ramp(1, 3, 99, 12, 14), averaged=2).tolist() == [[[11]]]


def test_each_integration_has_its_difference():
    ramps = np.concatenate([ramp(0, 5), ramp(100, 107)])

    assert difference_of_reads(ramps).tolist() == [[[5]], [[7]]]


@pytest.mark.parametrize(("averaged", "needed"), [(1, 2), (4, 8)])
def test_too_few_reads_are_named(averaged, needed):
    reads = ramp(*range(needed - 1))

    with pytest.raises(ValueError, match=f"{needed} groups are needed, there are {needed - 1}"):
        difference_of_reads(reads, averaged=averaged)


def test_the_darkest_of_all_integrations_is_kept_for_each_pixel():
    differences = np.array([[[5, 1]], [[3, 9]], [[4, np.nan]]], np.float32)

    smallest = darkest(differences)

    assert smallest.shape == (1, 1, 2)
    assert smallest[0, 0, 0] == 3
    assert np.isnan(smallest[0, 0, 1])


def test_a_rate_is_a_difference_over_the_time_and_its_error_has_the_noise_of_reads_and_photons():
    rate, error = count_rates(image(90, (1, 1, 1)), image(2), image(3), 0.5)

    assert rate.tolist() == [[[180]]]
    assert error[0, 0, 0] == pytest.approx(np.sqrt(2 * 6**2 + 90 / (2 * 0.5)))
    assert rate.dtype == error.dtype == np.float32


@pytest.mark.parametrize(
    ("difference", "gain"), [(-90, 2), (0, 2), (90, -2), (-90, 0), (90, np.inf)]
)
def test_without_light_or_a_gain_there_is_no_noise_of_photons(difference, gain):
    _, error = count_rates(image(difference, (1, 1, 1)), image(gain), image(3), 0.5)

    assert error[0, 0, 0] == pytest.approx(np.sqrt(72))


@pytest.mark.parametrize(("gain", "noise"), [(np.nan, 3), (2, np.nan)])
def test_an_unknown_gain_or_noise_makes_the_error_unknown_and_not_the_rate(gain, noise):
    rate, error = count_rates(image(90, (1, 1, 1)), image(gain), image(noise), 0.5)

    assert rate[0, 0, 0] == 180
    assert np.isnan(error[0, 0, 0])


def test_an_unknown_difference_has_the_error_of_a_dark_pixel():
    rate, error = count_rates(image(np.nan, (1, 1, 1)), image(2), image(3), 0.5)

    assert np.isnan(rate[0, 0, 0])
    assert error[0, 0, 0] == pytest.approx(np.sqrt(72))


@given(
    arrays(np.float32, (2, 4, 3, 2), elements=st.integers(0, 60000)),
    st.integers(-5000, 5000),
)
def test_a_constant_added_to_all_reads_of_an_integration_changes_nothing(ramps, constant):
    shifted = ramps + np.float32(constant)

    for averaged in (1, 2):
        expected = difference_of_reads(ramps, averaged=averaged)
        assert np.array_equal(difference_of_reads(shifted, averaged=averaged), expected)


@given(arrays(np.float32, (4, 3, 2), elements=st.integers(-100, 60000)))
def test_the_order_of_integrations_does_not_matter_to_the_darkest(differences):
    assert np.array_equal(darkest(differences[::-1]), darkest(differences))


def test_the_input_is_untouched():
    differences, gain, noise = image(-5, (2, 1, 1)), image(2), image(3)

    count_rates(differences, gain, noise, 0.5)

    assert (differences == -5).all()
    assert (gain == 2).all()
    assert (noise == 3).all()


@pytest.mark.parametrize(
    ("name", "gain", "noise"), [("gain", (2, 2), (1, 1)), ("read noise", (1, 1), (2, 2))]
)
def test_a_reference_of_another_shape_is_named(name, gain, noise):
    with pytest.raises(ValueError, match=rf"{name} \(2, 2\) does not fit the image \(1, 1\)"):
        count_rates(image(1, (1, 1, 1)), image(1, gain), image(1, noise), 1.0)
