"""Reference files: whether they fit, and how they are cut."""

from types import SimpleNamespace

import numpy as np
import pytest

from snakewebb.run.references import CutReference, window

SUBARRAY = SimpleNamespace(xstart=3, ystart=2)


def test_a_reference_of_the_exposures_shape_is_taken_whole():
    assert window((4, 5), (None, None), (4, 5), SUBARRAY) == (slice(None), slice(None))


def test_a_larger_reference_is_cut_where_the_subarray_lies_on_the_detector():
    assert window((10, 10), (1, 1), (4, 5), SUBARRAY) == (slice(1, 5), slice(2, 7))


def test_the_reference_may_itself_start_elsewhere_on_the_detector():
    assert window((10, 10), (3, 2), (4, 5), SUBARRAY) == (slice(0, 4), slice(0, 5))


def test_references_of_interleaved_frames_have_their_shape_or_that_of_the_detector():
    full = SimpleNamespace(xstart=1, ystart=1)
    for images in ((3200, 2048), (2048, 2048)):
        assert window(images, (1, 1), (3200, 2048), full) == (slice(None), slice(None))
    with pytest.raises(ValueError, match="rows and"):
        window((1024, 2048), (1, 1), (3200, 2048), full)


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
