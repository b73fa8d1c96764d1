"""Superbias subtraction, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import RampModel, SuperBiasModel

from snakewebb.kernels.dq import HOT, UNRELIABLE_BIAS
from snakewebb.steps.superbias import apply


@pytest.fixture
def model():
    model = RampModel(data=np.full((2, 3, 3, 4), 100, np.float32))
    model.pixeldq[0, 0] = HOT
    model.zeroframe = np.full((2, 3, 4), 90, np.float32)
    model.zeroframe[1, 2, 2] = 0
    model.meta.exposure.zero_frame = True
    return model


@pytest.fixture
def references():
    """A bias of 30 DN, not known in one pixel and unreliable in another."""
    superbias = SuperBiasModel(data=np.full((3, 4), 30, np.float32))
    superbias.data[1, 1] = np.nan
    superbias.dq = np.zeros((3, 4), np.uint32)
    superbias.dq[0, 0] = UNRELIABLE_BIAS
    return SimpleNamespace(superbias=superbias)


def test_the_bias_is_subtracted_where_it_is_known_be_it_reliable_or_not(model, references):
    apply(model, references, None)

    known = np.ones((3, 4), bool)
    known[1, 1] = False
    assert (model.data[..., known] == 70).all()
    assert (model.data[..., 1, 1] == 100).all()


def test_flags_of_the_bias_are_added_to_those_of_the_pixels_and_not_to_groups(model, references):
    apply(model, references, None)

    assert model.pixeldq[0, 0] == HOT | UNRELIABLE_BIAS
    assert np.count_nonzero(model.pixeldq) == 1
    assert not model.groupdq.any()


def test_the_bias_is_subtracted_from_zeroth_frames_except_where_they_are_saturated(
    model, references
):
    apply(model, references, None)

    assert model.zeroframe[0, 0, 0] == 60
    assert model.zeroframe[0, 1, 1] == 90
    assert model.zeroframe[1, 2, 2] == 0


def test_without_the_keyword_a_zeroth_frame_is_not_one(model, references):
    model.meta.exposure.zero_frame = False

    apply(model, references, None)

    assert model.zeroframe[0, 0, 0] == 90
