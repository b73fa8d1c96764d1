"""When the pixels of MIRI are read."""

import numpy as np
import pytest

from snakewebb.kernels.emicorr_readout import (
    clocks_of_frame,
    period_of,
    phase,
    quads_of,
    read_times,
    subtract_by_phase,
)


def test_quads_of_four_columns_follow_each_other_then_rows():
    times = read_times((1, 1, 2, 12), nsamples=1, rowclocks=28, resetclocks=0)
    assert times.quads.tolist() == [[0, 1, 2], [28, 29, 30]]


def test_each_sample_of_a_pixel_takes_a_clock_cycle():
    times = read_times((1, 1, 1, 12), nsamples=9, rowclocks=100, resetclocks=0)
    assert times.quads.tolist() == [[0, 9, 18]]


def test_a_group_takes_its_rows_and_seven_cycles_for_each_row_that_is_skipped():
    times = read_times((1, 3, 64, 72), nsamples=1, rowclocks=28, resetclocks=0)
    assert times.groups.tolist() == [[0, 8512, 17024]]


def test_integrations_are_a_reset_apart():
    times = read_times((2, 2, 1024, 1032), nsamples=1, rowclocks=271, resetclocks=277504)
    assert times.groups.tolist() == [[0, 277504], [3 * 277504, 4 * 277504]]


def test_columns_that_are_no_quads_are_named():
    with pytest.raises(ValueError, match="30 columns cannot be read by 4 outputs"):
        read_times((1, 1, 2, 30), nsamples=1, rowclocks=28, resetclocks=0)


@pytest.mark.parametrize(
    ("seconds", "ny", "rowclocks", "frameclocks"),
    [
        (2.77504, 1024, 271, 277504),
        (2.775, 1024, 271, 277504),
        (23.88992, 1024, 2333, 2388992),
        (0.08512, 64, 28, 8512),
        (0.119, 128, 44, 11904),
        (0.86528, 512, 162, 86528),
        (0.159, 416, 28, 15904),
    ],
)
def test_the_clock_cycles_of_a_row_follow_from_the_frame_time(seconds, ny, rowclocks, frameclocks):
    assert clocks_of_frame(seconds, ny) == (rowclocks, frameclocks)


def test_the_phase_is_what_has_passed_of_the_period():
    assert period_of(390.625) == 256
    assert phase(np.array([0, 64, 256, 640]), 256.0).tolist() == [0, 0.25, 0, 0.5]


def test_quads_are_a_view():
    image = np.arange(16, dtype=np.float32).reshape(2, 8)
    quads_of(image)[1, 0] = 0
    assert image.tolist() == [[0, 1, 2, 3, 4, 5, 6, 7], [0, 0, 0, 0, 12, 13, 14, 15]]


def test_noise_is_subtracted_from_all_columns_of_a_quad_by_its_phase():
    times = read_times((2, 2, 1, 8), nsamples=1, rowclocks=10, resetclocks=0)
    ramp = np.zeros((2, 2, 1, 8), np.float32)
    ramp[0, 0, 0, 0] = np.nan
    before = ramp.copy()

    clean = subtract_by_phase(ramp, times, 2**20, lambda phases, i: phases * 2**20 + 1000 * (i + 1))

    group = 10 + 1023 * 7
    expected = -np.array([[0, group], [2 * group, 3 * group]]) - [[1000], [2000]]
    assert np.array_equal(clean[..., 0, 3], expected)
    assert np.array_equal(clean[..., 0, 4:], np.repeat((expected - 1)[..., np.newaxis], 4, axis=-1))
    assert np.isnan(clean).sum() == 1
    assert clean.dtype == np.float32
    assert np.array_equal(ramp, before, equal_nan=True)
    assert subtract_by_phase(ramp, times, 2**20, lambda phases, _: phases, out=ramp) is ramp
