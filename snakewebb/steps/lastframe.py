"""Flags for the last group of each integration."""

from snakewebb.kernels import lastframe as kernel
from snakewebb.steps.declaration import NotApplicable, Step


def apply(model, references, parameters):
    """Flag the last groups."""
    ngroups = model.groupdq.shape[1]
    if ngroups < kernel.FEWEST_GROUPS:
        raise NotApplicable(f"{ngroups} groups are too few to do without the last one")
    kernel.flag_last_group(model.groupdq, out=model.groupdq)


STEP = Step(
    name="lastframe",
    class_name="LastFrameStep",
    package="lastframe",
    title="Flag the last group of each integration, which the reset disturbs (MIRI).",
    apply=apply,
    status="lastframe",
    kernels=("lastframe", "outputs"),
    instruments=("MIRI",),
)
