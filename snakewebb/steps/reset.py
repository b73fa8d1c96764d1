"""Subtraction of the reset anomaly."""

from snakewebb.kernels import reset as kernel
from snakewebb.steps.declaration import Step
from snakewebb.steps.readout import first_integration
from snakewebb.steps.reference_types import RESET


def apply(model, references, parameters):
    """Subtract the offsets of the first groups."""
    reset = references.reset
    first = first_integration(model.meta.exposure)
    kernel.subtract_reset_anomaly(model.data, reset.data, first=first, out=model.data)
    model.pixeldq[...] |= reset.dq


STEP = Step(
    name="reset",
    class_name="ResetStep",
    package="reset",
    title="Subtract the offsets that the reset leaves in the first groups (MIRI).",
    apply=apply,
    status="reset",
    kernels=("blocks", "integrations", "reset"),
    references=(RESET,),
)
