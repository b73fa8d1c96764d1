"""Subtraction of the reset anomaly, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, HOT, UNRELIABLE_DARK
from snakewebb.steps.reset import STEP


def exposure(first=1):
    model = datamodels.RampModel(np.full((2, 4, 2, 3), 100, np.float32))
    model.meta.exposure.integration_start = first
    return model


def reference(shape=(3, 2, 2, 3)):
    """Return offsets of 1, 2 and 3 in the first three integrations, in two groups."""
    offsets = np.arange(1, shape[0] + 1, dtype=np.float32)
    return datamodels.ResetModel(offsets[:, None, None, None] * np.ones(shape, np.float32))


def apply(model, reset):
    STEP.apply(model, SimpleNamespace(reset=reset), SimpleNamespace())
    return (100 - model.data[:, :, 0, 0]).tolist()


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        (1, [[1, 1, 0, 0], [2, 2, 0, 0]]),
        (None, [[1, 1, 0, 0], [2, 2, 0, 0]]),
        (3, [[3, 3, 0, 0], [3, 3, 0, 0]]),
    ],
)
def test_integrations_count_from_the_start_of_the_exposure(first, expected):
    assert apply(exposure(first), reference()) == expected


def test_flags_of_the_reference_are_added_to_those_of_the_exposure():
    model, reset = exposure(), reference()
    model.pixeldq[0, 1] = HOT
    reset.dq = np.zeros((2, 3), np.uint32)
    reset.dq[0, 1] = UNRELIABLE_DARK | DO_NOT_USE

    apply(model, reset)

    assert model.pixeldq.tolist() == [[0, HOT | UNRELIABLE_DARK | DO_NOT_USE, 0], [0, 0, 0]]
    assert (model.groupdq == 0).all()


def test_a_reference_of_another_shape_is_named():
    with pytest.raises(ValueError, match=r"reset \(4, 4\) does not fit the image \(2, 3\)"):
        apply(exposure(), reference((1, 1, 4, 4)))
