"""Where the pixels are that see light."""

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import RampModel

from snakewebb.steps.layout import interleaved, light_sensitive, science_rows


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


def test_without_a_readout_pattern_or_subarray_an_image_is_plain_and_starts_in_the_corner():
    model = exposure((10, 10))

    assert not interleaved(model)
    assert light_sensitive(model) == (slice(4, 10), slice(4, 10))
