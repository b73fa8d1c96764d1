"""Scaling of groups, on exposures."""

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import RampModel

from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.group_scale import apply


def exposure(nframes, divisor):
    model = RampModel(data=np.full((1, 2, 3, 4), 100, np.float32))
    model.meta.exposure.nframes = nframes
    model.meta.exposure.frame_divisor = divisor
    return model


def test_groups_are_multiplied_by_the_divisor_over_the_number_of_frames():
    model = exposure(5, 8)

    apply(model, None, None)

    assert (model.data == 160).all()
    assert not model.groupdq.any()
    assert not model.pixeldq.any()


def test_the_zeroth_frame_is_a_single_one_and_stays():
    model = exposure(5, 8)
    model.zeroframe = np.full((1, 3, 4), 100, np.float32)
    model.meta.exposure.zero_frame = True

    apply(model, None, None)

    assert (model.zeroframe == 100).all()


def test_groups_that_were_divided_by_their_number_of_frames_stay():
    model = exposure(4, 4)

    with pytest.raises(NotApplicable, match="4 frames were divided by their number"):
        apply(model, None, None)

    assert (model.data == 100).all()


@pytest.mark.parametrize(("nframes", "divisor"), [(5, None), (None, 8), (None, None), (5, 0)])
def test_without_both_keywords_the_step_does_not_apply(nframes, divisor):
    model = exposure(nframes, divisor)

    with pytest.raises(NotApplicable, match="NFRAMES and FRMDIVSR"):
        apply(model, None, None)

    assert (model.data == 100).all()
