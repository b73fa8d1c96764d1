"""Count rates of guide stars."""

from collections.abc import Callable
from functools import partial

from snakewebb.kernels import guider_cds as kernel
from snakewebb.steps.declaration import Step
from snakewebb.steps.exposure_types import GUIDER, GUIDER_TABLES, GUIDER_TYPES, normal_type
from snakewebb.steps.readout import group_time
from snakewebb.steps.reference_types import GAIN, READNOISE

FINE_GUIDE_READS = 4


def smallest_difference(ramp):
    """Return the smallest difference of two reads of each pixel in all integrations."""
    return kernel.darkest(kernel.difference_of_reads(ramp))


DIFFERENCES: dict[str, Callable] = dict.fromkeys(GUIDER_TYPES, kernel.difference_of_reads) | {
    "FGS_ID-IMAGE": smallest_difference,
    "FGS_ID-STACK": smallest_difference,
    "FGS_FINEGUIDE": partial(kernel.difference_of_reads, averaged=FINE_GUIDE_READS),
}
"""How each type of exposure makes images of its reads."""


def apply(model, references, parameters):
    """Return the count rates, one image for each integration or, to identify stars, one."""
    exposure = model.meta.exposure
    rate, error = kernel.count_rates(
        DIFFERENCES[normal_type(exposure.type)](model.data),
        references.gain.data,
        references.readnoise.data,
        group_time(exposure),
    )
    return product(model, rate, error)


def product(model, rate, error):
    """Return the model of the count rates."""
    from stdatamodels.jwst.datamodels import GuiderCalModel

    calibrated = GuiderCalModel(data=rate, err=error, dq=model.dq)
    calibrated.update(model)
    for table in GUIDER_TABLES:
        if model.hasattr(table):
            setattr(calibrated, table, getattr(model, table).copy())
    calibrated.meta.bunit_data = "DN/s"
    return calibrated


STEP = Step(
    name="guider_cds",
    class_name="GuiderCdsStep",
    package="guider_cds",
    title="Make count rates of the few reads of a guider.",
    apply=apply,
    status="guider_cds",
    kernels=("guider_cds",),
    references=(GAIN.averaged_for_stacks(), READNOISE.averaged_for_stacks()),
    output="rate",
    exposures=GUIDER,
)
