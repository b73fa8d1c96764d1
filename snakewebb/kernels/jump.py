"""Find the groups in which the signal of a pixel jumped, as where a cosmic ray hit it.

A jump is a difference between two adjacent groups that lies too far from the median difference of
its pixel, compared with the noise of the read-out and of the photons. In exposures of very many
integrations it is one that sigma clipping rejects, without a model of the noise.

References: Anderson & Gordon (2011), "Optimal Cosmic-Ray Detection for Nondestructive Read Ramps",
PASP 123, 1237, DOI 10.1086/662593; JWST pipeline documentation, "Jump Detection".
"""

import numpy as np

from snakewebb.kernels.blocks import each, row_blocks
from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.ordered_planes import NETWORK_LIMIT, ordered_planes
from snakewebb.kernels.outliers import (
    medians,
    noise,
    outliers_at_once,
    outliers_by_clipping,
    outliers_one_by_one,
)
from snakewebb.kernels.outputs import copied

UNUSABLE = DO_NOT_USE | SATURATED
"""Flags of a group that takes no part."""

CLEARLY = 1 - 1e-5
"""Part of the threshold below which single precision tells that a difference is no jump."""

BLOCK = 2**19
"""Samples to work on at once, so that they stay in the cache."""

LEAST_PIXELS = 2**10
"""Pixels below which a block is too small a part of each frame to be fetched by itself."""


def unusable_gain(gain):
    """Return where the gain is not a positive number.

    Parameters
    ----------
    gain : ndarray, shape (ny, nx), float32, electrons / DN

    Returns
    -------
    ndarray, shape (ny, nx), bool
    """
    return ~(gain > 0)


def usable_groups(groupdq):
    """Return how many groups of each integration are usable in at least one pixel.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups; only DO_NOT_USE counts here.

    Returns
    -------
    ndarray, shape (nints,), int
    """
    usable = np.full(len(groupdq), groupdq.shape[1])
    first_row_is_lost = ((groupdq[:, :, 0] & DO_NOT_USE) != 0).all(axis=-1)
    for integration, group in np.argwhere(first_row_is_lost):
        usable[integration] -= ((groupdq[integration, group] & DO_NOT_USE) != 0).all()
    return usable


def usable_differences(groupdq):
    """Return how many differences between usable groups all integrations have together.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups; only DO_NOT_USE counts here. A group is usable in an integration if it is
        in at least one pixel.

    Returns
    -------
    int
    """
    lost = ((groupdq[:, :, :1] & DO_NOT_USE) != 0).all(axis=(2, 3))
    for plane in map(tuple, np.argwhere(lost)):
        lost[plane] = ((groupdq[plane] & DO_NOT_USE) != 0).all()
    return int(np.maximum((~lost).sum(axis=1) - 1, 0).sum())


def clear_unusable(groupdq, *, out=None):
    """Take the flag JUMP_DET from groups that are saturated or not to be used.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups.
    out : ndarray, optional
        Where the result goes, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
    """
    out = copied(groupdq, out)
    for rows in _blocks(groupdq):
        flags = out[..., rows, :]
        if _pixels_with_jumps(flags).size:
            flags[(flags & UNUSABLE) != 0] &= np.uint8(0xFF ^ JUMP_DET)
    return out


def count_jumps(groupdq):
    """Return the number of groups with the flag JUMP_DET.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups.

    Returns
    -------
    int
    """
    return sum(np.count_nonzero(frame & JUMP_DET) for ramp in groupdq for frame in ramp)


def find_jumps(
    ramp,
    groupdq,
    gain,
    read_noise,
    *,
    nframes=1,
    rejection_threshold=4.0,
    three_group_rejection_threshold=6.0,
    four_group_rejection_threshold=5.0,
    at_once=False,
    out=None,
):
    r"""Flag the differences that lie too far from the median difference of their pixel.

    With :math:`d` the differences in electrons between adjacent usable groups of a pixel, of all
    integrations together, :math:`m` their median and :math:`R` the read noise, a jump has

    .. math:: \left| d - m \right| > t \, \sqrt{|m| + R^2 / n_\mathrm{frames}}

    `at_once` does this once for all differences. Otherwise jumps are found one by one: :math:`|d|`
    takes the place of :math:`d`; the median leaves out the largest value, among three values it
    does not, and of two values it is the smaller; only the value that lies farthest from it is a
    jump, and is left out when the search begins anew, until none is found or one value is left.
    Equal values share their fate.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. A group that is NaN takes no part.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups. A group with SATURATED or DO_NOT_USE takes no part and is never flagged.
    gain : ndarray, shape (ny, nx), float32, electrons / DN
        Gain. Pixels where it is zero or NaN have no jumps.
    read_noise : ndarray, shape (ny, nx), float32, DN
        Noise of the difference of two frames. Pixels where it is NaN have no jumps.
    nframes : int
        Frames averaged in a group.
    rejection_threshold : float
        Threshold :math:`t` in standard deviations.
    three_group_rejection_threshold, four_group_rejection_threshold : float
        Threshold while a pixel has two or three differences, unless `at_once`.
    at_once : bool
        Whether to flag all jumps of a pixel at once.
    out : ndarray, optional
        Where the result goes, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET in the group after each jump.

    Raises
    ------
    ValueError
        If the shapes disagree, or there is only one group.
    """
    _check_shapes(ramp, groupdq, gain, read_noise)
    out = copied(groupdq, out)
    few = (three_group_rejection_threshold, four_group_rejection_threshold)
    few = (rejection_threshold, rejection_threshold) if at_once else few
    thresholds = np.array([np.inf, np.inf, *few, rejection_threshold])

    def flag_rows(rows):
        signal, flags, electrons = ramp[..., rows, :], out[..., rows, :], gain[rows]
        variance = _read_variance(electrons, read_noise[rows], nframes)
        pixels = _suspects(signal, flags, electrons, variance, thresholds, at_once)
        differences = _differences(signal, flags, electrons, pixels)
        outlying = outliers_at_once if at_once else outliers_one_by_one
        jumps = outlying(_pooled(differences), variance.reshape(-1)[pixels], thresholds)
        _mark(flags, jumps.reshape(differences.shape), pixels)

    _each(flag_rows, _blocks(ramp))
    return out


def find_jumps_by_clipping(
    ramp,
    groupdq,
    gain,
    *,
    rejection_threshold=4.0,
    between_integrations=True,
    out=None,
):
    """Flag the differences between adjacent groups that sigma clipping rejects.

    Differences farther from the median than the threshold times the standard deviation are set
    aside, at most five times over, each time with the median and deviation of the rest. Jumps are
    the differences, of all, that the last median and deviation reject.

    Parameters
    ----------
    ramp, groupdq, gain, out
        As in `find_jumps`.
    rejection_threshold : float
        Threshold in standard deviations.
    between_integrations : bool
        Whether to compare a difference with those of the same groups of all integrations of a
        pixel, or with all differences of the pixel.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET in the group after each jump.

    Raises
    ------
    ValueError
        If the shapes disagree, or there is only one group.
    """
    _check_shapes(ramp, groupdq, gain)
    out = copied(groupdq, out)

    def flag_rows(rows):
        flags, pixels = out[..., rows, :], np.arange(gain[rows].size)
        differences = _differences(ramp[..., rows, :], flags, gain[rows], pixels)
        compared = differences if between_integrations else _pooled(differences)
        columns = compared.reshape(len(compared), -1)
        jumps = outliers_by_clipping(columns, rejection_threshold)
        _mark(flags, jumps.reshape(differences.shape), pixels)

    _each(flag_rows, _blocks(ramp))
    return out


def flag_neighbours(
    ramp,
    groupdq,
    gain,
    read_noise,
    *,
    nframes=1,
    minimum=10.0,
    maximum=1000.0,
    out=None,
):
    r"""Flag the four neighbours of each jump of middling size, which share some of its charge.

    The size of a jump is

    .. math:: \left| d - m \right| / \sqrt{|m| + R^2 / n_\mathrm{frames}}

    with the median :math:`m` of all differences of the pixel, whichever way the jump was found.

    Parameters
    ----------
    ramp, groupdq, gain, read_noise, nframes, out
        As in `find_jumps`; `groupdq` has the jumps.
    minimum, maximum : float
        Sizes, in standard deviations, between which a jump touches its neighbours. A larger one
        is expected to be found in its neighbours, too.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET in the neighbours, but not where a neighbour's group is saturated
        or not to be used.

    Raises
    ------
    ValueError
        If the shapes disagree, or there is only one group.
    """
    _check_shapes(ramp, groupdq, gain, read_noise)

    def middling_jumps(rows):
        flags, electrons = groupdq[..., rows, :], gain[rows]
        pixels = _pixels_with_jumps(flags)
        differences = _differences(ramp[..., rows, :], flags, electrons, pixels)
        variance = _read_variance(electrons, read_noise[rows], nframes).reshape(-1)[pixels]
        centre = medians(_pooled(differences))
        size = np.abs(differences - centre) / noise(centre, variance)
        found = (size > np.float32(minimum)) & (size < np.float32(maximum))
        found &= (_at(flags, pixels)[:, 1:] & JUMP_DET) != 0
        integration, group, y, x = _places(found, pixels, flags.shape[-1])
        return integration, group, y + rows.start, x

    found = _each(middling_jumps, _blocks(ramp))
    out = copied(groupdq, out)
    for places in found:
        _mark_around(out, *places)
    return out


def flag_after_jumps(ramp, groupdq, gain, follow, *, out=None):
    """Flag the groups that follow large jumps, while the pixel settles.

    A jump is as large as its difference lies above the median difference of its pixel.

    Parameters
    ----------
    ramp, groupdq, gain, out
        As in `find_jumps`; `groupdq` has the jumps.
    follow : sequence of (float, int)
        Pairs of the least jump, in DN at the median gain of the image, and the number of groups to
        flag after it.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET in the groups that follow in the same integration, but not where
        a group is saturated or not to be used.

    Raises
    ------
    ValueError
        If the shapes disagree, or there is only one group.
    """
    _check_shapes(ramp, groupdq, gain)
    out = copied(groupdq, out)
    if not any(groups > 0 for _, groups in follow):
        return out
    typical_gain = np.nanmedian(gain)

    def flag_rows(rows):
        flags = out[..., rows, :]
        pixels = _pixels_with_jumps(flags)
        differences = _differences(ramp[..., rows, :], flags, gain[rows], pixels)
        rise = differences - medians(_pooled(differences))
        quality = _at(flags, pixels)[:, 1:]
        jumped, settling = (quality & JUMP_DET) != 0, np.zeros(rise.shape, dtype=bool)
        for least, groups in follow:
            large = jumped & (rise >= np.float32(least * typical_gain))
            for later in range(1, min(groups + 1, rise.shape[1])):
                settling[:, later:] |= large[:, :-later]
        _mark(flags, settling & ((quality & UNUSABLE) == 0), pixels)

    _each(flag_rows, _blocks(ramp))
    return out


def _check_shapes(ramp, groupdq, *images):
    """Raise an error that names what does not fit the ramp, or that it has no difference."""
    if ramp.shape[1] < 2:
        raise ValueError(f"a ramp of {ramp.shape[1]} groups has no differences")
    if groupdq.shape != ramp.shape:
        raise ValueError(f"flags {groupdq.shape} do not fit the ramp {ramp.shape}")
    for name, image in zip(("gain", "read noise"), images, strict=False):
        if image.shape != ramp.shape[-2:]:
            raise ValueError(f"{name} {image.shape} does not fit the image {ramp.shape[-2:]}")


def _blocks(ramp):
    """Return rows whose samples stay in the cache."""
    nints, ngroups, ny, nx = ramp.shape
    return row_blocks(ny, nx, pixels=max(BLOCK // (nints * ngroups), LEAST_PIXELS))


def _each(function, blocks):
    """Return what a function returns for each block; NaN in ramps is expected."""
    with np.errstate(invalid="ignore", over="ignore"):
        return each(function, blocks)


def _at(images, pixels):
    """Return images, shape (..., ny, nx), at some pixels or all, shape (..., npixels)."""
    flat = images.reshape(*images.shape[:-2], -1)
    return flat if pixels.size == flat.shape[-1] else flat.take(pixels, axis=-1)


def _places(found, pixels, nx):
    """Return integration, group, y and x of differences, shape (nints, ngroups - 1, npixels)."""
    integration, difference, pixel = np.unravel_index(np.flatnonzero(found), found.shape)
    return integration, difference + 1, *np.divmod(pixels[pixel], nx)


def _mark(flags, found, pixels):
    """Flag jumps found at some pixels."""
    flags[_places(found, pixels, flags.shape[-1])] |= np.uint8(JUMP_DET)


def _mark_around(groupdq, integration, group, y, x):
    """Flag the usable neighbours of some places."""
    ny, nx = groupdq.shape[-2:]
    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        inside = (y + dy >= 0) & (y + dy < ny) & (x + dx >= 0) & (x + dx < nx)
        places = tuple(axis[inside] for axis in (integration, group, y + dy, x + dx))
        flags = groupdq[places]
        groupdq[places] = np.where(flags & UNUSABLE, flags, flags | np.uint8(JUMP_DET))


def _pixels_with_jumps(flags):
    """Return the pixels of a block with a jump in any group."""
    return np.flatnonzero(np.bitwise_or.reduce(flags, axis=(0, 1)) & JUMP_DET)


def _differences(ramp, groupdq, gain, pixels):
    """Return the electrons between adjacent usable groups, else NaN.

    The shape is (nints, ngroups - 1, npixels).
    """
    electrons = _at(ramp, pixels) * gain.reshape(-1)[pixels]
    unusable = _at(groupdq, pixels) & UNUSABLE
    if unusable.any():
        np.copyto(electrons, np.float32(np.nan), where=unusable != 0)
    return electrons[:, 1:] - electrons[:, :-1]


def _read_variance(gain, read_noise, nframes):
    """Return the square of the read noise of a difference, in electrons."""
    return np.square(read_noise * gain) / np.float32(nframes)


def _suspects(ramp, groupdq, gain, variance, thresholds, at_once):
    """Return the pixels of a block that may have jumps: all but the clean ones of ordinary ramps.

    A pixel is clean if all its differences but those that the whole block lacks are usable, and
    neither the smallest nor the largest of them is an outlier, or nearly one.
    """
    live, touched = _live_groups(groupdq)
    count = np.count_nonzero(live[:, 1:] & live[:, :-1])
    if not 2 <= count <= NETWORK_LIMIT:
        return np.arange(gain.size if count > 1 else 0)
    planes = _difference_planes(ramp, gain, live)
    if not at_once:
        for plane in planes:
            np.abs(plane, out=plane)
    taken = _median_taken(count, at_once)
    low, high, smallest, second, largest = ordered_planes(
        planes, ((taken - 1) // 2, taken // 2, 0, count - 2, count - 1)
    )
    centre = (low + high) * np.float32(0.5)
    reach = np.maximum(largest - centre, centre - smallest)
    threshold = CLEARLY * thresholds[min(count, len(thresholds) - 1)]
    clean = reach / noise(centre, variance) <= np.float32(threshold)
    clean &= ~touched
    if taken == count - 1:
        clean &= second < largest
    return np.flatnonzero(~clean)


def _live_groups(groupdq):
    """Return which groups some pixel of a block can use, and the pixels that cannot use them all.

    The shapes are (nints, ngroups) and (ny, nx).
    """
    touched = (np.bitwise_or.reduce(groupdq, axis=(0, 1)) & UNUSABLE) != 0
    if not touched.all():
        return np.ones(groupdq.shape[:2], dtype=bool), touched
    live = ((groupdq & UNUSABLE) == 0).any(axis=(2, 3))
    return live, (np.bitwise_or.reduce(groupdq[live], axis=0) & UNUSABLE) != 0


def _median_taken(count, at_once):
    """Return how many of the smallest values of a pixel the median takes."""
    return count if at_once or count == 3 else max(count - 1, 1)


def _difference_planes(ramp, gain, live):
    """Return the differences, in electrons, between adjacent live groups, as a list of images."""
    planes = []
    for integration, lives in zip(ramp, live, strict=True):
        earlier = None
        for group, alive in zip(integration, lives, strict=True):
            electrons = group * gain if alive else None
            if alive and earlier is not None:
                planes.append(np.subtract(electrons, earlier, out=earlier))
            earlier = electrons
    return planes


def _pooled(differences):
    """Return the differences of all integrations together, shape (n, npixels)."""
    nints, count, npixels = differences.shape
    return differences.reshape(nints * count, npixels)
