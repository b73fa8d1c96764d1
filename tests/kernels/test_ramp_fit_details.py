"""Fits of the segments of ramps one by one, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.ramp_fit import fit_ramps
from snakewebb.kernels.ramp_fit_details import Details, fit_details

GAIN, READNOISE, TIME = 2.0, 10.0, 4.0
JUMPS = [0, 0, 0, JUMP_DET, 0, 0]
RAMP = [5, 14, 26, 138, 143, 157]


def arrays(ramps, flags, *, pixeldq=0, gain=GAIN):
    """Return the arrays of fits of pixels in a row, from ramps (nints, ngroups, npixels)."""
    data = np.float32(ramps)[:, :, np.newaxis, :]
    image = data.shape[2:]
    return (
        data,
        np.zeros(data.shape, np.uint8) + np.uint8(flags)[:, :, np.newaxis, :],
        np.full(image, pixeldq, np.uint32),
        np.full(image, gain, np.float32),
        np.full(image, READNOISE, np.float32),
    )


def details_of(ramp, flags, *, pixeldq=0, gain=GAIN, **options):
    """Return the details of one ramp, a list for each array."""
    ramp, flags = (np.reshape(each, (1, -1, 1)) for each in (ramp, flags))
    column = arrays(ramp, flags, pixeldq=pixeldq, gain=gain)
    fit = fit_details(*column, **{"group_time": TIME, "frame_time": TIME} | options)
    return Details(*(each.reshape(-1).tolist() for each in fit))


def test_each_segment_has_its_slope_and_variances():
    fit = details_of(RAMP, JUMPS)
    median = 10.5 / TIME  # of 9, 12, 5, 14
    assert fit.slope == pytest.approx([21 / 2 / TIME, 19 / 2 / TIME])
    assert fit.var_rnoise == pytest.approx(2 * [6 * READNOISE**2 / 24 / TIME**2])
    assert fit.weights == pytest.approx([1 / each for each in fit.var_rnoise])
    assert fit.var_poisson == pytest.approx(2 * [median / GAIN / 2 / TIME])


def test_lines_are_traced_back_to_the_first_group():
    fit = details_of(RAMP, JUMPS)
    assert fit.yint == pytest.approx([15 - 10.5, 146 - 4 * 9.5])


def test_errors_of_slope_and_intercept_are_in_electrons_per_group():
    fit = details_of(RAMP, JUMPS)
    noise = GAIN * READNOISE / np.sqrt(2)
    assert fit.sigslope == pytest.approx(2 * [noise / np.sqrt(2)])
    assert fit.sigyint == pytest.approx([noise * np.sqrt(1 / 3 + x**2 / 2) for x in (1, 4)])


def test_both_errors_of_a_segment_of_two_groups_are_those_of_one_difference():
    fit = details_of([0, 10], [0, 0], nframes=4)
    assert fit.sigslope == fit.sigyint == pytest.approx([GAIN * READNOISE / 2])


def test_the_pedestal_is_the_first_group_less_a_share_of_the_rate():
    fit = details_of([5, 15, 25], [0, 0, 0], nframes=4, group_time=12.5, frame_time=2.5)
    assert fit.pedestal == pytest.approx([5 - 10 / 12.5 * (4 + 1) / 2 * 2.5 / 12.5])
    assert details_of(RAMP, 6 * [SATURATED]).pedestal == [0]
    assert details_of(RAMP, JUMPS, pixeldq=DO_NOT_USE).pedestal == [0]


def test_rises_into_jumps_come_in_order_and_are_unknown_beside_saturation():
    flags = [0, JUMP_DET, 0, JUMP_DET, JUMP_DET | SATURATED, SATURATED]
    assert details_of(RAMP, flags).crmag == pytest.approx([9, 112, np.nan], nan_ok=True)
    assert details_of(RAMP, [JUMP_DET, 0, 0, 0, 0, 0]).crmag == []


def test_single_groups_have_no_line_but_a_slope():
    fit = details_of([8, 0, 0], [0, SATURATED, SATURATED], suppress_one_group=False)
    assert fit.slope == [8 / TIME]
    assert fit.sigslope == fit.yint == fit.sigyint == [0]
    suppressed = details_of([8, 0, 0], [0, SATURATED, SATURATED])
    assert all(each in ([0], []) for each in suppressed)


@pytest.mark.parametrize("gain", [0, -1, np.nan])
def test_fits_of_pixels_of_unknown_gain_are_unknown_and_have_no_weight(gain):
    fit = details_of(RAMP, 6 * [0], gain=gain)
    assert np.isnan([fit.slope, fit.sigslope, fit.yint, fit.sigyint, fit.var_poisson]).all()
    assert fit.weights == fit.pedestal == [0]


def noisy(seed):
    """Return the arrays of noisy ramps with jumps, saturation and unusable groups."""
    rng = np.random.default_rng(seed)
    shape = 3, 7, 40
    ramps = rng.normal(20, 10, shape).cumsum(axis=1)
    flags = np.where(rng.random(shape) < 0.15, JUMP_DET, 0)
    flags |= np.where(rng.random(shape) < 0.1, DO_NOT_USE, 0)
    return arrays(ramps, flags)


@given(seed=st.integers(0, 1000))
def test_the_weighted_mean_of_segments_is_the_rate(seed):
    given_arrays = noisy(seed)
    options = {"group_time": TIME, "frame_time": TIME}
    fit = fit_details(*given_arrays, **options)
    _, rateints = fit_ramps(*given_arrays, **options)

    total = fit.weights.sum(axis=1)
    known = total > 0
    mean = (fit.weights * fit.slope).sum(axis=1)[known] / total[known]

    np.testing.assert_allclose(mean, rateints.data[known], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(1 / total[known], rateints.var_rnoise[known], rtol=1e-5)
    assert (np.isnan(rateints.data) == ~known).all()


def test_blocks_and_whole_agree_bit_by_bit(monkeypatch):
    data, flags, *images = noisy(1)
    square = [each.reshape(*each.shape[:-2], 8, 5) for each in (data, flags, *images)]
    options = {"group_time": TIME, "frame_time": TIME}
    whole = fit_details(*square, **options)
    monkeypatch.setattr("snakewebb.kernels.ramp_fit_details.BLOCK_SAMPLES", 7)
    for one, other in zip(whole, fit_details(*square, **options), strict=True):
        np.testing.assert_array_equal(one, other)


def test_input_is_untouched_and_all_is_in_single_precision():
    given_arrays = noisy(1)
    before = [each.copy() for each in given_arrays]
    fit = fit_details(*given_arrays, group_time=TIME, frame_time=TIME)
    for one, other in zip(given_arrays, before, strict=True):
        np.testing.assert_array_equal(one, other)
    assert {each.dtype for each in fit} == {np.dtype("f4")}


def test_an_array_that_does_not_fit_is_named():
    data, flags, pixeldq, gain, readnoise = noisy(1)
    with pytest.raises(ValueError, match="gain"):
        fit_details(data, flags, pixeldq, gain[:, 1:], readnoise, group_time=4, frame_time=4)
