"""Correction of the capacitance between pixels, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import IPCModel, RampModel

from snakewebb.steps.ipc import apply

KERNEL = np.array([[1, 2, 3], [4, 100, 6], [7, 8, 9]], np.float32)


def exposure(shape, instrument="NIRCAM", xstart=1, ystart=1, signal=1):
    """Return an exposure of one group with the same signal everywhere."""
    model = RampModel(data=np.full((1, 1, *shape), signal, np.float32))
    model.meta.instrument.name = instrument
    model.meta.subarray.xstart = xstart
    model.meta.subarray.ystart = ystart
    return model


def interleaved(detector):
    model = exposure((3200, 16), "NIRSPEC")
    model.meta.instrument.detector = detector
    model.meta.exposure.readpatt = "NRSIRS2RAPID"
    return model


def references(kernel):
    return SimpleNamespace(ipc=IPCModel(data=kernel))


def changed(model):
    """Return which pixels a correction of a signal of 1 DN has changed."""
    apply(model, references(KERNEL), None)
    return model.data[0, 0] != 1


@pytest.mark.parametrize(
    ("xstart", "ystart", "inside"),
    [
        (1, 1, (slice(4, None), slice(4, None))),
        (3, 2, (slice(3, None), slice(2, None))),
        (1001, 1001, (slice(None), slice(None))),
        (2048 - 19, 1001, (slice(None), slice(None, 16))),
        (1001, 2048 - 19, (slice(None, 16), slice(None))),
    ],
)
def test_near_infrared_reference_pixels_stay_wherever_the_subarray_lies(xstart, ystart, inside):
    is_changed = changed(exposure((20, 20), xstart=xstart, ystart=ystart))

    assert is_changed[inside].all()
    assert is_changed.sum() == is_changed[inside].size


@pytest.mark.parametrize(
    ("xstart", "columns"), [(1, slice(4, None)), (501, slice(None)), (1032 - 19, slice(None, 16))]
)
def test_reference_pixels_of_miri_are_on_the_left_and_on_the_right(xstart, columns):
    is_changed = changed(exposure((20, 20), "MIRI", xstart=xstart))

    assert is_changed[:, columns].all()
    assert is_changed.sum() == is_changed[:, columns].size


def test_reference_pixels_give_nothing_to_their_neighbours():
    model = exposure((20, 20))

    apply(model, references(KERNEL), None)

    assert model.data[0, 0, 4, 4] == KERNEL[:2, :2].sum()
    assert model.data[0, 0, 6, 6] == KERNEL.sum()


def test_flags_and_zeroth_frames_stay():
    model = exposure((20, 20))
    model.zeroframe = np.ones((1, 20, 20), np.float32)
    model.meta.exposure.zero_frame = True

    apply(model, references(KERNEL), None)

    assert (model.zeroframe == 1).all()
    assert not model.pixeldq.any()
    assert not model.groupdq.any()


def test_a_kernel_for_each_pixel_is_cut_to_the_subarray():
    kernels = np.zeros((1, 1, 2048, 2048), np.float32)
    kernels[0, 0] = np.arange(2048)
    model = exposure((5, 7), xstart=2041, ystart=101)

    apply(model, references(kernels), None)

    assert (model.data[0, 0] == [2040, 2041, 2042, 2043, 1, 1, 1]).all()


@pytest.mark.parametrize(("detector", "first"), [("NRS1", 640), ("NRS2", 0)])
def test_interleaved_reference_pixels_stay_and_do_not_part_neighbours(detector, first):
    model = interleaved(detector)
    # rows 7 and 8 of the detector, with four rows of reference pixels in between
    model.data[0, 0, first + 7, 8] = 2

    apply(model, references(KERNEL), None)

    data = model.data[0, 0]
    assert data[first + 12, 8] == KERNEL.sum() + KERNEL[2, 1]
    assert data[first + 6, 8] == KERNEL.sum() + KERNEL[0, 1]
    rows = np.flatnonzero((data != 1).any(axis=1))
    assert len(rows) == 2048 - 8
    assert (rows[0], rows[-1]) == (first + 4, first + 2560 - 5)
    place = (rows - first) % 20
    assert not ((place >= 8) & (place < 12)).any()
