"""Flags for the first group, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, FLUX_ESTIMATED, HOT, SATURATED
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.firstframe import STEP


def exposure(ngroups=4, instrument="MIRI"):
    model = datamodels.RampModel(np.zeros((2, ngroups, 2, 2), np.float32))
    model.meta.instrument.name = instrument
    model.pixeldq[0, 0] = HOT
    model.groupdq[1, 2:, 0] = SATURATED
    return model


def apply(model, bright_use_group1=True):
    STEP.apply(model, SimpleNamespace(), SimpleNamespace(bright_use_group1=bright_use_group1))
    return model


def test_pixels_that_keep_the_first_group_have_an_estimated_flux():
    model = apply(exposure())

    assert model.groupdq[:, 0].tolist() == [[[DO_NOT_USE] * 2] * 2, [[0, 0], [DO_NOT_USE] * 2]]
    assert model.pixeldq.tolist() == [[HOT | FLUX_ESTIMATED, FLUX_ESTIMATED], [0, 0]]
    assert (model.data == 0).all()


def test_bright_pixels_lose_the_first_group_if_asked():
    model = apply(exposure(), bright_use_group1=False)
    assert (model.groupdq[:, 0] == DO_NOT_USE).all()
    assert model.pixeldq.tolist() == [[HOT, 0], [0, 0]]


def test_short_ramps_are_left_alone():
    model = exposure(ngroups=3)
    before = model.groupdq.copy()
    with pytest.raises(NotApplicable, match="3 groups are too few to do without the first one"):
        apply(model)
    assert np.array_equal(model.groupdq, before)


def test_it_is_left_out_of_a_pipeline_unless_asked():
    assert STEP.skip
