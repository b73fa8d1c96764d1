"""Detection of jumps in ramps, as cosmic rays cause them."""

import numpy as np

from snakewebb.kernels import jump as kernel
from snakewebb.kernels.dq import DO_NOT_USE, NO_GAIN_VALUE
from snakewebb.steps.cores import MAXIMUM_CORES
from snakewebb.steps.declaration import NotApplicable, Parameter, Step
from snakewebb.steps.large_events import PARAMETERS as LARGE_EVENTS
from snakewebb.steps.large_events import apply_large_events
from snakewebb.steps.readout import readout
from snakewebb.steps.reference_types import GAIN, READNOISE

FEWEST_GROUPS = 3
"""Groups that an integration needs for a difference to be told from another."""

PIXELS_PER_JUMP_RATE = 1e3
"""Pixels that the rate of jumps in the header refers to."""

PIXELS_PER_EVENT_RATE = 1e6
"""Pixels that the rate of large events in the header refers to."""


def apply(model, references, parameters):
    """Flag the groups with jumps and those they spoil, and the pixels of unknown gain."""
    _, ngroups, ny, nx = model.data.shape
    if ngroups < FEWEST_GROUPS:
        raise NotApplicable(
            f"{ngroups} groups are too few to tell a jump, it takes {FEWEST_GROUPS}"
        )
    exposure, flags = model.meta.exposure, model.groupdq
    group_time = readout(exposure)["group_time"]
    usable = kernel.usable_groups(kernel.clear_unusable(flags, out=flags))
    differences = kernel.usable_differences(flags)
    pixel_seconds = ny * nx * differences * group_time
    sought = clips(usable, parameters) or usable.min() >= parameters.minimum_groups
    if sought:
        flag_jumps(model, references, parameters, usable)
    jumps = kernel.count_jumps(flags)
    if sought:
        flag_surroundings(model, references, parameters)
    events = apply_large_events(model, references, parameters, differences)
    exposure.primary_cosmic_rays = rate(jumps, pixel_seconds / PIXELS_PER_JUMP_RATE)
    exposure.extended_emission_events = rate(events, pixel_seconds / PIXELS_PER_EVENT_RATE)
    unknown = kernel.unusable_gain(references.gain.data)
    model.pixeldq[unknown] |= np.uint32(NO_GAIN_VALUE | DO_NOT_USE)


def rate(count, exposed):
    """Return a count per exposed time and area, zero if there was none."""
    return count / exposed if exposed > 0 else 0.0


def flag_jumps(model, references, parameters, usable):
    """Flag jumps by the method that the number of integrations and usable groups calls for.

    Unless jumps are clipped, the integration with the fewest usable groups decides for all.
    """
    flags = model.groupdq
    common = {"rejection_threshold": parameters.rejection_threshold, "out": flags}
    if clips(usable, parameters):
        kernel.find_jumps_by_clipping(
            model.data,
            flags,
            references.gain.data,
            between_integrations=parameters.only_use_ints,
            **common,
        )
    else:
        kernel.find_jumps(
            model.data,
            flags,
            references.gain.data,
            references.readnoise.data,
            nframes=model.meta.exposure.nframes,
            three_group_rejection_threshold=parameters.three_group_rejection_threshold,
            four_group_rejection_threshold=parameters.four_group_rejection_threshold,
            at_once=usable.min() - 1 >= parameters.min_diffs_single_pass,
            **common,
        )


def clips(usable, parameters):
    """Return whether there are enough integrations, or else groups, for sigma clipping."""
    number = len(usable) if parameters.only_use_ints else usable.sum()
    return number >= parameters.minimum_sigclip_groups


def flag_surroundings(model, references, parameters):
    """Flag the neighbours that jumps touch, and the groups that follow large ones."""
    flags, exposure = model.groupdq, model.meta.exposure
    if parameters.flag_4_neighbors:
        kernel.flag_neighbours(
            model.data,
            flags,
            references.gain.data,
            references.readnoise.data,
            nframes=exposure.nframes,
            minimum=parameters.min_jump_to_flag_neighbors,
            maximum=parameters.max_jump_to_flag_neighbors,
            out=flags,
        )
    follow = (
        (parameters.after_jump_flag_dn1, parameters.after_jump_flag_time1),
        (parameters.after_jump_flag_dn2, parameters.after_jump_flag_time2),
    )
    kernel.flag_after_jumps(
        model.data,
        flags,
        references.gain.data,
        [(least, int(time // exposure.group_time)) for least, time in follow],
        out=flags,
    )


STEP = Step(
    name="jump",
    class_name="JumpStep",
    package="jump",
    title="Flag the groups in which a cosmic ray made the signal jump.",
    apply=apply,
    status="jump",
    kernels=(
        "blocks",
        "jump",
        "ordered_planes",
        "outliers",
        "outputs",
        "plane_median",
        "regions",
        "showers",
        "snowballs",
    ),
    parameters=(
        Parameter(
            "rejection_threshold",
            float,
            4.0,
            "Distance from the median at which a difference between groups is a jump.",
            "standard deviations",
            minimum=0,
        ),
        Parameter(
            "three_group_rejection_threshold",
            float,
            6.0,
            "The same where a pixel has only two differences.",
            "standard deviations",
            minimum=0,
        ),
        Parameter(
            "four_group_rejection_threshold",
            float,
            5.0,
            "The same where a pixel has only three differences.",
            "standard deviations",
            minimum=0,
        ),
        MAXIMUM_CORES,
        Parameter("flag_4_neighbors", bool, True, "Flag the four neighbours of jumps, too."),
        Parameter(
            "max_jump_to_flag_neighbors",
            float,
            1000.0,
            "Size from which on a jump is left to be found in the neighbours themselves.",
            "standard deviations",
            minimum=0,
        ),
        Parameter(
            "min_jump_to_flag_neighbors",
            float,
            10.0,
            "Size up to which a jump does not affect its neighbours.",
            "standard deviations",
            minimum=0,
        ),
        Parameter(
            "after_jump_flag_dn1",
            float,
            0.0,
            "Size from which on a jump spoils the groups that follow.",
            "DN",
            minimum=0,
        ),
        Parameter(
            "after_jump_flag_time1",
            float,
            0.0,
            "Time after such a jump in which groups are flagged.",
            "s",
            minimum=0,
        ),
        Parameter(
            "after_jump_flag_dn2",
            float,
            0.0,
            "A second size from which on a jump spoils the groups that follow.",
            "DN",
            minimum=0,
        ),
        Parameter(
            "after_jump_flag_time2",
            float,
            0.0,
            "Time after a jump of the second size in which groups are flagged.",
            "s",
            minimum=0,
        ),
        Parameter(
            "min_diffs_single_pass",
            int,
            10,
            "Number of differences from which on all jumps of a pixel are flagged at once.",
            minimum=0,
        ),
        Parameter(
            "minimum_groups",
            int,
            3,
            "Usable groups that it takes to look for jumps by their difference from the median.",
            minimum=0,
        ),
        Parameter(
            "minimum_sigclip_groups",
            int,
            100,
            "Number of integrations, or of groups in all, from which on to use sigma clipping.",
            minimum=0,
        ),
        Parameter(
            "only_use_ints",
            bool,
            True,
            "Clip between integrations, and only if there are many, instead of all groups at once.",
        ),
        *LARGE_EVENTS,
    ),
    references=(GAIN, READNOISE),
)
