"""Dark current subtraction, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, HOT, UNRELIABLE_DARK
from snakewebb.steps.dark_current import STEP
from snakewebb.steps.declaration import NotApplicable


def exposure(ngroups=3, nints=1, nframes=1, groupgap=0):
    model = datamodels.RampModel(np.full((nints, ngroups, 2, 3), 1000, np.float32))
    model.meta.exposure.nframes, model.meta.exposure.groupgap = nframes, groupgap
    return model


def dark(nframes=1, groupgap=0, model_class=datamodels.DarkModel, offsets=None):
    """Return a dark of frames 0, 1, 4, 9, … 81, or one for each of several offsets."""
    frames = np.float32(np.arange(10) ** 2)[:, np.newaxis, np.newaxis] * np.ones((2, 3), np.float32)
    if offsets is not None:
        frames = np.stack([frames + np.float32(offset) for offset in offsets])
    model = model_class(frames)
    model.meta.exposure.nframes, model.meta.exposure.groupgap = nframes, groupgap
    model.meta.exposure.ngroups = 10
    model.meta.instrument.name = "NIRCAM"
    return model


def apply(model, reference, **parameters):
    """Apply the step and return the model."""
    run(model, reference, **parameters)
    return model


def run(model, reference, **parameters):
    """Apply the step and return what it returns."""
    values = {"dark_output": None, "average_dark_current": None} | parameters
    return STEP.apply(model, SimpleNamespace(dark=reference), SimpleNamespace(**values))


def subtracted(model):
    return (1000 - model.data[0, :, 0, 0]).tolist()


@pytest.mark.parametrize(
    ("of_exposure", "of_dark", "expected"),
    [
        ((1, 0), (1, 0), [0, 1, 4]),
        ((2, 1), (1, 0), [0.5, 12.5, 42.5]),
        ((8, 2), (8, 2), [0, 1, 4]),
    ],
)
def test_the_dark_is_averaged_like_the_groups_unless_it_already_is(of_exposure, of_dark, expected):
    model = exposure(nframes=of_exposure[0], groupgap=of_exposure[1])
    assert subtracted(apply(model, dark(*of_dark))) == expected


@pytest.mark.parametrize(("of_exposure", "of_dark"), [((1, 0), (2, 0)), ((4, 1), (2, 0))])
def test_a_dark_whose_groups_cannot_be_made_into_those_of_the_exposure_is_not_used(
    of_exposure, of_dark
):
    model = exposure(nframes=of_exposure[0], groupgap=of_exposure[1])
    with pytest.raises(NotApplicable, match="the dark averages 2 frames and drops 0"):
        apply(model, dark(*of_dark))
    assert (model.data == 1000).all()


@pytest.mark.parametrize("name", ["exposure", "dark"])
def test_a_missing_grouping_is_named(name):
    model, reference = exposure(), dark()
    (model if name == "exposure" else reference).meta.exposure.groupgap = None
    with pytest.raises(ValueError, match=f"the {name} does not tell NFRAMES and GROUPGAP"):
        apply(model, reference)


def test_flags_of_the_dark_are_added_to_those_of_the_exposure():
    model, reference = exposure(), dark()
    model.pixeldq[0, 1] = HOT
    reference.dq[0, 1] = UNRELIABLE_DARK | DO_NOT_USE

    apply(model, reference)

    assert model.pixeldq.tolist() == [[0, HOT | UNRELIABLE_DARK | DO_NOT_USE, 0], [0, 0, 0]]
    assert (model.groupdq == 0).all()


def test_a_dark_of_several_integrations_has_one_for_each_and_all_its_flags_count():
    model = exposure(nints=3)
    reference = dark(model_class=datamodels.DarkMIRIModel, offsets=(0, 100))
    reference.dq = np.zeros((2, 1, 2, 3), np.uint32)
    reference.dq[0, 0, 0, 0], reference.dq[1, 0, 0, 0] = DO_NOT_USE, HOT

    apply(model, reference)

    assert (1000 - model.data[:, 1, 0, 0]).tolist() == [1, 101, 101]
    assert model.pixeldq[0, 0] == DO_NOT_USE | HOT


@pytest.mark.parametrize(
    ("start", "expected"),
    [(None, [1, 101, 201]), (1, [1, 101, 201]), (2, [101, 201, 201]), (3, [201] * 3)],
)
def test_in_a_later_part_of_an_exposure_darks_count_from_its_beginning(start, expected):
    model = exposure(nints=3)
    model.meta.exposure.integration_start = start
    reference = dark(model_class=datamodels.DarkMIRIModel, offsets=(0, 100, 200))

    apply(model, reference)

    assert (1000 - model.data[:, 1, 0, 0]).tolist() == expected


def test_a_dark_of_another_shape_is_named():
    reference = dark()
    reference.data = np.zeros((10, 4, 4), np.float32)
    with pytest.raises(ValueError, match=r"dark \(4, 4\) does not fit the image \(2, 3\)"):
        apply(exposure(), reference)


def test_the_mean_dark_current_comes_from_the_parameter_the_image_or_the_keyword():
    reference = dark()
    assert (apply(exposure(), reference).average_dark_current == 0).all()
    reference.meta.exposure.average_dark_current = 0.25
    assert (apply(exposure(), reference).average_dark_current == 0.25).all()
    reference.average_dark_current = np.float32([[1, 2, 3], [4, 5, 6]])
    assert apply(exposure(), reference).average_dark_current.tolist() == [[1, 2, 3], [4, 5, 6]]
    parameter = apply(exposure(), reference, average_dark_current=0.0).average_dark_current
    assert parameter.tolist() == [[0, 0, 0], [0, 0, 0]]
    assert parameter.dtype == np.float32


def test_an_image_of_zeros_leaves_the_mean_dark_current_to_the_keyword():
    reference = dark()
    reference.average_dark_current = np.zeros((2, 3), np.float32)
    reference.meta.exposure.average_dark_current = 0.25
    assert (apply(exposure(), reference).average_dark_current == 0.25).all()


def test_a_mean_dark_current_of_another_shape_is_named():
    reference = dark()
    reference.average_dark_current = np.ones((4, 4), np.float32)
    with pytest.raises(ValueError, match=r"average dark current \(4, 4\) does not fit"):
        apply(exposure(), reference)


def test_the_dark_comes_out_as_it_was_subtracted():
    model, reference = exposure(nframes=2, groupgap=1), dark()
    reference.dq[0, 1] = HOT
    reference.data[9] = np.nan

    extra = run(model, reference, dark_output="averaged.fits")

    averaged = extra.model
    assert extra.name == "averaged.fits"
    assert averaged.data[:, 0, 0].tolist() == [0.5, 12.5, 42.5]
    assert averaged.dq.tolist() == [[0, HOT, 0], [0, 0, 0]]
    assert averaged.meta.exposure.instance == {"nframes": 2, "groupgap": 1, "ngroups": 3}
    assert averaged.meta.instrument.name == "NIRCAM"
    assert subtracted(model) == [0.5, 12.5, 42.5]


def test_the_reference_is_untouched():
    reference = dark()
    reference.data[1, 0, 0] = np.nan

    apply(exposure(nframes=2), reference, dark_output="averaged")

    assert np.isnan(reference.data[1, 0, 0])
    assert reference.meta.exposure.nframes == 1
