"""Flag the last group of each integration, which the reset of the neighbouring rows disturbs.

References: JWST pipeline documentation, "Last Frame Correction"; Morrison et al. (2023), PASP 135,
075004, DOI 10.1088/1538-3873/acdea6 (effects of reading and resetting the detectors of MIRI).
"""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE
from snakewebb.kernels.outputs import copied

FEWEST_GROUPS = 3
"""Number of groups from which on a ramp can do without its last one."""


def flag_last_group(groupdq, *, out=None):
    """Flag the last group of each integration DO_NOT_USE.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags to add to.
    out : ndarray, optional
        Where the flags go, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        The flags.

    Raises
    ------
    ValueError
        If there are fewer than three groups.
    """
    ngroups = groupdq.shape[1]
    if ngroups < FEWEST_GROUPS:
        raise ValueError(f"a ramp of {ngroups} groups cannot do without its last one")
    out = copied(groupdq, out)
    out[:, -1] |= np.uint8(DO_NOT_USE)
    return out
