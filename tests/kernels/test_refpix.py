"""Reference pixels, on arrays: detectors of 32 x 32 pixels, outputs of 8 columns."""

import numpy as np
import pytest

from snakewebb.kernels.refpix import (
    border,
    channels,
    detector_view,
    subtract_channel_offsets,
    subtract_common_drift,
    subtract_interleaved_drifts,
    subtract_output_drifts,
)

SIZE = 32
BORDER = border((SIZE, SIZE), size=SIZE)
LIGHT = 100
"""Signal of the pixels that see light."""


def frames(nints=1, ngroups=1, shape=(SIZE, SIZE), reference=BORDER):
    """Return a ramp whose reference pixels are zero and whose others see light."""
    ramp = np.zeros((nints, ngroups, *shape), np.float32)
    ramp[..., ~reference] = LIGHT
    return ramp


def corrected(ramp, reference=BORDER, **options):
    return subtract_output_drifts(ramp, reference, size=SIZE, **options)


def common(ramp, reference=BORDER, *, odd_even_columns=True, **options):
    """Subtract the mean of all reference pixels, of odd and even columns by themselves."""
    parity = np.arange(reference.shape[-1]) % 2 * odd_even_columns
    return subtract_common_drift(ramp, reference, parity, **options)


def noise(shape, seed=0):
    return np.random.default_rng(seed).normal(0, 5, shape).astype(np.float32)


@pytest.mark.parametrize(
    ("fastaxis", "slowaxis", "expected"),
    [
        (1, 2, [[0, 1, 2], [3, 4, 5]]),
        (-1, 2, [[2, 1, 0], [5, 4, 3]]),
        (1, -2, [[3, 4, 5], [0, 1, 2]]),
        (2, 1, [[0, 3], [1, 4], [2, 5]]),
        (-2, -1, [[5, 2], [4, 1], [3, 0]]),
        (2, -1, [[2, 5], [1, 4], [0, 3]]),
    ],
)
def test_a_view_has_the_axes_of_readout(fastaxis, slowaxis, expected):
    image = np.arange(6).reshape(2, 3)

    view = detector_view(image, fastaxis, slowaxis)

    assert view.tolist() == expected
    assert np.shares_memory(view, image)


def test_axes_that_are_not_two_of_an_image_are_named():
    with pytest.raises(ValueError, match=r"axes 2 \(fast\) and -2 \(slow\)"):
        detector_view(np.zeros((2, 3)), 2, -2)


def test_the_border_of_a_subarray_is_that_of_the_detector():
    assert np.argwhere(~border((9, 9), size=9)).tolist() == [[4, 4]]
    assert border((2, 4), corner=(10, 3), size=20).tolist() == [[True, False, False, False]] * 2
    assert border((4, 2), corner=(14, 8), size=20)[:, 0].tolist() == [False, False, True, True]


def test_offsets_of_outputs_and_of_odd_and_even_columns_are_removed():
    offsets = np.repeat(np.float32([1, 20, 300, 4000]), 8)
    offsets[1::2] *= 2

    result = corrected(frames() + offsets)

    np.testing.assert_array_equal(result, frames())
    assert result.dtype == np.float32


def test_without_parity_the_columns_of_an_output_share_their_mean():
    offsets = np.float32([1, 3] * 16)

    result = corrected(frames() + offsets, odd_even_columns=False, use_side_ref_pixels=False)

    assert result[0, 0, 10, 10:12].tolist() == [LIGHT - 1, LIGHT + 1]


def test_the_mean_is_the_average_of_bottom_and_top():
    ramp = frames()
    ramp[..., :4, :] = 1
    ramp[..., -4:, :] = 4
    bad = BORDER.copy()
    bad[:3] = False

    assert (corrected(ramp, use_side_ref_pixels=False)[..., 4:-4, 4:-4] == LIGHT - 2.5).all()
    assert (corrected(ramp, bad, use_side_ref_pixels=False)[..., 4:-4, 4:-4] == LIGHT - 2.5).all()


def test_values_beyond_three_standard_deviations_do_not_count_in_a_mean():
    # Sixteen values of an end, output and parity: fifteen of ±1 and one of 100, which is 3.9
    # standard deviations from their mean.
    ramp = frames()
    ramp[..., :4, :] = np.float32([[1], [-1], [1], [-1]])
    ramp[..., 0, 8] = 100

    result = corrected(ramp, use_side_ref_pixels=False)

    expected = LIGHT - np.float32(-1 / 15 / 2)
    assert result[0, 0, 10, [8, 10, 12, 14]].tolist() == [expected] * 4
    assert result[0, 0, 10, 9] == LIGHT


def test_clipping_goes_on_until_no_value_is_beyond():
    ramp = frames()
    ramp[..., :4, :] = np.float32([[1], [-1], [1], [-1]])
    ramp[..., 0, 8] = 10_000
    ramp[..., 1, 8] = 20

    result = corrected(ramp, use_side_ref_pixels=False)

    assert result[0, 0, 10, 10] == LIGHT  # seven of each sign remain


def drifting(start=(3, -1, -2, 0), middle=(5, 9, 6), end=(0, 2, 1, -3)):
    """Return a ramp whose reference columns drift: in the first rows, from row 10 on, at the end.

    The means of the reference rows are zero.
    """
    drift = np.zeros((SIZE, 1), np.float32)
    drift[:4, 0], drift[10:13, 0], drift[-4:, 0] = start, middle, end
    ramp = frames()
    ramp[..., :4] = ramp[..., -4:] = drift
    return ramp


def row_signal(ramp, **options):
    """Return what is subtracted from each row."""
    return (ramp - corrected(ramp, **options))[0, 0, :, 16]


def test_a_drift_from_row_to_row_is_removed():
    drift = noise((SIZE, 1))
    drift[:4] -= drift[:4].mean()
    drift[-4:] -= drift[-4:].mean()

    result = corrected(frames() + drift, side_smoothing_length=1)

    np.testing.assert_allclose(result[0, 0, 4:-4], frames()[0, 0, 4:-4], atol=1e-5)


def test_rows_get_the_median_of_a_window_that_is_mirrored_at_the_edges():
    signal = row_signal(drifting(), side_smoothing_length=3)

    assert signal[:3].tolist() == [-1, -1, -1]  # of (-1, 3, -1), (3, -1, -2), (-1, -2, 0)
    assert signal[9:14].tolist() == [0, 5, 6, 6, 0]
    assert signal[-2:].tolist() == [1, 1]  # of (2, 1, -3) and (1, -3, 1)


def test_an_even_window_reaches_one_row_further_back():
    signal = row_signal(drifting(), side_smoothing_length=2)

    assert signal[0] == 1  # of -1, mirrored, and 3
    assert signal[10:14].tolist() == [2.5, 7, 7.5, 3]


def test_the_row_signal_is_the_average_of_left_and_right():
    ramp = drifting()
    ramp[0, 0, 10:13, -4:] = 1

    assert row_signal(ramp, side_smoothing_length=1)[10:13].tolist() == [3, 5, 3.5]


def test_the_row_signal_can_be_scaled_and_left_out():
    ramp = drifting()
    assert row_signal(ramp, side_smoothing_length=1, side_gain=0.5)[11] == 4.5
    assert row_signal(ramp, side_smoothing_length=1, use_side_ref_pixels=False)[11] == 0


def test_a_window_may_be_longer_than_the_detector():
    assert (row_signal(drifting(), side_smoothing_length=4 * SIZE + 1) == 0).all()


def test_learned_kernels_of_each_output_take_the_place_of_the_running_median():
    ramp = frames(2, 2)
    left, right = np.resize([1, -1], SIZE), np.resize([2, 2, -2, -2], SIZE)
    ramp[..., 4:-4, :4] = left[4:-4, np.newaxis]
    ramp[..., 4:-4, -4:] = right[4:-4, np.newaxis]
    factors = np.array([[1.0], [2], [3], [4]])

    result = corrected(ramp, side_kernels=(factors, 10 * factors), side_gain=5)

    drift = (left + 10 * right)[:, np.newaxis] * np.repeat(factors, 8)
    expected = np.broadcast_to(LIGHT - drift, ramp.shape)
    np.testing.assert_allclose(result[..., 4:-4, 4:-4], expected[..., 4:-4, 4:-4], rtol=1e-6)


@pytest.mark.parametrize(("number", "rows"), [(3, SIZE), (4, 16)])
def test_learned_kernels_are_for_the_four_outputs_of_a_whole_detector(number, rows):
    kernels = np.ones((4, 1)), np.ones((number, 1))
    with pytest.raises(ValueError, match=rf"4 and {number} kernels and an image \({rows}, 32\)"):
        corrected(frames()[..., :rows, :], BORDER[:rows], side_kernels=kernels)


def test_the_first_frame_alone_is_rounded_between_columns_and_rows():
    ramp = np.repeat(noise((1, 1, SIZE, SIZE)), 4, axis=0).reshape(2, 2, SIZE, SIZE)

    rounded, exact = (corrected(ramp, round_first=first) for first in (True, False))

    for other in (exact[0, 0], exact[1, 1], rounded[0, 1], rounded[1, 0]):
        np.testing.assert_array_equal(other, exact[0, 1])
    assert (rounded[0, 0] != exact[0, 0]).any()
    np.testing.assert_allclose(rounded[0, 0], exact[0, 0], atol=2e-6)


@pytest.mark.parametrize("value", [1e5, np.nan])
def test_bad_reference_pixels_do_not_count(value):
    ramp, good = drifting(), BORDER.copy()
    expected = corrected(ramp)
    for pixel in ((0, 9), (-1, 20), (11, 0), (11, -1)):
        ramp[(0, 0, *pixel)] = value
        good[pixel] = False

    result = corrected(ramp, good)

    np.testing.assert_array_equal(result[..., 4:-4, 4:-4], expected[..., 4:-4, 4:-4])


def test_an_unknown_reference_pixel_counts_as_bad():
    ramp, good = drifting() + noise((SIZE, SIZE)), BORDER.copy()
    for pixel in ((0, 9), (11, 0)):
        ramp[(0, 0, *pixel)] = np.nan
        good[pixel] = False

    result = corrected(ramp)

    np.testing.assert_array_equal(result, corrected(ramp, good))
    assert np.argwhere(np.isnan(result[0, 0])).tolist() == [[0, 9], [11, 0]]


def test_an_unknown_signal_stays_unknown_and_spreads_to_nothing():
    ramp = frames()
    ramp[0, 0, 10, 10] = np.nan
    assert np.argwhere(np.isnan(corrected(ramp)[0, 0])).tolist() == [[10, 10]]


def test_one_end_serves_where_the_other_has_no_good_reference_pixels():
    ramp, good = drifting(), BORDER.copy()
    ramp[..., :4, 8:16] = 6
    good[-4:, 8:16] = False
    good[:, :4] = False
    ramp[0, 0, 10:13, -4:] = 1

    result = corrected(ramp, good, side_smoothing_length=1)

    assert (LIGHT - result[0, 0, 9:13, 8]).tolist() == [6, 7, 7, 7]


def test_nothing_is_subtracted_where_there_are_no_good_reference_pixels():
    ramp, good = frames() + 7, BORDER.copy()
    good[:, 8:16] = False
    good[:, :4] = good[:, -4:] = False

    result = corrected(ramp, good)

    assert (result[0, 0, 4:-4, 8:16] == LIGHT + 7).all()
    assert (result[0, 0, 4:-4, 16:28] == LIGHT).all()


@pytest.mark.parametrize("corner", [(0, 0), (0, 5), (8, 0), (14, 14), (2, 1)])
def test_a_subarray_is_corrected_like_a_detector_that_is_bad_elsewhere(corner):
    detector = noise((1, 1, SIZE, SIZE))
    window = tuple(slice(first, first + 18) for first in corner)
    good = np.zeros_like(BORDER)
    good[window] = BORDER[window]
    options = {"side_smoothing_length": 5}

    result = corrected(detector[(..., *window)], BORDER[window], corner=corner, **options)

    expected = corrected(detector, good, **options)[(..., *window)]
    np.testing.assert_array_equal(result, expected)


def test_frames_do_not_depend_on_each_other():
    ramp = noise((3, 5, SIZE, SIZE))
    changed = ramp.copy()
    changed[:, 3] += 1

    result, again = corrected(ramp), corrected(changed)

    np.testing.assert_array_equal(result[:, [0, 1, 2, 4]], again[:, [0, 1, 2, 4]])


def test_the_first_frame_differs_from_others_by_its_rounding_only():
    ramp = noise((1, 2, SIZE, SIZE))
    ramp[0, 1] = ramp[0, 0]

    first, second = corrected(ramp)[0]

    np.testing.assert_allclose(first, second, rtol=0, atol=4e-6)


@pytest.mark.parametrize(("fastaxis", "slowaxis"), [(-1, 2), (1, -2), (-2, -1)])
def test_a_flipped_or_transposed_view_is_corrected_in_place(fastaxis, slowaxis):
    ramp = noise((1, 2, SIZE, SIZE))
    view = detector_view(ramp, fastaxis, slowaxis)
    expected = corrected(view.copy())

    assert corrected(view, out=view) is view

    np.testing.assert_array_equal(detector_view(ramp, fastaxis, slowaxis), expected)


@pytest.mark.parametrize("subtract", [corrected, common, subtract_interleaved_drifts])
def test_the_input_is_untouched_unless_it_is_out(subtract):
    ramp = noise((2, 3, SIZE, SIZE)) + 50
    before = ramp.copy()

    result = subtract(ramp, BORDER)
    np.testing.assert_array_equal(ramp, before)
    assert result.dtype == np.float32
    assert (result != before).any()

    assert subtract(ramp, BORDER, out=ramp) is ramp
    np.testing.assert_array_equal(ramp, result)


@pytest.mark.parametrize("subtract", [corrected, common, subtract_interleaved_drifts])
def test_a_mask_of_another_shape_is_named(subtract):
    with pytest.raises(ValueError, match=r"\(4, 4\) does not fit the image \(32, 32\)"):
        subtract(frames(), np.ones((4, 4), bool))


def test_an_empty_window_is_named():
    with pytest.raises(ValueError, match="side_smoothing_length is 0"):
        corrected(frames(), side_smoothing_length=0)


def left_edge(rows=4, columns=10):
    """Return a mask whose first four columns are reference pixels."""
    mask = np.zeros((rows, columns), bool)
    mask[:, :4] = True
    return mask


def test_one_output_gets_the_mean_of_all_reference_pixels_of_each_parity():
    reference = left_edge()
    ramp = frames(shape=(4, 10), ngroups=2, reference=reference)
    ramp[:, 1] += np.float32([3, 8] * 5)

    result = common(ramp, reference)

    assert (result[..., ~reference] == LIGHT).all()
    assert (result[..., reference] == 0).all()


def test_one_output_has_a_single_mean_if_parity_does_not_matter():
    reference = left_edge()
    ramp = frames(shape=(4, 10), reference=reference) + np.float32([3, 8] * 5)

    result = common(ramp, reference, odd_even_columns=False)

    assert result[0, 0, 0, 4:6].tolist() == [LIGHT - 2.5, LIGHT + 2.5]


def test_one_output_clips_its_mean_and_leaves_out_unknown_values():
    reference = left_edge(rows=16)
    ramp = frames(shape=(16, 10), reference=reference)
    ramp[0, 0, :, 0] = np.float32([2, 4] * 8)
    ramp[0, 0, :, 2] = np.float32([2, 4] * 8)
    ramp[0, 0, 0, 0], ramp[0, 0, 1, 0], ramp[0, 0, 2, 0] = 1000, np.nan, np.nan

    result = common(ramp, reference)

    # Fourteen values of 2 and fifteen of 4 remain.
    assert result[0, 0, 9, 6] == np.float32(LIGHT) - np.float32((14 * 2 + 15 * 4) / 29)


def test_columns_of_a_parity_without_reference_pixels_are_left_as_they_are():
    reference = left_edge()
    reference[:, ::2] = False
    ramp = frames(shape=(4, 10), reference=left_edge()) + 7

    result = common(ramp, reference)

    assert result[0, 0, 0, 4:6].tolist() == [LIGHT + 7, LIGHT]


def test_outputs_are_channels_side_by_side_and_odd_and_even_columns_channels_of_their_own():
    assert channels(np.arange(8), 8).tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert channels(np.arange(8), 16).tolist() == [0, 1, 0, 1, 2, 3, 2, 3]
    assert channels(np.arange(3, 6), 8, odd_even_columns=False).tolist() == [1, 2, 2]
    assert channels(np.arange(4), 4, outputs=1).tolist() == [0, 1, 0, 1]


def test_each_channel_gets_the_mean_of_its_reference_pixels_wherever_they_are():
    reference = np.zeros((6, 8), bool)
    reference[0] = reference[3] = True
    channel = np.repeat([7, 2], 4)
    ramp = frames(shape=(6, 8), reference=reference)
    ramp[..., 0, :] += np.repeat(np.float32([1, 10]), 4)
    ramp[..., 3, :] += np.repeat(np.float32([3, 20]), 4)

    result = subtract_common_drift(ramp, reference, channel)

    assert result[0, 0, 4].tolist() == [LIGHT - 2] * 4 + [LIGHT - 15] * 4


def test_the_columns_of_a_channel_need_not_lie_side_by_side():
    channel = np.resize([5, 5, 8], SIZE)
    offsets = np.where(channel == 5, np.float32(3), np.float32(-7))
    ramp = frames() + offsets
    ramp[..., -4:, :] += 2
    ramp[..., 2, 4] = 1e6
    good = BORDER.copy()
    good[2, 4] = False

    result = subtract_channel_offsets(ramp, good, channel)

    assert (result[..., 4:-4, 4:-4] == LIGHT - 1).all()


def test_a_wider_limit_keeps_more_values_in_a_mean():
    # The sixteen values of an end, output and parity are -1 and 1, but for one of 9, which is 3.5
    # standard deviations from their mean.
    ramp = frames()
    ramp[..., :4, :] = np.float32([[1], [-1], [1], [-1]])
    ramp[..., 1, 8] = 9

    narrow, wide = (
        LIGHT - corrected(ramp, use_side_ref_pixels=False, siglimit=limit)[0, 0, 10, 8]
        for limit in (3.2, 3.8)
    )

    # The other end has a mean of zero.
    assert narrow == pytest.approx(1 / 15 / 2, abs=1e-5)
    assert wide == pytest.approx(10 / 16 / 2, abs=1e-5)


def interleaved_drifts(ngroups=3):
    """Return a ramp of 6 x 16 pixels with reference columns at both sides, and its mask.

    In group ``g`` output ``a`` drifts by ``g (a + 1)``, twice that in odd rows.
    """
    reference = np.zeros((6, 16), bool)
    reference[:, :4] = reference[:, -4:] = True
    ramp = frames(ngroups=ngroups, shape=(6, 16), reference=reference)
    ramp += np.arange(ngroups, dtype=np.float32)[:, np.newaxis, np.newaxis] * np.outer(
        [1, 2] * 3, [1, 2, 3, 4] * 4
    ).astype(np.float32)
    return ramp, reference


def test_drifts_of_outputs_that_take_turns_are_removed():
    ramp, reference = interleaved_drifts()

    result = subtract_interleaved_drifts(ramp, reference)

    assert (result[..., ~reference] == LIGHT).all()


def test_the_first_group_is_kept_with_what_its_reference_pixels_show():
    ramp, reference = interleaved_drifts()
    ramp += np.float32([5, 6, 7, 8] * 4)

    result = subtract_interleaved_drifts(ramp, reference)

    np.testing.assert_array_equal(result[:, 0], ramp[:, 0])
    np.testing.assert_array_equal(result[:, 2], ramp[:, 0])


def test_without_parity_the_rows_of_an_output_share_their_mean():
    ramp, reference = interleaved_drifts()

    result = subtract_interleaved_drifts(ramp, reference, odd_even_rows=False)

    # Output 0 in group 2: drifts of 2 and 4.
    assert result[0, 2, :2, 4].tolist() == [LIGHT - 1, LIGHT + 1]


def test_one_side_serves_where_the_other_has_no_good_reference_pixels():
    ramp, reference = interleaved_drifts()
    good = reference.copy()
    good[:, 0] = False
    good[:, 1] = good[:, -3] = False
    ramp[0, 1:, :, 0] = 1e6

    result = subtract_interleaved_drifts(ramp, good)

    assert (result[0, 2, :, [4, 6, 7]] == LIGHT).all()
    assert result[0, 2, :2, 5].tolist() == [LIGHT + 4, LIGHT + 8]


def test_an_unknown_first_group_spreads_to_no_other():
    ramp, reference = interleaved_drifts()
    ramp[0, 0, 2, 6] = np.nan

    result = subtract_interleaved_drifts(ramp, reference)

    assert np.argwhere(np.isnan(result)).tolist() == [[0, 0, 2, 6]]
    assert (result[0, 1:, :, 4:-4] == LIGHT).all()
