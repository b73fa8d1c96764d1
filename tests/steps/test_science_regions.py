"""Regions of exposures that may see spectra, or no sky."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import ImageModel

from snakewebb.demo.detectors import Detector
from snakewebb.demo.reference_contents import traces
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.science_regions import possible_background

NOMINAL = 245.76


def soss(subarray="SUBSTRIP256", first_row=1793, nrows=256, angle=NOMINAL):
    model = ImageModel(data=np.ones((nrows, 2048), np.float32))
    model.meta.instrument.name, model.meta.exposure.type = "NIRISS", "NIS_SOSS"
    model.meta.instrument.pupil_position = angle
    model.meta.subarray.name = subarray
    model.meta.subarray.xstart, model.meta.subarray.ystart = 1, first_row
    return model


@pytest.fixture(scope="module")
def references():
    return SimpleNamespace(pastasoss=model_of(traces(Detector("NIS", "SUBSTRIP256"), ())))


def model_of(found):
    """Return the reference as its data model is read."""
    return SimpleNamespace(
        meta=SimpleNamespace(**found["meta"]),
        traces=[SimpleNamespace(**trace) for trace in found["traces"]],
        wavecal_models=[SimpleNamespace(**each) for each in found["wavecal_models"]],
    )


def test_the_traces_of_all_orders_are_no_background(references):
    background = possible_background(soss(), references)

    for trace in references.pastasoss.traces:
        x, y = np.rint(trace.trace[::100]).astype(int).T
        inside = (y >= 0) & (y < 256)
        assert inside.any()
        assert not background[y[inside], x[inside]].any()
    assert background.mean() > 0.5


@pytest.mark.parametrize(
    ("name", "first_row", "nrows"), [("SUBSTRIP96", 1803, 96), ("FULL", 1, 2048)]
)
def test_traces_are_at_the_same_place_of_the_detector_in_every_subarray(
    name, first_row, nrows, references
):
    angle = NOMINAL + 0.3
    strip = possible_background(soss(angle=angle), references)
    other = possible_background(soss(name, first_row, nrows, angle), references)

    both = range(max(1793, first_row), min(2049, first_row + nrows))
    here, there = (slice(both[0] - first, both[-1] - first + 1) for first in (1793, first_row))
    assert np.array_equal(strip[here], other[there])


def test_traces_turn_with_the_grism(references):
    nominal, turned = (possible_background(soss(angle=NOMINAL + a), references) for a in (0, 0.3))

    lowest = [np.argmin(mask, axis=0) for mask in (nominal, turned)]
    assert np.all(lowest[1][1300:] >= lowest[0][1300:] + 1)
    assert np.all(lowest[1][:900] <= lowest[0][:900] - 1)


@pytest.mark.parametrize(("angle", "reason"), [(None, "keyword PWCPOS"), (250.0, "245.4 to 246.1")])
def test_an_angle_of_the_grism_that_is_unknown_or_beyond_the_reference_is_refused(
    angle, reason, references
):
    with pytest.raises(ValueError, match=reason):
        possible_background(soss(angle=angle), references)


def test_without_a_reference_traces_are_not_known():
    with pytest.raises(NotApplicable, match="where spectra fall"):
        possible_background(soss(), SimpleNamespace(pastasoss=None))


def test_images_have_no_such_regions():
    model = soss()
    model.meta.exposure.type = "NIS_IMAGE"

    assert possible_background(model, SimpleNamespace(pastasoss=None)) is None
