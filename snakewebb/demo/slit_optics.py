"""What reference files tell of the optics of a spectrograph with slits, made up much as in NIRSpec.

Transforms are the simplest that bring the slits to the detectors: shifts, scales and a turn.
Each function takes a `Detector` and the exposures that share a file, as in `reference_contents`.
"""

import numpy as np

_PIXEL = 1.8e-5  # metres
_CENTRE = (0.0382, 0.0184)  # metres from the first pixel to the middle of the focal plane
_APERTURES = (
    (0.0270, -0.0030, 7.8e-5, 1.27e-3),
    (0.0223, 0.0026, 7.8e-5, 1.27e-3),
    (0.0245, -0.0010, 1.56e-4, 1.5e-3),
    (0.0199, 0.0018, 6.3e-4, 6.3e-4),
    (-0.0282, 0.0014, 7.8e-5, 1.27e-3),
    (0.0, 0.0, 1e-3, 1e-3),
)
"""Place and size of the fixed slits and of the integral field unit, in metres."""
_SLICES = 30
_SLICE = (8e-4, 1.2e-2)  # metres
_SHUTTERS = 3 * 365  # the first rows of those of a quadrant, which is all that is simulated
_OPEN = ((1, 120, 2), (3, 40, 1), (4, 300, 3))
"""Quadrant, column and row of the shutters that do not close, counted from 1."""
_CORNERS = ((0.001, 0.002), (0.001, -0.036), (-0.04, 0.002), (-0.04, -0.036))
"""Places of the first shutters of each quadrant, in metres."""


def focal_plane(detector, exposures):
    """Return the transforms from pixels to metres in the focal plane."""
    x, y = _CENTRE
    return {
        "nrs1_model": _scaled_and_shifted((_PIXEL, _PIXEL), (-x, -y)),
        "nrs2_model": _scaled_and_shifted((-_PIXEL, -_PIXEL), (x, y)),
        "meta": _units("pixel", "m"),
    }


def camera(detector, exposures):
    """Return the transform from the focal plane back to the disperser."""
    return {"model": _scaled_and_shifted((3.53, 3.79), (0.002, 0.294)), "meta": _units("m", "m")}


def collimator(detector, exposures):
    """Return the transform from the disperser back to the plane of the slits."""
    back = _scaled_and_shifted((1.57, 1.63), (-0.002, -0.2944))
    return {"model": back.inverse, "meta": _units("m", "m")}


def disperser(detector, exposures):
    """Return a grating, and how far it is tilted for a reading of the sensors."""
    return {
        "groovedensity": 95400.0,
        "theta_x": 0.036,
        "theta_y": 0.017,
        "theta_z": -0.42,
        "tilt_x": 0.0,
        "tilt_y": -4.2,
        "gwa_tiltx": _sensor(0.332, 2800.0, -8436.0),
        "gwa_tilty": _sensor(0.126, 50.0, 400.0),
        "meta": {"wavelength_units": "m"},
    }


def slits(detector, exposures):
    """Return where the fixed slits are in their plane."""
    from astropy.modeling.models import Rotation2D

    place = Rotation2D(0.05) | _scaled_and_shifted((1.0, 1.0), (1e-4, -1e-4))
    number = np.arange(_SHUTTERS)
    row, column = np.divmod(number, 365)
    shutters = _places(column * 1.05e-4, row * 2.04e-4, 7.8e-5, 1.78e-4)
    quadrants = {
        f"Q{quadrant}": {"data": shutters, "model": _scaled_and_shifted((1.0, 1.0), corner)}
        for quadrant, corner in enumerate(_CORNERS, 1)
    }
    data = _places(*np.transpose(_APERTURES))
    return quadrants | {"Q5": {"data": data, "model": place}, "meta": _units("m", "m")}


def states_of_shutters(detector, exposures):
    """Return which shutters do not open or close."""
    stuck = {"state": "open", "TA state": "open", "Internal state": "normal", "Vignetted": "no"}
    closed = dict.fromkeys(("state", "TA state", "Internal state"), "closed")
    found = [{"Q": q, "x": x, "y": y} | stuck for q, x, y in _OPEN]
    return {"msaoper": [*found, {"Q": 2, "x": 7, "y": 1} | stuck | closed]}


def slices(detector, exposures):
    """Return where the slices of the integral field unit are in the plane of their mirrors."""
    place = _scaled_and_shifted((1.0, 1.0), (0.0, 0.0))
    x = [_middle_of_slice(number) for number in range(_SLICES)]
    return {
        "data": _places(x, np.zeros(_SLICES), *_SLICE, first=0),
        "model": place,
        "meta": _units("m", "m"),
    }


def behind_slicer(detector, exposures):
    """Return the transforms from each slice to the slit that its mirrors make of it."""
    from astropy.modeling.models import Polynomial2D

    dispersed = {"xpoly_distortion": {"c0_0": 3.0}, "ypoly_distortion": {"c0_0": -2.0, "c0_1": 9.0}}
    straight = {"xpoly": {"c1_0": 1.0}, "ypoly": {"c0_1": 1.0}}
    polynomials = {name: Polynomial2D(1, **c) for name, c in (straight | dispersed).items()}
    found = {}
    for number in range(_SLICES):
        side = 1 if number % 2 == 0 else -1
        centre = 0.0487, side * (0.0085 + 1e-3 * (number - number % 2))
        before = _scaled_and_shifted((1.0, 1.0), (-_middle_of_slice(number), 0.0))
        found[f"slice_{number}"] = {
            "linear": before | _scaled_and_shifted((0.1, 0.1), centre),
            **polynomials,
        }
    return found | {"meta": _units("m", "m")}


def before_slicer(detector, exposures):
    """Return the transform from the plane of the slits to that of the slicer."""
    return {"model": _same_for_all_wavelengths(), "meta": _units("m", "m")}


def chromaticity(detector, exposures):
    """Return the shift of an image by its wavelength, which is none."""
    from astropy.modeling.models import Identity

    model = Identity(3)
    model.inverse = Identity(3)
    return {"model": model, "meta": _units("m", "m")}


def fore_optics(detector, exposures):
    """Return the transform from the plane of the slits to that of the telescope."""
    return {"model": _same_for_all_wavelengths(), "meta": _units("m", "m")}


def telescope(detector, exposures):
    """Return the transform from the plane of the telescope to the sky."""
    return {
        "model": _scaled_and_shifted((1.6e3, 1.6e3), (380.0, -430.0)),
        "meta": _units("m", "arcsec"),
    }


def wavelengths(detector, exposures):
    """Return the wavelengths that filters let pass, and the order of the disperser."""
    names = dict.fromkeys(f"{e.filter}_{e.grating}" for e in exposures)
    return {
        "waverange_selector": list(names),
        "wavelengthrange": [[0.97e-6, 1.89e-6] for _ in names],
        "order": [-1 for _ in names],
        "meta": {"wavelength_units": "m"},
    }


def _middle_of_slice(number):
    """Return where a slice is across the slices, in metres: they alternate around the middle."""
    return (number - number % 2 + 1) * _SLICE[0] / 2 * (1 if number % 2 == 0 else -1)


def _places(x, y, width, height, first=1):
    """Return the table of places and sizes of apertures, in metres."""
    columns = ["NO", "XC", "YC", "SIZEX", "SIZEY"]
    table = np.zeros(len(x), list(zip(columns, ["i4", "f8", "f8", "f8", "f8"], strict=True)))
    for name, values in zip(columns, (np.arange(len(x)) + first, x, y, width, height), strict=True):
        table[name] = values
    return table


def _sensor(zero, level, slope):
    """Return the calibration of a sensor of the tilt."""
    from astropy.modeling.models import Polynomial1D

    return {
        "temperatures": [37.0],
        "zeroreadings": [zero],
        "tilt_model": Polynomial1D(1, c0=level, c1=slope),
        "unit": "arcsec",
    }


def _same_for_all_wavelengths():
    """Return a transform that changes nothing, and its inverse; both take a wavelength, too."""
    from astropy.modeling.models import Mapping

    through, back = Mapping((0, 1), n_inputs=3), Mapping((0, 1), n_inputs=3)
    through.inverse = back
    return through


def _scaled_and_shifted(scales, shifts):
    """Return a transform that scales and then shifts both coordinates."""
    from astropy.modeling.models import Scale, Shift

    x, y = (Scale(factor) | Shift(shift) for factor, shift in zip(scales, shifts, strict=True))
    return x & y


def _units(before, after):
    return {"input_units": before, "output_units": after}
