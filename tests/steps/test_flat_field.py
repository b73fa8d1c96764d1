"""Division by the flat field, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import FlatModel, GuiderCalModel

from snakewebb.kernels.dq import DEAD, DO_NOT_USE, HOT, NO_FLAT_FIELD
from snakewebb.steps.flat_field import apply


def parameters(inverse=False):
    return SimpleNamespace(inverse=inverse, user_supplied_flat=None)


@pytest.fixture
def model():
    model = GuiderCalModel(data=np.full((2, 1, 4), 60, np.float32))
    model.err = np.full((2, 1, 4), 3, np.float32)
    model.dq = np.array([[HOT, 0, 0, 0]], np.uint32)
    return model


@pytest.fixture
def references():
    """A flat that is known in the first two pixels, in the second without an error."""
    flat = FlatModel(data=np.array([[2, 2, np.nan, 5]], np.float32))
    flat.err = np.array([[4 / 15, np.nan, 0, 0]], np.float32)
    flat.dq = np.array([[DEAD, 0, 0, DO_NOT_USE]], np.uint32)
    return SimpleNamespace(flat=flat)


def test_images_are_divided_and_the_error_of_the_flat_is_added_to_theirs(model, references):
    apply(model, references, parameters())

    assert model.data[:, 0, 0].tolist() == [30, 30]
    assert model.err[:, 0, 0] == pytest.approx(np.hypot(3, 30 / 2 * 4 / 15))


def test_pixels_of_unknown_response_are_left_as_they_are(model, references):
    apply(model, references, parameters())

    assert (model.data[:, 0, 2:] == 60).all()
    assert (model.err[:, 0, 2:] == 3).all()


def test_a_response_without_error_leaves_neither_value_nor_error(model, references):
    apply(model, references, parameters())

    assert np.isnan(model.data[:, 0, 1]).all()
    assert np.isnan(model.err[:, 0, 1]).all()


@pytest.mark.parametrize("inverse", [False, True])
def test_flags_of_the_flat_are_added(model, references, inverse):
    apply(model, references, parameters(inverse))

    expected = [HOT | DEAD, 0, NO_FLAT_FIELD | DO_NOT_USE, DO_NOT_USE]
    assert model.dq.tolist() == [expected]


def test_the_inverse_multiplies_images_and_leaves_their_errors(model, references):
    apply(model, references, parameters(inverse=True))

    assert model.data[0, 0].tolist() == [120, 120, 60, 60]
    assert (model.err == 3).all()


def test_the_reference_is_untouched(model, references):
    apply(model, references, parameters())

    assert np.isnan(references.flat.data[0, 2])
    assert references.flat.dq.tolist() == [[DEAD, 0, 0, DO_NOT_USE]]
