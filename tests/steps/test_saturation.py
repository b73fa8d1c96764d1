"""Search for saturated groups, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import RampModel, SaturationModel, SuperBiasModel

from snakewebb.kernels.dq import AD_FLOOR, DO_NOT_USE, HOT, NO_SAT_CHECK, SATURATED
from snakewebb.steps.saturation import apply

SHAPE = (5, 6)
COSMIC_RAY = (13000, 35000, 60000, 61000)
"""A second group that, in frames of four above a bias of 12000 DN, must have been saturated."""


def exposure(*groups, nframes=1, at=(2, 3), shape=SHAPE):
    """Return an exposure that is the same in all groups but for one pixel."""
    model = RampModel(data=np.full((1, len(groups), *shape), 1000, np.float32))
    model.data[0, :, *at] = groups
    model.meta.exposure.nframes = nframes
    return model


def interleaved(*groups, detector, row, nframes=1):
    """Return an exposure in IRS2 that is the same in all groups but for one pixel."""
    model = exposure(*groups, nframes=nframes, at=(row, 1), shape=(3200, 3))
    model.meta.instrument.detector = detector
    model.meta.exposure.readpatt = "NRSIRS2"
    return model


def references(shape=SHAPE, bias=None):
    """Return a threshold of 60000 DN, not known in one pixel and not to be used in another."""
    saturation = SaturationModel(data=np.full(shape, 60000, np.float32))
    saturation.data[0, 0] = np.nan
    saturation.dq = np.zeros(shape, np.uint32)
    saturation.dq[0, 1] = NO_SAT_CHECK
    saturation.dq[0, 2] = HOT
    superbias = None if bias is None else SuperBiasModel(data=np.float32(bias))
    return SimpleNamespace(saturation=saturation, superbias=superbias)


def parameters(n_pix_grow_sat=1, use_readpatt=True):
    return SimpleNamespace(n_pix_grow_sat=n_pix_grow_sat, use_readpatt=use_readpatt)


def test_groups_from_the_first_saturated_one_on_are_flagged_and_those_around_it():
    model = exposure(100, 60000, 0)

    apply(model, references(), parameters())

    assert model.groupdq[0, :, 2, 3].tolist() == [0, SATURATED, SATURATED | AD_FLOOR | DO_NOT_USE]
    assert np.count_nonzero(model.groupdq[0, 1]) == 9


def test_the_distance_of_growth_is_a_parameter():
    model = exposure(60000)

    apply(model, references(), parameters(n_pix_grow_sat=0))

    assert np.count_nonzero(model.groupdq) == 1


def test_pixels_without_threshold_are_flagged_never_saturate_and_get_the_references_flags():
    model = exposure(100)
    model.data[0, 0, 0] = 65535

    apply(model, references(), parameters(n_pix_grow_sat=0))

    assert model.pixeldq[0].tolist() == [NO_SAT_CHECK, NO_SAT_CHECK, HOT, 0, 0, 0]
    assert not model.pixeldq[1:].any()
    assert model.groupdq[0, 0, 0].tolist() == [0, 0] + [SATURATED] * 4


def test_saturated_pixels_of_the_zeroth_frame_become_zero():
    model = exposure(100, 100)
    model.zeroframe = np.full((1, *SHAPE), 1000, np.float32)
    model.zeroframe[0, 2, 3] = 60000
    model.meta.exposure.zero_frame = True

    apply(model, references(), parameters())

    assert np.count_nonzero(model.zeroframe == 0) == 9
    assert not model.groupdq.any()


@pytest.mark.parametrize(
    ("nframes", "use_readpatt", "flag"),
    [(4, True, DO_NOT_USE), (4, False, 0), (1, True, 0), (None, True, 0)],
)
def test_averages_are_checked_if_groups_are_averages_and_the_readout_pattern_counts(
    nframes, use_readpatt, flag
):
    model = exposure(*COSMIC_RAY, nframes=nframes)

    apply(model, references(bias=np.full(SHAPE, 12000)), parameters(use_readpatt=use_readpatt))

    assert model.groupdq[0, :, 2, 3].tolist() == [0, flag, SATURATED, SATURATED]


def test_the_bias_is_optional():
    model = exposure(1000, *COSMIC_RAY[1:], nframes=4)

    apply(model, references(), parameters())

    assert model.groupdq[0, 1, 2, 3] == DO_NOT_USE


@pytest.mark.parametrize(("detector", "first"), [("NRS1", 640), ("NRS2", 0)])
def test_saturation_spreads_over_interleaved_reference_pixels_and_leaves_them_alone(
    detector, first
):
    model = interleaved(60000, detector=detector, row=first + 27)
    model.data[0, 0, first + 28] = -5

    apply(model, references((2048, 3)), parameters())

    assert np.flatnonzero(model.groupdq[0, 0, :, 1]).tolist() == [first + n for n in (26, 27, 32)]
    assert model.pixeldq[first, 0] == NO_SAT_CHECK
    assert np.count_nonzero(model.pixeldq) == 3


@pytest.mark.parametrize(("detector", "first"), [("NRS1", 640), ("NRS2", 0)])
def test_in_interleaved_frames_a_cosmic_ray_saturates_the_second_group(detector, first):
    model = interleaved(*COSMIC_RAY, detector=detector, row=first + 12, nframes=4)
    bias = np.full((3200, 3), np.nan)
    bias[first + 12] = 12000

    apply(model, references((2048, 3), bias), parameters())

    assert model.groupdq[0, 1, [first + n for n in (7, 12, 13)], 1].tolist() == [SATURATED] * 3
    assert not model.groupdq[0, 0].any()
