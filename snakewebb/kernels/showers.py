"""Flag showers: faint and wide cosmic-ray events in the mid-infrared detectors.

The excess of a shower over the median difference between groups lies below the noise of a single
pixel. It shows in the mean over a ring of pixels around each pixel.

References: Regan (2024), "Detection and Flagging of Showers and Snowballs in JWST", Technical
Report JWST-STScI-008545; JWST pipeline documentation, "Jump Detection".
"""

import numpy as np

from snakewebb.kernels.blocks import row_blocks
from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, REFERENCE_PIXEL, SATURATED
from snakewebb.kernels.outliers import medians
from snakewebb.kernels.outputs import copied
from snakewebb.kernels.plane_median import plane_median
from snakewebb.kernels.regions import Regions

UNUSABLE = DO_NOT_USE | SATURATED | JUMP_DET
"""Flags of a group that takes no part."""

BLOCK = 2**20
"""Differences to take medians of at once, so that they stay in the cache."""

SMOOTHED = 2**16
"""Pixels to smooth at once."""


def flag_showers(
    ramp,
    groupdq,
    pixeldq,
    gain,
    read_noise,
    group_time,
    *,
    nframes=1,
    between_integrations=False,
    extend_snr_threshold=1.2,
    extend_min_area=90,
    extend_inner_radius=1.0,
    extend_outer_radius=2.6,
    extend_ellipse_expand_ratio=1.1,
    time_masked_after_shower=15.0,
    max_shower_amplitude=4.0,
    max_extended_radius=200,
    out=None,
):
    r"""Flag the regions where the differences between two groups are off the median together.

    With :math:`d` the differences between adjacent groups, :math:`m` the median of all those of a
    pixel, :math:`G` the gain and :math:`R` the read noise, the excess is

    .. math:: s = |d - m| / \sqrt{|m| / G + R^2 / n_\mathrm{frames}}

    A shower is a region of connected pixels around which the mean of :math:`s` over a ring is above
    a threshold. Its ellipse has the region's second moments; the minor axis is multiplied, as much
    is added to the major one, and all pixels inside are flagged, in this group and for some time.
    A pixel gets none of these flags in an integration if it had no good difference left with them,
    or its mean difference changed more than by the largest known amplitude.

    Parameters
    ----------
    ramp : ndarray, shape (nints, ngroups, ny, nx), float32, DN
        Signal. A group that is NaN takes no part.
    groupdq : ndarray, shape (nints, ngroups, ny, nx), uint8
        Flags of groups. A group with DO_NOT_USE, SATURATED or JUMP_DET takes no part.
    pixeldq : ndarray, shape (ny, nx), uint32
        Flags of pixels. Pixels with DO_NOT_USE take no part in the search but may lie in a shower;
        those with REFERENCE_PIXEL are left alone.
    gain : ndarray, shape (ny, nx), float32, electrons / DN
        Gain. Pixels where it is not positive take no part in the search.
    read_noise : ndarray, shape (ny, nx), float32, DN
        Noise of the difference of two frames. Pixels where it is NaN take no part in the search.
    group_time : float, s
        Time from one group to the next.
    nframes : int
        Frames averaged in a group.
    between_integrations : bool
        Whether to use the median and, as noise, the standard deviation of the same difference of
        all integrations.
    extend_snr_threshold : float
        Least mean of the excess over the ring.
    extend_min_area : float, pixels
        Least area of a shower, holes included.
    extend_inner_radius, extend_outer_radius : float, pixels
        Inner radius of the ring, and its width. Pixels that take no part are left out of the mean;
        those outside the image count as zero.
    extend_ellipse_expand_ratio : float
        What the minor axis of a shower is multiplied with.
    time_masked_after_shower : float, s
        Time after a shower in which groups are flagged.
    max_shower_amplitude : float, DN / s
        Largest change of the mean of the differences per time between groups.
    max_extended_radius : int, pixels
        Largest semi-axis of a widened shower.
    out : ndarray, optional
        Where the flags go, of the shape of `groupdq`; may be `groupdq` itself.

    Returns
    -------
    flags : ndarray, shape (nints, ngroups, ny, nx), uint8
        `groupdq` with JUMP_DET added in showers, in each pixel until it saturates.
    number : int
        Number of showers.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    _check_shapes(ramp, groupdq, pixeldq=pixeldq, gain=gain, read_noise=read_noise)
    out = copied(groupdq, out)
    if between_integrations:
        centre, noise = _spread(ramp, groupdq)
    else:
        centre = _median_difference(ramp, groupdq)[np.newaxis]
        noise = _expected_noise(centre, gain, read_noise, nframes)
    unused = ((pixeldq & (DO_NOT_USE | REFERENCE_PIXEL)) != 0) | ~(gain > 0)
    ring = _ring(extend_inner_radius, extend_outer_radius)
    lasting = 1 + int(time_masked_after_shower / group_time)
    number = 0
    for signal, flags in zip(ramp, out, strict=True):
        showers = []
        for group, excess in _excesses(signal, flags, centre, noise):
            excess[unused] = np.nan
            with np.errstate(invalid="ignore"):
                seen = Regions(_mean_around(excess, ring) > extend_snr_threshold)
            for index in seen.at_least(extend_min_area):
                wide = seen.ellipse(index).expanded(extend_ellipse_expand_ratio)
                part, inside = wide.covers(unused.shape, limit=max_extended_radius)
                showers.append((slice(group, group + lasting), part, inside))
        _flag(signal, flags, showers, pixeldq, max_shower_amplitude * group_time)
        number += len(showers)
    return out, number


def _check_shapes(ramp, groupdq, **images):
    """Raise an error that names what does not fit the ramp."""
    if groupdq.shape != ramp.shape:
        raise ValueError(f"flags {groupdq.shape} do not fit the ramp {ramp.shape}")
    for name, image in images.items():
        if image.shape != ramp.shape[-2:]:
            raise ValueError(f"{name} {image.shape} does not fit the image {ramp.shape[-2:]}")


def _differences(signal, flags):
    """Return the differences between adjacent groups along the first axis, NaN if unusable."""
    differences = np.subtract(signal[1:], signal[:-1])
    differences[((flags[1:] | flags[:-1]) & UNUSABLE) != 0] = np.nan
    return differences


def _blocks(ramp):
    """Return rows whose differences stay in the cache."""
    nints, ngroups, ny, nx = ramp.shape
    return row_blocks(ny, nx, pixels=BLOCK // (nints * ngroups))


def _median_difference(ramp, groupdq):
    """Return the median of all differences of each pixel, shape (ny, nx)."""
    centre = np.full(ramp.shape[-2:], np.nan, dtype=np.float32)
    for rows in _blocks(ramp):
        blocks = zip(ramp[..., rows, :], groupdq[..., rows, :], strict=True)
        planes = np.concatenate([_differences(signal, flags) for signal, flags in blocks])
        planes = planes[~np.isnan(planes).all(axis=(1, 2))]
        if len(planes) > 0:
            incomplete = np.isnan(planes).any(axis=0)
            of_rest = medians(planes[:, incomplete])
            centre[rows] = plane_median(planes)
            centre[rows][incomplete] = of_rest
    return centre


def _expected_noise(centre, gain, read_noise, nframes):
    """Return the noise of a difference, from its photons and the read-out."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(np.abs(centre) / gain + np.square(read_noise) / np.float32(nframes))


def _spread(ramp, groupdq):
    """Return median and standard deviation of each difference between integrations.

    The shape of both is (ngroups - 1, ny, nx).
    """
    _, ngroups, ny, nx = ramp.shape
    centre, spread = np.empty((2, ngroups - 1, ny, nx), dtype=np.float32)
    for rows in _blocks(ramp):
        blocks = zip(ramp[..., rows, :], groupdq[..., rows, :], strict=True)
        differences = np.stack([_differences(signal, flags) for signal, flags in blocks])
        values = differences.reshape(len(differences), -1)
        centre[:, rows] = medians(values).reshape(differences.shape[1:])
        count = np.maximum(np.isfinite(values).sum(axis=0), 1)
        mean = np.nansum(values, axis=0) / count
        variance = np.nansum(np.square(values - mean), axis=0) / count
        spread[:, rows] = np.sqrt(variance).reshape(differences.shape[1:])
    return centre, spread


def _excesses(signal, flags, centre, noise):
    """Yield each group but the first, and by how many times the noise it is off the median."""
    for group in range(1, len(signal)):
        place = min(group, len(centre)) - 1
        excess = _differences(signal[group - 1 : group + 1], flags[group - 1 : group + 1])[0]
        excess -= centre[place]
        np.abs(excess, out=excess)
        with np.errstate(divide="ignore", invalid="ignore"):
            excess /= noise[place]
        yield group, excess


def _ring(inner, width):
    """Return which rows and columns from the centre on lie in a ring, a quarter of it."""
    square = np.square(np.arange(int(inner + width) + 1))
    square = square[:, np.newaxis] + square
    return (square >= inner**2) & (square <= (inner + width) ** 2)


def _mean_around(image, ring):
    """Return the mean of the finite pixels in a ring around each finite one, and else NaN.

    Pixels outside the image count as zero.
    """
    (ny, nx), reach = image.shape, len(ring) - 1
    finite = np.isfinite(image)
    values = np.zeros((ny + 2 * reach, nx + 2 * reach), dtype=np.float32)
    counted = np.ones(values.shape, dtype=np.min_scalar_type(4 * ring.size))
    inside = slice(reach, reach + ny), slice(reach, reach + nx)
    np.copyto(values[inside], image, where=finite)
    counted[inside] = finite
    mean = np.full((ny, nx), np.nan, dtype=np.float32)
    for rows in row_blocks(ny, nx, pixels=SMOOTHED):
        block = slice(rows.start, rows.stop + 2 * reach)
        total, number = (_sum_around(padded[block], ring) for padded in (values, counted))
        np.divide(total, number, out=mean[rows], where=finite[rows] & (number > 0))
    return mean


def _sum_around(padded, ring):
    """Return the sum over a ring around each pixel that is not of the border."""
    reach = len(ring) - 1
    height, width = (length - 2 * reach for length in padded.shape)
    pairs = [padded[:, reach : reach + width]]
    for column in range(1, reach + 1):
        left, right = (
            padded[:, first : first + width] for first in (reach - column, reach + column)
        )
        pairs.append(left + right)
    total = np.zeros((height, width), dtype=padded.dtype)
    for row, columns in enumerate(ring):
        line = np.zeros_like(pairs[0])
        for column in np.flatnonzero(columns).tolist():
            line += pairs[column]
        for first in {reach - row, reach + row}:
            total += line[first : first + height]
    return total


def _flag(signal, flags, showers, pixeldq, limit):
    """Flag showers of an integration but in reference pixels and where they change too much."""
    touched = np.zeros(pixeldq.shape, dtype=bool)
    for _, part, inside in showers:
        touched[part] |= inside
    rows, columns = np.nonzero(touched)
    before = flags[:, rows, columns]
    for groups, part, inside in showers:
        block = flags[groups, *part]
        saturates = np.logical_or.accumulate((block & SATURATED) != 0, axis=0)
        block[inside & ~saturates] |= JUMP_DET
    means = [
        _mean_difference(signal[:, rows, columns], quality)
        for quality in (before, flags[:, rows, columns])
    ]
    kept = np.abs(means[0] - means[1]) <= limit
    kept &= (pixeldq[rows, columns] & REFERENCE_PIXEL) == 0
    flags[:, rows[~kept], columns[~kept]] = before[:, ~kept]


def _mean_difference(signal, flags):
    """Return the mean of the usable differences of some pixels, NaN where there is none."""
    differences = _differences(signal, flags)
    number = np.isfinite(differences).sum(axis=0)
    with np.errstate(invalid="ignore"):
        return np.nansum(differences, axis=0) / number
