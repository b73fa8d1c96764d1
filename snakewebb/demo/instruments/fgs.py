"""FGS, as a camera and as a guider at work.

A guider identifies stars in strips of the detector, acquires one in smaller and smaller subarrays,
and then follows it; the smallest ones are read with less delay from row to row.

References: R. Doyon et al. (2012), Proc. SPIE 8442, 84422R, doi:10.1117/12.926578; positions in the
focal plane and corners of subarrays from the JWST Science Instrument Aperture File.
"""

from snakewebb.demo.clocking import Strips
from snakewebb.demo.instruments import near_infrared
from snakewebb.demo.instruments.description import Instrument, Kind, Pattern, Placement, Subarray
from snakewebb.demo.instruments.near_infrared import FULL

_KIND = Kind(1.6, 9.5, 3.5, 22.0, 12000.0, 75000.0, 0.02, 0.0691)
_SIZES = (128, 32, 8)
_AT_WORK = (
    Subarray("2048X64", 993, 1, 64, near_infrared.SIZE, outputs=4),
    Subarray("128X128", 887, 1022, 128, 128),
    Subarray("32X32", 935, 1070, 32, 32),
    Subarray("8X8", 947, 1082, 8, 8),
)
"""Where a guide star is; the same on both detectors."""

_QUICK = {"32X32", "8X8"}


def _around(place, x, y):
    """Return the square subarrays around the corner that follows a pixel."""
    return tuple(Subarray(f"SUB{n}{place}", x + 1 - n // 2, y + 1 - n // 2, n, n) for n in _SIZES)


def _clocking(subarray, shape, pattern):
    """Return how a subarray is read."""
    if subarray.name in _QUICK:
        return Strips(*shape, subarray.outputs, overhead=6, lost_rows=1)
    return near_infrared.clocking(subarray, shape, pattern)


FGS = Instrument(
    name="FGS",
    shape=near_infrared.SHAPE,
    border=near_infrared.BORDER,
    detectors={
        "GUIDER1": Placement(_KIND, -2, -1, 497, "FGS1", 206.407, -697.765, -1.241),
        "GUIDER2": Placement(_KIND, 2, -1, 498, "FGS2", 22.835, -699.423, 0.291),
    },
    subarrays={
        "GUIDER1": (
            FULL,
            *_around("CNTR", 1024, 1024),
            *_around("DIAG", 1504, 1504),
            *_around("LL", 1984, 1984),
            *_AT_WORK,
        ),
        "GUIDER2": (
            FULL,
            *_around("CNTR", 1024, 1024),
            *_around("DIAG", 1504, 544),
            *_around("LL", 1984, 64),
            *_AT_WORK,
        ),
    },
    patterns={
        "FGSRAPID": Pattern(1, 0),
        "FGS": Pattern(4, 0),
        "ID": Pattern(1, 0),
        "ACQ1": Pattern(1, 1),
        "ACQ2": Pattern(1, 3),
        "TRACK": Pattern(1, 1),
        "FINEGUIDE": Pattern(4, 39),
    },
    clocking=_clocking,
)
