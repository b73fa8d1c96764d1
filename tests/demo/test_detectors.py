"""The truth about the simulated detectors."""

import itertools

import numpy as np
import pytest

from snakewebb.demo.detectors import Detector, detector_view, science_view
from snakewebb.demo.instruments import DETECTORS, INSTRUMENTS, find_subarray, smallest_subarray
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
    ("detector", "part", "whole"),
    [
        ("NRCA1", "SUB160", "SUB320"),
        ("NIS", "SUB64", "SUB128"),
        ("NRS2", "SUB32", "ALLSLITS"),
        ("MIRIMAGE", "SUB64", "MASKLYOT"),
    ],
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
        ("NIS", "SUBSTRIP96", 2.214),
        ("NIS", "SUBSTRIP256", 5.494),
        ("NRS1", "SUB2048", 0.902),
        ("NRS2", "ALLSLITS", 5.494),
        ("NRS1", "SUB32", 0.01496),
        ("MIRIMAGE", "BRIGHTSKY", 0.86528),
        ("MIRIMAGE", "SUB256", 0.29952),
        ("MIRIMAGE", "SUB128", 0.11904),
        ("MIRIMAGE", "SUB64", 0.08512),
        ("MIRIMAGE", "MASK1550", 0.23968),
        ("MIRIMAGE", "MASKLYOT", 0.324),
        ("MIRIMAGE", "SLITLESSPRISM", 0.15904),
        ("GUIDER2", "FULL", 10.73677),
    ],
)
def test_frame_times_are_those_of_the_instruments(detector, subarray, seconds):
    assert Detector(detector, subarray).frame_time == pytest.approx(seconds, abs=1e-9)


@pytest.mark.parametrize(
    ("detector", "subarray", "readpatt", "seconds"),
    [
        ("NRS1", "FULL", "NRS", 10.73677),
        ("NRS1", "FULL", "NRSIRS2", 14.58889),
        ("MIRIMAGE", "FULL", "FASTR1", 2.77504),
        ("MIRIMAGE", "FULL", "SLOWR1", 23.88992),
    ],
)
def test_frame_times_depend_on_the_readout(detector, subarray, readpatt, seconds):
    assert Detector(detector, subarray, readpatt=readpatt).frame_time == seconds


def test_one_output_reads_a_strip_more_slowly_than_four():
    alone = Detector("NRCALONG", "SUBGRISM64", outputs=1)

    assert alone.frame_time == pytest.approx(2060 * 66e-5)
    assert alone.subarray.outputs == 1


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


@pytest.mark.parametrize("name", [name for name in DETECTORS if "MIRI" not in name])
def test_outputs_lie_side_by_side_along_the_fast_axis(name):
    detector = Detector(name)
    outputs = detector._per_output(np.arange(4))

    along = outputs if abs(detector.axes[0]) == 1 else outputs.T

    assert (along == along[:1]).all()
    assert sorted(along[0, ::512]) == [0, 1, 2, 3]
    assert along[0, 0 if detector.axes[0] > 0 else -1] == 0


def test_outputs_of_miri_read_every_fourth_column():
    outputs = Detector("MIRIMAGE")._per_output(np.arange(4))

    assert (outputs == np.arange(1032) % 4).all()


def test_miri_has_reference_pixels_at_the_left_and_right_only():
    reference = Detector("MIRIFULONG").reference_pixels

    assert reference[:, :4].all()
    assert reference[:, -4:].all()
    assert not reference[:, 4:-4].any()


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.name)
def test_subarrays_lie_within_the_detector(instrument):
    for detector, (full, *subarrays) in instrument.subarrays.items():
        assert detector in instrument.detectors
        assert full.shape == instrument.shape
        assert all(full.contains(subarray) for subarray in subarrays)


@pytest.mark.parametrize(("name", "first"), [("NRS1", 0), ("NRS2", 2560)])
def test_interleaved_frames_hold_the_image_between_reference_samples(name, first):
    detector = Detector(name, readpatt="NRSIRS2RAPID")
    image = np.arange(2048, dtype=np.float32)[:, np.newaxis] + np.zeros(2048, np.float32)

    rows = detector.frame(image, -1)[:, 1000]

    reference_output = slice(first, first + 640)
    assert rows.shape == (3200,)
    assert (rows[reference_output] == -1).all()
    others = np.delete(rows, reference_output).reshape(-1, 20)
    assert (others[:, 8:12] == -1).all()
    np.testing.assert_array_equal(np.delete(others, slice(8, 12), axis=1).ravel(), image[:, 0])


def test_bad_references_of_interleaved_frames_are_flagged_and_noisy_all_along():
    detector = Detector("NRS1", readpatt="NRSIRS2RAPID")
    pixels = detector.frame(np.ones((2048, 2048), bool), False)
    flagged = ~pixels & ((detector.frame_mask & dq.BAD_REF_PIXEL) != 0)

    assert flagged.any(axis=1).sum() == 7
    assert (flagged.all(axis=1) == flagged.any(axis=1)).all()
    noise = detector.frame_read_noise
    np.testing.assert_allclose(noise[flagged], 10 * noise[~flagged & ~pixels][0])


def test_interleaved_samples_are_read_one_after_the_other_with_pauses():
    clock = Detector("NRS1", readpatt="NRSIRS2").clocking.clock

    row = clock[1].reshape(5, 640)
    assert row[1, :12].tolist() == [712 + n for n in (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12)]
    assert row[1, 12] - row[1, 11] == 2
    assert (row[2] == row[1, ::-1]).all()
    assert (row[0] == row[2]).all()
    assert row.max() == 2 * 712 - 9


def test_the_reset_anomaly_fades():
    detector = Detector("MIRIMAGE", "SUB64")

    first, later, last = (np.median(detector.reset_anomaly(*f)) for f in ((0, 0), (1, 0), (1, 14)))

    assert later > first > 10 * last > 0


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


@pytest.mark.parametrize("signs", itertools.product([1, -1], [1, -1]))
@pytest.mark.parametrize("directions", [(1, 2), (2, 1)])
def test_the_view_of_the_detector_undoes_that_of_science(directions, signs):
    image = np.arange(15).reshape(3, 5)
    axes = directions[0] * signs[0], directions[1] * signs[1]

    np.testing.assert_array_equal(detector_view(science_view(image, *axes), *axes), image)


def test_the_smallest_subarray_contains_all():
    assert smallest_subarray("NRCALONG", ["SUB160", "SUB320"]).name == "SUB320"
    assert smallest_subarray("NIS", ["SUB64", "SUB80"]).name == "FULL"
    assert smallest_subarray("NIS", ["SUB80"]).name == "SUB80"


def test_an_unknown_detector_or_subarray_is_named_beside_the_known_ones():
    with pytest.raises(ValueError, match=r"no detector 'NRCA9'; there are NRCA1, "):
        Detector("NRCA9")
    with pytest.raises(ValueError, match=r"NIS has no subarray 'SUB160'; it has FULL, SUB80"):
        find_subarray("NIS", "SUB160")
