"""NIRISS.

References: R. Doyon et al. (2023), PASP 135, 098001, doi:10.1088/1538-3873/acd41b; positions in
the focal plane and corners of subarrays from the JWST Science Instrument Aperture File.
"""

from snakewebb.demo.instruments import near_infrared
from snakewebb.demo.instruments.description import Instrument, Kind, Pattern, Placement, Subarray
from snakewebb.demo.instruments.near_infrared import FULL, SIZE

_KIND = Kind(1.61, 9.0, 3.5, 22.0, 12500.0, 81000.0, 0.03, 0.0656)

NIRISS = Instrument(
    name="NIRISS",
    shape=near_infrared.SHAPE,
    border=near_infrared.BORDER,
    detectors={"NIS": Placement(_KIND, -2, -1, 496, "NIS", -291.141, -698.015, 0.561)},
    subarrays={
        "NIS": (
            FULL,
            Subarray("SUB80", 1045, 1, 80, 80),
            *(Subarray(f"SUB{n}", SIZE + 1 - n, SIZE + 1 - n, n, n) for n in (64, 128, 256)),
            Subarray("SUBTAAMI", 1054, 81, 64, 64),
            Subarray("SUBTASOSS", 1923, 1167, 64, 64),
            Subarray("SUBSTRIP96", 1, 1803, SIZE, 96),
            Subarray("SUBSTRIP256", 1, 1793, SIZE, 256),
        )
    },
    patterns={"NISRAPID": Pattern(1, 0), "NIS": Pattern(4, 0)},
    clocking=near_infrared.clocking,
)
