"""NIRCam.

References: M. J. Rieke et al. (2023), PASP 135, 028001, doi:10.1088/1538-3873/acac53; positions in
the focal plane and corners of subarrays from the JWST Science Instrument Aperture File.
"""

from snakewebb.demo.instruments import near_infrared
from snakewebb.demo.instruments.description import Instrument, Kind, Pattern, Placement, Subarray
from snakewebb.demo.instruments.near_infrared import FULL, SIZE

_SHORT = Kind(2.05, 7.5, 2.5, 20.0, 11500.0, 104000.0, 0.002, 0.0311)
_LONG = Kind(1.82, 6.5, 2.5, 20.0, 10500.0, 84000.0, 0.03, 0.0629)
_A = "A", "SHORT"
_B = "B", "SHORT"

_DETECTORS = {
    "NRCA1": Placement(_SHORT, -1, 2, 481, "NRCA1", 120.525, -527.543, -0.563, *_A),
    "NRCA2": Placement(_SHORT, 1, -2, 482, "NRCA2", 119.589, -459.863, -0.220, *_A),
    "NRCA3": Placement(_SHORT, -1, 2, 483, "NRCA3", 51.886, -527.953, 0.274, *_A),
    "NRCA4": Placement(_SHORT, 1, -2, 484, "NRCA4", 52.195, -459.972, 0.089, *_A),
    "NRCALONG": Placement(_LONG, -1, 2, 485, "NRCA5", 86.039, -493.386, -0.074, "A", "LONG"),
    "NRCB1": Placement(_SHORT, 1, -2, 486, "NRCB1", -120.970, -457.789, 0.367, *_B),
    "NRCB2": Placement(_SHORT, -1, 2, 487, "NRCB2", -121.155, -525.478, 0.860, *_B),
    "NRCB3": Placement(_SHORT, 1, -2, 488, "NRCB3", -53.140, -457.822, -0.437, *_B),
    "NRCB4": Placement(_SHORT, -1, 2, 489, "NRCB4", -52.846, -525.729, -0.317, *_B),
    "NRCBLONG": Placement(_LONG, 1, -2, 490, "NRCB5", -89.597, -491.474, 0.008, "B", "LONG"),
}


def _in_corner(right, top):
    """Return the square subarrays of a short-wave detector, in a corner of it."""
    return tuple(
        Subarray(f"SUB{size}", 1 + right * (SIZE - size), 1 + top * (SIZE - size), size, size)
        for size in (160, 320, 640)
    )


def _around(x, y):
    """Return the square subarrays of a long-wave detector around a pixel."""
    return tuple(
        Subarray(f"SUB{size}", x - size // 2, y - size // 2, size, size) for size in (160, 320, 640)
    )


def _strips(ystart=(1, 1, 1)):
    """Return the subarrays for time series of grism spectra, as wide as the detector."""
    return tuple(
        Subarray(f"SUBGRISM{rows}", 1, y, SIZE, rows, outputs=4)
        for rows, y in zip((64, 128, 256), ystart, strict=True)
    )


_SUBARRAYS = {
    "NRCA1": (FULL, *_in_corner(right=True, top=True), *_strips((135, 103, 1))),
    "NRCA2": (FULL, *_in_corner(right=True, top=False)),
    "NRCA3": (FULL, *_in_corner(right=False, top=True), *_strips((144, 112, 1))),
    "NRCA4": (FULL, *_in_corner(right=False, top=False)),
    "NRCALONG": (FULL, *_around(1025, 1025), *_strips()),
    "NRCB1": (FULL, *_in_corner(right=False, top=False)),
    "NRCB2": (FULL, *_in_corner(right=False, top=True)),
    "NRCB3": (FULL, *_in_corner(right=True, top=False)),
    "NRCB4": (FULL, *_in_corner(right=True, top=True)),
    "NRCBLONG": (FULL, *_around(985, 1021)),
}

NIRCAM = Instrument(
    name="NIRCAM",
    shape=near_infrared.SHAPE,
    border=near_infrared.BORDER,
    detectors=_DETECTORS,
    subarrays=_SUBARRAYS,
    patterns={
        "RAPID": Pattern(1, 0),
        "BRIGHT1": Pattern(1, 1),
        "BRIGHT2": Pattern(2, 0, True),
        "SHALLOW2": Pattern(2, 3, True),
        "SHALLOW4": Pattern(4, 1, True),
        "MEDIUM2": Pattern(2, 8, True),
        "MEDIUM8": Pattern(8, 2, True),
        "DEEP2": Pattern(2, 18, True),
        "DEEP8": Pattern(8, 12, True),
    },
    clocking=near_infrared.clocking,
)
