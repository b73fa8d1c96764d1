"""Fit of straight lines to ramps, on arrays."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from snakewebb.kernels import ramp_fit as kernel
from snakewebb.kernels.blocks import threads
from snakewebb.kernels.dq import (
    AD_FLOOR,
    CHARGELOSS,
    DO_NOT_USE,
    DROPOUT,
    HOT,
    JUMP_DET,
    NO_GAIN_VALUE,
    PERSISTENCE,
    SATURATED,
)
from snakewebb.kernels.ramp_fit import fit_ramps

GAIN, READNOISE, TIME = 2.0, 10.0, 4.0
PLAIN = [5, 14, 26, 38, 43, 57]
"""A ramp whose differences are 9, 12, 12, 5, 14 DN; their median is 12 DN."""

SATURATED_IN_ONE = np.zeros((1, 6, 3), np.uint8)
SATURATED_IN_ONE[0, 0, 1] = SATURATED


def fit(ramps, flags=None, *, pixeldq=0, gain=GAIN, readnoise=READNOISE, **options):
    """Fit ramps (nints, ngroups, npixels), and return rate and rateints without their row axis."""
    data = np.float32(ramps)[:, :, np.newaxis, :]
    groupdq = np.zeros(data.shape, np.uint8)
    if flags is not None:
        groupdq += np.uint8(flags)[:, :, np.newaxis, :]
    image = [np.full(data.shape[2:], each) for each in (pixeldq, gain, readnoise)]
    types = np.uint32, np.float32, np.float32
    image = [each.astype(t) for each, t in zip(image, types, strict=True)]
    options = {"group_time": TIME, "frame_time": TIME} | options
    return [
        kernel.Rates(*(each[..., 0, :] for each in rates))
        for rates in fit_ramps(data, groupdq, *image, **options)
    ]


def fit_one(ramp, flags=None, **options):
    """Fit one ramp, and return what rateints holds of it."""
    flags = None if flags is None else np.uint8(flags)[np.newaxis, :, np.newaxis]
    _, rateints = fit(np.float32(ramp)[np.newaxis, :, np.newaxis], flags, **options)
    return kernel.Rates(*(each.item() for each in rateints))


def fit_integrations(ramps, flags=None, **options):
    """Fit the integrations of one pixel, and return rate and rateints without pixel axis."""
    flags = None if flags is None else np.uint8(flags)[:, :, np.newaxis]
    rate, rateints = fit(np.float32(ramps)[:, :, np.newaxis], flags, **options)
    return (
        kernel.Rates(*(each.item() for each in rate)),
        kernel.Rates(*(each[:, 0] for each in rateints)),
    )


def read_variance(*lengths, nframes=1, time=TIME):
    """Return the variance by read noise of a mean of segments."""
    return 6 * READNOISE**2 / nframes / sum(n**3 - n for n in lengths) / time**2


def photon_variance(rate, *lengths, time=TIME):
    """Return the variance by photon noise of a mean of segments."""
    return rate / GAIN / sum(n - 1 for n in lengths) / time


def is_lost(rates):
    """Return whether there is no rate, no error, and the flag that says so."""
    return (
        np.isnan(rates.data)
        and (rates.err, rates.var_poisson, rates.var_rnoise) == (0, 0, 0)
        and bool(rates.dq & DO_NOT_USE)
    )


def noisy_ramps(shape, seed=1):
    """Return data and flags of ramps with noise, jumps, saturation, and some flags of all kinds."""
    rng = np.random.default_rng(seed)
    nints, ngroups, ny, nx = shape
    rate = 10 ** rng.uniform(-1, 4, (ny, nx))
    steps = rng.normal(rate, np.sqrt(rate / GAIN), shape)
    data = (steps.cumsum(axis=1) + rng.normal(0, 8, shape)).astype(np.float32)
    group = np.arange(ngroups)[:, np.newaxis, np.newaxis]
    saturated, migrated = (
        group >= rng.integers(first, 9 * ngroups, (nints, 1, ny, nx)) for first in (0, 1)
    )
    flags = JUMP_DET * (rng.random(shape) < 0.05) | DO_NOT_USE * (rng.random(shape) < 0.02)
    flags |= SATURATED * saturated | (CHARGELOSS | DO_NOT_USE) * migrated
    return data, flags.astype(np.uint8)


def images(shape, seed=1):
    """Return pixel flags, gain and read noise."""
    rng = np.random.default_rng(seed)
    pixeldq = np.where(rng.random(shape) < 0.05, DO_NOT_USE, 0).astype(np.uint32)
    gain = rng.uniform(1.5, 2.5, shape).astype(np.float32)
    return pixeldq, gain, rng.uniform(5, 20, shape).astype(np.float32)


def assert_same(rates, others):
    for name, one, other in zip(rates._fields, rates, others, strict=True):
        np.testing.assert_array_equal(one, other, err_msg=name)


# ---------------------------------------------------------------------- slopes


@given(
    slope=st.integers(-100_000, 100_000).map(lambda slope: slope / 100),
    offset=st.integers(-1000, 10_000),
    ngroups=st.integers(2, 60),
    readnoise=st.floats(0.1, 100),
)
def test_a_ramp_without_noise_gives_its_slope(slope, offset, ngroups, readnoise):
    ramp = offset + slope * TIME * np.arange(ngroups)

    rates = fit_one(ramp, readnoise=readnoise)

    assert rates.data == pytest.approx(slope, rel=1e-5, abs=1e-6 * np.abs(ramp).max())
    assert rates.dq == 0


@given(
    ramp=arrays.arrays(np.int16, st.integers(2, 20), elements=st.integers(-1000, 1000)),
    constant=st.integers(-30000, 30000),
)
def test_a_constant_added_to_all_groups_changes_nothing(ramp, constant):
    assert fit_one(ramp.astype(float)) == fit_one(ramp.astype(float) + constant)


@pytest.mark.parametrize(
    ("signal_to_noise", "exponent"), [(2, 0), (7, 0.4), (15, 1), (30, 3), (70, 6), (200, 10)]
)
@pytest.mark.parametrize("ngroups", [3, 6, 9])
def test_groups_weigh_by_their_distance_from_the_middle_to_a_power_of_the_signal(
    signal_to_noise, exponent, ngroups
):
    # S = g d / sqrt(g² R² / 2 + g d) gives the rise d; the weights are |(i - m) / m|^P
    noise2 = (GAIN * READNOISE) ** 2 / 2
    s2 = signal_to_noise**2
    rise = (s2 + np.sqrt(s2**2 + 4 * s2 * noise2)) / 2 / GAIN
    group, middle = np.arange(ngroups), (ngroups - 1) / 2
    ramp = rise * (group / (ngroups - 1)) ** 2
    weight = np.abs((group - middle) / middle) ** exponent
    expected = np.polyfit(group * TIME, np.float32(ramp), 1, w=np.sqrt(weight))[0]

    assert fit_one(ramp).data == pytest.approx(expected, rel=2e-6)


def test_averaged_frames_have_less_read_noise_and_so_another_signal_to_noise_ratio():
    ramp = [0, 10, 30, 60]  # S is 4.7 with single frames, 6.6 with eight: exponents 0 and 0.4
    group = np.arange(4)
    weight = np.abs((group - 1.5) / 1.5) ** 0.4

    plain, averaged = fit_one(ramp), fit_one(ramp, nframes=8)

    assert plain.data == pytest.approx(np.polyfit(group * TIME, ramp, 1)[0])
    assert averaged.data == pytest.approx(np.polyfit(group * TIME, ramp, 1, w=np.sqrt(weight))[0])


@given(slopes=st.tuples(*2 * [st.floats(-10, 10)]), lengths=st.tuples(*2 * [st.integers(2, 12)]))
def test_a_jump_splits_a_ramp_into_segments_whose_combination_is_the_weighted_mean(slopes, lengths):
    first, second = (b * TIME * np.arange(n) for b, n in zip(slopes, lengths, strict=True))
    ramp = np.concatenate([first, second + 5000])
    flags = np.zeros(len(ramp))
    flags[lengths[0]] = JUMP_DET

    rates = fit_one(ramp, flags)

    weights = [n**3 - n for n in lengths]
    assert rates.data == pytest.approx(np.average(slopes, weights=weights), rel=1e-3, abs=1e-3)
    assert rates.var_rnoise == pytest.approx(read_variance(*lengths), rel=1e-6)
    assert rates.dq == JUMP_DET


def test_excluded_groups_split_a_ramp_as_well():
    rates = fit_one([0, 10, 99, 0, 20, 40], [0, 0, DO_NOT_USE, 0, 0, 0])
    # slopes 10 and 20 DN per group; 2 and 3 groups weigh 6 and 24
    assert rates.data == pytest.approx((6 * 10 + 24 * 20) / 30 / TIME)
    assert rates.dq == 0


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED, DROPOUT, AD_FLOOR, CHARGELOSS])
def test_any_flag_but_a_jump_and_persistence_excludes_its_group(flag):
    assert fit_one([0, 10, 20, 99], [0, 0, 0, flag]).data == pytest.approx(10 / TIME)


def test_persistence_changes_nothing_but_shows():
    plain, flagged = fit_one(PLAIN), fit_one(PLAIN, [0, 0, PERSISTENCE, 0, 0, 0])
    assert flagged == plain._replace(dq=PERSISTENCE)


def test_segments_of_one_group_do_not_count_beside_longer_ones():
    flags = [0, JUMP_DET, JUMP_DET, 0, 0, JUMP_DET]
    rates = fit_one([7, 300, 0, 10, 20, 900], flags)
    assert rates.data == pytest.approx(10 / TIME)
    assert rates.var_rnoise == pytest.approx(read_variance(3))


def test_a_jump_in_the_first_group_begins_the_ramp():
    assert fit_one(PLAIN, [JUMP_DET, 0, 0, 0, 0, 0]) == fit_one(PLAIN)._replace(dq=JUMP_DET)


def test_groups_that_are_not_finite_are_excluded():
    for bad in (np.nan, np.inf, -np.inf):
        ramp = [5, 14, bad, 38, 43, 57]
        assert fit_one(ramp) == fit_one(PLAIN, [0, 0, DO_NOT_USE, 0, 0, 0])


@pytest.mark.parametrize(
    ("groups", "same"),
    [((1, None), [1, 0, 0, 0, 0, 0]), ((0, 4), [0, 0, 0, 0, 1, 1]), ((2, 5), [1, 1, 0, 0, 0, 1])],
)
def test_the_range_of_groups_can_be_limited(groups, same):
    assert fit_one(PLAIN, groups=groups) == fit_one(PLAIN, np.array(same) * DO_NOT_USE)


def test_flags_count_as_always_when_the_range_is_limited():
    jump = [0, 0, 0, JUMP_DET, 0, 0]
    excluded = np.array(jump) | [DO_NOT_USE, 0, 0, 0, 0, DO_NOT_USE]
    assert fit_one(PLAIN, jump, groups=(1, 5)) == fit_one(PLAIN, excluded)

    _, rateints = fit(np.tile(np.reshape(PLAIN, (1, 6, 1)), 3), SATURATED_IN_ONE, groups=(1, 6))
    assert np.isnan(rateints.data).tolist() == [[False, True, False]]


# ---------------------------------------------------------------------- variances


def test_the_variances_of_a_ramp_are_those_of_the_formulas():
    rates = fit_one(PLAIN)
    assert rates.var_rnoise == pytest.approx(6 * 10**2 / (6**3 - 6) / 4**2)
    assert rates.var_poisson == pytest.approx((12 / 4) / (2 * 5 * 4))
    assert rates.err == pytest.approx(np.sqrt(rates.var_rnoise + rates.var_poisson))


def test_variances_may_be_of_any_size():
    rates = fit_one(1e8 * TIME * np.arange(3), readnoise=1e6)
    assert rates.data == pytest.approx(1e8)
    assert rates.var_poisson == pytest.approx(photon_variance(1e8, 3))
    assert rates.var_rnoise == pytest.approx((1e6 / READNOISE) ** 2 * read_variance(3))
    assert rates.err == pytest.approx(np.sqrt(rates.var_rnoise + rates.var_poisson))


def test_averaged_frames_share_the_read_noise():
    assert fit_one(PLAIN, nframes=4).var_rnoise == pytest.approx(read_variance(6) / 4)


def test_photon_noise_is_that_of_the_median_difference_inside_segments():
    rates = fit_one([0, 8, 16, 500, 506, 520], [0, 0, 0, JUMP_DET, 0, 0])
    # differences 8, 8, 6, 14: the jump does not count
    assert rates.var_poisson == pytest.approx(photon_variance(8 / TIME, 3, 3))


def test_the_error_of_an_integration_is_that_of_segments_with_different_shares_of_both_noises():
    flags = [[0, 0, JUMP_DET, 0, 0, 0]]
    rate, rateints = fit_integrations([PLAIN], flags)
    median = 10.5 / TIME  # of 9, 12, 5, 14
    segments = [read_variance(n) + photon_variance(median, n) for n in (2, 4)]

    assert rateints.err[0] == pytest.approx((1 / segments[0] + 1 / segments[1]) ** -0.5)
    assert rate.err == pytest.approx(np.sqrt(rate.var_poisson + rate.var_rnoise))
    assert rate.err != pytest.approx(rateints.err[0], rel=1e-4)


def test_dark_current_adds_its_photon_noise():
    dark = np.full((1, 1), 1.5, np.float32)
    assert fit_one(PLAIN, dark_current=dark).var_poisson == pytest.approx(
        photon_variance(12 / TIME + 1.5, 6)
    )


def test_a_falling_ramp_has_no_photon_noise_but_that_of_the_dark_current():
    falling, dark = -np.array(PLAIN), np.full((1, 1), 1.5, np.float32)
    assert fit_one(falling).var_poisson == 0
    assert fit_one(falling).err == pytest.approx(np.sqrt(read_variance(6)))
    assert fit_one(falling, dark_current=dark).var_poisson == pytest.approx(photon_variance(1.5, 6))
    negative = fit_one(falling, dark_current=-dark)
    assert negative.var_poisson == 0
    assert negative.err == fit_one(falling).err


@pytest.mark.parametrize("rate", [0.5, 30, 3000])
def test_the_scatter_of_noisy_ramps_is_their_error(rate):
    rng = np.random.default_rng(3)
    shape = 1, 8, 20000
    electrons = rng.poisson(rate * TIME * GAIN, shape).cumsum(axis=1)
    ramps = electrons / GAIN + rng.normal(0, READNOISE / np.sqrt(2), shape)

    fitted, _ = fit(ramps)

    assert fitted.data.mean() == pytest.approx(rate, abs=5 * fitted.err.mean() / np.sqrt(20000))
    assert fitted.data.std() == pytest.approx(fitted.err.mean(), rel=0.1)


# ---------------------------------------------------------------------- integrations


def test_integrations_average_by_their_read_noise():
    ramps = [[0, 10, 20, 30], [0, 20, 40, 99]]
    rate, rateints = fit_integrations(ramps, [[0, 0, 0, 0], [0, 0, 0, SATURATED]])

    assert rateints.data.tolist() == pytest.approx([10 / TIME, 20 / TIME])
    assert rate.data == pytest.approx((60 * 10 + 24 * 20) / 84 / TIME)
    assert rate.var_rnoise == pytest.approx(read_variance(4, 3))
    assert rate.dq == SATURATED
    assert rateints.dq.tolist() == [0, SATURATED]


def test_photon_noise_is_that_of_the_mean_over_integrations_of_the_median():
    _, rateints = fit_integrations([[0, 8, 16, 24], [0, 20, 40, 60]])
    expected = photon_variance(14 / TIME, 4)
    assert rateints.var_poisson.tolist() == pytest.approx([expected, expected])


def test_an_integration_without_a_fit_counts_as_zero_in_that_mean():
    lost = 4 * [SATURATED]
    _, rateints = fit_integrations([[0, 8, 16, 24], [0, 20, 40, 60]], [[0, 0, 0, 0], lost])
    assert rateints.var_poisson.tolist() == pytest.approx([photon_variance(4 / TIME, 4), 0])


def test_a_single_group_that_is_excluded_counts_as_zero_in_that_mean():
    _, rateints = fit_integrations([[40], [800]], [[0], [DO_NOT_USE]])
    assert rateints.var_poisson.tolist() == pytest.approx([photon_variance(20 / TIME, 2), 0])


def test_one_integration_gives_the_same_rate_with_and_without_the_others_apart():
    data, flags = noisy_ramps((1, 7, 40, 30))
    rate, rateints = fit_ramps(data, flags, *images((40, 30)), group_time=3, frame_time=3)
    for name in ("data", "dq", "var_poisson", "var_rnoise"):
        np.testing.assert_array_equal(getattr(rate, name), getattr(rateints, name)[0])


def test_the_order_of_integrations_does_not_matter():
    data, flags = noisy_ramps((6, 5, 20, 20))
    common, options = images((20, 20)), {"group_time": 3, "frame_time": 3}
    order = [3, 1, 5, 0, 4, 2]

    rate, rateints = fit_ramps(data, flags, *common, **options)
    rate_mixed, rateints_mixed = fit_ramps(data[order], flags[order], *common, **options)

    for one, other in zip(rate, rate_mixed, strict=True):
        np.testing.assert_allclose(one, other, rtol=3e-7)
    np.testing.assert_array_equal(rateints.data[order], rateints_mixed.data)


def test_a_rate_is_lost_only_if_all_integrations_are():
    lost = 6 * [DO_NOT_USE]
    rate, rateints = fit_integrations([PLAIN, PLAIN], [lost, 6 * [0]])
    assert rate.dq == 0
    assert rateints.dq.tolist() == [DO_NOT_USE, 0]
    assert rate.data == rateints.data[1]

    rate, _ = fit_integrations([PLAIN, PLAIN], [lost, lost])
    assert is_lost(rate)


# ---------------------------------------------------------------------- one group or none


def test_the_first_group_alone_stands_for_the_mean_time_of_its_frames():
    flags = [0, SATURATED, SATURATED]
    options = {"nframes": 4, "group_time": 12.5, "frame_time": 2.5, "suppress_one_group": False}
    rates = fit_one([50, 99, 99], flags, **options)

    mean_time = (1 + 2 + 3 + 4) / 4 * 2.5
    assert rates.data == pytest.approx(50 / mean_time)
    assert rates.var_rnoise == pytest.approx(read_variance(2, nframes=4, time=mean_time))
    assert rates.var_poisson == pytest.approx(photon_variance(50 / mean_time, 2, time=mean_time))
    assert rates.dq == SATURATED


@pytest.mark.parametrize("flags", [[0, 2, 2], [1, 0, 1], [0, 4, 2], [4, 0, 2], [0, 4, 4]])
def test_ramps_of_one_good_group_can_be_suppressed(flags):
    assert is_lost(fit_one([50, 60, 70], flags))
    assert fit_one([50, 60, 70], flags, suppress_one_group=False).data > 0


def test_the_first_frame_of_one_group_needs_single_groups():
    zeroframe = np.full((1, 1, 1), 20, np.float32)
    assert is_lost(fit_one([99], [SATURATED], zeroframe=zeroframe))
    rates = fit_one([99], [SATURATED], zeroframe=zeroframe, suppress_one_group=False)
    assert rates.data == 20 / TIME
    assert rates.dq == SATURATED


def test_the_photon_noise_of_the_first_frame_is_that_of_the_time_it_took():
    zeroframe = np.full((1, 1, 1), 20, np.float32)
    options = {"nframes": 4, "frame_time": 2, "suppress_one_group": False}
    rates = fit_one([99], [SATURATED], zeroframe=zeroframe, **options)
    assert rates.data == 20 / 2
    assert rates.var_poisson == pytest.approx(20 / 2 / GAIN / 2)


def test_another_group_alone_stands_for_the_group_time():
    rates = fit_one([50, 60, 70], [DO_NOT_USE, 0, SATURATED], suppress_one_group=False)
    assert rates.data == pytest.approx(60 / TIME)
    assert rates.var_poisson == 0


@pytest.mark.parametrize("suppress", [True, False])
def test_of_several_single_groups_the_first_good_one_is_taken(suppress):
    flags = [0, DO_NOT_USE, 0, DO_NOT_USE]
    rates = fit_one([50, 60, 70, 80], flags, suppress_one_group=suppress, nframes=4, frame_time=1)
    assert rates.data == pytest.approx(50 / TIME)
    assert rates.var_rnoise == pytest.approx(read_variance(2, nframes=4))


def test_a_ramp_of_one_group_is_fitted_though_single_groups_are_suppressed():
    rates = fit_one([50], nframes=4, frame_time=1)
    assert rates.data == pytest.approx(50 / 2.5)
    assert rates.var_rnoise == pytest.approx(read_variance(2, nframes=4, time=2.5))


def test_persistence_does_not_make_a_single_group_another_one():
    options = {"suppress_one_group": False, "nframes": 4, "frame_time": 1}
    flags = [PERSISTENCE, SATURATED]
    plain = fit_one([50, 99], [0, SATURATED], **options)
    assert fit_one([50, 99], flags, **options) == plain._replace(dq=PERSISTENCE | SATURATED)
    assert fit_one([50], [PERSISTENCE]) == fit_one([50])._replace(dq=PERSISTENCE)


def test_persistence_does_not_make_the_first_group_stand_for_the_photon_noise_of_a_ramp():
    options = {"suppress_one_group": False}
    for flags in ([0, PERSISTENCE], [0, PERSISTENCE, SATURATED]):
        ramp = [50, 170, 300][: len(flags)]
        rates = fit_one(ramp, flags, **options)
        assert rates.data == pytest.approx(120 / TIME)
        assert rates.var_poisson == pytest.approx(photon_variance(120 / TIME, 2))


def test_a_saturated_integration_of_one_group_leaves_the_others_their_photon_noise():
    _, rateints = fit_integrations([[30], [90]], [[0], [SATURATED]])
    mean = (30 + 0) / 2 / TIME
    assert rateints.var_poisson.tolist() == pytest.approx([photon_variance(mean, 2), 0])


def test_a_ramp_of_two_groups_gives_their_difference():
    rates = fit_one([10, 25])
    assert rates.data == pytest.approx(15 / TIME)
    assert rates.var_poisson == pytest.approx(photon_variance(15 / TIME, 2))


@pytest.mark.parametrize("first", [SATURATED, SATURATED | JUMP_DET])
def test_a_ramp_that_saturates_in_its_first_group_has_no_rate(first):
    rates = fit_one(PLAIN, [first, 0, 0, 0, 0, 0])
    assert is_lost(rates)
    assert rates.dq == first | DO_NOT_USE


def test_an_exposure_that_is_saturated_throughout_has_products_without_rates():
    flags = np.full((2, 6, 3), SATURATED)
    for rates in fit(np.ones((2, 6, 3)), flags):
        assert np.isnan(rates.data).all()
        assert (rates.dq == SATURATED | DO_NOT_USE).all()
        assert not np.any([rates.err, rates.var_poisson, rates.var_rnoise])


@pytest.mark.parametrize("suppress", [True, False])
def test_a_ramp_whose_usable_groups_are_all_jumps_has_no_rate(suppress):
    for flags in ([4, 4, 4, 4], [1, 4, 4, 1], [1, 4, 2, 2]):
        rates = fit_one([5, 14, 26, 38], flags, suppress_one_group=suppress)
        assert is_lost(rates)
        assert rates.dq & JUMP_DET


def test_a_ramp_that_is_not_a_number_has_no_rate():
    for ngroups in (1, 2, 5):
        assert is_lost(fit_one(ngroups * [np.nan]))


def test_the_first_frame_stands_in_for_a_ramp_without_a_good_group():
    zeroframe = np.full((1, 1, 1), 30, np.float32)
    options = {"frame_time": 2.5, "group_time": 12.5, "nframes": 4, "zeroframe": zeroframe}
    flags = 3 * [SATURATED]

    rates = fit_one([50, 60, 70], flags, suppress_one_group=False, **options)

    assert rates.data == pytest.approx(30 / 2.5)
    assert rates.var_rnoise == pytest.approx(read_variance(2, nframes=4, time=2.5))
    assert rates.var_poisson == pytest.approx(photon_variance(30 / 2.5, 2, time=2.5))
    assert rates.dq == SATURATED
    assert is_lost(fit_one([50, 60, 70], flags, **options))


@pytest.mark.parametrize("saturated", [0, np.nan])
def test_a_first_frame_that_is_saturated_itself_is_not_used(saturated):
    zeroframe = np.full((1, 1, 1), saturated, np.float32)
    flags, options = 3 * [SATURATED], {"zeroframe": zeroframe, "suppress_one_group": False}
    assert is_lost(fit_one([50, 60, 70], flags, **options))


def test_a_ramp_with_a_good_group_does_not_use_its_first_frame():
    zeroframe = np.full((1, 1, 1), 30, np.float32)
    flags, options = [0, SATURATED, SATURATED], {"suppress_one_group": False}
    assert fit_one([50, 60, 70], flags, zeroframe=zeroframe, **options) == fit_one(
        [50, 60, 70], flags, **options
    )


# ---------------------------------------------------------------------- charge migration


def test_groups_lost_to_charge_migration_count_for_the_read_noise_only():
    lost = CHARGELOSS | DO_NOT_USE
    rate, rateints = fit_integrations([PLAIN, PLAIN], [[0, 0, 0, lost, lost, lost], 6 * [0]])
    short, _ = fit_integrations([PLAIN, PLAIN], [[0, 0, 0, 1, 1, 1], 6 * [0]])

    assert rateints.var_rnoise.tolist() == pytest.approx(2 * [read_variance(6)])
    assert rate.var_rnoise == pytest.approx(read_variance(6, 6))
    assert short.var_rnoise == pytest.approx(read_variance(3, 6))
    assert (rate.data, rate.err, rate.var_poisson) == (short.data, short.err, short.var_poisson)
    assert rate.dq == 0


def test_groups_lost_to_charge_migration_keep_their_other_flags():
    lost = CHARGELOSS | DO_NOT_USE
    rates = fit_one(PLAIN, [0, 0, 0, lost | JUMP_DET, lost, lost | SATURATED])
    assert rates.var_rnoise == pytest.approx(read_variance(3, 2))


def test_a_ramp_that_charge_migration_took_whole_has_a_read_noise_but_no_rate():
    lost = CHARGELOSS | DO_NOT_USE
    rates = fit_one(PLAIN, 6 * [lost])
    assert np.isnan(rates.data)
    assert rates.dq == DO_NOT_USE
    assert rates.var_rnoise == pytest.approx(read_variance(6))
    assert rates.err == rates.var_poisson == 0


def test_a_single_group_that_charge_migration_took_counts_like_two():
    lost = CHARGELOSS | DO_NOT_USE
    rates = fit_one(PLAIN, [lost, 2, 2, 2, 2, 2])
    assert rates.var_rnoise == pytest.approx(read_variance(2))
    assert np.isnan(rates.data)


def test_what_is_excluded_without_charge_migration_too_has_no_read_noise():
    assert is_lost(fit_one(PLAIN, 6 * [CHARGELOSS | DO_NOT_USE | SATURATED]))


@pytest.mark.parametrize("pixel", [{"pixeldq": DO_NOT_USE}, {"pixeldq": SATURATED}, {"gain": -1.0}])
def test_a_pixel_that_is_excluded_has_no_read_noise_even_if_charge_migrated(pixel):
    assert is_lost(fit_one(PLAIN, [0, 0, 0, *3 * [CHARGELOSS | DO_NOT_USE]], **pixel))


# ---------------------------------------------------------------------- pixels


def test_the_flags_of_the_pixel_and_of_its_groups_are_joined():
    flags = [0, JUMP_DET, 0, DO_NOT_USE, AD_FLOOR, SATURATED]
    assert fit_one(PLAIN, flags, pixeldq=HOT).dq == HOT | JUMP_DET | SATURATED


@pytest.mark.parametrize("flag", [DO_NOT_USE, SATURATED])
def test_a_pixel_not_to_be_used_has_no_rate(flag):
    for groups in (6 * [0], 6 * [CHARGELOSS | DO_NOT_USE]):
        rates = fit_one(PLAIN, groups, pixeldq=flag)
        assert is_lost(rates)
        assert rates.dq == flag | DO_NOT_USE


@pytest.mark.parametrize("gain", [0, -1, np.nan, np.inf])
def test_a_pixel_of_unknown_gain_has_no_rate(gain):
    rates = fit_one(PLAIN, [0, 0, JUMP_DET, 0, 0, 0], gain=gain)
    assert is_lost(rates)
    assert rates.dq == DO_NOT_USE | NO_GAIN_VALUE | JUMP_DET


@pytest.mark.parametrize("readnoise", [0, np.nan, np.inf])
def test_a_pixel_of_unknown_read_noise_has_no_rate(readnoise):
    assert is_lost(fit_one(PLAIN, readnoise=readnoise))


@given(seed=st.integers(0, 1000), ngroups=st.integers(1, 9), nints=st.integers(1, 3))
def test_blocks_and_the_whole_agree_bit_by_bit(seed, ngroups, nints):
    data, flags = noisy_ramps((nints, ngroups, 12, 9), seed)
    common, options = images((12, 9), seed), {"group_time": 3.3, "frame_time": 1.1, "nframes": 3}

    whole = fit_ramps(data, flags, *common, **options)

    for rows in (slice(0, 5), slice(5, 6), slice(6, 12)):
        part = fit_ramps(
            data[..., rows, :], flags[..., rows, :], *(each[rows] for each in common), **options
        )
        for rates, of_part in zip(whole, part, strict=True):
            assert_same(kernel.Rates(*(each[..., rows, :] for each in rates)), of_part)


@pytest.mark.parametrize("ngroups", [1, 2, 3, 10, 45])
def test_ramps_agree_bit_by_bit_whether_fitted_among_clean_or_among_flagged_ones(ngroups):
    data, _ = noisy_ramps((2, ngroups, 30, 20), seed=ngroups)
    crowd, crowd_flags = np.tile(data, 3), np.full((2, ngroups, 30, 60), JUMP_DET, np.uint8)
    crowd_flags[..., :20] = 0
    _, *common = images((30, 60))
    pixeldq, options = np.zeros((30, 60), np.uint32), {"group_time": 3.3, "frame_time": 3.3}

    among = fit_ramps(crowd, crowd_flags, pixeldq, *common, **options)
    alone = fit_ramps(
        data, crowd_flags[..., :20], *(each[:, :20] for each in (pixeldq, *common)), **options
    )

    for rates, of_alone in zip(among, alone, strict=True):
        assert_same(kernel.Rates(*(each[..., :20] for each in rates)), of_alone)


def test_groups_that_no_pixel_can_use_are_like_those_that_one_pixel_cannot():
    data, flags = noisy_ramps((2, 8, 20, 20))
    common, options = images((20, 20)), {"group_time": 3.3, "frame_time": 3.3}
    flags[:, [0, -1]] |= DO_NOT_USE
    flags_with_one_good = flags.copy()
    flags_with_one_good[:, :, 0, 0] = 0

    trimmed = fit_ramps(data, flags, *common, **options)
    untrimmed = fit_ramps(data, flags_with_one_good, *common, **options)

    for rates, others in zip(trimmed, untrimmed, strict=True):
        assert_same(*(kernel.Rates(*(e[..., 1:, :] for e in each)) for each in (rates, others)))


def test_the_number_of_threads_and_the_size_of_blocks_do_not_matter(monkeypatch):
    data, flags = noisy_ramps((2, 6, 50, 20))
    common, options = images((50, 20)), {"group_time": 3.3, "frame_time": 3.3}
    whole = fit_ramps(data, flags, *common, **options)

    monkeypatch.setattr(kernel, "BLOCK_SAMPLES", 1)
    monkeypatch.setattr(kernel, "LEAST_PIXELS", 60)

    with threads(3):
        blocks = fit_ramps(data, flags, *common, **options)
    for rates, of_blocks in zip(whole, blocks, strict=True):
        assert_same(rates, of_blocks)


def test_the_input_is_untouched_and_rates_are_single_precision():
    inputs = *noisy_ramps((2, 6, 10, 10)), *images((10, 10))
    before = [each.copy() for each in inputs]

    products = fit_ramps(*inputs, group_time=3, frame_time=3, groups=(1, 5))

    for one, other in zip(inputs, before, strict=True):
        np.testing.assert_array_equal(one, other)
    for rates, shape in zip(products, [(10, 10), (2, 10, 10)], strict=True):
        assert {each.shape for each in rates} == {shape}
        assert rates.dq.dtype == np.uint32
        assert {each.dtype for each in rates._replace(dq=rates.data)} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("number", "name"), [(1, "groupdq"), (2, "pixeldq"), (3, "gain"), (4, "readnoise")]
)
def test_an_array_of_another_shape_is_named(number, name):
    inputs = [*noisy_ramps((1, 3, 4, 5)), *images((4, 5))]
    inputs[number] = inputs[number][..., :3]
    with pytest.raises(ValueError, match=rf"{name} \(.*3\) does not fit the ramps, \(.*5\)"):
        fit_ramps(*inputs, group_time=3, frame_time=3)


@pytest.mark.parametrize("name", ["dark_current", "zeroframe"])
def test_an_optional_array_of_another_shape_is_named(name):
    inputs = *noisy_ramps((1, 3, 4, 5)), *images((4, 5))
    with pytest.raises(ValueError, match=name):
        fit_ramps(*inputs, group_time=3, frame_time=3, **{name: np.ones((7, 4, 5), np.float32)})


def test_a_range_without_groups_is_refused():
    inputs = *noisy_ramps((1, 3, 4, 5)), *images((4, 5))
    with pytest.raises(ValueError, match=r"no group to use: groups \(3, None\) of 3"):
        fit_ramps(*inputs, group_time=3, frame_time=3, groups=(3, None))
