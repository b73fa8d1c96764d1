"""The signal of an exposure before and after calibration, to be laid one upon the other."""

from dataclasses import dataclass

import numpy as np

from snakewebb.kernels import dq

BRIGHTEST = 90
FEWEST = 3  # integrations that make a curve
MOST = 2000  # integrations of a curve; of more, every so many are shown


@dataclass
class Signals:
    """What is compared.

    Parameters
    ----------
    before, after : ndarray or None
        Values of the raw and of the calibrated exposure: of all good pixels, or of the
        integrations. None where there are none to compare.
    integrations : ndarray or None
        Numbers of the integrations, counted from one, if the values are a curve.
    unit : str
        Unit of the values.
    """

    before: np.ndarray | None
    after: np.ndarray
    integrations: np.ndarray | None
    unit: str


def compared(exposure, raw, with_integrations):
    """Return the signals of an exposure.

    Parameters
    ----------
    exposure : Exposure
        The exposure.
    raw : ndarray, shape (nints, ngroups, ny, nx)
        Its raw groups, as the file holds them.
    with_integrations : ndarray, shape (nints, ny, nx), or None
        What was made of each integration.

    Returns
    -------
    Signals
        A light curve of a few integrations or more; else the values of all good pixels.
    """
    good = (exposure.flags & np.uint32(dq.DO_NOT_USE)) == 0
    good &= np.isfinite(exposure.rate)
    same_pixels = raw.shape[-2:] == exposure.rate.shape and raw.shape[1] > 1
    if with_integrations is not None and len(with_integrations) >= FEWEST and good.any():
        comparable = same_pixels and len(raw) == len(with_integrations)
        return curves(exposure, raw if comparable else None, with_integrations, good)
    before = rise(exposure)[good] if same_pixels else None
    return Signals(before, exposure.rate[good], None, exposure.unit)


def curves(exposure, raw, with_integrations, good):
    """Return the mean of the brightest pixels in each integration.

    A pixel that is unknown in one of them counts there as it is in all together.
    """
    source = good & (exposure.rate >= np.percentile(exposure.rate[good], BRIGHTEST))
    usual = exposure.rate[source]
    chosen = np.arange(0, len(with_integrations), -(-len(with_integrations) // MOST))
    images = (with_integrations[i][source] for i in chosen)
    after = [np.where(np.isfinite(image), image, usual).mean(dtype=float) for image in images]
    before = None
    if raw is not None:
        seconds = seconds_of_rise(exposure)
        ends = ((raw[i, 0][source], raw[i, -1][source]) for i in chosen)
        rises = [exposure.in_dn(last) - exposure.in_dn(first) for first, last in ends]
        before = np.array([image.mean(dtype=float) for image in rises]) / seconds
    return Signals(before, np.array(after), chosen + 1, exposure.unit)


def rise(exposure):
    """Return how much the raw signal rises from the first group to the last, as the product does.

    Of count rates in DN/s, by the time between; of a ramp in DN, as it is.
    """
    return (exposure.raw(-1) - exposure.raw(0)) / np.float32(seconds_of_rise(exposure))


def seconds_of_rise(exposure):
    """Return the time from the first group to the last, or 1 if it is not to be divided by."""
    per_group = exposure.header.get("TGROUP")
    if not per_group or not exposure.unit.endswith("/s"):
        return 1
    return per_group * (len(exposure.stored) - 1)
