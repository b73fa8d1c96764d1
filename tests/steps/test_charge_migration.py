"""Charge migration, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import RampModel

from snakewebb.kernels.dq import CHARGELOSS, DO_NOT_USE
from snakewebb.pipelines import DETECTOR1
from snakewebb.steps.charge_migration import STEP, apply
from snakewebb.steps.declaration import NotApplicable


@pytest.fixture
def model():
    model = RampModel(data=np.zeros((2, 4, 3, 3), np.float32))
    model.data[1, :, 1, 1] = [0, 20_000, 40_000, 60_000]
    model.pixeldq[0, 0] = DO_NOT_USE
    return model


def run(model, **parameters):
    apply(model, None, SimpleNamespace(signal_threshold=25_000.0, **parameters))


def test_groups_of_a_bright_pixel_and_its_neighbours_are_flagged(model):
    run(model)

    flagged = (model.groupdq & CHARGELOSS) > 0
    assert np.array_equal(flagged, (model.groupdq & DO_NOT_USE) > 0)
    assert flagged.sum(axis=(2, 3)).tolist() == [[0, 0, 0, 0], [0, 0, 5, 5]]


def test_neither_signal_nor_pixel_flags_change(model):
    before = model.data.copy(), model.pixeldq.copy()

    run(model)

    assert np.array_equal(model.data, before[0])
    assert np.array_equal(model.pixeldq, before[1])


@pytest.mark.parametrize("ngroups", [1, 2])
def test_ramps_of_one_or_two_groups_are_kept_whole(model, ngroups):
    short = RampModel(data=model.data[:, -ngroups:])

    with pytest.raises(NotApplicable, match=f"{ngroups} groups in .* 3"):
        run(short)
    assert not short.groupdq.any()


def test_it_is_left_out_unless_it_is_asked_for():
    assert STEP.skip


def test_exposures_of_miri_are_flagged_too_if_that_is_asked_for(model):
    model.meta.instrument.name = "MIRI"
    order = DETECTOR1.order("MIRI")

    run(model)

    assert (model.groupdq & CHARGELOSS).any()
    assert order.index("charge_migration") == order.index("jump") - 1
    assert STEP.skip
