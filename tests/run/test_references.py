"""Reference files: whether they fit, and how they are cut."""

from types import SimpleNamespace

import numpy as np
import pytest

from snakewebb.run.references import AveragedReference, CutReference, is_averaged, window
from snakewebb.steps.reference_types import FLAT, GAIN

SUBARRAY = SimpleNamespace(xstart=3, ystart=2)


def test_a_reference_of_the_exposures_shape_is_taken_whole():
    assert window((4, 5), (None, None), (4, 5), SUBARRAY) == (slice(None), slice(None))


def test_a_larger_reference_is_cut_where_the_subarray_lies_on_the_detector():
    assert window((10, 10), (1, 1), (4, 5), SUBARRAY) == (slice(1, 5), slice(2, 7))


def test_the_reference_may_itself_start_elsewhere_on_the_detector():
    assert window((10, 10), (3, 2), (4, 5), SUBARRAY) == (slice(0, 4), slice(0, 5))


@pytest.mark.parametrize("images", [(4, 7), (3, 10), (2, 2)])
def test_a_reference_that_does_not_cover_the_subarray_is_refused(images):
    with pytest.raises(ValueError, match="rows and"):
        window(images, (2, 1), (4, 5), SUBARRAY)


def test_images_are_cut_and_other_attributes_are_not():
    model = SimpleNamespace(
        data=np.arange(12).reshape(3, 4),
        coeffs=np.zeros((5, 3, 4)),
        dq_def=np.zeros(7),
        meta="meta",
    )
    cut = CutReference(model, (slice(1, 3), slice(2, 4)), (3, 4))

    assert cut.data.tolist() == [[6, 7], [10, 11]]
    assert cut.coeffs.shape == (5, 2, 2)
    assert cut.dq_def.shape == (7,)
    assert cut.meta == "meta"


def test_an_exposure_that_does_not_tell_where_it_lies_is_refused():
    with pytest.raises(ValueError, match="does not tell where its subarray starts"):
        window((10, 10), (1, 1), (4, 5), SimpleNamespace(xstart=None, ystart=2))


def test_a_stack_of_strips_gets_the_mean_of_a_reference_of_the_detector():
    image = np.array([[1, 2, np.nan], [np.inf, 6, 3]], np.float32)
    model = SimpleNamespace(data=image, meta="meta")

    averaged = AveragedReference(model, image.shape, (2, 4))

    assert averaged.data.tolist() == [[3] * 4] * 2
    assert averaged.data.dtype == np.float32
    assert averaged.meta == "meta"


@pytest.mark.parametrize(
    ("images", "shape", "averaged"),
    [
        ((2048, 2048), (2048, 2304), True),
        ((2048, 2304), (2048, 2304), False),
        ((2048, 2048), (128, 128), False),
        ((64, 64), (128, 128), False),
    ],
)
def test_only_a_stack_of_strips_is_given_a_mean(images, shape, averaged):
    assert is_averaged(GAIN.averaged_for_stacks(), images, shape) is averaged
    assert not is_averaged(GAIN, images, shape)
    assert not is_averaged(FLAT, images, shape)
