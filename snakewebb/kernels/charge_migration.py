"""Find the groups in which charge spills from a bright pixel into its neighbours.

Reference: Goudfrooij et al. (2024), "An Algorithm to Mitigate Charge Migration Effects in Data
from the Near Infrared Imager and Slitless Spectrograph on the James Webb Space Telescope",
PASP 136, 014503, arXiv:2311.16301.
"""

import numpy as np

from snakewebb.kernels.dq import CHARGELOSS, DO_NOT_USE


def flag_charge_migration(ramp, groupdq, *, signal_threshold=25000.0, out=None):
    """Flag the groups of each pixel from the first one on whose signal exceeds a threshold.

    The four neighbours of the pixel are flagged from the same group on, since they gain what it
    loses.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. NaN exceeds nothing.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups. A group whose only flag is DO_NOT_USE exceeds nothing.
    signal_threshold : float
        Signal, in DN, that is still free of charge migration.
    out : ndarray, optional
        Where the result goes, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with CHARGELOSS and DO_NOT_USE in the groups found.

    Raises
    ------
    ValueError
        If the shapes of ramp and flags differ.
    """
    if groupdq.shape != ramp.shape:
        raise ValueError(f"flags {groupdq.shape} do not fit the ramp {ramp.shape}")
    out = np.empty_like(groupdq) if out is None else out
    for signals, before, after in zip(ramp, groupdq, out, strict=True):
        migrating = np.zeros(ramp.shape[-2:], dtype=bool)
        for signal, flags, result in zip(signals, before, after, strict=True):
            exceeding = signal > signal_threshold
            exceeding &= flags != DO_NOT_USE
            migrating |= _with_neighbours(exceeding)
            np.bitwise_or(flags, migrating * np.uint8(CHARGELOSS | DO_NOT_USE), out=result)
    return out


def _with_neighbours(pixels):
    """Return which pixels or neighbours of pixels are true."""
    grown = pixels.copy()
    grown[1:] |= pixels[:-1]
    grown[:-1] |= pixels[1:]
    grown[:, 1:] |= pixels[:, :-1]
    grown[:, :-1] |= pixels[:, 1:]
    return grown
