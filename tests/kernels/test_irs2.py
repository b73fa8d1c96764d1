"""The frames of the interleaved readout."""

import numpy as np
import pytest

from snakewebb.kernels import irs2


def test_a_block_is_eight_samples_of_the_detector_four_of_reference_and_eight_again():
    assert irs2.SCIENCE[:17].tolist() == [*range(8), *range(12, 20), 20]
    assert irs2.REFERENCE[:5].tolist() == [8, 9, 10, 11, 28]
    assert (irs2.SCIENCE.size, irs2.REFERENCE.size) == (512, 128)


def test_the_electronics_pause_before_and_after_reference_pixels():
    assert irs2.SLOT[:13].tolist() == [*range(8), 9, 10, 11, 12, 14]
    assert irs2.SLOT[20] == 22
    assert irs2.SLOT[-1] == irs2.SLOTS - 8 - 1


def test_every_second_output_is_read_backwards():
    assert [irs2.is_forward(output) for output in range(5)] == [False, True, False, True, False]


def test_all_outputs_turn_to_reference_at_the_same_time():
    columns = irs2.interleaved_columns().reshape(5, 640)
    assert (columns == columns[0]).all()
    assert np.flatnonzero(columns[0]).tolist() == irs2.REFERENCE.tolist()


def test_references_are_the_reference_output_and_what_is_interleaved():
    columns = irs2.reference_columns()
    assert columns[:640].all()
    assert (columns[640:] == irs2.interleaved_columns()[640:]).all()


def test_each_output_has_a_channel_for_even_and_one_for_odd_columns_of_the_detector():
    channels = irs2.channels()
    assert channels[:20].tolist() == [0, 1] * 4 + [0, 0, 1, 1] + [0, 1] * 4
    assert channels[-20:].tolist() == [8, 9] * 4 + [8, 8, 9, 9] + [8, 9] * 4


def test_without_parity_an_output_is_one_channel():
    assert irs2.channels(odd_even_columns=False).tolist() == np.repeat(range(5), 640).tolist()


def test_frames_of_another_readout_are_named():
    irs2.check_frames(np.empty((1, 5, 3200)))
    irs2.check_frames(np.empty((1, 2048, 3200)), rows=2048)
    with pytest.raises(ValueError, match="2048 rows and 2048 columns are not of the interleaved"):
        irs2.check_frames(np.empty((1, 2048, 2048)))
    with pytest.raises(ValueError, match="5 rows and 3200 columns"):
        irs2.check_frames(np.empty((1, 5, 3200)), rows=2048)
