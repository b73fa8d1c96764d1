"""Subtract the flicker (1/f) noise that each read-out adds to the lines of a detector.

What was added between two groups is seen in their difference, once the sky is taken out. It is the
same, or nearly so, all along the direction of fast read-out, so that the pixels of a line that show
no source tell it for those that do.

References: Rauscher (2024), PASP 136, 015001, DOI 10.1088/1538-3873/ad1b36; JWST pipeline
documentation, "Clean Flicker Noise".
"""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET
from snakewebb.kernels.plane_median import median_of_finite
from snakewebb.kernels.row_median import row_median
from snakewebb.kernels.sigma_clipping import (
    THRESHOLD,
    clip,
    lower_spread,
    median_in_order,
    within,
)
from snakewebb.kernels.smooth_background import smooth_background

UNUSABLE = DO_NOT_USE | JUMP_DET
"""Flags of a group whose difference from the group before shows more than noise."""


def clean_ramp(
    ramp, groupdq, background_pixels, *, sky, noise, flat=None, background=None, out=None
):
    r"""Subtract the noise that the differences between the groups of an integration show.

    With the differences :math:`d_i = F_i - F_{i-1}` and the noise :math:`n_i` found in
    :math:`d_i`, group :math:`i` becomes

    .. math:: F'_i = F'_{i-1} + d_i - n_i

    The first group stays as it is, and so does one whose difference shows no noise at all, because
    no background pixel of it is good: later groups build upon it without what was found before.

    Parameters
    ----------
    ramp : ndarray, shape (ngroups, ny, nx), float32, DN
        Groups of one integration. NaN shows no noise; it spoils the later groups of its pixel,
        up to one that stays as it is.
    groupdq : ndarray, shape (ngroups, ny, nx), uint8
        Flags of groups. One with DO_NOT_USE or JUMP_DET shows no noise, but is corrected.
    background_pixels, sky, noise, flat
        As in `clean_image`, for the differences.
    background : ndarray, shape (ngroups, ny, nx), float32, optional
        Where the backgrounds of the differences go.
    out : ndarray, optional
        Where the result goes, of the shape of `ramp`; may be `ramp` itself.

    Returns
    -------
    ndarray, shape (ngroups, ny, nx), float32, DN

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    if groupdq.shape != ramp.shape:
        raise ValueError(f"flags {groupdq.shape} do not fit the groups {ramp.shape}")
    out = np.empty_like(ramp) if out is None else out
    before = ramp[0].copy()
    out[0] = before
    for group in range(1, len(ramp)):
        difference = ramp[group] - before
        before[...] = ramp[group]
        usable = background_pixels & ((groupdq[group] & UNUSABLE) == 0) & np.isfinite(difference)
        level = 0
        if usable.any():
            cleaned, level = clean_image(difference, usable, sky=sky, noise=noise, flat=flat)
            np.add(out[group - 1], cleaned, out=out[group])
        else:
            out[group] = before
        if background is not None:
            background[group] = level
    return out


def clean_image(image, background_pixels, *, sky, noise, flat=None):
    """Subtract the noise that one image shows.

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32
        Image. NaN shows no noise, and stays NaN.
    background_pixels : ndarray, shape (ny, nx), bool
        Pixels that show no source.
    sky : callable
        ``sky(image, pixels)`` returns the background of an image, a number or an image, and which
        of the pixels show it; such as `no_sky`, `median_sky` or `smooth_sky`.
    noise : callable
        ``noise(image, pixels)`` returns the noise of an image without background, in a shape that
        broadcasts to it; such as `median_of_lines`. If it is in double precision, so is the image
        without it.
    flat : ndarray, shape (ny, nx), float32, optional
        Flat field, without zeros and NaN. Background and noise are those of the image divided by
        it.

    Returns
    -------
    ndarray, shape (ny, nx), float32 or float64
        The image without its noise, with its background. It is the same as before if none of the
        background pixels is a number.
    ndarray, shape (ny, nx), float32, or float32
        The background, of the image divided by the flat field.

    Raises
    ------
    ValueError
        If the shapes disagree.
    """
    if background_pixels.shape != image.shape:
        raise ValueError(
            f"background pixels {background_pixels.shape} do not fit the image {image.shape}"
        )
    pixels = background_pixels & np.isfinite(image)
    if not pixels.any():
        return image, np.float32(0)
    flattened = image if flat is None else image / flat
    level, pixels = sky(flattened, pixels)
    rest = flattened - level
    rest = rest - noise(rest, pixels)
    rest += level
    return rest if flat is None else rest * flat, level


def no_sky(image, pixels):
    """Return no background, and all pixels.

    Parameters
    ----------
    image, pixels
        As in `median_sky`.

    Returns
    -------
    float32
        Zero.
    ndarray, shape (ny, nx), bool
        The pixels.
    """
    return np.float32(0), pixels


def median_sky(image, pixels, *, n_sigma=2.0):
    r"""Return the median of an image as its background, and the pixels that show it.

    Pixels farther than three standard deviations from the median do not, and neither do those
    farther than `n_sigma`, unless that is zero, from the median of the rest. The deviation is
    that of values below the median, whose upper side sources may disturb.

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32
        Image.
    pixels : ndarray, shape (ny, nx), bool
        Pixels that may show background; at least one, none of them NaN.
    n_sigma : float
        Limit in standard deviations.

    Returns
    -------
    float32
        The median.
    ndarray, shape (ny, nx), bool
        Some of the pixels.
    """
    ordered = without_outliers(np.sort(image[pixels]))
    level = median_in_order(ordered)
    if n_sigma:
        rest = ordered - level
        low, high = _limits(rest, n_sigma)
        ordered = ordered[np.searchsorted(rest, low) : np.searchsorted(rest, high, side="right")]
    return level, pixels & (image >= ordered[0]) & (image <= ordered[-1])


def smooth_sky(image, pixels, *, n_sigma=2.0, box=None):
    """Return a smooth model of an image's background, and the pixels that show it.

    The pixels are found as in `median_sky`, the second time without the background. If too few
    are good for a model, the background is their median.

    Parameters
    ----------
    image, pixels, n_sigma
        As in `median_sky`.
    box : (int, int), optional
        As in `smooth_background`.

    Returns
    -------
    ndarray, shape (ny, nx), float32, or float32
        The model, or the median.
    ndarray, shape (ny, nx), bool
        Some of the pixels.
    """
    ordered = without_outliers(np.sort(image[pixels]))
    pixels = pixels & (image >= ordered[0]) & (image <= ordered[-1])
    try:
        level = smooth_background(image, pixels, box)
    except ValueError:
        level = median_in_order(ordered)
    if n_sigma:
        rest = image - level
        low, high = _limits(np.sort(rest[pixels]), n_sigma)
        pixels &= (rest >= low) & (rest <= high)
    return level, pixels


def median_of_lines(image, pixels, *, axis, channels=1):
    """Return the median of the good pixels of each line.

    Parameters
    ----------
    image : ndarray, shape (ny, nx), float32
        Image without background.
    pixels : ndarray, shape (ny, nx), bool
        Good pixels, none of them NaN.
    axis : int
        The direction of fast read-out, along which a line lies.
    channels : int
        Number of equal strips of lines that are read at the same time, each of which has noise of
        its own; lines cross all of them.

    Returns
    -------
    ndarray, float32, that broadcasts to (ny, nx)
        The median, or zero where no pixel is good.
    """
    nlines = image.shape[1 - axis]
    lines, good = (
        np.ascontiguousarray(each if axis == 1 else each.T).reshape(nlines, channels, -1)
        for each in (image, pixels)
    )
    medians = np.nan_to_num(row_median(lines, good), copy=False)
    if channels > 1:
        medians = np.repeat(medians, lines.shape[-1], axis=1)
    return medians if axis == 1 else medians.T


def median_scene(images):
    """Return the median of images, pixel by pixel, without NaN.

    Parameters
    ----------
    images : ndarray, shape (n, ny, nx), float32
        Images of the same scene.

    Returns
    -------
    ndarray, shape (ny, nx), float32
        NaN where all images are.
    """
    return median_of_finite(images.copy())


def without_outliers(ordered, deviations=THRESHOLD):
    """Return values in order without those farther than some deviations from their median.

    Parameters
    ----------
    ordered : ndarray, shape (n,), float32
        Values in ascending order, at least one.
    deviations : float
        Limit in standard deviations.

    Returns
    -------
    ndarray, float32
        A view of `ordered`. The deviation is that of `sigma_clipping.lower_spread`.
    """
    return within(ordered, *_limits(ordered, deviations))


def _limits(ordered, deviations):
    """Return the limits that lie some standard deviations from the median of values in order."""
    centre = median_in_order(clip(ordered))
    reach = np.float32(deviations) * lower_spread(ordered, centre)
    return centre - reach, centre + reach
