"""Flag the first groups of each integration, while the reset switches still settle.

The transistors that reset the pixels of MIRI do not switch off at once: their charge decays
exponentially and bends the first part of each ramp. A bright pixel that saturates soon after gets
some of these groups back, lest nothing be left to fit.

References: JWST pipeline documentation, "Reset Switch Charge Decay (RSCD) Correction"; Morrison et
al. (2023), PASP 135, 075004, DOI 10.1088/1538-3873/acdea6.
"""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE, SATURATED
from snakewebb.kernels.outputs import copied

GROUPS_LEFT = 3
"""Number of groups that are never flagged."""

SHORT_RAMP = 5
"""Number of groups up to which only one is flagged."""


def groups_to_skip(wanted, ngroups):
    """Return how many groups of a ramp are flagged.

    Parameters
    ----------
    wanted : int
        Number of groups that the decay spoils.
    ngroups : int
        Number of groups of the ramp.

    Returns
    -------
    int
        As many as wanted, or one in ramps of five groups or less, but leaving three groups.

    Raises
    ------
    ValueError
        If the ramp has fewer than three groups.
    """
    if ngroups < GROUPS_LEFT:
        raise ValueError(f"a ramp of {ngroups} groups cannot do without any")
    return min(1 if ngroups <= SHORT_RAMP else max(wanted, 0), ngroups - GROUPS_LEFT)


def flag_first_groups(groupdq, skip, *, out=None):
    r"""Flag the first groups of each integration DO_NOT_USE, fewer where a pixel saturates soon.

    With :math:`n` groups to skip, and :math:`s_i = 1` in groups that are SATURATED, counted from
    i = 0, the number flagged is

    .. math:: n - (1 - s_0) \sum_{i=1}^{n+1} s_i

    or none if that is negative: a pixel that was not full from the start keeps the last two
    groups before its saturation.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags to add to.
    skip : int
        Number :math:`n` of groups to flag.
    out : ndarray, optional
        Where the flags go, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        The flags.
    returned : ndarray, shape (ny, nx), int
        Largest number of groups that a pixel got back in an integration; `skip` where it kept
        even its first group.

    Raises
    ------
    ValueError
        If there are not two groups more than are to be flagged.
    """
    if not 0 <= skip <= groupdq.shape[1] - 2:
        raise ValueError(f"{skip} of {groupdq.shape[1]} groups cannot be skipped")
    out = copied(groupdq, out)
    largest = np.zeros(groupdq.shape[-2:], dtype=np.min_scalar_type(skip + 1))
    for flags in out:
        returned = _groups_returned(flags, skip, largest.dtype)
        for group in range(skip):
            flags[group] |= (returned < skip - group) * np.uint8(DO_NOT_USE)
        np.maximum(largest, returned, out=largest)
    return out, largest


def _groups_returned(flags, skip, dtype):
    """Return how many of the groups to skip each pixel gets back in one integration."""
    count = np.zeros(flags.shape[-2:], dtype=dtype)
    for group in flags[1 : skip + 2]:
        count += (group & SATURATED) != 0
    count[(flags[0] & SATURATED) != 0] = 0
    return np.minimum(count, skip, out=count)
