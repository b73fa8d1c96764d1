"""Flagging of charge migration."""

from snakewebb.kernels import charge_migration as kernel
from snakewebb.steps.declaration import NotApplicable, Parameter, Step

FEWEST_GROUPS = 3
"""Groups below which none can be spared."""


def apply(model, references, parameters):
    """Flag the groups of bright pixels and their neighbours."""
    ngroups = model.data.shape[1]
    if ngroups < FEWEST_GROUPS:
        raise NotApplicable(f"{ngroups} groups in a ramp are too few, it takes {FEWEST_GROUPS}")
    kernel.flag_charge_migration(
        model.data,
        model.groupdq,
        signal_threshold=parameters.signal_threshold,
        out=model.groupdq,
    )


STEP = Step(
    name="charge_migration",
    class_name="ChargeMigrationStep",
    package="charge_migration",
    title="Flag the groups in which charge spills from bright pixels into their neighbours.",
    apply=apply,
    status="charge_migration",
    kernels=("charge_migration",),
    parameters=(
        Parameter(
            "signal_threshold",
            float,
            25000.0,
            "Signal above which a group is not used to fit the slope.",
            "DN",
        ),
    ),
    skip=True,
)
