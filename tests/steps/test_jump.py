"""Detection of jumps, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, HOT, JUMP_DET, NO_GAIN_VALUE, SATURATED
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.jump import STEP

DEFAULTS = {p.name: p.default for p in STEP.parameters}
SHAPE = (2, 8, 5, 4)


def exposure(shape=SHAPE):
    """Return an exposure of ramps without noise, and a cosmic ray in the middle of one of them."""
    model = datamodels.RampModel(np.zeros(shape, dtype=np.float32))
    model.data[0, 3:, 2, 1] = 1000
    model.meta.exposure.group_time = 10.0
    model.meta.exposure.frame_time = 10.0
    model.meta.exposure.nframes = 1
    return model


def references(shape=SHAPE[-2:], gain=2.0, read_noise=10.0):
    return SimpleNamespace(
        gain=datamodels.GainModel(np.full(shape, gain, np.float32)),
        readnoise=datamodels.ReadnoiseModel(np.full(shape, read_noise, np.float32)),
    )


def apply(model, given=None, **parameters):
    """Apply the step and return integration, group, y and x of each jump."""
    given = given or references(model.data.shape[-2:])
    assert STEP.apply(model, given, SimpleNamespace(**DEFAULTS | parameters)) is None
    return np.argwhere(model.groupdq & JUMP_DET).tolist()


def test_a_cosmic_ray_and_its_neighbours_are_flagged():
    centre, neighbours = [0, 3, 2, 1], [[0, 3, *p] for p in ((1, 1), (2, 0), (2, 2), (3, 1))]

    assert apply(exposure()) == sorted([centre, *neighbours])
    assert apply(exposure(), flag_4_neighbors=False) == [centre]
    assert apply(exposure(), max_jump_to_flag_neighbors=99.0) == [centre]
    assert apply(exposure(), min_jump_to_flag_neighbors=101.0) == [centre]
    assert apply(exposure(), rejection_threshold=100.0) == []


def test_the_signal_is_not_changed():
    model = exposure()
    before = model.data.copy()

    apply(model)

    assert np.array_equal(model.data, before)
    assert model.groupdq.dtype == np.uint8
    assert model.pixeldq.dtype == np.uint32


@pytest.mark.parametrize("ngroups", [1, 2])
def test_two_groups_are_too_few(ngroups):
    model = exposure((1, ngroups, 5, 4))

    with pytest.raises(NotApplicable, match=f"{ngroups} groups are too few"):
        apply(model)
    assert not model.pixeldq.any()


def test_short_ramps_have_thresholds_of_their_own():
    three, four = exposure((1, 4, 5, 4)), exposure((1, 5, 5, 4))
    three.groupdq[:, 0] = DO_NOT_USE
    four.groupdq[:, 0] = DO_NOT_USE

    assert apply(three, three_group_rejection_threshold=101.0) == []
    assert apply(four, four_group_rejection_threshold=101.0) == []
    assert [0, 3, 2, 1] in apply(three)
    assert [0, 3, 2, 1] in apply(four)


def test_enough_differences_are_searched_at_once():
    model = exposure()
    model.data[:] = -100 * np.arange(8).reshape(8, 1, 1)
    model.data[0, 4:, 0, 0] += 200

    assert apply(model.copy(), min_diffs_single_pass=8) == []
    assert [0, 4, 0, 0] in apply(model.copy(), min_diffs_single_pass=7)
    model.groupdq[:, -1] = DO_NOT_USE
    assert apply(model, min_diffs_single_pass=7) == []


def test_too_few_usable_groups_are_not_searched():
    assert apply(exposure(), minimum_groups=9) == []

    model = exposure()
    model.groupdq[:, :5] = DO_NOT_USE
    model.data[0, 6:, 0, 0] = 1000
    assert apply(model.copy(), minimum_groups=4) == []
    assert [0, 6, 0, 0] in apply(model, minimum_groups=3)


def test_jumps_that_were_known_spread_only_where_jumps_are_sought():
    model = exposure()
    model.groupdq[0, 3, 2, 1] = JUMP_DET
    follow = {"after_jump_flag_dn1": 100.0, "after_jump_flag_time1": 10.0}

    assert apply(model.copy(), **follow, minimum_groups=9) == [[0, 3, 2, 1]]
    found = apply(model, **follow)
    assert [0, 4, 2, 1] in found
    assert [0, 3, 1, 1] in found


def test_the_integration_with_the_fewest_usable_groups_decides_how_all_are_searched():
    model = exposure()
    model.data[:] = -100 * np.arange(8).reshape(8, 1, 1)
    model.data[0, 4:, 0, 0] += 200
    model.groupdq[1, 6:] = DO_NOT_USE

    assert apply(model.copy(), min_diffs_single_pass=6) == []
    assert [0, 4, 0, 0] in apply(model.copy(), min_diffs_single_pass=5)
    assert [0, 4, 0, 0] in apply(model.copy(), min_diffs_single_pass=5, minimum_groups=6)
    assert apply(model, min_diffs_single_pass=5, minimum_groups=7) == []


@pytest.mark.parametrize(
    ("parameters", "clips"),
    [
        ({"minimum_sigclip_groups": 20}, True),
        ({"minimum_sigclip_groups": 21}, False),
        ({"minimum_sigclip_groups": 58, "only_use_ints": False}, True),
        ({"minimum_sigclip_groups": 59, "only_use_ints": False}, False),
        ({"minimum_sigclip_groups": 58}, False),
    ],
)
def test_many_integrations_or_groups_are_clipped(parameters, clips):
    model = exposure((20, 4, 3, 2))
    model.groupdq[:, -1] = DO_NOT_USE
    model.groupdq[3, :2] = DO_NOT_USE
    model.data[...] = 0
    model.data[5, 1:, 0, 0] = 0.01

    found = apply(model, flag_4_neighbors=False, **parameters)

    assert found == ([[5, 1, 0, 0]] if clips else [])


def test_clipping_between_integrations_does_not_mix_groups():
    model = exposure((20, 5, 3, 2))
    model.data[...] = np.array([0, 0, 1000, 1000, 1000]).reshape(5, 1, 1)
    parameters = {"minimum_sigclip_groups": 20, "rejection_threshold": 2.0}

    assert apply(model.copy(), **parameters) == []
    everywhere = apply(model, **parameters, only_use_ints=False)
    assert len(everywhere) == 20 * 6
    assert {group for _, group, _, _ in everywhere} == {2}


@pytest.mark.parametrize("number", [1, 2])
def test_groups_after_a_large_jump_are_flagged(number):
    size, time = f"after_jump_flag_dn{number}", f"after_jump_flag_time{number}"

    def groups(**parameters):
        found = apply(exposure(), flag_4_neighbors=False, **parameters)
        assert {(i, y, x) for i, _, y, x in found} == {(0, 2, 1)}
        return [group for _, group, _, _ in found]

    assert groups(**{size: 1000.0, time: 20.0}) == [3, 4, 5]
    assert groups(**{size: 1000.0, time: 29.9}) == [3, 4, 5]
    assert groups(**{size: 1000.1, time: 20.0}) == [3]
    assert groups(**{size: 1000.0, time: 9.9}) == [3]


def test_groups_after_a_large_jump_are_flagged_in_a_neighbour_that_shares_it():
    model = exposure()
    model.data[0, 3:, 2, 2] = 30
    parameters = {"after_jump_flag_dn1": 20.0, "after_jump_flag_time1": 10.0}

    assert [0, 4, 2, 2] in apply(model.copy(), **parameters)
    assert [0, 4, 2, 2] not in apply(model, **parameters, flag_4_neighbors=False)


@pytest.mark.parametrize("gain", [0, -2, np.nan])
def test_a_pixel_of_unknown_gain_is_flagged_for_it(gain):
    model, given = exposure(), references()
    model.pixeldq[1, 1] = HOT
    given.gain.data[1, 1] = gain

    apply(model, given)

    assert model.pixeldq[1, 1] == HOT | NO_GAIN_VALUE | DO_NOT_USE
    assert np.count_nonzero(model.pixeldq) == 1


def test_an_unusable_group_loses_its_jump():
    model = exposure()
    model.groupdq[1, 4, 0, 0] = SATURATED | JUMP_DET

    apply(model)

    assert model.groupdq[1, 4, 0, 0] == SATURATED


def test_the_header_tells_how_often_a_jump_was_found_between_usable_groups():
    model = exposure()
    model.groupdq[:, 0] = DO_NOT_USE
    model.groupdq[1, 7] = DO_NOT_USE
    model.groupdq[0, 0, 0, 0] |= JUMP_DET

    apply(model)

    seconds, thousand_pixels = (6 + 5) * 10, 5 * 4 / 1000
    expected = 1 / seconds / thousand_pixels
    assert model.meta.exposure.primary_cosmic_rays == pytest.approx(expected)


def test_the_header_counts_the_differences_of_each_integration():
    model = exposure()
    model.groupdq[0, 0] = DO_NOT_USE
    model.groupdq[1, :2] = DO_NOT_USE

    apply(model)

    seconds, thousand_pixels = (6 + 5) * 10, 5 * 4 / 1000
    expected = 1 / seconds / thousand_pixels
    assert model.meta.exposure.primary_cosmic_rays == pytest.approx(expected)


def test_large_events_are_flagged_last_and_told_in_the_header_if_asked_for():
    model = exposure((1, 8, 60, 60))
    distance = np.hypot(*(np.mgrid[:60, :60] - 30))
    model.data[0, 3:] = np.where(distance < 6, 10000, 0)
    model.groupdq[0, 3:, distance < 3] = SATURATED
    plain, expanded = model.copy(), model.copy()

    jumps, more = apply(plain), apply(expanded, expand_large_events=True)

    assert plain.meta.exposure.extended_emission_events == 0
    per_million_pixels = 1 / (7 * 10 * 60 * 60 / 1e6)
    assert expanded.meta.exposure.extended_emission_events == pytest.approx(per_million_pixels)
    assert [0, 3, 30, 40] not in jumps
    assert [0, 3, 30, 40] in more


def test_without_usable_differences_the_header_tells_of_no_jumps():
    model = exposure()
    model.groupdq[:] = DO_NOT_USE

    apply(model)

    assert model.meta.exposure.primary_cosmic_rays == 0


def test_an_exposure_that_does_not_tell_its_times_is_refused():
    model = exposure()
    model.meta.exposure.group_time = None

    with pytest.raises(ValueError, match="does not tell TGROUP"):
        apply(model)
