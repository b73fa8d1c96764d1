"""MIRI.

Its detectors are Raytheon SB-375 of 1024 x 1032 pixels with four columns of reference pixels at
the left and at the right. Four outputs read every fourth column each, and a fifth one reads a
reference signal all the time.

References: G. H. Rieke et al. (2015), PASP 127, 665, doi:10.1086/682257 (detectors); M. E. Ressler
et al. (2015), PASP 127, 675, doi:10.1086/682258 (electronics); positions in the focal plane and
corners of subarrays from the JWST Science Instrument Aperture File.
"""

from snakewebb.demo.clocking import Combs
from snakewebb.demo.instruments.description import (
    Instrument,
    Kind,
    Pattern,
    Placement,
    Subarray,
    Wave,
)

_ROWS, _COLUMNS = 1024, 1032
_EFFECTS = {
    "reset_anomaly": (60.0, 85.0),
    "last_frame": -12.0,
    "interference": (Wave(390.625, 6.0), Wave(10.039216, 4.0)),
}
_KIND = Kind(3.1, 25.0, 4.0, 30.0, 9000.0, 165000.0, 0.2, 0.1109, wavelength=10.0, **_EFFECTS)

_ROW_OVERHEAD = {"FULL": 13, "BRIGHTSKY": 34, "SUB256": 32}  # clocks; 10 for all others
_SLOW_ROW_OVERHEAD = 11
_SKIPPED_ROW = 7  # clocks that a row takes that is not read

_FULL = Subarray("FULL", 1, 1, _COLUMNS, _ROWS, outputs=4)


def _clocking(subarray, shape, pattern):
    """Return how a subarray is read."""
    overhead = _ROW_OVERHEAD.get(subarray.name, 10)
    return Combs(
        *shape,
        nsamples=pattern.nsamples,
        overhead=overhead if pattern.nsamples == 1 else _SLOW_ROW_OVERHEAD,
        skipped=_SKIPPED_ROW * (_ROWS - shape[0]),
    )


MIRI = Instrument(
    name="MIRI",
    shape=(_ROWS, _COLUMNS),
    border=(0, 4),
    detectors={
        "MIRIMAGE": Placement(_KIND, 1, 2, 493, "MIRIM", -453.559, -373.814, 4.834),
        "MIRIFUSHORT": Placement(_KIND, 1, 2, 495, "MIRIFU", -503.655, -318.743, 0.0, channel="12"),
        "MIRIFULONG": Placement(_KIND, 1, 2, 494, "MIRIFU", -503.655, -318.743, 0.0, channel="34"),
    },
    subarrays={
        "MIRIMAGE": (
            _FULL,
            Subarray("BRIGHTSKY", 457, 51, 512, 512, outputs=4),
            Subarray("SUB256", 413, 51, 256, 256, outputs=4),
            Subarray("SUB128", 1, 889, 136, 128, outputs=4),
            Subarray("SUB64", 1, 779, 72, 64, outputs=4),
            Subarray("SLITLESSPRISM", 1, 529, 72, 416, outputs=4),
            Subarray("MASK1065", 1, 19, 288, 224, outputs=4),
            Subarray("MASK1140", 1, 245, 288, 224, outputs=4),
            Subarray("MASK1550", 1, 467, 288, 224, outputs=4),
            Subarray("MASKLYOT", 1, 717, 320, 304, outputs=4),
        ),
        "MIRIFUSHORT": (_FULL,),
        "MIRIFULONG": (_FULL,),
    },
    patterns={
        "FASTR1": Pattern(1, 0),
        "SLOWR1": Pattern(1, 0, nsamples=9),
        "FASTGRPAVG": Pattern(4, 0),
        "FASTGRPAVG8": Pattern(8, 0),
        "FASTGRPAVG16": Pattern(16, 0),
    },
    clocking=_clocking,
    reference_output=True,
)
