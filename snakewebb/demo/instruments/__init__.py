"""The instruments of JWST, as far as their detectors are concerned: facts, a module each."""

from snakewebb.demo.instruments.fgs import FGS
from snakewebb.demo.instruments.miri import MIRI
from snakewebb.demo.instruments.nircam import NIRCAM
from snakewebb.demo.instruments.niriss import NIRISS
from snakewebb.demo.instruments.nirspec import NIRSPEC

INSTRUMENTS = (NIRCAM, NIRISS, NIRSPEC, MIRI, FGS)

_INSTRUMENT_OF = {detector: i for i in INSTRUMENTS for detector in i.detectors}
DETECTORS = tuple(_INSTRUMENT_OF)


def find_instrument(detector):
    """Return the instrument that has a detector."""
    if detector not in _INSTRUMENT_OF:
        raise ValueError(f"no detector {detector!r}; there are {', '.join(DETECTORS)}")
    return _INSTRUMENT_OF[detector]


def find_subarray(detector, name, outputs=None):
    """Return a subarray of a detector by its name, read by a number of outputs."""
    return find_instrument(detector).find_subarray(detector, name, outputs)


def smallest_subarray(detector, names):
    """Return the smallest subarray of a detector that contains all of the named ones."""
    wanted = [find_subarray(detector, name) for name in names]
    subarrays = find_instrument(detector).subarrays[detector]
    candidates = [s for s in subarrays if all(map(s.contains, wanted))]
    return min(candidates, key=lambda s: s.xsize * s.ysize)
