"""How many pixels of each group of a ramp are flagged, and by what."""

import numpy as np

from snakewebb.kernels import dq

NAMES = ("JUMP_DET", "SATURATED", "DO_NOT_USE")


def flagged_per_group(groupdq):
    """Return how many pixels bear a flag in each group, in all integrations together.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Data-quality flags of the groups.

    Returns
    -------
    dict
        A list of `ngroups` numbers for each of `NAMES`.
    """
    return {name: counted(groupdq, np.uint8(getattr(dq, name))) for name in NAMES}


def counted(groupdq, bit):
    """Return how many pixels bear a bit in each group; one integration at a time, for memory."""
    total = np.zeros(groupdq.shape[1], np.int64)
    for flags in groupdq:
        total += np.count_nonzero(flags & bit, axis=(1, 2))
    return total.tolist()
