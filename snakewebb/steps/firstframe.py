"""Flags for the first group of each integration."""

from snakewebb.kernels import firstframe as kernel
from snakewebb.kernels.dq import FLUX_ESTIMATED
from snakewebb.steps.declaration import NotApplicable, Parameter, Step


def apply(model, references, parameters):
    """Flag the first groups, and mark the pixels that keep theirs."""
    ngroups = model.groupdq.shape[1]
    if ngroups < kernel.FEWEST_GROUPS:
        raise NotApplicable(f"{ngroups} groups are too few to do without the first one")
    _, kept = kernel.flag_first_group(
        model.groupdq, keep_bright=parameters.bright_use_group1, out=model.groupdq
    )
    model.pixeldq[kept] |= FLUX_ESTIMATED


STEP = Step(
    name="firstframe",
    class_name="FirstFrameStep",
    package="firstframe",
    title="Flag the first group of each integration, which the reset disturbs (MIRI).",
    apply=apply,
    status="firstframe",
    kernels=("firstframe", "outputs"),
    parameters=(
        Parameter(
            "bright_use_group1",
            bool,
            True,
            "Use the first group of pixels that are saturated in the third.",
        ),
    ),
    skip=True,
    instruments=("MIRI",),
)
