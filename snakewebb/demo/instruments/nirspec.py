"""NIRSpec.

References: P. Jakobsen et al. (2022), A&A 661, A80, doi:10.1051/0004-6361/202142663; T. Boeker et
al. (2023), PASP 135, 038001, doi:10.1088/1538-3873/acb846; positions in the focal plane from the
JWST Science Instrument Aperture File, corners of subarrays from the selection rules of reference
files in CRDS.
"""

from snakewebb.demo.instruments import near_infrared
from snakewebb.demo.instruments.description import Instrument, Kind, Pattern, Placement, Subarray
from snakewebb.demo.instruments.near_infrared import FULL, SIZE

_KIND = Kind(1.4, 9.0, 3.5, 20.0, 10500.0, 65000.0, 0.008, 0.105, wavelength=2.5)

NIRSPEC = Instrument(
    name="NIRSPEC",
    shape=near_infrared.SHAPE,
    border=near_infrared.BORDER,
    detectors={
        "NRS1": Placement(_KIND, 2, 1, 491, "NRS1", 294.055, -502.902, 139.155),
        "NRS2": Placement(_KIND, -2, -1, 492, "NRS2", 463.165, -353.212, 137.718),
    },
    subarrays={
        "NRS1": (
            FULL,
            Subarray("ALLSLITS", 1, 897, SIZE, 256),
            Subarray("SUB2048", 1, 946, SIZE, 32),
            Subarray("SUB512", 1025, 946, 512, 32),
            Subarray("SUB512S", 1025, 965, 512, 16),
            Subarray("SUB32", 1399, 975, 32, 32),
            Subarray("SUBS200A1", 1, 1054, SIZE, 64),
        ),
        "NRS2": (
            FULL,
            Subarray("ALLSLITS", 1, 895, SIZE, 256),
            Subarray("SUB2048", 1, 1072, SIZE, 32),
            Subarray("SUB512", 513, 946, 512, 32),
            Subarray("SUB512S", 513, 975, 512, 16),
            Subarray("SUB32", 619, 1043, 32, 32),
            Subarray("SUBS200A1", 1, 945, SIZE, 64),
        ),
    },
    patterns={
        "NRSRAPID": Pattern(1, 0),
        "NRSRAPIDD1": Pattern(1, 1),
        "NRSRAPIDD2": Pattern(1, 2),
        "NRSRAPIDD6": Pattern(1, 6),
        "NRS": Pattern(4, 0),
        "NRSIRS2RAPID": Pattern(1, 0, interleaved=True),
        "NRSIRS2": Pattern(5, 0, interleaved=True),
    },
    clocking=near_infrared.clocking,
)
