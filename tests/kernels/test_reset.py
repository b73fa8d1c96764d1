"""Subtraction of the reset anomaly, on arrays."""

import numpy as np
import pytest

from snakewebb.kernels.reset import subtract_reset_anomaly


def anomaly_of(nints, ngroups, image=(2, 3)):
    """Return offsets of 11, 12, … in the first integration, 21, 22, … in the second, and so on."""
    numbers = 10 * np.arange(1, nints + 1)[:, np.newaxis] + np.arange(1, ngroups + 1)
    return numbers[..., np.newaxis, np.newaxis] * np.ones(image, np.float32)


def subtracted(ramp, anomaly, **options):
    """Return what is subtracted from the first pixel."""
    corrected = subtract_reset_anomaly(ramp, anomaly.astype(np.float32), **options)
    return (ramp - corrected)[..., 0, 0].tolist()


def test_each_group_of_each_integration_has_its_own_offset():
    ramp = np.full((2, 3, 2, 3), 1000, np.float32)
    assert subtracted(ramp, anomaly_of(2, 3)) == [[11, 12, 13], [21, 22, 23]]


def test_groups_after_the_last_offset_stay_and_offsets_after_the_last_group_are_not_needed():
    assert subtracted(np.zeros((1, 4, 2, 3), np.float32), anomaly_of(1, 2)) == [[11, 12, 0, 0]]
    assert subtracted(np.zeros((1, 2, 2, 3), np.float32), anomaly_of(3, 4)) == [[11, 12]]


@pytest.mark.parametrize(
    ("first", "expected"), [(0, [11, 21, 31, 31]), (1, [21, 31, 31, 31]), (7, [31] * 4)]
)
def test_the_last_integration_serves_all_that_follow(first, expected):
    ramp = np.zeros((4, 1, 2, 3), np.float32)
    assert [each[0] for each in subtracted(ramp, anomaly_of(3, 1), first=first)] == expected


def test_an_unknown_offset_counts_as_zero():
    anomaly = anomaly_of(1, 2).astype(np.float32)
    anomaly[0, 0, 1, 1] = np.nan

    corrected = subtract_reset_anomaly(np.zeros((1, 2, 2, 3), np.float32), anomaly)

    assert corrected[0, :, 1, 1].tolist() == [0, -12]
    assert corrected[0, 0, 0].tolist() == [-11, -11, -11]


def test_nan_stays_in_its_group():
    ramp = np.zeros((1, 2, 2, 3), np.float32)
    ramp[0, 0, 0, 0] = np.nan

    corrected = subtract_reset_anomaly(ramp, anomaly_of(1, 2).astype(np.float32))

    assert np.isnan(corrected[0, 0, 0, 0])
    assert np.isnan(corrected).sum() == 1


def test_an_image_of_many_blocks_is_that_of_one_subtraction():
    rng = np.random.default_rng(1)
    ramp, anomaly = rng.normal(0, 9, (2, 2, 3, 70, 1000)).astype(np.float32)
    assert np.array_equal(subtract_reset_anomaly(ramp, anomaly), ramp - anomaly)


def test_the_input_is_untouched_unless_it_is_out():
    ramp, anomaly = np.zeros((3, 4, 2, 3), np.float32), anomaly_of(2, 3).astype(np.float32)
    before, other = anomaly.copy(), np.full_like(ramp, 7)

    assert subtract_reset_anomaly(ramp, anomaly, out=other) is other
    assert (ramp == 0).all()
    assert np.array_equal(anomaly, before)
    assert other.dtype == np.float32

    assert subtract_reset_anomaly(ramp, anomaly, out=ramp) is ramp
    assert np.array_equal(ramp, other)


def test_offsets_of_another_shape_are_named():
    with pytest.raises(ValueError, match=r"reset \(4, 4\) does not fit the image \(2, 3\)"):
        subtract_reset_anomaly(np.zeros((1, 2, 2, 3), np.float32), np.zeros((1, 1, 4, 4)))
