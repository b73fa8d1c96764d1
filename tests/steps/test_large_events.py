"""Large events of the jump step, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, REFERENCE_PIXEL, SATURATED
from snakewebb.steps.large_events import PARAMETERS, apply_large_events

DEFAULTS = {p.name: p.default for p in PARAMETERS} | {"minimum_sigclip_groups": 100}
SHAPE = (2, 8, 60, 70)
GROUP = 3


def squares(row, column):
    """Return the squared distances of the pixels from a place."""
    y, x = np.ogrid[: SHAPE[-2], : SHAPE[-1]]
    return (y - row) ** 2 + (x - column) ** 2


SNOWBALL, CORE = squares(30, 20) < 60, squares(30, 20) < 10
SHOWER = squares(30, 50) < 100


def exposure(nints=SHAPE[0]):
    """Return an exposure with a snowball, whose jumps are flagged, and a shower."""
    model = datamodels.RampModel(np.zeros((nints, *SHAPE[1:]), dtype=np.float32))
    model.data[0, GROUP:, SHOWER] = 10
    model.groupdq[0, GROUP, SNOWBALL & ~CORE] = JUMP_DET
    model.groupdq[0, GROUP:, CORE] = SATURATED
    model.meta.exposure.group_time = 10.0
    model.meta.exposure.frame_time = 10.0
    model.meta.exposure.nframes = 1
    return model


def references(read_noise=1.0):
    return SimpleNamespace(
        gain=datamodels.GainModel(np.ones(SHAPE[-2:], np.float32)),
        readnoise=datamodels.ReadnoiseModel(np.full(SHAPE[-2:], read_noise, np.float32)),
    )


def apply(model, differences=SHAPE[0] * (SHAPE[1] - 1), given=None, **parameters):
    """Look for large events and return their number."""
    parameters = SimpleNamespace(**DEFAULTS | parameters)
    return apply_large_events(model, given or references(), parameters, differences)


def jumps(model, row, column):
    """Return integration and group of each jump of a pixel."""
    return np.argwhere(model.groupdq[:, :, row, column] & JUMP_DET).tolist()


def test_nothing_is_looked_for_unless_asked():
    model = exposure()

    assert apply(model) == 0
    assert np.array_equal(model.groupdq, exposure().groupdq)


def test_snowballs_are_found_where_asked_for():
    model = exposure()

    assert apply(model, expand_large_events=True) == 1

    assert jumps(model, 30, 30) == [[0, GROUP]]
    assert not jumps(model, 30, 50)
    assert (model.groupdq[0, GROUP:, 30, 24] == SATURATED).all()
    assert jumps(model, 30, 20) == [[1, group] for group in range(1, 8)]


def test_showers_are_found_where_asked_for():
    model = exposure()

    assert apply(model, find_showers=True) == 1

    assert jumps(model, 30, 50) == [[0, GROUP], [0, GROUP + 1]]
    assert not jumps(model, 30, 30)


def test_snowballs_and_showers_both_count():
    assert apply(exposure(), expand_large_events=True, find_showers=True) == 2


@pytest.mark.parametrize(("differences", "number"), [(9, 0), (10, 1)])
def test_showers_take_ten_differences_that_are_not_lost_altogether(differences, number):
    assert apply(exposure(), differences, find_showers=True) == number


def test_signal_and_flags_of_pixels_are_not_changed():
    model = exposure()
    model.pixeldq[30, 50] = REFERENCE_PIXEL | DO_NOT_USE
    signal, quality = model.data.copy(), model.pixeldq.copy()

    apply(model, expand_large_events=True, find_showers=True)

    assert np.array_equal(model.data, signal)
    assert np.array_equal(model.pixeldq, quality)
    assert model.groupdq.dtype == np.uint8
    assert not jumps(model, 30, 50)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("min_sat_area", 99.0),
        ("min_jump_area", 999.0),
        ("expand_factor", 3.0),
        ("sat_required_snowball", False),
        ("min_sat_radius_extend", 20.0),
        ("sat_expand", 4),
        ("mask_snowball_core_next_int", False),
        ("snowball_time_masked_next_int", 30),
        ("max_extended_radius", 10),
    ],
)
def test_parameters_reach_the_search_for_snowballs(name, value):
    usual, other = exposure(), exposure()
    apply(usual, expand_large_events=True)

    apply(other, expand_large_events=True, **{name: value})

    assert not np.array_equal(usual.groupdq, other.groupdq)


def test_the_edge_size_reaches_the_search_for_snowballs():
    without_core = {"expand_large_events": True, "min_sat_area": 99.0}

    assert apply(exposure(), edge_size=20, **without_core) == 0
    assert apply(exposure(), edge_size=21, **without_core) == 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("max_shower_amplitude", 0.1),
        ("extend_snr_threshold", 9.0),
        ("extend_min_area", 999),
        ("extend_inner_radius", 3.0),
        ("extend_outer_radius", 6.0),
        ("extend_ellipse_expand_ratio", 1.5),
        ("time_masked_after_shower", 40.0),
        ("max_extended_radius", 5),
        ("minimum_sigclip_groups", 2),
    ],
)
def test_parameters_reach_the_search_for_showers(name, value):
    usual, other = exposure(), exposure()
    apply(usual, find_showers=True)

    apply(other, find_showers=True, **{name: value})

    assert not np.array_equal(usual.groupdq, other.groupdq)


def test_the_read_noise_of_averaged_frames_is_lower():
    few, many = exposure(), exposure()
    many.meta.exposure.nframes = 4

    assert apply(few, given=references(read_noise=12.0), find_showers=True) == 0
    assert apply(many, given=references(read_noise=12.0), find_showers=True) == 1


def test_an_exposure_that_does_not_tell_its_times_is_an_error():
    model = exposure()
    model.meta.exposure.group_time = None

    with pytest.raises(ValueError, match="does not tell TGROUP"):
        apply(model, expand_large_events=True)
