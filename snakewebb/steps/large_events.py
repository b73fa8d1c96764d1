"""Large events of the jump step: snowballs and showers."""

from snakewebb.kernels import showers, snowballs
from snakewebb.steps.declaration import Parameter
from snakewebb.steps.readout import readout

FEWEST_DIFFERENCES = 10
"""Differences between groups of a pixel from which on the median shows what is off it."""


def apply_large_events(model, references, parameters, differences):
    """Flag snowballs and showers where they are asked for.

    Parameters
    ----------
    model : data model
        An exposure in which jumps are flagged; the flags of its groups are changed.
    references, parameters : object
        Those of the jump step.
    differences : int
        Differences between groups of all integrations that are not lost altogether.

    Returns
    -------
    int
        Number of snowballs and showers.
    """
    number = flag_snowballs(model, parameters) if parameters.expand_large_events else 0
    if parameters.find_showers and differences >= FEWEST_DIFFERENCES:
        number += flag_showers(model, references, parameters)
    return number


def flag_snowballs(model, parameters):
    """Flag the surroundings of snowballs and return their number."""
    _, number = snowballs.flag_snowballs(
        model.groupdq,
        readout(model.meta.exposure)["group_time"],
        min_jump_area=parameters.min_jump_area,
        min_sat_area=parameters.min_sat_area,
        expand_factor=parameters.expand_factor,
        sat_required_snowball=parameters.sat_required_snowball,
        min_sat_radius_extend=parameters.min_sat_radius_extend,
        sat_expand=parameters.sat_expand,
        edge_size=parameters.edge_size,
        mask_snowball_core_next_int=parameters.mask_snowball_core_next_int,
        snowball_time_masked_next_int=parameters.snowball_time_masked_next_int,
        max_extended_radius=parameters.max_extended_radius,
        out=model.groupdq,
    )
    return number


def flag_showers(model, references, parameters):
    """Flag showers, found between integrations if they are many, and return their number."""
    times = readout(model.meta.exposure)
    _, number = showers.flag_showers(
        model.data,
        model.groupdq,
        model.pixeldq,
        references.gain.data,
        references.readnoise.data,
        times["group_time"],
        nframes=times["nframes"],
        between_integrations=len(model.data) >= parameters.minimum_sigclip_groups,
        extend_snr_threshold=parameters.extend_snr_threshold,
        extend_min_area=parameters.extend_min_area,
        extend_inner_radius=parameters.extend_inner_radius,
        extend_outer_radius=parameters.extend_outer_radius,
        extend_ellipse_expand_ratio=parameters.extend_ellipse_expand_ratio,
        time_masked_after_shower=parameters.time_masked_after_shower,
        max_shower_amplitude=parameters.max_shower_amplitude,
        max_extended_radius=parameters.max_extended_radius,
        out=model.groupdq,
    )
    return number


PARAMETERS = (
    Parameter(
        "expand_large_events",
        bool,
        False,
        "Flag the surroundings of snowballs, large events with a saturated core.",
    ),
    Parameter(
        "min_sat_area",
        float,
        1.0,
        "Least area of the saturated core of a snowball.",
        "pixels",
        minimum=0,
    ),
    Parameter(
        "min_jump_area",
        float,
        5.0,
        "Least area of the jumps of a snowball.",
        "pixels",
        minimum=0,
    ),
    Parameter(
        "expand_factor",
        float,
        2.0,
        "What the minor axis of a snowball is multiplied with; as much is added to the major one.",
        minimum=0,
    ),
    Parameter(
        "sat_required_snowball",
        bool,
        True,
        "Ask for a saturated core in a snowball, and widen and mask such cores.",
    ),
    Parameter(
        "min_sat_radius_extend",
        float,
        2.5,
        "Minor axis, not radius, above which a saturated core is widened and masked.",
        "pixels",
    ),
    Parameter(
        "sat_expand",
        int,
        2,
        "What is added to the semi-axes of a saturated core.",
        "pixels",
    ),
    Parameter(
        "edge_size",
        int,
        25,
        "Distance from an edge of the image within which snowballs need no saturated core.",
        "pixels",
    ),
    Parameter(
        "mask_snowball_core_next_int",
        bool,
        True,
        "Flag saturated cores in the next integration as jumps.",
    ),
    Parameter(
        "snowball_time_masked_next_int",
        int,
        4000,
        "Time of the next integration in which to do so.",
        "s",
        minimum=0,
    ),
    Parameter(
        "find_showers",
        bool,
        False,
        "Look for showers, large faint events in the mid-infrared detectors.",
    ),
    Parameter(
        "max_shower_amplitude",
        float,
        4.0,
        "Largest change of a pixel's mean signal rate for which it is flagged in a shower.",
        "DN / s",
        minimum=0,
    ),
    Parameter(
        "extend_snr_threshold",
        float,
        1.2,
        "Mean excess around a pixel, in units of the noise, above which it belongs to a shower.",
        minimum=0,
    ),
    Parameter(
        "extend_min_area",
        int,
        90,
        "Least area of a shower.",
        "pixels",
        minimum=0,
    ),
    Parameter(
        "extend_inner_radius",
        float,
        1.0,
        "Inner radius of the ring of pixels whose excess is averaged.",
        "pixels",
        minimum=0,
    ),
    Parameter(
        "extend_outer_radius",
        float,
        2.6,
        "Width of this ring.",
        "pixels",
        minimum=0,
    ),
    Parameter(
        "extend_ellipse_expand_ratio",
        float,
        1.1,
        "What the minor axis of a shower is multiplied with; as much is added to the major one.",
        minimum=0,
    ),
    Parameter(
        "time_masked_after_shower",
        float,
        15.0,
        "Time after a shower in which groups are flagged.",
        "s",
        minimum=0,
    ),
    Parameter(
        "max_extended_radius",
        int,
        200,
        "Largest semi-axis of what is flagged as a snowball, its core, or a shower.",
        "pixels",
        minimum=0,
    ),
)
"""What the jump step can be told about large events."""
