"""Count rates of guide stars, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import GainModel, GuiderCalModel, GuiderRawModel, ReadnoiseModel

from snakewebb.kernels.dq import HOT
from snakewebb.steps.exposure_types import GUIDER_TABLES
from snakewebb.steps.guider_cds import apply

SHAPE = (3, 4)


def exposure(kind, *reads_of_integrations):
    """Return an exposure of a type with the same reads in all pixels."""
    reads = np.array(reads_of_integrations, np.float32)
    model = GuiderRawModel(data=reads[..., np.newaxis, np.newaxis] * np.ones(SHAPE, np.float32))
    model.dq = np.zeros(SHAPE, np.uint32)
    model.dq[1, 2] = HOT
    model.meta.exposure.type = kind
    model.meta.exposure.group_time = 0.5
    model.meta.bunit_data = "DN"
    return model


@pytest.fixture
def references():
    return SimpleNamespace(
        gain=GainModel(data=np.full(SHAPE, 2, np.float32)),
        readnoise=ReadnoiseModel(data=np.full(SHAPE, 3, np.float32)),
    )


@pytest.mark.parametrize("kind", ["FGS_ACQ1", "FGS_ACQ2", "FGS_TRACK"])
def test_acquisition_and_tracking_have_an_image_for_each_integration(kind, references):
    product = apply(exposure(kind, (10, 20), (10, 40)), references, None)

    assert isinstance(product, GuiderCalModel)
    assert product.data[:, 0, 0].tolist() == [20, 60]
    assert product.err[:, 0, 0] == pytest.approx(np.sqrt([72 + 10, 72 + 30]))


@pytest.mark.parametrize("kind", ["FGS_ID-IMAGE", "FGS_ID-STACK"])
def test_stars_are_identified_by_the_smallest_difference_of_all_integrations(kind, references):
    product = apply(exposure(kind, (10, 20), (10, 40), (10, 12)), references, None)

    assert product.data.shape == (1, *SHAPE)
    assert (product.data == 4).all()
    assert product.err == pytest.approx(np.sqrt(72 + 2))
    assert apply(exposure(kind, (10, 20)), references, None).data[0, 0, 0] == 20


def test_fine_guiding_averages_four_groups_at_each_end(references):
    reads = (1, 2, 3, 2, 12, 14, 10, 12)

    product = apply(exposure("FGS_FINEGUIDE", reads), references, None)

    assert (product.data == (12 - 2) / 0.5).all()


@pytest.mark.parametrize(("kind", "given"), [("FGS_FINEGUIDE", 7), ("FGS_ACQ1", 1)])
def test_too_few_groups_are_refused(kind, given, references):
    with pytest.raises(ValueError, match=f"groups are needed, there are {given}"):
        apply(exposure(kind, range(given)), references, None)


def test_flags_are_carried_through_and_the_unit_is_a_rate(references):
    model = exposure("FGS_ACQ1", (10, 20))

    product = apply(model, references, None)

    assert np.array_equal(product.dq, model.dq)
    assert product.meta.bunit_data == "DN/s"
    assert product.meta.exposure.type == "FGS_ACQ1"


def test_what_the_telescope_knew_is_carried_through(references):
    model = exposure("FGS_ACQ1", (10, 20))
    for table in GUIDER_TABLES:
        setattr(model, table, np.zeros(2, model.get_dtype(table)))
    model.pointing_table["jitter"] = 1.5, 2.5
    model.meta.jitter_max = 2.5

    product = apply(model, references, None)

    assert all(len(getattr(product, table)) == 2 for table in GUIDER_TABLES)
    assert product.pointing_table["jitter"].tolist() == [1.5, 2.5]
    assert product.meta.jitter_max == 2.5


@pytest.mark.parametrize("time", [None, 0.0, -1.0])
def test_an_exposure_without_group_time_is_refused(references, time):
    model = exposure("FGS_ACQ1", (10, 20))
    model.meta.exposure.group_time = time

    with pytest.raises(ValueError, match="does not tell TGROUP"):
        apply(model, references, None)
