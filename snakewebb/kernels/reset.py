"""Subtract the offset that the reset of the detector leaves in the first groups.

References: JWST pipeline documentation, "Reset Correction"; Morrison et al. (2023), PASP 135,
075004, DOI 10.1088/1538-3873/acdea6.
"""

import numpy as np

from snakewebb.kernels.blocks import each, row_blocks
from snakewebb.kernels.integrations import served


def subtract_reset_anomaly(ramp, anomaly, *, first=0, out=None):
    """Subtract the reset anomaly, which differs between the first integrations.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. NaN stays NaN.
    anomaly : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Offset in the first groups of the first integrations; zero in all later groups, and that
        of the last integration in all later integrations. NaN counts as zero.
    first : int
        Place of the first integration of the ramp in its exposure, counted from zero.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Ramp without reset anomaly.

    Raises
    ------
    ValueError
        If the image shapes differ.
    """
    if anomaly.shape[-2:] != ramp.shape[-2:]:
        raise ValueError(f"reset {anomaly.shape[-2:]} does not fit the image {ramp.shape[-2:]}")
    out = np.empty_like(ramp) if out is None else out
    affected = min(ramp.shape[1], anomaly.shape[1])
    if out is not ramp:
        out[:, affected:] = ramp[:, affected:]
    shares = list(served(anomaly, len(ramp), first=first))

    def subtract(rows):
        for offsets, integrations in shares:
            for group in range(affected):
                part = np.s_[integrations, group, rows]
                np.subtract(ramp[part], _zero_for_nan(offsets[group, rows]), out=out[part])

    each(subtract, row_blocks(*ramp.shape[-2:]))
    return out


def _zero_for_nan(image):
    """Return an image with zero where it is not known."""
    unknown = np.isnan(image)
    return np.where(unknown, np.float32(0), image) if unknown.any() else image
