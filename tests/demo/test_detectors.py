"""The truth about the simulated detectors."""

import itertools

import numpy as np
import pytest

from snakewebb.demo.detectors import (
    PLACEMENTS,
    Detector,
    find_subarray,
    science_view,
    smallest_subarray,
)
from snakewebb.kernels import dq

IMAGES = (
    "mask",
    "gain",
    "read_noise",
    "bias",
    "dark_current",
    "sensitivity",
    "ceiling",
    "saturation",
    "linearity",
)


@pytest.mark.parametrize("name", IMAGES)
@pytest.mark.parametrize(
    ("detector", "part", "whole"), [("NRCA1", "SUB160", "SUB320"), ("NIS", "SUB64", "SUB128")]
)
def test_a_pixel_is_the_same_in_every_subarray(name, detector, part, whole):
    small, large = Detector(detector, part), Detector(detector, whole)
    dy = small.subarray.ystart - large.subarray.ystart
    dx = small.subarray.xstart - large.subarray.xstart
    ny, nx = small.subarray.shape

    expected = getattr(large, name)[..., dy : dy + ny, dx : dx + nx]

    np.testing.assert_array_equal(getattr(small, name), expected)


@pytest.mark.parametrize("name", IMAGES)
def test_images_are_32_bits_deep(name):
    assert getattr(Detector("NIS", "SUB64"), name).dtype.itemsize == 4


@pytest.mark.parametrize(
    ("detector", "subarray", "seconds"),
    [
        ("NRCA1", "FULL", 10.73677),
        ("NRCA1", "SUB160", 0.27864),
        ("NRCB4", "SUB320", 1.06904),
        ("NRCBLONG", "SUB640", 4.18584),
        ("NRCALONG", "SUBGRISM64", 0.34061),
        ("NRCALONG", "SUBGRISM256", 1.34669),
        ("NIS", "SUB64", 0.05016),
        ("NIS", "SUB80", 0.07544),
    ],
)
def test_frame_times_are_those_of_the_instruments(detector, subarray, seconds):
    assert Detector(detector, subarray).frame_time == pytest.approx(seconds, abs=1e-9)


def test_the_outer_four_pixels_are_reference_pixels():
    corner = Detector("NRCA1", "SUB160")  # the upper right one

    is_reference = (corner.mask & dq.REFERENCE_PIXEL) != 0

    assert is_reference[:, -4:].all()
    assert is_reference[-4:].all()
    assert not is_reference[:-4, :-4].any()


def test_dead_pixels_and_reference_pixels_see_nothing():
    detector = Detector("NRCA1", "SUB320")
    blind = (detector.mask & (dq.DEAD | dq.REFERENCE_PIXEL)) != 0

    assert (detector.sensitivity[blind] == 0).all()
    assert (detector.dark_current[blind] == 0).all()
    assert (detector.sensitivity[~blind] > 0).all()


def test_hot_pixels_are_hot():
    detector = Detector("NRCALONG", "SUB320")
    hot = (detector.mask & dq.HOT) != 0

    assert hot.sum() > 10
    assert np.median(detector.dark_current[hot]) > 100 * np.median(detector.dark_current)


def test_saturation_lies_below_the_ceiling_and_above_the_bias():
    detector = Detector("NIS", "SUB256")

    assert (detector.bias < detector.saturation).all()
    assert (detector.saturation < detector.ceiling).all()
    assert (detector.ceiling <= 65535).all()


@pytest.mark.parametrize("other", [("NRCA1", "SUB160", 1), ("NRCB4", "SUB160", 0)])
def test_another_seed_or_name_makes_another_detector(other):
    assert (Detector("NRCA1", "SUB160").bias != Detector(*other).bias).mean() > 0.99


@pytest.mark.parametrize("name", PLACEMENTS)
def test_outputs_lie_side_by_side_along_the_fast_axis(name):
    detector = Detector(name)
    outputs = detector._per_output(np.arange(4))

    along = outputs if abs(detector.axes[0]) == 1 else outputs.T

    assert (along == along[:1]).all()
    assert sorted(along[0, ::512]) == [0, 1, 2, 3]
    assert along[0, 0 if detector.axes[0] > 0 else -1] == 0


@pytest.mark.parametrize(
    ("axes", "corner"), [((1, 2), (0, 0)), ((-1, 2), (0, -1)), ((-2, -1), (-1, -1))]
)
def test_readout_begins_at_the_corner_that_the_axes_say(axes, corner):
    image = np.zeros((3, 5), dtype=int)
    image[0, 0] = 1

    assert science_view(image, *axes)[corner] == 1


@pytest.mark.parametrize("signs", itertools.product([1, -1], [1, -1]))
@pytest.mark.parametrize("directions", [(1, 2), (2, 1)])
def test_readout_moves_along_the_axes(directions, signs):
    slow, fast = np.indices((3, 5))
    axes = directions[0] * signs[0], directions[1] * signs[1]

    for position, axis in ((fast, axes[0]), (slow, axes[1])):
        step = np.diff(science_view(position, *axes), axis=-abs(axis))
        assert (step == np.sign(axis)).all()


def test_the_smallest_subarray_contains_all():
    assert smallest_subarray("NRCALONG", ["SUB160", "SUB320"]).name == "SUB320"
    assert smallest_subarray("NIS", ["SUB64", "SUB80"]).name == "FULL"
    assert smallest_subarray("NIS", ["SUB80"]).name == "SUB80"


def test_an_unknown_detector_or_subarray_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match=r"no detector 'NRCA9'; there are NRCA1, "):
        Detector("NRCA9")
    with pytest.raises(ValueError, match=r"NIS has no subarray 'SUB160'; it has FULL, SUB80"):
        find_subarray("NIS", "SUB160")
