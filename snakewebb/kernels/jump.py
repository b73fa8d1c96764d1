"""Find the groups in which the signal of a pixel jumped, as where a cosmic ray hit it.

A jump is a difference between two adjacent groups that lies too far from the median difference of
its pixel, compared with the noise of the read-out and of the photons. In exposures of very many
integrations it is one that sigma clipping rejects, without a model of the noise.

References: Anderson & Gordon (2011), "Optimal Cosmic-Ray Detection for Nondestructive Read Ramps",
PASP 123, 1237, DOI 10.1086/662593; JWST pipeline documentation, "Jump Detection".
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.kernels.ordered_planes import ordered_planes

UNUSABLE = DO_NOT_USE | SATURATED
"""Flags of a group that takes no part."""

CLIPPING_ROUNDS = 5
"""How often sigma clipping looks for more outliers at most."""

NETWORK_LIMIT = 40
"""Number of differences of a pixel above which one sort per pixel is faster than a network."""

BLOCK = 2**19
"""Samples to work on at once, so that they stay in the cache."""


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
    """Return how many groups of an integration are usable in at least one pixel of one integration.

    Parameters
    ----------
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups; only DO_NOT_USE counts here.

    Returns
    -------
    int
    """
    lost = ((groupdq[:, :, :1] & DO_NOT_USE) != 0).all(axis=(0, 2, 3))
    return len(lost) - sum(
        bool(((groupdq[:, group] & DO_NOT_USE) != 0).all()) for group in np.flatnonzero(lost)
    )


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
    out = _copied(groupdq, out)
    for rows in _blocks(groupdq):
        flags = out[..., rows, :]
        if np.bitwise_or.reduce(flags, axis=(0, 1)).max(initial=0) >= JUMP_DET:
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
    return sum(np.count_nonzero(groupdq[..., rows, :] & JUMP_DET) for rows in _blocks(groupdq))


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
    workers=1,
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
    workers : int
        Number of threads.
    out : ndarray, optional
        Where the result goes, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET in the group after each jump.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    _check_shapes(ramp, groupdq, gain, read_noise)
    out = _copied(groupdq, out)
    few = (three_group_rejection_threshold, four_group_rejection_threshold)
    few = (rejection_threshold, rejection_threshold) if at_once else few
    thresholds = np.array([np.inf, np.inf, *few, rejection_threshold], dtype=np.float32)

    def flag_rows(rows):
        signal, flags, electrons = ramp[..., rows, :], out[..., rows, :], gain[rows]
        variance = _read_variance(electrons, read_noise[rows], nframes)
        pixels = _suspects(signal, flags, electrons, variance, thresholds, at_once)
        differences = _differences(signal, flags, electrons, pixels)
        outlying = _all_outliers if at_once else _outliers_one_by_one
        jumps = outlying(_pooled(differences), variance.reshape(-1)[pixels], thresholds)
        _mark(flags, jumps.reshape(differences.shape), pixels)

    _each(flag_rows, _blocks(ramp), workers)
    return out


def find_jumps_by_clipping(
    ramp,
    groupdq,
    gain,
    *,
    rejection_threshold=4.0,
    between_integrations=True,
    workers=1,
    out=None,
):
    """Flag the differences between adjacent groups that sigma clipping rejects.

    Differences farther from the median than the threshold times the standard deviation are
    rejected, at most five times over, each time with the median and deviation of the rest.

    Parameters
    ----------
    ramp, groupdq, gain, workers, out
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
        If the shapes disagree.
    """
    _check_shapes(ramp, groupdq, gain)
    out = _copied(groupdq, out)

    def flag_rows(rows):
        flags, pixels = out[..., rows, :], np.arange(gain[rows].size)
        differences = _differences(ramp[..., rows, :], flags, gain[rows], pixels)
        compared = differences if between_integrations else _pooled(differences)
        columns = compared.reshape(len(compared), -1)
        jumps = _clipped(columns, rejection_threshold)
        _mark(flags, jumps.reshape(differences.shape), pixels)

    _each(flag_rows, _blocks(ramp), workers)
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
    workers=1,
    out=None,
):
    r"""Flag the four neighbours of each jump of middling size, which share some of its charge.

    The size of a jump is

    .. math:: \left| d - m \right| / \sqrt{|m| + R^2 / n_\mathrm{frames}}

    with the median :math:`m` of all differences of the pixel, whichever way the jump was found.

    Parameters
    ----------
    ramp, groupdq, gain, read_noise, nframes, workers, out
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
        If the shapes disagree.
    """
    _check_shapes(ramp, groupdq, gain, read_noise)

    def middling_jumps(rows):
        flags, electrons = groupdq[..., rows, :], gain[rows]
        pixels = _pixels_with_jumps(flags)
        differences = _differences(ramp[..., rows, :], flags, electrons, pixels)
        variance = _read_variance(electrons, read_noise[rows], nframes).reshape(-1)[pixels]
        centre = _medians(_pooled(differences))
        sigma, size = _sigma(centre, variance), np.abs(differences - centre)
        found = (size > minimum * sigma) & (size < maximum * sigma)
        found &= (_at(flags, pixels)[:, 1:] & JUMP_DET) != 0
        integration, group, y, x = _places(found, pixels, flags.shape[-1])
        return integration, group, y + rows.start, x

    found = _each(middling_jumps, _blocks(ramp), workers)
    out = _copied(groupdq, out)
    for places in found:
        _mark_around(out, *places)
    return out


def flag_after_jumps(ramp, groupdq, gain, follow, *, workers=1, out=None):
    """Flag the groups that follow large jumps, while the pixel settles.

    A jump is as large as its difference lies above the median difference of its pixel.

    Parameters
    ----------
    ramp, groupdq, gain, workers, out
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
        If the shapes disagree.
    """
    _check_shapes(ramp, groupdq, gain)
    out = _copied(groupdq, out)
    if not any(groups > 0 for _, groups in follow):
        return out
    typical_gain = np.nanmedian(gain)

    def flag_rows(rows):
        flags = out[..., rows, :]
        pixels = _pixels_with_jumps(flags)
        differences = _differences(ramp[..., rows, :], flags, gain[rows], pixels)
        rise = differences - _medians(_pooled(differences))
        quality = _at(flags, pixels)[:, 1:]
        jumped, settling = (quality & JUMP_DET) != 0, np.zeros(rise.shape, dtype=bool)
        for least, groups in follow:
            large = jumped & (rise >= np.float32(least * typical_gain))
            for later in range(1, min(groups + 1, rise.shape[1])):
                settling[:, later:] |= large[:, :-later]
        _mark(flags, settling & ((quality & UNUSABLE) == 0), pixels)

    _each(flag_rows, _blocks(ramp), workers)
    return out


def _check_shapes(ramp, groupdq, *images):
    """Raise an error that names what does not fit the ramp."""
    if groupdq.shape != ramp.shape:
        raise ValueError(f"flags {groupdq.shape} do not fit the ramp {ramp.shape}")
    for name, image in zip(("gain", "read noise"), images, strict=False):
        if image.shape != ramp.shape[-2:]:
            raise ValueError(f"{name} {image.shape} does not fit the image {ramp.shape[-2:]}")


def _copied(groupdq, out):
    """Return `out` with the flags in it."""
    if out is None:
        return groupdq.copy()
    if out is not groupdq:
        out[...] = groupdq
    return out


def _blocks(ramp):
    """Return rows whose samples stay in the cache."""
    nints, ngroups, ny, nx = ramp.shape
    return row_blocks(ny, nx, pixels=BLOCK // (nints * ngroups))


def _each(function, blocks, workers):
    """Return what a function returns for each block, called by one or more threads."""
    if workers < 2:
        return [function(rows) for rows in blocks]
    with ThreadPoolExecutor(workers) as threads:
        return list(threads.map(function, blocks))


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
        inside = (0 <= y + dy) & (y + dy < ny) & (0 <= x + dx) & (x + dx < nx)
        places = tuple(axis[inside] for axis in (integration, group, y + dy, x + dx))
        flags = groupdq[places]
        groupdq[places] = np.where(flags & UNUSABLE, flags, flags | np.uint8(JUMP_DET))


def _pixels_with_jumps(flags):
    """Return the pixels of a block with a jump in any group."""
    return np.flatnonzero(np.bitwise_or.reduce(flags, axis=(0, 1)) & JUMP_DET)


@np.errstate(invalid="ignore")
def _differences(ramp, groupdq, gain, pixels):
    """Return the electrons between adjacent usable groups, else NaN.

    The shape is (nints, ngroups - 1, npixels).
    """
    electrons = _at(ramp, pixels) * gain.reshape(-1)[pixels]
    unusable = (_at(groupdq, pixels) & UNUSABLE) != 0
    np.copyto(electrons, np.float32(np.nan), where=unusable)
    return electrons[:, 1:] - electrons[:, :-1]


def _read_variance(gain, read_noise, nframes):
    """Return the square of the read noise of a difference, in electrons."""
    return np.square(read_noise * gain) / np.float32(nframes)


def _sigma(centre, variance):
    """Return the noise of differences with some median, NaN where there is none."""
    sigma = np.sqrt(np.abs(centre) + variance)
    return np.where(sigma > 0, sigma, np.float32(np.nan))


def _suspects(ramp, groupdq, gain, variance, thresholds, at_once):
    """Return the pixels of a block that may have jumps: all but the clean ones of ordinary ramps.

    A pixel is clean if all its differences but those that the whole block lacks are usable, and
    neither the smallest nor the largest of them is an outlier.
    """
    touched = (np.bitwise_or.reduce(groupdq, axis=(0, 1)) & UNUSABLE) != 0
    live = np.ones(groupdq.shape[:2], dtype=bool)
    if touched.all():
        live = ((groupdq & UNUSABLE) == 0).any(axis=(2, 3))
        touched = (np.bitwise_or.reduce(groupdq[live], axis=0) & UNUSABLE) != 0
    planes = _difference_planes(ramp, gain, live)
    count = len(planes)
    if not 2 <= count <= NETWORK_LIMIT:
        return np.arange(gain.size if count > 1 else 0)
    if not at_once:
        for plane in planes:
            np.abs(plane, out=plane)
    taken = _median_taken(count, at_once)
    low, high, smallest, second, largest = ordered_planes(
        planes, ((taken - 1) // 2, taken // 2, 0, count - 2, count - 1)
    )
    centre = (low + high) * np.float32(0.5)
    reach = np.maximum(largest - centre, centre - smallest)
    clean = reach <= thresholds[min(count, 4)] * _sigma(centre, variance)
    clean &= ~touched
    if taken == count - 1:
        clean &= second < largest
    return np.flatnonzero(~clean)


def _median_taken(count, at_once):
    """Return how many of the smallest values of a pixel the median takes."""
    return count if at_once or count == 3 else max(count - 1, 1)


@np.errstate(invalid="ignore")
def _difference_planes(ramp, gain, live):
    """Return the differences, in electrons, between adjacent live groups, as a list of images."""
    planes = []
    for integration, lives in zip(ramp, live, strict=True):
        for k in np.flatnonzero(lives[1:] & lives[:-1]):
            planes.append(integration[k + 1] * gain - integration[k] * gain)
    return planes


def _pooled(differences):
    """Return the differences of all integrations together, shape (n, npixels)."""
    nints, count, npixels = differences.shape
    return differences.reshape(nints * count, npixels)


def _row_medians(rows):
    """Return the median of each row but for its NaN, or NaN if there is nothing else."""
    half, odd = divmod(rows.shape[1], 2)
    parted = np.partition(rows, half, axis=1)
    high = parted[:, half]
    low = high if odd else parted[:, :half].max(axis=1)
    medians = (low + high) * np.float32(0.5)
    incomplete = np.flatnonzero(np.isnan(parted[:, half:].max(axis=1)))
    ordered, count = _ordered(rows[incomplete].T)
    medians[incomplete] = _median(ordered, 0, count, np.arange(incomplete.size))
    return medians


def _medians(values):
    """Return the medians, as `_row_medians`, of the columns of some values."""
    return _row_medians(np.ascontiguousarray(values.T))


def _ordered(values):
    """Return values, shape (n, npixels), in order along the first axis, and how many are no NaN."""
    ordered = np.sort(np.ascontiguousarray(values.T), axis=1).T
    return ordered, len(values) - np.isnan(values).sum(axis=0)


def _median(ordered, first, end, pixels):
    """Return the median of the ordered values of some pixels between two places."""
    low, high = (ordered[place, pixels] for place in ((first + end - 1) // 2, (first + end) // 2))
    return (low + high) * np.float32(0.5)


def _all_outliers(differences, variance, thresholds):
    """Return which differences, shape (n, npixels), are outliers, looking once."""
    centre = _medians(differences)
    return np.abs(differences - centre) > thresholds[-1] * _sigma(centre, variance)


def _outliers_one_by_one(differences, variance, thresholds):
    """Return which differences, shape (n, npixels), are outliers, looking anew after each.

    An outlier is the smallest or the largest value left, so that what is left is always a range
    of the ordered values.
    """
    values = np.abs(differences)
    ordered, count = _ordered(values)
    first, end = _inlying_range(ordered, count, variance, thresholds)
    pixels = np.arange(count.size)
    return (values < ordered[first, pixels]) | (values > ordered[end - 1, pixels])


def _inlying_range(ordered, count, variance, thresholds):
    """Return the first place of the ordered values that is no outlier, and the one after the last.

    Equal values leave the range together.
    """
    first, end = np.zeros_like(count), count.copy()
    pixels = np.flatnonzero(count > 1)
    while pixels.size:
        low, high = first[pixels], end[pixels]
        left, last_run = high - low, _start_of_run(ordered, high - 1, pixels)
        centre = _median(ordered, low, _median_end(low, high, last_run), pixels)
        above, below = ordered[high - 1, pixels] - centre, centre - ordered[low, pixels]
        limit = thresholds[np.minimum(left, 4)] * _sigma(centre, variance[pixels])
        found = np.maximum(above, below) > limit
        end[pixels] = np.where(found & (above >= below), last_run, high)
        first_run = _end_of_run(ordered, low, pixels)
        first[pixels] = np.where(found & (below >= above), first_run, low)
        pixels = pixels[found & (end[pixels] - first[pixels] > 1)]
    return first, end


def _median_end(low, high, last_run):
    """Return the place after the values that the median of a range takes."""
    left = high - low
    return np.where(left == 3, high, np.where(left == 2, low + 1, np.maximum(last_run, low + 1)))


def _start_of_run(ordered, places, pixels):
    """Return the first place of the value that ordered values have at some places."""
    values, start = ordered[places, pixels], places.copy()
    tied = np.flatnonzero((places > 0) & (ordered[places - 1, pixels] == values))
    start[tied] = (ordered[:, pixels[tied]] < values[tied]).sum(axis=0)
    return start


def _end_of_run(ordered, places, pixels):
    """Return the place after the last one of the value that ordered values have at some places."""
    values, end = ordered[places, pixels], places + 1
    tied = np.flatnonzero(ordered[np.minimum(end, len(ordered) - 1), pixels] == values)
    end[tied] = (ordered[:, pixels[tied]] <= values[tied]).sum(axis=0)
    return end


def _clipped(values, threshold):
    """Return which values, shape (n, columns), sigma clipping along the first axis rejects."""
    left = np.array(values.T, order="C")
    rows, rejected = np.arange(len(left)), np.zeros(left.shape, dtype=bool)
    for _ in range(CLIPPING_ROUNDS):
        left -= _row_medians(left)[:, np.newaxis]
        limit = threshold * _row_deviations(left)
        suspect = ~(np.maximum(left.max(axis=1), -left.min(axis=1)) <= limit)
        rows, left = rows[suspect], left[suspect]
        outlying = np.abs(left) > limit[suspect, np.newaxis]
        rejected[rows] |= outlying
        left[outlying] = np.nan
        changed = outlying.any(axis=1)
        rows, left = rows[changed], left[changed]
    return rejected.T


def _row_deviations(rows):
    """Return the standard deviation of each row but for its NaN, zero if there is nothing else."""
    total, count = rows.sum(axis=1), np.float32(rows.shape[1])
    if np.isnan(total).any():
        unknown = np.isnan(rows)
        rows = np.where(unknown, np.float32(0), rows)
        total = rows.sum(axis=1)
        count = np.maximum(count - unknown.sum(axis=1, dtype=np.float32), 1)
    mean_square = np.einsum("ij,ij->i", rows, rows) / count
    return np.sqrt(np.maximum(mean_square - np.square(total / count), 0))
