"""Fit of rates by likelihood, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.blocks import threads
from snakewebb.kernels.dq import (
    CHARGELOSS,
    DO_NOT_USE,
    HOT,
    JUMP_DET,
    NO_GAIN_VALUE,
    PERSISTENCE,
    SATURATED,
)
from snakewebb.kernels.ramp_fit import Rates, fit_ramps
from snakewebb.kernels.ramp_fit_likelihood import fit_ramps_by_likelihood

GAIN, READNOISE, TIME = 2.0, 10.0, 4.0
PLAIN = [5, 14, 26, 38, 43, 57]
STEADY = 12.0 * np.arange(8)


def fit(ramps, flags=None, *, pixeldq=0, gain=GAIN, readnoise=READNOISE, zeroframe=None, **options):
    """Fit ramps (nints, ngroups), and return rate, rateints and chi squared without pixel axes."""
    data = np.float32(ramps)[:, :, np.newaxis, np.newaxis]
    groupdq = np.zeros(data.shape, np.uint8)
    if flags is not None:
        groupdq += np.uint8(flags)[:, :, np.newaxis, np.newaxis]
    image = [np.full((1, 1), each) for each in (pixeldq, gain, readnoise)]
    types = np.uint32, np.float32, np.float32
    image = [each.astype(t) for each, t in zip(image, types, strict=True)]
    if zeroframe is not None:
        zeroframe = np.float32(zeroframe)[:, np.newaxis, np.newaxis]
    options = {"group_time": TIME, "frame_time": TIME} | options
    rate, rateints, chi_squared = fit_ramps_by_likelihood(
        data, groupdq, *image, zeroframe=zeroframe, **options
    )
    return (
        Rates(*(each.item() for each in rate)),
        Rates(*(each[:, 0, 0] for each in rateints)),
        chi_squared.item(),
    )


def fit_one(ramp, flags=None, **options):
    """Fit one ramp."""
    return fit([ramp], None if flags is None else [flags], **options)[0]


def dense_covariance(ngroups, nframes, group_time, frame_time):
    """Return the covariances of differences, by a rate of one photon and by one read."""
    reads = [i * group_time + frame_time * np.arange(1, nframes + 1) for i in range(ngroups)]
    counts = np.minimum.outer(np.concatenate(reads), np.concatenate(reads))
    average = np.kron(np.eye(ngroups), np.full(nframes, 1 / nframes))
    differ = np.diff(np.eye(ngroups), axis=0) / group_time
    photon, read = (average @ m @ average.T for m in (counts, np.eye(len(counts))))
    return differ @ photon @ differ.T, differ @ read @ differ.T


def dense_fit(ramp, nframes, group_time, frame_time, gain=GAIN, readnoise=READNOISE):
    """Return rate, photon variance, read variance and chi squared, by dense matrices."""
    differences = np.diff(ramp) / group_time
    photon, read = dense_covariance(len(ramp), nframes, group_time, frame_time)
    rate = max(np.median(differences), 0)
    for _ in range(2):
        signal, read_variance = max(rate, 0) / gain, readnoise**2 / 2
        inverse = np.linalg.inv(signal * photon + read_variance * read)
        weights = inverse.sum(axis=0) / inverse.sum()
        rate = weights @ differences
    residual = differences - rate
    return (
        rate,
        signal * weights @ photon @ weights,
        read_variance * weights @ read @ weights,
        residual @ inverse @ residual,
    )


@pytest.mark.parametrize(("nframes", "groupgap"), [(1, 0), (4, 0), (8, 2)])
@pytest.mark.parametrize("scale", [0.1, 1, 100, -1])
def test_rate_and_variances_are_those_of_the_covariance_that_reads_share(nframes, groupgap, scale):
    rng = np.random.default_rng(1)
    frame_time = 2.5
    group_time = frame_time * (nframes + groupgap)
    ramp = np.float32(scale * 30 * np.arange(7) + rng.normal(0, 3, 7))
    options = {"nframes": nframes, "group_time": group_time, "frame_time": frame_time}

    rate, _, chi_squared = fit([ramp], **options)

    *expected, goodness = dense_fit(ramp.astype(float), nframes, group_time, frame_time)
    found = rate.data, rate.var_poisson, rate.var_rnoise
    assert found == pytest.approx(expected, rel=2e-6, abs=1e-12)
    assert rate.err == pytest.approx(np.sqrt(sum(expected[1:])), rel=1e-6)
    assert chi_squared == pytest.approx(goodness, rel=1e-4)
    assert rate.dq == 0


@given(
    slope=st.integers(-1000, 100_000).map(lambda slope: slope / 100),
    offset=st.integers(-1000, 10_000),
    ngroups=st.integers(2, 40),
    readnoise=st.floats(0.1, 100),
)
def test_a_ramp_without_noise_gives_its_slope(slope, offset, ngroups, readnoise):
    ramp = offset + slope * TIME * np.arange(ngroups)
    rate = fit_one(ramp, readnoise=readnoise)
    assert rate.data == pytest.approx(slope, rel=1e-5, abs=1e-6 * np.abs(ramp).max())


@given(
    ramp=st.lists(st.integers(-1000, 1000), min_size=2, max_size=20),
    constant=st.integers(-30000, 30000),
)
def test_a_constant_added_to_all_groups_changes_nothing(ramp, constant):
    one, other = fit_one(np.array(ramp)), fit_one(np.array(ramp) + constant)
    np.testing.assert_array_equal(one, other)


@given(
    slope=st.floats(1, 100),
    size=st.floats(300, 10000),
    place=st.integers(1, 8),
    share=st.floats(0, 1),
)
def test_a_jump_anywhere_in_a_group_is_found_and_does_not_change_the_rate(
    slope, size, place, share
):
    ramp = slope * 16 * np.arange(10)
    ramp[place:] += size
    ramp[place] -= share * size

    rate = fit_one(ramp, nframes=4, group_time=16)

    assert rate.data == pytest.approx(slope, abs=rate.err)
    assert rate.dq == JUMP_DET


def test_a_jump_within_single_frames_is_at_one_difference():
    ramp = STEADY + 200 * (np.arange(8) >= 4)
    without = fit_one(ramp, [0, 0, 0, 0, 0, 0, 0, 0])
    assert without.data == pytest.approx(12 / TIME, rel=1e-5)
    assert without.dq == JUMP_DET
    # what is left are the segments of four groups each
    noise = fit_ramps(
        np.float32(ramp).reshape(1, 8, 1, 1),
        np.uint8(JUMP_DET * (np.arange(8) == 4)).reshape(1, 8, 1, 1),
        np.zeros((1, 1), np.uint32),
        np.full((1, 1), 2, np.float32),
        np.full((1, 1), 1000, np.float32),
        group_time=TIME,
        frame_time=TIME,
    )[0].var_rnoise.item()
    assert fit_one(ramp + 2e5 * (np.arange(8) >= 4), readnoise=1000).var_rnoise == pytest.approx(
        noise, rel=1e-3
    )


@pytest.mark.parametrize(("drop", "found"), [(20.0, 0), (20.5, JUMP_DET)])
def test_a_jump_is_found_beyond_four_and_a_half_standard_deviations(drop, found):
    # without signal, the covariance of five differences is R²/2 tridiag(-1, 2, -1): a jump of
    # the middle one by J lowers chi squared by J² / R² 2 (g - x²/F), g = 3/2, x = 9/2, F = 35/2
    size = np.sqrt(drop * READNOISE**2 / 2 / (1.5 - 4.5**2 / 17.5))
    rate = fit_one(size * (np.arange(6) >= 3))
    assert rate.dq == found


def test_two_differences_have_to_agree():
    assert fit_one([0, 10, 1000]).dq == 0
    assert fit_one([0, 10, 20, 1000]).dq == JUMP_DET
    assert fit_one([0, 10, 20, 1000], nframes=4).data == pytest.approx(10 / TIME, rel=0.2)


def test_four_differences_without_signal_are_searched():
    assert fit_one([0, 0, 300, 300, 300]).dq == JUMP_DET
    assert fit_one([0, 0, 300, 300, 300]).data == pytest.approx(0, abs=1e-6)


def test_to_look_for_another_jump_four_differences_must_be_left():
    assert fit_one([0, 10, 20, 1000, 3000]).data > 50
    assert fit_one([0, 10, 20, 30, 1000, 3000]).data == pytest.approx(10 / TIME, rel=0.1)


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED, JUMP_DET, CHARGELOSS, PERSISTENCE])
def test_any_flag_takes_its_group_and_the_differences_on_both_sides(flag):
    rate = fit_one([0, 10, 5000, 30, 40, 50], [0, 0, flag, 0, 0, 0], readnoise=0.01)
    assert rate.data == pytest.approx(10 / TIME)
    assert rate.dq == flag & (SATURATED | JUMP_DET | PERSISTENCE)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_groups_that_are_not_finite_are_excluded(bad):
    assert fit_one([0, 10, bad, 30, 40, 50]).data == pytest.approx(10 / TIME)


def test_the_range_of_groups_can_be_limited():
    ramp = [900, 0, 10, 20, 30, 900]
    assert fit_one(ramp, groups=(1, 5), readnoise=0.1).data == pytest.approx(10 / TIME)
    with pytest.raises(ValueError, match="less than two groups"):
        fit_one(ramp, groups=(2, 3))


def test_dark_current_adds_its_photon_noise_to_the_second_fit():
    dark = np.full((1, 1), 1.5, np.float32)
    plain, with_dark = fit_one(-STEADY), fit_one(-STEADY, dark_current=dark)
    photon, _ = dense_covariance(8, 1, TIME, TIME)
    assert plain.var_poisson == 0
    assert with_dark.data == plain.data == -12 / TIME
    weights = np.linalg.inv(
        1.5 / GAIN * photon + READNOISE**2 / 2 * dense_covariance(8, 1, 4, 4)[1]
    )
    weights = weights.sum(axis=0) / weights.sum()
    assert with_dark.var_poisson == pytest.approx(1.5 / GAIN * weights @ photon @ weights)


def test_a_first_frame_apart_adds_what_it_tells():
    times = np.concatenate([[1], np.arange(8) * 4 + 2.5])
    ramp = 12 * times
    options = {"nframes": 4, "group_time": 4, "frame_time": 1}

    plain, _, _ = fit([ramp[1:]], **options)
    better, _, _ = fit([ramp[1:]], zeroframe=ramp[:1], **options)

    assert plain.data == pytest.approx(12)
    assert better.data == pytest.approx(12)
    assert better.err < plain.err


@pytest.mark.parametrize("unknown", [0, np.nan])
def test_without_a_first_frame_the_first_group_is_left_out(unknown):
    ramp = 12 * (np.arange(8) * 4 + 2.5)
    options = {"nframes": 4, "group_time": 4, "frame_time": 1}
    with_frame, _, _ = fit([ramp], zeroframe=[unknown], **options)
    without, _, _ = fit([ramp], groups=(1, None), **options)
    assert with_frame.data == pytest.approx(without.data)
    assert with_frame.err == pytest.approx(without.err, rel=1e-6)


def test_the_rate_of_an_exposure_weighs_integrations_by_the_noise_of_a_common_rate():
    ramps = [12.0 * np.arange(8), 16.0 * np.arange(8)]
    rate, rateints, _ = fit(ramps, [8 * [0], [0, 0, 0, 0, 2, 2, 2, 2]], readnoise=0.01)
    # 7 and 3 differences without read noise: photon noise alone
    assert rate.data == pytest.approx((7 * 12 + 3 * 16) / 10 / TIME, rel=1e-4)
    assert rate.var_poisson == pytest.approx(rate.data / GAIN / 10 / TIME, rel=1e-2)
    assert rateints.data.tolist() == pytest.approx([12 / TIME, 16 / TIME])
    assert rate.dq == SATURATED


def test_chi_squared_adds_over_integrations_and_is_unknown_if_one_is():
    _, _, one = fit([PLAIN])
    assert fit([PLAIN, PLAIN])[2] == pytest.approx(2 * one)
    lost = 6 * [DO_NOT_USE]
    rate, rateints, unknown = fit([PLAIN, PLAIN], [6 * [0], lost])
    assert np.isnan(unknown)
    assert rate.data == pytest.approx(rateints.data[0])
    assert rate.dq == 0
    assert rateints.dq.tolist() == [0, DO_NOT_USE]


@pytest.mark.parametrize(
    "options",
    [{"gain": 0}, {"gain": np.nan}, {"readnoise": 0}, {"readnoise": np.nan}],
)
def test_a_pixel_of_unknown_gain_or_read_noise_has_no_rate(options):
    rate = fit_one(PLAIN, **options)
    assert np.isnan([rate.data, rate.err, rate.var_poisson, rate.var_rnoise]).all()
    assert rate.dq == DO_NOT_USE | (NO_GAIN_VALUE if "gain" in options else 0)


def test_pixel_flags_go_with_the_rate_and_exclude_nothing():
    rate = fit_one(PLAIN, pixeldq=DO_NOT_USE | HOT)
    assert rate == fit_one(PLAIN)._replace(dq=DO_NOT_USE | HOT)


@pytest.mark.parametrize("flags", [[0, 2, 2, 2, 2, 2], [0, 1, 0, 1, 0, 1], 6 * [JUMP_DET]])
def test_ramps_without_a_difference_have_no_rate(flags):
    rate = fit_one(PLAIN, flags)
    assert np.isnan([rate.data, rate.err, rate.var_poisson, rate.var_rnoise]).all()
    assert rate.dq & DO_NOT_USE


@pytest.mark.parametrize("flags", [[0, 2, 2, 2, 2, 2], [0, 1, 0, 1, 0, 1]])
def test_ramps_of_single_groups_can_be_fitted_as_by_least_squares(flags):
    rate = fit_one(PLAIN, flags, suppress_one_group=False)
    expected = fit_ramps(
        np.float32(PLAIN).reshape(1, 6, 1, 1),
        np.uint8(flags).reshape(1, 6, 1, 1),
        np.zeros((1, 1), np.uint32),
        np.full((1, 1), GAIN, np.float32),
        np.full((1, 1), READNOISE, np.float32),
        group_time=TIME,
        frame_time=TIME,
        suppress_one_group=False,
    )[0]
    assert rate == pytest.approx([each.item() for each in expected], rel=1e-6)


def scene(shape, seed=1):
    """Return ramps of all kinds, and the other arrays of a fit."""
    rng = np.random.default_rng(seed)
    ny, nx = shape[-2:]
    level = 10 ** rng.uniform(-1, 3, (ny, nx))
    data = rng.normal(level, np.sqrt(level), shape).cumsum(axis=1) + rng.normal(0, 7, shape)
    data += (rng.random(shape) < 0.03).cumsum(axis=1) * 500
    flags = np.where(rng.random(shape) < 0.03, JUMP_DET, 0).astype(np.uint8)
    image = np.full((ny, nx), GAIN, np.float32), np.full((ny, nx), READNOISE, np.float32)
    return data.astype(np.float32), flags, np.zeros((ny, nx), np.uint32), *image


def test_blocks_threads_and_whole_agree_bit_by_bit(monkeypatch):
    arrays = scene((2, 6, 30, 20))
    options = {"group_time": 4, "frame_time": 1, "nframes": 4}
    whole = fit_ramps_by_likelihood(*arrays, **options)
    monkeypatch.setattr("snakewebb.kernels.ramp_fit_likelihood.BLOCK_SAMPLES", 200)
    with threads(3):
        parts = fit_ramps_by_likelihood(*arrays, **options)
    for one, other in zip((*whole[0], *whole[1]), (*parts[0], *parts[1]), strict=True):
        np.testing.assert_array_equal(one, other)
    np.testing.assert_array_equal(whole[2], parts[2])


def test_the_order_of_integrations_does_not_matter():
    data, flags, *images = scene((5, 6, 10, 10))
    order = [3, 1, 4, 0, 2]
    options = {"group_time": 4, "frame_time": 4}
    rate, rateints, _ = fit_ramps_by_likelihood(data, flags, *images, **options)
    mixed, mixedints, _ = fit_ramps_by_likelihood(data[order], flags[order], *images, **options)
    for one, other in zip(rate, mixed, strict=True):
        np.testing.assert_allclose(one, other, rtol=3e-7)
    np.testing.assert_array_equal(rateints.data[order], mixedints.data)


@pytest.mark.parametrize("level", [0.5, 30, 3000])
def test_the_scatter_of_noisy_ramps_is_their_error(level):
    rng = np.random.default_rng(3)
    shape = 1, 8, 1, 20000
    electrons = rng.poisson(level * TIME * GAIN, shape).cumsum(axis=1)
    ramps = np.float32(electrons / GAIN + rng.normal(0, READNOISE / np.sqrt(2), shape))
    images = (np.full(shape[2:], each, np.float32) for each in (GAIN, READNOISE))

    flags, pixeldq = np.zeros(shape, np.uint8), np.zeros(shape[2:], np.uint32)
    rate, _, chi_squared = fit_ramps_by_likelihood(
        ramps, flags, pixeldq, *images, group_time=TIME, frame_time=TIME
    )

    assert rate.data.std() == pytest.approx(rate.err.mean(), rel=0.05)
    assert chi_squared.mean() == pytest.approx(6, rel=0.05)


def test_input_is_untouched_and_types_are_those_of_products():
    arrays = scene((2, 6, 5, 4))
    before = [each.copy() for each in arrays]
    rate, rateints, chi_squared = fit_ramps_by_likelihood(*arrays, group_time=4, frame_time=4)
    for one, other in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(one, other)
    for rates in (rate, rateints):
        assert [each.dtype for each in rates] == ["f4", "u4", "f4", "f4", "f4"]
    assert chi_squared.dtype == np.float32


def test_an_array_that_does_not_fit_is_named():
    data, flags, pixeldq, gain, readnoise = scene((2, 6, 5, 4))
    with pytest.raises(ValueError, match="readnoise"):
        fit_ramps_by_likelihood(
            data, flags, pixeldq, gain, readnoise[1:], group_time=4, frame_time=4
        )
