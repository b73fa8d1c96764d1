"""Superbias subtraction."""

from snakewebb.kernels import superbias as kernel
from snakewebb.steps.declaration import Step
from snakewebb.steps.reference_types import SUPERBIAS


def apply(model, references, parameters):
    """Subtract the bias from all groups, and from the zeroth frame where there is one."""
    superbias = references.superbias
    kernel.subtract_superbias(model.data, superbias.data, out=model.data)
    if model.meta.exposure.zero_frame:
        kernel.subtract_from_zeroframe(model.zeroframe, superbias.data, out=model.zeroframe)
    model.pixeldq[...] |= superbias.dq


STEP = Step(
    name="superbias",
    class_name="SuperBiasStep",
    package="superbias",
    title="Subtract the bias of each pixel from every group.",
    apply=apply,
    status="superbias",
    interleaved=True,
    kernels=("blocks", "superbias"),
    references=(SUPERBIAS,),
)
