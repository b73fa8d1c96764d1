"""The optics of NIRSpec between its slits and the pixels of an image.

Light of a slit is collimated, dispersed, and focused by the camera on one of two detectors. The
wheel that holds the dispersers is tilted by an angle that a sensor tells.

References: JWST pipeline documentation, reference files of "Assign WCS"; P. Jakobsen et al. (2022),
A&A 661, A80, doi:10.1051/0004-6361/202142663.
"""

import numpy as np

from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.layout import NEAR_INFRARED_SIDE, first_pixel
from snakewebb.steps.reference_types import NIRSPEC_OPTICS

NEEDED = tuple(reference.type for reference in NIRSPEC_OPTICS)
"""Types of reference files that describe it."""

ARCSECONDS = 3600
"""In a degree."""

HALF_HEIGHT = 0.55
"""Half of the height of a slit, with what its edges let pass, in units of its height."""

WAVELENGTHS = 1000
"""Number of wavelengths at which the edges of a spectrum are taken."""


class Spectrograph:
    """NIRSpec as it was during an exposure.

    Parameters
    ----------
    model : data model
        The exposure.
    references : object
        Holds the references that are needed.

    Raises
    ------
    NotApplicable
        If a reference is missing.
    ValueError
        If the header does not tell how it was set, or the references do not know that.
    """

    def __init__(self, model, references):
        from stdatamodels.jwst.transforms.models import Rotation3DToGWA

        if missing := [kind for kind in NEEDED if getattr(references, kind) is None]:
            raise NotApplicable(
                f"there is no reference {', '.join(missing)} to tell where spectra fall"
            )
        instrument, disperser = model.meta.instrument, references.disperser
        self._camera, self._collimator = references.camera.model, references.collimator.model
        self._upside_down = instrument.detector == "NRS2"
        self._detector = getattr(references.fpa, f"{instrument.detector.lower()}_model")
        self._first_row, self._first_column = first_pixel(model.meta.subarray)
        self._range, order = range_and_order(instrument, references.wavelengthrange)
        self._disperse = dispersion(instrument, disperser, order)
        self._turn = Rotation3DToGWA(angles_of_disperser(instrument, disperser), "xyzy")

    def wavelengths(self, number):
        """Return wavelengths, in metres, that the filter lets pass, evenly spaced."""
        shortest, longest = self._range
        return np.linspace(shortest, longest, number)

    def image(self, x, y, wavelengths):
        """Return columns and rows of the image where light falls.

        Parameters
        ----------
        x, y : ndarray, shape (n,), float64
            Places in the plane of the slits, in metres.
        wavelengths : ndarray, shape (n,), float64
            In metres.
        """
        from stdatamodels.jwst.transforms.models import DirCos2Unitless

        dispersed = self._disperse(wavelengths, *self._arriving(x, y))
        leaving = DirCos2Unitless()(*self._turn.inverse(*dispersed))
        column, row = self._detector.inverse(*self._camera.inverse(*leaving))
        return self._flipped(column) - self._first_column, self._flipped(row) - self._first_row

    def height_of(self, x, y):
        """Return the direction cosine, across the dispersion, of light that meets the disperser."""
        return self._arriving(x, y)[1]

    def height_at(self, columns, rows):
        """Return the direction cosine as in `height_of` of light that falls on pixels."""
        place = (
            self._flipped(columns + self._first_column),
            self._flipped(rows + self._first_row),
        )
        return -self._cosines(*self._camera(*self._detector(*place)))[1]

    def _arriving(self, x, y):
        return self._cosines(*self._collimator.inverse(x, y))

    def _cosines(self, x, y):
        from stdatamodels.jwst.transforms.models import Unitless2DirCos

        return self._turn(*Unitless2DirCos()(x, y))

    def _flipped(self, pixels):
        """Return columns or rows of the detector for those of the image, and vice versa."""
        return NEAR_INFRARED_SIDE - 1 - pixels if self._upside_down else pixels


def range_and_order(instrument, reference):
    """Return the wavelengths that a filter lets pass, and the order of the disperser.

    Raises
    ------
    ValueError
        If the reference does not know them together.
    """
    name = f"{instrument.filter}_{instrument.grating}"
    known = list(reference.waverange_selector)
    if name not in known:
        raise ValueError(f"the wavelengthrange reference knows no {name}")
    index = known.index(name)
    return tuple(reference.wavelengthrange[index]), reference.order[index]


def dispersion(instrument, disperser, order):
    """Return the function that disperses: wavelength and direction cosines to direction cosines."""
    from stdatamodels.jwst.transforms.models import AngleFromGratingEquation, Snell

    if instrument.grating != "PRISM":
        return AngleFromGratingEquation(disperser.groovedensity, order)
    glass = (list(each) for each in (disperser.kcoef, disperser.lcoef, disperser.tcoef))
    warm, pressure = disperser.tref, disperser.pref
    return Snell(disperser.angle, *glass, warm, pressure, instrument.gwa_tilt or warm, 0.0)


def angles_of_disperser(instrument, disperser):
    """Return the angles of the disperser about x, y, z and y, in degrees.

    Raises
    ------
    ValueError
        If the header does not tell how the wheel is tilted.
    """
    if instrument.gwa_xtilt is None or instrument.gwa_ytilt is None:
        raise ValueError("mask_science_regions needs the tilt of the grating wheel, GWA_XTIL")
    return (
        disperser.theta_x + correction(disperser.gwa_tilty, instrument.gwa_ytilt),
        disperser.theta_y + correction(disperser.gwa_tiltx, instrument.gwa_xtilt),
        disperser.theta_z,
        disperser.tilt_y,
    )


def correction(sensor, reading):
    """Return the angle by which the wheel is tilted, given the reading of a sensor, in degrees."""
    turned = sensor.tilt_model(reading) - sensor.tilt_model(sensor.zeroreadings[0])
    return turned / 2 / ARCSECONDS
