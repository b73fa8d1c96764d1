"""Flags for the groups in which the reset switches still settle."""

from snakewebb.kernels import rscd as kernel
from snakewebb.kernels.dq import FLUX_ESTIMATED
from snakewebb.steps.declaration import NotApplicable, Step
from snakewebb.steps.readout import first_integration
from snakewebb.steps.reference_types import RSCD

OLDER_TABLE = 1
"""Groups to skip in the first integration where the table has a negative number, or none."""


def apply(model, references, parameters):
    """Flag the first groups, in the first integration of the exposure other ones than later."""
    ngroups = model.groupdq.shape[1]
    if ngroups < kernel.GROUPS_LEFT:
        raise NotApplicable(f"{ngroups} groups are too few to do without any")
    row = row_of_table(references.rscd.rscd_group_skip_table, model.meta)
    wanted = int(row["group_skip1"]), int(row["group_skip"])
    first_of_exposure = first_integration(model.meta.exposure) == 0
    if first_of_exposure:
        flag(model, slice(0, 1), wanted[0] if wanted[0] >= 0 else OLDER_TABLE, "int1")
    if len(model.groupdq) > first_of_exposure:
        flag(model, slice(int(first_of_exposure), None), wanted[1], "int2p")


def row_of_table(table, meta):
    """Return the row of a table that is for the exposure's subarray and readout pattern."""
    wanted = meta.subarray.name, meta.exposure.readpatt
    for row in table:
        if (str(row["subarray"]).strip(), str(row["readpatt"]).strip()) == wanted:
            return row
    raise NotApplicable(f"the rscd reference has no row for {wanted[0]}, {wanted[1]}")


def flag(model, integrations, wanted, name):
    """Flag some integrations, and note in the header how many groups and pixels are concerned."""
    groupdq = model.groupdq[integrations]
    skip = kernel.groups_to_skip(wanted, groupdq.shape[1])
    _, returned = kernel.flag_first_groups(groupdq, skip, out=groupdq)
    shortened = returned > 0
    model.pixeldq[shortened] |= FLUX_ESTIMATED
    notes = {
        "ngroups_skip": skip,
        "keep_bright_firstgroup": int((shortened & (returned == skip)).sum()),
        "keep_groups_saturation": int(shortened.sum()),
    }
    for key, value in notes.items():
        setattr(model.meta.rscd, f"{key}_{name}", value)


STEP = Step(
    name="rscd",
    class_name="RscdStep",
    package="rscd",
    title="Flag the first groups of each integration, while the reset switches settle (MIRI).",
    apply=apply,
    status="rscd",
    kernels=("outputs", "rscd"),
    references=(RSCD,),
)
