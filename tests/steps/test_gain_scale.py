"""Scaling with the gain, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import CubeModel, GainModel, ImageModel

from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.gain_scale import apply

SHAPES = {ImageModel: (3, 4), CubeModel: (2, 3, 4)}


def rate(model_class, factor=None):
    shape = SHAPES[model_class]
    model = model_class(data=np.full(shape, 10, np.float32))
    model.err = np.full(shape, 2, np.float32)
    model.var_poisson = np.full(shape, 3, np.float32)
    model.var_rnoise = np.full(shape, 1, np.float32)
    model.meta.exposure.gain_factor = factor
    return model


def references(factor=None):
    gain = GainModel(data=np.ones((3, 4), np.float32))
    gain.meta.exposure.gain_factor = factor
    return SimpleNamespace(gain=gain)


@pytest.mark.parametrize("model_class", SHAPES)
def test_rates_and_errors_scale_with_the_factor_and_variances_with_its_square(model_class):
    model = rate(model_class)

    apply(model, references(2), None)

    assert (model.data == 20).all()
    assert (model.err == 4).all()
    assert (model.var_poisson == 12).all()
    assert (model.var_rnoise == 4).all()
    assert model.meta.exposure.gain_factor == 2


@pytest.mark.parametrize("given", [references(2), SimpleNamespace(gain=None)])
def test_the_factor_of_the_exposure_comes_before_that_of_the_reference(given):
    model = rate(ImageModel, factor=3)

    apply(model, given, None)

    assert (model.data == 30).all()
    assert model.meta.exposure.gain_factor == 3


@pytest.mark.parametrize("given", [references(None), SimpleNamespace(gain=None)])
def test_without_a_factor_the_step_does_not_apply(given):
    model = rate(ImageModel)

    with pytest.raises(NotApplicable, match="has a GAINFACT"):
        apply(model, given, None)

    assert (model.data == 10).all()


def test_a_rate_without_variances_is_scaled_too():
    model = ImageModel(data=np.ones((3, 4), np.float32))

    apply(model, references(2), None)

    assert (model.data == 2).all()
    assert model.var_poisson is None
