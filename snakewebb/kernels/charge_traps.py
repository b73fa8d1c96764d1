r"""Subtract the charge that traps release, and count the traps that fill.

A detector pixel holds traps that capture charge while the pixel is exposed and release it later:
persistence. Traps of one family fill and empty with the same time constants.

References: Smith et al. (2008), "A theory for image persistence in HgCdTe photodiodes", Proc. SPIE
7021, 70210J; JWST pipeline documentation, "Persistence Correction" (the equations).
"""

from dataclasses import dataclass

import numpy as np

from snakewebb.kernels import dq
from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.ordered_planes import planes_in_order


@dataclass(frozen=True)
class Family:
    """Traps with the same time constants, in numbers per pixel of density 1.

    Attributes
    ----------
    slow : float
        Traps that fill exponentially with time.
    capture_time : float, s
        Their time constant; infinite if they never fill.
    instant : float
        Traps that fill at once.
    decay_time : float, s
        Time constant with which filled traps release charge; infinite if they never do.
    """

    slow: float
    capture_time: float
    instant: float
    decay_time: float


def release(filled, families, seconds):
    r"""Let filled traps release charge for some time.

    .. math:: R = N \, (1 - e^{-t / \tau})

    Parameters
    ----------
    filled : ndarray, shape (nfamilies, ny, nx), float32
        Filled traps :math:`N`. NaN counts as none.
    families : sequence of Family
        The decay times :math:`\tau`.
    seconds : float, s
        The time :math:`t`.

    Returns
    -------
    filled : ndarray, shape (nfamilies, ny, nx), float32
        Traps that are still filled.
    released : ndarray, shape (ny, nx), float64, DN
        Charge released by all families.

    Raises
    ------
    ValueError
        If there is not one plane for each family.
    """
    if len(filled) != len(families):
        raise ValueError(f"{len(filled)} planes of filled traps for {len(families)} trap families")
    left = np.nan_to_num(filled, copy=True, nan=0.0, posinf=np.inf, neginf=-np.inf)
    released = np.zeros(filled.shape[1:], dtype=np.float64)
    _release(left, [_share_released(family, seconds) for family in families], released)
    return left, released


def correct_persistence(
    ramp,
    groupdq,
    filled,
    density,
    full_well,
    families,
    *,
    group_time,
    reset_times,
    out=None,
    persistence=None,
):
    r"""Subtract released charge from every group, and follow the traps through the exposure.

    Charge released since an integration began adds up in its groups; that released during resets
    is lost. At the end of an integration with slope :math:`s`, in full wells per second, each
    family has filled, in a pixel of trap density :math:`d` that rose for a time :math:`t`,

    .. math:: 2 d s^2 \left(\frac{t^2}{2}(a + c)
              + a\tau \left((t + \tau) e^{-t/\tau} - \tau\right)\right)

    traps, where :math:`a`, :math:`c` and :math:`\tau` are its slow and instant traps and its
    capture time. For a further time :math:`T` beyond the full well, the empty ones among the slow
    traps fill by :math:`1 - e^{-T/\tau}`; a pixel beyond it from the first group on has filled
    all its instant traps. A jump of :math:`J` DN at a time :math:`t` before the end fills
    :math:`2 d J (a (1 - e^{-t/\tau}) + c)` more.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Linear signal. Groups that are not finite do not count for the slope.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags. SATURATED groups do not count for the slope, and as many of the largest
        differences as groups have JUMP_DET.
    filled : ndarray, shape (nfamilies, ny, nx), float32
        Filled traps when the exposure starts. NaN counts as none.
    density : ndarray, shape (ny, nx), float32
        Relative density of traps. NaN means that it is not known: the pixel captures nothing.
    full_well : ndarray, shape (ny, nx), float32, DN
        Signal beyond which traps fill as in saturation. NaN, zero or less means that it is not
        known: the pixel captures nothing.
    families : sequence of Family
        One for each plane of `filled`.
    group_time : float, s
        From group to group.
    reset_times : sequence of float, s
        How long the resets before each integration took. Those before the first release nothing.
    out : ndarray, optional
        Where the corrected ramp goes, of the shape of `ramp`; may be `ramp` itself.
    persistence : ndarray, optional
        Where what is subtracted goes, of the shape and type of `ramp`.

    Returns
    -------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Corrected signal.
    filled : ndarray, shape (nfamilies, ny, nx), float32
        Filled traps at the end of the exposure.
    largest : ndarray, shape (ny, nx), float32, DN
        The most that was subtracted from a group of each pixel.

    Raises
    ------
    ValueError
        If shapes disagree, or there is not one plane for each family.
    """
    _check(ramp, groupdq, filled, density, full_well, families, reset_times)
    out = np.empty_like(ramp) if out is None else out
    filled = np.nan_to_num(filled, copy=True, nan=0.0, posinf=np.inf, neginf=-np.inf)
    largest = np.zeros(ramp.shape[-2:], dtype=np.float32)
    known = np.isfinite(density) & (full_well > 0)
    density = np.where(known, density, np.float32(0))
    full_well = np.where(known, full_well, np.float32(np.inf))
    for rows in row_blocks(*density.shape):
        traps = _Traps(filled[:, rows], density[rows], full_well[rows], families, group_time)
        for i, reset_time in enumerate(reset_times):
            groups, flags = ramp[i, :, rows], groupdq[i, :, rows]
            slope = _slope(groups, flags)
            traps.release(reset_time if i else 0.0)
            noted = None if persistence is None else persistence[i, :, rows]
            charge = traps.subtract(groups, out[i, :, rows], noted)
            np.maximum(largest[rows], charge, out=largest[rows], casting="same_kind")
            traps.capture(out[i, :, rows], flags, slope, reset_time)
    return out, filled, largest


def _check(ramp, groupdq, filled, density, full_well, families, reset_times):
    """Raise ValueError if shapes disagree."""
    image = ramp.shape[-2:]
    if groupdq.shape != ramp.shape:
        raise ValueError(f"groupdq {groupdq.shape} does not fit the ramp {ramp.shape}")
    for name, array in (("trap density", density), ("full well", full_well)):
        if array.shape != image:
            raise ValueError(f"{name} {array.shape} does not fit the image {image}")
    if filled.shape != (len(families), *image):
        raise ValueError(
            f"filled traps {filled.shape} do not fit {len(families)} trap families "
            f"and the image {image}"
        )
    if len(reset_times) != len(ramp):
        raise ValueError(f"{len(reset_times)} reset times for {len(ramp)} integrations")


class _Traps:
    """The traps of some rows of the image; `filled` is changed in place."""

    def __init__(self, filled, density, full_well, families, group_time):
        self.filled = filled
        self.density = density
        self.full_well = full_well
        self.families = families
        self.group_time = group_time

    def release(self, seconds):
        """Let traps release charge that is lost."""
        if seconds:
            shares = [_share_released(family, seconds) for family in self.families]
            _release(self.filled, shares, np.zeros(self.density.shape))

    def subtract(self, groups, out, noted):
        """Subtract released charge from the groups of an integration; return the last."""
        shares = [_share_released(family, self.group_time) for family in self.families]
        charge = np.zeros(self.density.shape)
        for j, group in enumerate(groups):
            _release(self.filled, shares, charge)
            np.subtract(group, charge, out=out[j], casting="same_kind")
            if noted is not None:
                noted[j] = charge
        return charge

    def capture(self, groups, flags, slope, reset_time):
        """Add the traps that fill in an integration, by its corrected groups."""
        beyond = np.zeros(slope.shape, dtype=np.intp)
        for group in groups:
            beyond += group > self.full_well
        rise = slope / (self.full_well * np.float32(self.group_time))
        squared = 2 * self.density * rise**2
        rising = reset_time + (len(groups) - np.arange(len(groups) + 1)) * self.group_time
        first, saturated = groups[0] > self.full_well, beyond > 0
        jumps = list(self._jumps(groups, flags, slope))
        for family, filled in zip(self.families, self.filled, strict=True):
            captured = squared * _rising_share(family, rising)[beyond]
            if saturated.any():
                captured[first] = self.density[first].astype(np.float64) * family.instant
                captured[saturated] += self._beyond(family, captured, beyond, saturated)
            for where, height, seconds in jumps:
                slow = family.slow * _share_filled(family, seconds)
                captured[where] += 2 * height * (slow + family.instant)
            np.add(filled, captured, out=filled, casting="same_kind")

    def _beyond(self, family, captured, beyond, saturated):
        """Return the traps that fill while some pixels are beyond their full well."""
        density = self.density[saturated].astype(np.float64)
        slow = captured[saturated] - density * family.instant
        seconds = np.arange(beyond.max() + 1) * self.group_time
        shares = _share_filled(family, seconds)
        return (density * family.slow - slow) * shares[beyond[saturated]]

    def _jumps(self, groups, flags, slope):
        """Yield, for each group with jumps: where, density times height, and time to the end."""
        for j in range(1, len(groups)):
            where = (flags[j] & dq.JUMP_DET) != 0
            if where.any():
                height = groups[j][where] - groups[j - 1][where] - slope[where]
                seconds = (len(groups) - j - 0.5) * self.group_time
                yield where, self.density[where] * np.fmax(height, 0), seconds


def _share_released(family, seconds):
    """Return the share of filled traps that release charge in some time."""
    return np.float32(1 - np.exp(-seconds / family.decay_time))


def _share_filled(family, seconds):
    """Return the share of empty slow traps that fill in some time."""
    return 1 - np.exp(-seconds / family.capture_time)


def _rising_share(family, seconds):
    """Return the traps that fill in a ramp that rises by one full well per second, halved."""
    rate = seconds**2 * (family.slow + family.instant) / 2
    time = family.capture_time
    if np.isinf(time):
        return seconds**2 * family.instant / 2
    exponential = (seconds * time + time**2) * np.exp(-seconds / time)
    return rate + family.slow * exponential - family.slow * time**2


def _release(filled, shares, charge):
    """Take a share of each family from filled traps, and add it to the charge."""
    for traps, share in zip(filled, shares, strict=True):
        released = traps * share
        traps -= released
        charge += released


def _slope(groups, flags):
    """Return the mean difference of groups in DN, without the largest for each jump."""
    if len(groups) == 1:
        return np.where(np.isfinite(groups[0]), groups[0], np.float32(0))
    count = np.full(groups.shape[1:], len(groups) - 1)
    count -= np.count_nonzero(flags & dq.JUMP_DET, axis=0)
    with np.errstate(invalid="ignore"):
        differences = groups[1:] - groups[:-1]
    for difference, flag in zip(differences, flags[1:], strict=True):
        unusable = ((flag & dq.SATURATED) != 0) | ~np.isfinite(difference)
        difference[unusable] = np.inf
        count -= unusable
    total = np.zeros(groups.shape[1:], dtype=np.float32)
    ordered = planes_in_order(differences, range(len(differences)))
    for place, plane in enumerate(ordered):
        np.add(total, plane, out=total, where=place < count)
    return np.divide(total, count.astype(np.float32), out=np.zeros_like(total), where=count > 0)
