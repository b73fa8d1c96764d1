"""What the telescope looks at: point sources on the sky, and their images on a detector.

Source positions are on the sky, so that the exposures of a dithered programme see the same field.
"""

import re
from dataclasses import dataclass

import numpy as np

_APERTURE = 6.57  # metres
_WING = 1.5  # slope of the wings: the surface brightness falls with the third power of radius
_FAINTEST = 0.005  # e/s/pixel at which a star's wing is cut off
_LARGEST = 250  # pixels, radius of the largest image
_CORE = 5  # pixels, radius within which the image is averaged over each pixel
_SUBPIXELS = np.array([-0.4, -0.2, 0.0, 0.2, 0.4])


@dataclass(frozen=True)
class Source:
    """A point source.

    Parameters
    ----------
    ra, dec : float
        Position in degrees.
    rate : float
        Electrons per second, all pixels together.
    """

    ra: float
    dec: float
    rate: float


def star_field(ra, dec, radius, number, *, faintest=5.0, brightest=1e5, seed=0):
    """Return stars scattered evenly over a disc of sky, more faint ones than bright ones.

    Parameters
    ----------
    ra, dec : float
        Centre of the field in degrees.
    radius : float
        Radius of the field in arcseconds.
    number : int
        How many stars.
    faintest, brightest : float
        Limits of their count rates, in electrons per second.
    seed : int
        Another seed scatters other stars.

    Returns
    -------
    tuple of Source
        The numbers of stars above a rate fall with its power -0.6.
    """
    random = np.random.default_rng(seed)
    distance = radius / 3600 * np.sqrt(random.uniform(size=number))
    angle = random.uniform(0, 2 * np.pi, number)
    low, high = faintest**-0.6, brightest**-0.6
    rate = random.uniform(high, low, number) ** (-1 / 0.6)
    stars = zip(
        ra + distance * np.cos(angle) / np.cos(np.radians(dec)),
        dec + distance * np.sin(angle),
        rate,
        strict=True,
    )
    return tuple(Source(*map(float, star)) for star in stars)


def image_width(filter_name, pixel_scale, wavelength=None):
    """Return the full width at half maximum of a star in pixels: the diffraction limit.

    Parameters
    ----------
    filter_name : str or None
        Name of a filter, which holds the wavelength: F150W, F2100W.
    pixel_scale : float
        Arcseconds per pixel.
    wavelength : float, optional
        Micrometres, where the name of the filter does not tell.
    """
    if found := re.search(r"F(\d+)", filter_name or ""):
        metres = int(found[1]) * 1e-8  # hundredths of a micrometre
    else:
        metres = wavelength * 1e-6
    return 1.03 * np.degrees(metres / _APERTURE) * 3600 / pixel_scale


def render_stars(x, y, rate, width, shape):
    """Return an image of stars.

    Parameters
    ----------
    x, y : array_like
        Positions in pixels, the centre of the first pixel being 0. They may lie outside.
    rate : array_like
        Count rates, summed over the whole image of a star, in any unit.
    width : float
        Full width at half maximum in pixels.
    shape : tuple of int
        Shape ``(ny, nx)`` of the image.

    Returns
    -------
    ndarray, shape `shape`, float32
        Moffat profiles with the six diffraction spikes of the hexagonal mirrors, in the unit of
        `rate` per pixel.
    """
    image = np.zeros(shape, dtype=np.float32)
    scale = width / (2 * np.sqrt(2 ** (1 / _WING) - 1))
    for star in zip(x, y, rate, strict=True):
        _add_star(image, *star, scale)
    return image


def _add_star(image, x, y, rate, scale):
    peak = rate * (_WING - 1) / (np.pi * scale**2)
    radius = int(np.ceil(scale * (peak / _FAINTEST) ** (0.5 / _WING)))
    radius = min(max(radius, _CORE), _LARGEST)
    rows, columns = _overlap(y, radius, image.shape[0]), _overlap(x, radius, image.shape[1])
    if rows.size == 0 or columns.size == 0:
        return
    light = _profile((columns - x) / scale, (rows[:, np.newaxis] - y) / scale)
    core = np.ix_(np.abs(rows - y) < _CORE, np.abs(columns - x) < _CORE)
    fine_y = (rows[core[0].ravel(), np.newaxis] + _SUBPIXELS - y).ravel() / scale
    fine_x = (columns[core[1].ravel(), np.newaxis] + _SUBPIXELS - x).ravel() / scale
    fine = _profile(fine_x, fine_y[:, np.newaxis])
    n = len(_SUBPIXELS)
    light[core] = fine.reshape(core[0].size, n, core[1].size, n).mean(axis=(1, 3))
    image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] += peak * light


def _overlap(centre, radius, size):
    """Return the pixels along an axis that are within the radius, and in the image."""
    middle = round(float(centre))
    return np.arange(max(middle - radius, 0), min(middle + radius + 1, size))


def _profile(dx, dy):
    """Return the brightness relative to the peak, at distances in units of the scale length."""
    squared = dx**2 + dy**2
    # The real part of (dx + i dy)**6, over the radius to the 6th, is the cosine of 6 angles.
    sixfold = (dx**6 - 15 * dx**4 * dy**2 + 15 * dx**2 * dy**4 - dy**6) / (squared**3 + 1e-9)
    spikes = 1.5 * (((1 - sixfold) / 2) ** 20 - 0.125)
    return (1 + squared) ** -_WING * (1 + spikes * squared / (squared + 30))
