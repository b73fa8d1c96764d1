"""Flags for the last group, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.lastframe import STEP


def exposure(ngroups=3, instrument="MIRI"):
    model = datamodels.RampModel(np.zeros((2, ngroups, 2, 2), np.float32))
    model.meta.instrument.name = instrument
    return model


def test_only_the_last_groups_are_flagged():
    model = exposure()
    STEP.apply(model, SimpleNamespace(), SimpleNamespace())
    assert (model.groupdq[:, -1] == DO_NOT_USE).all()
    assert (model.groupdq[:, :-1] == 0).all()
    assert (model.pixeldq == 0).all()


def test_short_ramps_are_left_alone():
    model = exposure(ngroups=2)
    with pytest.raises(NotApplicable, match="2 groups are too few to do without the last one"):
        STEP.apply(model, SimpleNamespace(), SimpleNamespace())
    assert (model.groupdq == 0).all()
