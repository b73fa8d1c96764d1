"""Correction for non-linearity, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, NO_LIN_CORR, NONLINEAR, SATURATED
from snakewebb.kernels.linearity import linearize, linearize_averaged, usable_polynomials


def image_of(*values):
    """Return polynomials, the same in each of 2 rows and 3 columns."""
    return np.broadcast_to(np.float32(values)[:, np.newaxis, np.newaxis], (len(values), 2, 3))


def ramp_of(*values):
    """Return one integration in which each pixel has the same groups."""
    groups = np.float32(values)[np.newaxis, :, np.newaxis, np.newaxis]
    return np.ascontiguousarray(np.broadcast_to(groups, (1, len(values), 2, 3)))


def flags_of(ramp):
    return np.zeros(ramp.shape, np.uint8)


EVERYWHERE = np.ones((2, 3), bool)
NO_FLAGS = np.zeros((2, 3), np.uint32)


def test_the_polynomial_is_evaluated_in_every_group():
    ramp = ramp_of(0, 2, 10)

    linear = linearize(ramp, flags_of(ramp), image_of(1, 2, 3, 0.5), EVERYWHERE)

    # 1 + 2 F + 3 F² + F³ / 2
    assert linear[0, :, 1, 2].tolist() == [1, 1 + 4 + 12 + 4, 1 + 20 + 300 + 500]
    assert linear.dtype == np.float32


def test_a_linear_term_alone_is_a_polynomial():
    ramp = ramp_of(5, 7)
    assert linearize(ramp, flags_of(ramp), image_of(1, 2), EVERYWHERE)[0, :, 0, 0].tolist() == [
        11,
        15,
    ]


def test_each_pixel_has_its_own_polynomial():
    ramp = ramp_of(10)
    coefficients = image_of(0, 1, 0).copy()
    coefficients[2, 1, 2] = 0.1

    linear = linearize(ramp, flags_of(ramp), coefficients, EVERYWHERE)

    assert linear[0, 0].tolist() == [[10, 10, 10], [10, 10, 20]]


def test_saturated_groups_are_left_as_they_are():
    ramp = ramp_of(10, 20, 30)
    flags = flags_of(ramp)
    flags[0, 1, 0, 0] = SATURATED | DO_NOT_USE
    flags[0, 2, 0, 0] = JUMP_DET | DO_NOT_USE

    linear = linearize(ramp, flags, image_of(0, 2), EVERYWHERE)

    assert linear[0, :, 0, 0].tolist() == [20, 20, 60]
    assert linear[0, :, 1, 1].tolist() == [20, 40, 60]


def test_pixels_without_a_usable_polynomial_are_left_as_they_are():
    ramp = ramp_of(10, 20)
    coefficients = image_of(0, 2, 1).copy()
    coefficients[2, 0, 1] = np.nan
    usable = usable_polynomials(coefficients, NO_FLAGS)

    linear = linearize(ramp, flags_of(ramp), coefficients, usable)

    assert linear[0, :, 0, 1].tolist() == [10, 20]
    assert linear[0, :, 0, 0].tolist() == [120, 440]


def test_nan_stays_nan_and_spreads_to_nothing():
    ramp = ramp_of(10, 20, 30)
    ramp[0, 1, 1, 1] = np.nan

    linear = linearize(ramp, flags_of(ramp), image_of(0, 2), EVERYWHERE)

    assert np.argwhere(np.isnan(linear)).tolist() == [[0, 1, 1, 1]]


def test_a_polynomial_is_usable_unless_flagged_or_unknown_or_without_linear_term():
    coefficients = image_of(0, 1, 0.1).copy()
    coefficients[0, 0, 1] = np.nan
    coefficients[1, 0, 2] = 0
    dq = np.array([[0, 0, 0], [NO_LIN_CORR, NONLINEAR, DO_NOT_USE]], np.uint32)

    assert usable_polynomials(coefficients, dq).tolist() == [
        [True, False, False],
        [False, True, True],
    ]


def test_the_input_is_untouched_unless_it_is_out():
    ramp = ramp_of(10, 20)
    coefficients = image_of(0, 2, np.nan).copy()
    flags, usable = flags_of(ramp), ~EVERYWHERE

    linearize(ramp, flags, image_of(0, 2), EVERYWHERE)
    linearize(ramp, flags, coefficients, usable)
    assert ramp[0, :, 0, 0].tolist() == [10, 20]
    assert np.isnan(coefficients[2]).all()

    assert linearize(ramp, flags, image_of(0, 2), EVERYWHERE, out=ramp) is ramp
    assert ramp[0, :, 0, 0].tolist() == [20, 40]


def test_rows_groups_and_integrations_do_not_depend_on_each_other():
    rng = np.random.default_rng(1)
    ramp = rng.uniform(0, 1e4, (3, 4, 50, 1000)).astype(np.float32)
    flags = np.where(rng.random(ramp.shape) < 0.1, SATURATED, 0).astype(np.uint8)
    coefficients = rng.normal(1, 1e-5, (4, 50, 1000)).astype(np.float32)
    usable = rng.random((50, 1000)) < 0.9

    linear = linearize(ramp, flags, coefficients, usable)

    part = np.s_[1:2, 2:3, 30:40]
    alone = linearize(ramp[part], flags[part], coefficients[:, 30:40], usable[30:40])
    np.testing.assert_array_equal(linear[part], alone)


def test_averages_of_a_linear_detector_are_left_as_they_are():
    ramp = ramp_of(10, 21, 30, 44)
    identity = image_of(0, 1)

    linear = linearize_averaged(
        ramp, flags_of(ramp), identity, EVERYWHERE, identity, EVERYWHERE, nframes=4
    )

    np.testing.assert_allclose(linear, ramp, rtol=1e-6)


def test_frames_are_spread_evenly_from_group_to_group_before_they_are_corrected():
    # After the correction F + F² / 100 groups rise from 0 to 11 (the last but one); two frames of
    # a group lie a quarter of that before and after it: mean of (F ± 11 / 4)² / 100 more.
    ramp = ramp_of(0, 10, 20)
    identity = image_of(0, 1)

    linear = linearize_averaged(
        ramp, flags_of(ramp), image_of(0, 1, 0.01), EVERYWHERE, identity, EVERYWHERE, nframes=2
    )

    extra = 0.01 * 2.75**2
    np.testing.assert_allclose(linear[0, :, 0, 0], [0 + extra, 11 + extra, 24 + extra], rtol=1e-6)


def test_a_steady_signal_is_recovered_from_averages_of_a_non_linear_detector():
    nframes, rate = 4, np.float32(1000)
    frames = rate * (np.arange(6 * nframes, dtype=np.float32) + 1) / nframes
    bend, unbend = (0, 1, -4e-6), (0, 1, 4e-6, 3.2e-11, 3.2e-16)
    observed = np.polynomial.polynomial.polyval(frames, bend).reshape(6, nframes).mean(axis=1)
    ramp = ramp_of(*observed)

    linear = linearize_averaged(
        ramp,
        flags_of(ramp),
        image_of(*unbend),
        EVERYWHERE,
        image_of(*bend),
        EVERYWHERE,
        nframes=nframes,
    )

    np.testing.assert_allclose(
        linear[0, :, 0, 0], frames.reshape(6, nframes).mean(axis=1), rtol=1e-5
    )
    plain = linearize(ramp, flags_of(ramp), image_of(*unbend), EVERYWHERE)
    assert (linear > plain).all()


def test_the_signal_of_frames_comes_from_the_last_but_one_group_that_is_not_saturated():
    identity = image_of(0, 1)
    options = (image_of(0, 1, 0.01), EVERYWHERE, identity, EVERYWHERE)
    ramp = ramp_of(0, 10, 20, 20)
    flags = flags_of(ramp)
    flags[:, 3] = SATURATED

    linear = linearize_averaged(ramp, flags, *options, nframes=2)

    short = ramp[:, :3]
    np.testing.assert_array_equal(
        linear[:, :3], linearize_averaged(short, flags_of(short), *options, nframes=2)
    )
    assert (linear[:, 3] == 20).all()


def test_a_pixel_of_unknown_inverse_is_corrected_with_the_identity_in_its_place():
    ramp = ramp_of(0, 10, 20)
    inverse = image_of(0, np.nan, 5)
    common = ramp, flags_of(ramp), image_of(0, 1, 0.01), EVERYWHERE

    linear = linearize_averaged(*common, inverse, ~EVERYWHERE, nframes=2)

    identity = linearize_averaged(*common, image_of(0, 1), EVERYWHERE, nframes=2)
    np.testing.assert_array_equal(linear, identity)


def test_the_identity_changes_no_bit_of_averages():
    ramp = ramp_of(9.8765, 1234.5678, 23456.789, 34567.891)
    identity = image_of(0, 1), EVERYWHERE
    linear = linearize_averaged(ramp, flags_of(ramp), *identity, *identity, nframes=8)
    np.testing.assert_array_equal(linear, ramp)


def test_averages_can_be_corrected_in_place():
    ramp = ramp_of(100, 1000, 3000, 4000)
    options = (image_of(0, 1, 1e-5), EVERYWHERE, image_of(0, 1, -1e-5), EVERYWHERE)
    expected = linearize_averaged(ramp, flags_of(ramp), *options, nframes=8)
    assert ramp[0, 0, 0, 0] == 100

    assert linearize_averaged(ramp, flags_of(ramp), *options, nframes=8, out=ramp) is ramp
    np.testing.assert_array_equal(ramp, expected)


def test_one_average_alone_is_refused():
    ramp, identity = ramp_of(10), image_of(0, 1)
    with pytest.raises(ValueError, match="one group does not tell"):
        linearize_averaged(
            ramp, flags_of(ramp), identity, EVERYWHERE, identity, EVERYWHERE, nframes=8
        )


def test_shapes_that_disagree_are_named():
    ramp = ramp_of(10, 20)
    with pytest.raises(ValueError, match=r"coefficients \(4, 4\) do not fit the image \(2, 3\)"):
        linearize(ramp, flags_of(ramp), np.ones((2, 4, 4), np.float32), EVERYWHERE)
    with pytest.raises(ValueError, match=r"group flags \(1, 1, 2, 3\) do not fit the ramp"):
        linearize(ramp, flags_of(ramp)[:, :1], image_of(0, 1), EVERYWHERE)
    with pytest.raises(ValueError, match="1 coefficients do not make"):
        usable_polynomials(image_of(1), NO_FLAGS)
    with pytest.raises(ValueError, match=r"coefficients \(2, 3\) do not fit their flags \(3, 3\)"):
        usable_polynomials(image_of(0, 1), np.zeros((3, 3), np.uint32))


@given(seed=st.integers(0, 10**6))
def test_the_polynomial_of_a_straight_line_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    ramp = rng.uniform(0, 60000, (2, 3, 4, 5)).astype(np.float32)
    coefficients = np.zeros((4, 4, 5), np.float32)
    coefficients[1] = 1
    flags, usable = np.zeros(ramp.shape, np.uint8), np.ones((4, 5), bool)
    np.testing.assert_array_equal(linearize(ramp, flags, coefficients, usable), ramp)
