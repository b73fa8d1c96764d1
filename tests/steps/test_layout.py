"""Where the pixels are that see light."""

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import RampModel

from snakewebb.steps.layout import (
    interleaved,
    leave_out_interleaved,
    light_sensitive,
    refuse_other_stripes,
    science_rows,
    striped,
    stripes_of_image,
)


def exposure(shape, readpatt=None, detector="NRS1"):
    model = RampModel(data=np.zeros((1, 1, *shape), np.float32))
    model.meta.exposure.readpatt = readpatt
    model.meta.instrument.detector = detector
    return model


@pytest.mark.parametrize("detector", ["NRS1", "NRS2"])
def test_an_interleaved_image_has_a_row_for_each_of_the_detector(detector):
    rows = science_rows(exposure((3200, 2), "NRSIRS2", detector))

    assert len(rows) == 2048
    assert (np.diff(rows) > 0).all()
    assert set(np.diff(rows)) == {1, 5}
    # sixteen rows between those of the reference pixels, eight at both ends
    assert np.flatnonzero(np.diff(rows) == 5).tolist() == list(range(7, 2048, 16))


def test_the_reference_output_is_at_the_start_of_one_detector_and_at_the_end_of_the_other():
    first = science_rows(exposure((3200, 2), "NRSIRS2", "NRS1"))
    second = science_rows(exposure((3200, 2), "NRSIRS2", "NRS2"))

    assert (first[0], first[-1]) == (640, 3199)
    assert (second[0], second[-1]) == (0, 2559)
    assert np.array_equal(first - 640, second)


def test_other_numbers_of_interleaved_rows_are_read_from_the_exposure():
    model = exposure((60, 2), "NRSIRS2", "NRS2")
    model.meta.exposure.nrs_normal = 8
    model.meta.exposure.nrs_reference = 4

    assert science_rows(model).tolist()[:8] == [0, 1, 2, 3, 8, 9, 10, 11]


@pytest.mark.parametrize(("readpatt", "answer"), [("NRSIRS2RAPID", True), ("NRS", False)])
def test_the_readout_pattern_tells_whether_an_image_is_interleaved(readpatt, answer):
    assert interleaved(exposure((2, 2), readpatt)) is answer


def test_an_image_without_interleaved_pixels_is_plain_and_stays_as_it_is():
    model = exposure((2048, 2), "NRSIRS2")
    data = model.data

    leave_out_interleaved(model)

    assert not interleaved(model)
    assert model.data is data


@pytest.mark.parametrize("detector", ["NRS1", "NRS2"])
def test_what_is_interleaved_is_left_out_of_all_images(detector):
    model = exposure((3200, 2), "NRSIRS2", detector)
    rows = science_rows(model)
    model.data += np.arange(3200, dtype=np.float32)[:, np.newaxis]
    model.pixeldq = np.repeat(np.arange(3200, dtype=np.uint32), 2).reshape(3200, 2)
    model.groupdq = np.repeat((np.arange(3200) % 255).astype(np.uint8), 2).reshape(1, 1, 3200, 2)

    leave_out_interleaved(model)

    assert model.data[0, 0, :, 0].tolist() == rows.tolist()
    assert model.pixeldq[:, 1].tolist() == rows.tolist()
    assert model.groupdq[0, 0, :, 1].tolist() == (rows % 255).tolist()


def stripes(edge, gap, height, distance, *, repeat=0, alternate=0, slowaxis=2):
    """Return the keywords of a striped subarray of NIRCam."""
    subarray = exposure((1, 1)).meta.subarray
    subarray.name, subarray.slowaxis = "SUB164STRIPE4_DHS", slowaxis
    subarray.multistripe_reads1, subarray.multistripe_skips1 = edge, gap
    subarray.multistripe_reads2, subarray.multistripe_skips2 = height, distance
    subarray.repeat_stripe, subarray.interleave_reads1 = repeat, alternate
    return subarray


def test_rows_at_the_edge_are_followed_by_stripes_at_equal_distances():
    rows = stripes_of_image(stripes(2, 5, 3, 10), 8, 30)
    assert rows.tolist() == [0, 1, 7, 8, 9, 20, 21, 22]


def test_rows_at_the_edge_may_be_read_before_each_stripe():
    rows = stripes_of_image(stripes(2, 5, 3, 10, repeat=1, alternate=1), 10, 30)
    assert rows.tolist() == [0, 1, 7, 8, 9, 0, 1, 20, 21, 22]


def test_the_same_stripe_may_be_read_again_and_again():
    rows = stripes_of_image(stripes(2, 5, 3, 10, repeat=1), 10, 30)
    assert rows.tolist() == [0, 1, 7, 8, 9] * 2


def test_stripes_start_at_the_other_edge_where_readout_is_towards_smaller_rows():
    rows = stripes_of_image(stripes(2, 5, 3, 10, slowaxis=-2), 8, 30)
    assert rows.tolist() == [7, 8, 9, 20, 21, 22, 28, 29]


@pytest.mark.parametrize("length", [9, 11, 14])
def test_stripes_that_do_not_add_up_to_an_image_of_the_detector_are_named(length):
    with pytest.raises(ValueError, match=f"SUB164STRIPE4_DHS do not add up to {length} rows of 30"):
        stripes_of_image(stripes(2, 5, 3, 10), length, 30)


def test_the_keywords_tell_whether_there_are_stripes_and_which_ones_are_known():
    assert striped(stripes(0, 5, 3, 10))
    assert not striped(stripes(0, 0, 0, 0))
    assert not striped(exposure((1, 1)).meta.subarray)
    known, moving, elsewhere = (stripes(2, 5, 3, 10) for _ in range(3))
    moving.num_superstripe = 4
    elsewhere.name = "SUB60STRIPE_SOSS"
    refuse_other_stripes(known)
    for other in (moving, elsewhere):
        with pytest.raises(ValueError, match=f"{other.name} has stripes that move"):
            refuse_other_stripes(other)


def test_without_a_readout_pattern_or_subarray_an_image_is_plain_and_starts_in_the_corner():
    model = exposure((10, 10))

    assert not interleaved(model)
    assert light_sensitive(model) == (slice(4, 10), slice(4, 10))
