"""Bad reference pixels among interleaved ones: finding and replacing them."""

import numpy as np
import pytest

from snakewebb.kernels.irs2 import COLUMNS, interleaved_columns, reference_columns
from snakewebb.kernels.refpix_irs2_bad import (
    masked_references,
    noisy_references,
    replace_references,
)

ROWS = 8
NONE = np.zeros(COLUMNS, bool)


def pair(output, number):
    """Return the two columns of a pair of reference pixels, numbered in the order of columns."""
    first = 640 * output + 20 * (number // 2) + 8 + 2 * (number % 2)
    return [first, first + 1]


def columns(*pairs):
    """Return a mask of the columns of pairs."""
    mask = NONE.copy()
    for output, number in pairs:
        mask[pair(output, number)] = True
    return mask


@pytest.fixture(scope="module")
def quiet():
    """A frame in which all pairs have the same mean, deviation and difference, but for little."""
    pairs = np.tile(np.float32(np.linspace(9.8, 10.2, 64)), 5)[:, np.newaxis]
    frame = np.zeros((ROWS, COLUMNS), np.float32)
    reference = np.repeat(pairs, 2, axis=1) * np.float32([1, -1] * (ROWS // 2))[:, None, None]
    reference[..., 1] *= 0.5
    frame[:, interleaved_columns()] = (reference + pairs[:, 0, None]).reshape(ROWS, -1)
    return frame[np.newaxis, np.newaxis]


def test_references_that_are_alike_are_not_noisy(quiet):
    assert not noisy_references(quiet, NONE, factor=5).any()


@pytest.mark.parametrize("output", range(5))
@pytest.mark.parametrize("change", ["mean", "deviation", "difference"])
def test_a_pair_that_stands_out_is_noisy(quiet, output, change):
    ramp, where = quiet.copy(), pair(output, 33)
    if change == "mean":
        ramp[..., where] += 2
    elif change == "deviation":
        ramp[..., where] *= 1.3
    else:
        ramp[..., where[1]] = np.roll(ramp[..., where[1]], 1, axis=-1)

    noisy = noisy_references(ramp, NONE, factor=5)

    assert np.flatnonzero(noisy).tolist() == where


def test_a_pair_below_the_others_is_not_noisy(quiet):
    ramp = quiet.copy()
    ramp[..., pair(2, 5)] *= 0.5
    assert not noisy_references(ramp, NONE, factor=5).any()


def test_the_mean_of_pairs_and_their_deviation_are_those_without_outliers(quiet):
    # Three pairs ten times as bright as the others hide the fourth unless they are clipped.
    ramp = quiet.copy()
    for number in (1, 2, 3):
        ramp[..., pair(1, number)] += 100
    ramp[..., pair(1, 4)] += 2

    noisy = noisy_references(ramp, NONE)

    np.testing.assert_array_equal(noisy, columns(*[(1, n) for n in (1, 2, 3, 4)]))


def test_known_bad_pairs_do_not_count(quiet):
    ramp = quiet.copy()
    ramp[..., pair(1, 1)] = np.nan
    ramp[..., pair(1, 2)] += 1e6
    ramp[..., pair(1, 4)] += 2
    bad = columns((1, 2))
    bad[pair(1, 2)[1]] = False

    noisy = noisy_references(ramp, bad, factor=5)

    np.testing.assert_array_equal(noisy, columns((1, 4)))


def test_a_pair_that_is_noisy_in_one_integration_is_noisy(quiet):
    ramp = np.concatenate([quiet, quiet])
    ramp[1, :, :, pair(3, 9)] += 2
    assert noisy_references(ramp, NONE, factor=5).nonzero()[0].tolist() == pair(3, 9)


def test_statistics_are_over_all_groups_of_an_integration(quiet):
    ramp = np.concatenate([quiet] * 4, axis=1)
    ramp[:, 0, :, pair(3, 9)] += 8  # the mean over groups is larger by 2
    assert noisy_references(ramp, NONE, factor=5).nonzero()[0].tolist() == pair(3, 9)
    ramp[:, 1, :, pair(3, 9)] -= 8  # and now the deviation
    assert noisy_references(ramp, NONE, factor=5).nonzero()[0].tolist() == pair(3, 9)


def test_where_no_good_pair_is_none_is_noisy(quiet):
    assert not noisy_references(quiet, ~NONE, factor=5).any()


@pytest.mark.parametrize(
    ("output", "odd_even", "bit", "number"),
    [(1, 1, 0, 0), (1, 2, 3, 7), (2, 1, 0, 1), (2, 2, 31, 62), (3, 2, 1, 3), (4, 1, 30, 61)],
)
def test_a_table_names_blocks_in_the_order_of_columns_and_pairs_in_that_of_time(
    output, odd_even, bit, number
):
    (mask,) = masked_references([output], [odd_even], np.uint32([1 << bit]))
    np.testing.assert_array_equal(mask, columns((output, number)))


def test_each_line_of_a_table_makes_a_mask():
    masks = masked_references([1, 1, 4], [1, 2, 2], [0b101, 0, 0xFFFFFFFF])
    assert [mask.sum() for mask in masks] == [4, 0, 64]
    np.testing.assert_array_equal(masks[0], columns((1, 0), (1, 4)))


@pytest.mark.parametrize(("output", "odd_even"), [(0, 1), (5, 1), (1, 0), (1, 3)])
def test_an_output_or_pair_that_does_not_exist_is_named(output, odd_even):
    with pytest.raises(ValueError, match=f"no pair {odd_even} .* in output {output}"):
        masked_references([output], [odd_even], [1])


@pytest.fixture(scope="module")
def numbered():
    """Two groups in which each column has its number as value, and ten thousand more."""
    frame = np.broadcast_to(np.arange(COLUMNS, dtype=np.float32), (ROWS, COLUMNS))
    return np.stack([frame, frame + 10_000])[np.newaxis]


@pytest.mark.parametrize(
    ("bad", "number", "stand_in"),
    [
        ([10, 13], 10, [8, 12]),
        ([10, 12], 10, [8]),
        ([8, 10], 10, [12]),
        ([8, 10, 12], 10, [11]),
        ([9, 11, 13], 11, [10]),
        ([0], 0, [2]),
        ([0, 2], 0, [1]),
        ([63], 63, [61]),
        ([61, 63], 63, [62]),
        ([63, 62], 62, [60]),
    ],
)
@pytest.mark.parametrize("output", [0, 1, 4])
def test_a_reference_pixel_is_replaced_by_good_ones_nearby(numbered, output, bad, number, stand_in):
    bad = columns(*[(output, n) for n in bad])
    replaced = columns((output, number))

    result = replace_references(numbered, replaced, bad)

    expected = np.mean([pair(output, n) for n in stand_in], axis=0)
    assert result[0, 0, 7, pair(output, number)].tolist() == expected.tolist()
    assert result[0, 1, 7, pair(output, number)].tolist() == (expected + 10_000).tolist()
    np.testing.assert_array_equal(result[..., ~replaced], numbered[..., ~replaced])


@pytest.mark.parametrize("bad", [[8, 10, 11, 12], [0, 1, 2], [10, 11, 12, 8, 13]])
def test_without_a_good_one_nearby_a_reference_pixel_becomes_zero(numbered, bad):
    bad = columns(*[(2, n) for n in bad])
    number = 0 if bad[pair(2, 0)].all() else 10
    result = replace_references(numbered, columns((2, number)), bad)
    assert (result[..., pair(2, number)] == 0).all()


def test_the_two_of_a_pair_are_replaced_one_by_one(numbered):
    bad = NONE.copy()
    bad[pair(1, 10)[0]] = bad[pair(1, 12)[0]] = True

    result = replace_references(numbered, bad, bad)

    assert result[0, 0, 0, pair(1, 10)].tolist() == [pair(1, 8)[0], pair(1, 10)[1]]
    assert result[0, 0, 0, pair(1, 12)].tolist() == [pair(1, 14)[0], pair(1, 12)[1]]


def test_pixels_of_the_detector_are_never_replaced(numbered):
    result = replace_references(numbered, ~reference_columns(), NONE)
    np.testing.assert_array_equal(result, numbered)


@pytest.mark.parametrize(
    ("bad", "column", "value"),
    [([3], 3, 23), ([47], 47, 47), ([40, 60], 60, 80), ([40, 60, 80], 60, 0), ([639], 639, 619)],
)
def test_the_reference_output_is_replaced_by_its_own_samples_nearby(numbered, bad, column, value):
    replaced, unusable = NONE.copy(), NONE.copy()
    replaced[column] = unusable[bad] = True

    result = replace_references(numbered, replaced, unusable)

    assert (result[0, 0, :, column] == value).all()
    np.testing.assert_array_equal(result[..., ~replaced], numbered[..., ~replaced])


def test_a_ramp_can_be_corrected_in_place_and_else_is_untouched(numbered):
    bad = columns((3, 20), (3, 22))
    ramp = numbered.copy()

    result = replace_references(ramp, bad, bad)
    np.testing.assert_array_equal(ramp, numbered)
    assert (result != ramp).any()
    assert result.dtype == np.float32

    assert replace_references(ramp, bad, bad, out=ramp) is ramp
    np.testing.assert_array_equal(ramp, result)
    other = np.empty_like(ramp)
    np.testing.assert_array_equal(replace_references(numbered, bad, bad, out=other), result)


def test_frames_of_another_readout_are_refused():
    ramp = np.zeros((1, 1, 2048, 2048), np.float32)
    for call in (
        lambda: noisy_references(ramp, NONE),
        lambda: replace_references(ramp, NONE, NONE),
    ):
        with pytest.raises(ValueError, match="not of the interleaved readout"):
            call()
