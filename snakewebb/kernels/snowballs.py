"""Flag snowballs: large cosmic-ray events with a saturated core and a faint halo.

A halo reaches farther than the pixels in which its jump is found, and charge spreads from a
saturated core into its neighbours, so both are flagged farther out. The core leaves an afterglow
in the next integration.

References: Regan (2024), "Detection and Flagging of Showers and Snowballs in JWST", Technical
Report JWST-STScI-008545; JWST pipeline documentation, "Jump Detection".
"""

import numpy as np

from snakewebb.kernels.dq import JUMP_DET, SATURATED
from snakewebb.kernels.outputs import copied
from snakewebb.kernels.regions import Regions


def flag_snowballs(
    groupdq,
    group_time,
    *,
    min_jump_area=5.0,
    min_sat_area=1.0,
    expand_factor=2.0,
    sat_required_snowball=True,
    min_sat_radius_extend=2.5,
    sat_expand=2,
    edge_size=25,
    mask_snowball_core_next_int=True,
    snowball_time_masked_next_int=4000,
    max_extended_radius=200,
    out=None,
):
    """Flag what surrounds the jumps and the saturated cores of snowballs.

    A snowball is a region of connected pixels that jump in the same group. Its ellipse has the
    region's second moments; the minor axis is multiplied, as much is added to the major one, and
    all pixels inside are flagged in this group. A core is a region of pixels that saturate in the
    same group, by a snowball or by a star; the first group has none. Large ones are widened, in
    this and all later groups. Areas are numbers of pixels, holes included.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups, with JUMP_DET in the group after each jump, and SATURATED.
    group_time : float, s
        Time from one group to the next.
    min_jump_area, min_sat_area : float, pixels
        Least area of the jumps of a snowball and of a core.
    expand_factor : float
        What the minor axis of a snowball is multiplied with.
    sat_required_snowball : bool
        Whether the ellipse of the jumps must hold the centre of a core, of the same or the next
        group. Otherwise cores are neither asked for, nor widened, nor masked afterwards.
    min_sat_radius_extend : float, pixels
        Minor axis above which a core is large.
    sat_expand : float, pixels
        What is added to the semi-axes of large cores.
    edge_size : float, pixels
        Distance from the first or the end of the last row or column within which snowballs need
        no core, since it may lie outside.
    mask_snowball_core_next_int : bool
        Whether to flag large cores, not widened, as jumps in the next integration.
    snowball_time_masked_next_int : float, s
        Until when to do so, counted from the start of the integration.
    max_extended_radius : int, pixels
        Largest semi-axis of a widened snowball or core.
    out : ndarray, optional
        Where the flags go, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    flags : ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET added in snowballs where a group is not saturated, and in the
        next integration; and with SATURATED in the place of JUMP_DET around cores. Other flags
        stay.
    number : int
        Number of snowballs.
    """
    out = copied(groupdq, out)
    masks = sat_required_snowball and mask_snowball_core_next_int
    masked_groups = int(snowball_time_masked_next_int / group_time) if masks else 0
    number, afterglow = 0, []

    def new_cores(flags):
        return _new_cores(flags, min_sat_area) if sat_required_snowball else []

    for flags in out:
        cores, large_cores = new_cores(flags[:2]), []
        for group in range(1, len(flags)):
            jumps = Regions((flags[group] & JUMP_DET) != 0)
            large = [core for core in cores if core.minor > min_sat_radius_extend]
            _saturate(flags[group:], large, sat_expand, max_extended_radius)
            next_cores = new_cores(flags[group : group + 2])
            near = cores + next_cores if sat_required_snowball else None
            snowballs = _snowballs(jumps, min_jump_area, near, flags.shape[1:], edge_size)
            wide = [snowball.expanded(expand_factor) for snowball in snowballs]
            _flag_jumps(flags[group], wide, max_extended_radius)
            number, cores, large_cores = number + len(wide), next_cores, large_cores + large
        _add_afterglow(flags[1:masked_groups], afterglow)
        afterglow = large_cores
    return out, number


def _new_cores(flags, area):
    """Return the regions of a least area that saturate in the second of two groups."""
    if len(flags) < 2:
        return []
    cores = Regions((flags[1] & ~flags[0] & SATURATED) != 0)
    return [cores.ellipse(index) for index in cores.at_least(area)]


def _snowballs(jumps, area, cores, shape, edge):
    """Return the jumps of a least area that are at the edge or hold a core, or all if None."""
    if cores is None:
        return [jumps.ellipse(index) for index in jumps.at_least(area)]
    centres = np.array([(core.row, core.column) for core in cores]).reshape(-1, 2)
    possible = _may_hold(jumps, centres)
    possible |= ((jumps.low < edge) | (jumps.high > np.subtract(shape, edge))).any(axis=1)
    ellipses = [jumps.ellipse(index) for index in jumps.at_least(area, among=possible)]
    return [
        ellipse
        for ellipse in ellipses
        if _at_edge(ellipse, shape, edge) or ellipse.holds(*centres.T).any()
    ]


def _may_hold(regions, centres):
    """Return for which regions a core's centre is so near that their ellipse might hold it."""
    near = np.zeros(len(regions), dtype=bool)
    reach = np.hypot(*(regions.high - regions.low).T)[:, np.newaxis]
    low, high = regions.low - reach, regions.high + reach
    for centre in centres:
        near |= ((low <= centre) & (high >= centre)).all(axis=1)
    return near


def _at_edge(ellipse, shape, edge):
    """Return whether the centre of an ellipse lies near an edge of the image."""
    centre = (ellipse.row, ellipse.column)
    return any(
        place < edge or place > length - edge for place, length in zip(centre, shape, strict=True)
    )


def _saturate(flags, cores, added, limit):
    """Flag widened cores as saturated in all groups, instead of as jumps."""
    for core in cores:
        (rows, columns), inside = core.covers(flags.shape[1:], added=added, limit=limit)
        block = flags[:, rows, columns]
        block[:, inside] = block[:, inside] & (0xFF ^ JUMP_DET) | SATURATED


def _flag_jumps(flags, snowballs, limit):
    """Flag the pixels in snowballs as jumps where they are not saturated."""
    for snowball in snowballs:
        part, inside = snowball.covers(flags.shape, limit=limit)
        block = flags[part]
        block[inside & ((block & SATURATED) == 0)] |= JUMP_DET


def _add_afterglow(flags, cores):
    """Flag cores as jumps in all groups."""
    for core in cores:
        (rows, columns), inside = core.covers(flags.shape[1:])
        flags[:, rows, columns] |= inside * np.uint8(JUMP_DET)
