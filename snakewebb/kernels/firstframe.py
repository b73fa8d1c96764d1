"""Flag the first group of each integration, which follows the reset of the detector too closely.

Reference: JWST pipeline documentation, "First Frame Correction".
"""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE, SATURATED
from snakewebb.kernels.outputs import copied

FEWEST_GROUPS = 4
"""Number of groups from which on a ramp can do without its first one."""


def flag_first_group(groupdq, *, keep_bright=True, out=None):
    """Flag the first group of each integration DO_NOT_USE.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags to add to.
    keep_bright : bool
        Where the third group is flagged SATURATED leave the first one as it is, since only two
        groups are left to tell the slope.
    out : ndarray, optional
        Where the flags go, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        The flags.
    kept : ndarray, shape (ny, nx), bool
        Pixels whose first group was left as it is in some integration.

    Raises
    ------
    ValueError
        If there are fewer than four groups.
    """
    ngroups = groupdq.shape[1]
    if ngroups < FEWEST_GROUPS:
        raise ValueError(f"a ramp of {ngroups} groups cannot do without its first one")
    out = copied(groupdq, out)
    kept = np.zeros(groupdq.shape[-2:], dtype=bool)
    for flags in out:
        bright = (flags[2] & SATURATED) != 0 if keep_bright else False
        flags[0] |= np.where(bright, np.uint8(0), np.uint8(DO_NOT_USE))
        kept |= bright
    return out, kept
