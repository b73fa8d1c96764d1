"""Reference files for the simulated detectors, from the same truth as the exposures.

They are what a perfect calibration campaign would find, apart from pixels that it could not
measure: those hold NaN and are flagged, as in the real files.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from snakewebb import __version__
from snakewebb.demo.detectors import FLAWS, SIZE, Detector, smallest_subarray
from snakewebb.demo.keywords import subarray_metadata
from snakewebb.demo.readout import convolve
from snakewebb.demo.timing import Timing
from snakewebb.kernels import dq

USEAFTER = "2015-01-01T00:00:00"

_DETECTOR = "META.INSTRUMENT.DETECTOR"
_EXP_TYPE = "META.EXPOSURE.TYPE"
_NOUTPUTS = "META.EXPOSURE.NOUTPUTS"
_READPATT = "META.EXPOSURE.READPATT"
_SUBARRAY = "META.SUBARRAY.NAME"
_ANY = {_EXP_TYPE: "N/A", _READPATT: "ANY", _SUBARRAY: "GENERIC"}
_DARK_SELECTORS = {"NIRCAM": (_EXP_TYPE, _DETECTOR, _SUBARRAY, _NOUTPUTS)}

_LARGEST_DARK = 3 * SIZE**2  # pixels; the darks of long exposures are extrapolated
_SHORTEST_DARK = 3  # groups


@dataclass(frozen=True)
class ReferenceType:
    """One type of reference file.

    Parameters
    ----------
    name : str
        Its name in CRDS.
    model : str
        Name of its class of data models.
    title : str
        What it holds.
    contents : callable
        ``contents(detector, exposures)`` returns arrays, and metadata of this type alone, by the
        names of the data model's attributes.
    selectors : tuple of str
        Entries in an exposure's header by which CRDS selects the file.
    instruments : dict
        The selectors of those instruments that have others.
    generic : dict
        Values for those selectors that make no difference to the file.
    flags : tuple of int
        Bits that its data quality array can have, eight at most.
    whole : bool
        Whether the file covers the whole detector, whatever subarrays it serves.
    """

    name: str
    model: str
    title: str
    contents: Callable
    selectors: tuple[str, ...]
    instruments: dict = field(default_factory=dict)
    generic: dict = field(default_factory=lambda: _ANY)
    flags: tuple[int, ...] = ()
    whole: bool = False

    def selectors_of(self, instrument):
        """Return the selectors of an instrument."""
        return self.instruments.get(instrument, self.selectors)

    def selection(self, exposure):
        """Return, for each selector, the value by which an exposure finds its file."""
        values = {
            _DETECTOR: exposure.detector,
            _EXP_TYPE: exposure.exp_type,
            _NOUTPUTS: exposure.camera.subarray.outputs,
            _READPATT: exposure.readpatt,
            _SUBARRAY: exposure.subarray,
        } | self.generic
        return {s: values[s] for s in self.selectors_of(exposure.camera.placement.instrument)}


def make_reference(kind, exposures):
    """Return the reference file of a type for exposures that share it.

    Parameters
    ----------
    kind : ReferenceType
        What to make.
    exposures : sequence of Exposure
        All with the same selection. The file covers the smallest subarray that contains theirs.

    Returns
    -------
    stdatamodels.jwst.datamodels.ReferenceFileModel
    """
    from stdatamodels.jwst import datamodels

    served = {"FULL"} if kind.whole else {e.subarray for e in exposures}
    part = smallest_subarray(exposures[0].detector, served)
    detector = Detector(exposures[0].detector, part.name)
    contents = kind.contents(detector, exposures)
    model = getattr(datamodels, kind.model)({"meta": _metadata(kind, detector, exposures[0])})
    model.update({"meta": contents.pop("meta", {})})
    if kind.flags:
        _set_flags(model, contents.pop("dq"), kind.flags)
    for name, array in contents.items():
        setattr(model, name, array)
    model.add_history_entry("DOCUMENT: the documentation of snakewebb.demo")
    model.add_history_entry(f"SOFTWARE: snakewebb.demo {__version__}")
    return model


def _metadata(kind, detector, exposure):
    """Return the metadata that every reference file has, and its selectors."""
    placement = detector.placement
    meta = {
        "reftype": kind.name.upper(),
        "description": f"{kind.title} of a simulated detector",
        "author": "snakewebb",
        "pedigree": "SIMULATION",
        "useafter": USEAFTER,
        "telescope": "JWST",
        "instrument": {"name": placement.instrument},
        "exposure": {},
        "subarray": subarray_metadata(detector) | {"name": "GENERIC"},
    }
    for selector, value in kind.selection(exposure).items():
        _, section, key = selector.lower().split(".")
        meta[section][key] = value
    return meta


def _set_flags(model, flags, bits):
    """Store flags as bytes, with the table that says which bit of a byte means which flag."""
    from stdatamodels.jwst.datamodels import dqflags

    names = {value: name for name, value in dqflags.pixel.items()}
    compact = np.zeros(flags.shape, dtype=np.uint8)
    rows = []
    for position, bit in enumerate(bits):
        compact[(flags & np.uint32(bit)) != 0] |= np.uint8(1 << position)
        rows.append((position, 1 << position, names[bit], names[bit].replace("_", " ").lower()))
    model.add_schema_entry("dq", {"datatype": "uint8"})
    model.dq = compact
    model.dq_def = np.array(rows, dtype=model.get_dtype("dq_def"))


def _mask(detector, exposures):
    return {"dq": detector.mask}


def _superbias(detector, exposures):
    bias = detector.bias.copy()
    return {"data": bias, "dq": _forget(detector, "unknown_bias", bias)}


def _saturation(detector, exposures):
    saturation = detector.saturation
    return {"data": saturation, "dq": _forget(detector, "unknown_saturation", saturation)}


def _linearity(detector, exposures):
    coefficients = np.zeros((4, *detector.subarray.shape), dtype=np.float32)
    coefficients[1] = 1
    coefficients[2:] = detector.linearity
    return {"coeffs": coefficients, "dq": _forget(detector, "unknown_linearity", coefficients)}


def _dark(detector, exposures):
    """Return the dark ramp: read frame by frame, or in the pattern of the exposures."""
    if detector.placement.instrument in _DARK_SELECTORS:
        nframes, groupgap = 1, 0
        needed = max(Timing(e).frames for e in exposures)
    else:
        nframes, groupgap = exposures[0].pattern.nframes, exposures[0].pattern.groupgap
        needed = max(e.ngroups for e in exposures)
    size = detector.subarray.xsize * detector.subarray.ysize
    ngroups = max(min(needed, _LARGEST_DARK // size), _SHORTEST_DARK)
    seconds = (nframes + groupgap) * detector.frame_time * np.arange(ngroups, dtype=np.float32)
    slope = convolve(detector.dark_current, detector.ipc_kernel) / detector.gain
    ramp = seconds[:, np.newaxis, np.newaxis] * slope
    return {
        "data": ramp,
        "dq": _forget(detector, "unknown_dark", ramp),
        "meta": {"exposure": {"nframes": nframes, "groupgap": groupgap, "ngroups": ngroups}},
    }


def _gain(detector, exposures):
    gain = detector.gain
    _forget(detector, "unknown_gain", gain)
    return {"data": gain, "meta": {"bunit_data": "ELECTRONS/DN"}}


def _read_noise(detector, exposures):
    """Return the noise of a difference of two reads."""
    flicker = detector.kind.flicker_noise / detector.kind.gain
    noise = np.sqrt(2) * np.hypot(detector.read_noise, np.float32(flicker))
    return {"data": noise.astype(np.float32), "meta": {"bunit_data": "DN"}}


def _ipc(detector, exposures):
    """Return the kernel that undoes the inter-pixel capacitance, cut to 3 x 3 pixels."""
    padded = np.pad(detector.ipc_kernel, 3)
    inverse = np.fft.ifft2(1 / np.fft.fft2(np.fft.ifftshift(padded)))
    kernel = np.fft.fftshift(inverse.real)[3:-3, 3:-3]
    return {"data": (kernel / kernel.sum()).astype(np.float32)}


def _trap_density(detector, exposures):
    density = detector.trap_density
    dead = np.zeros(density.shape, dtype=np.uint32)
    dead.flat[detector.flaws["dead"]] = dq.DO_NOT_USE
    density[dead != 0] = np.nan
    return {"data": density, "dq": dead}


def _trap_parameters(detector, exposures):
    """Return three families of traps, made up: those that release late hold less."""
    columns = ("capture0", "capture1", "capture2", "decay_param")
    rows = [(200, -1 / 2000, 400, -1 / 10), (250, -1 / 100, 60, -1 / 100), (80, -1 / 10, 10, -1e-3)]
    return {"trappars_table": np.array(rows, dtype=[(name, np.float64) for name in columns])}


def _persistence_saturation(detector, exposures):
    """Return the linear signal at which nine tenths of the well are full."""
    full_well = np.float32(0.9) * (detector.ceiling - detector.bias)
    return {"data": full_well, "dq": _forget(detector, "unknown_saturation", full_well)}


def _forget(detector, flaw, images):
    """Set the pixels with a flaw to NaN in images, and return the flags that say so."""
    indices = detector.flaws[flaw]
    images.reshape(-1, detector.mask.size)[:, indices] = np.nan
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[indices] = FLAWS[flaw].reference_flags
    return flags


TYPES = (
    ReferenceType(
        "mask",
        "MaskModel",
        "Bad pixels",
        _mask,
        (_DETECTOR, _SUBARRAY),
        flags=(
            dq.DO_NOT_USE,
            dq.DEAD,
            dq.HOT,
            dq.WARM,
            dq.LOW_QE,
            dq.TELEGRAPH,
            dq.BAD_REF_PIXEL,
            dq.REFERENCE_PIXEL,
        ),
    ),
    ReferenceType(
        "superbias",
        "SuperBiasModel",
        "Bias",
        _superbias,
        (_DETECTOR, _READPATT, _SUBARRAY),
        flags=(dq.UNRELIABLE_BIAS,),
    ),
    ReferenceType(
        "saturation",
        "SaturationModel",
        "Saturation threshold",
        _saturation,
        (_DETECTOR,),
        flags=(dq.NO_SAT_CHECK,),
    ),
    ReferenceType(
        "linearity",
        "LinearityModel",
        "Linearity polynomial",
        _linearity,
        (_DETECTOR, _SUBARRAY),
        flags=(dq.NO_LIN_CORR,),
    ),
    ReferenceType(
        "dark",
        "DarkModel",
        "Dark ramp",
        _dark,
        (_DETECTOR, _READPATT, _SUBARRAY),
        instruments=_DARK_SELECTORS,
        generic={_EXP_TYPE: "N/A"},
        flags=(dq.UNRELIABLE_DARK,),
    ),
    ReferenceType("gain", "GainModel", "Gain", _gain, (_DETECTOR, _SUBARRAY)),
    ReferenceType(
        "readnoise",
        "ReadnoiseModel",
        "Read noise",
        _read_noise,
        (_DETECTOR, _READPATT, _SUBARRAY),
    ),
    ReferenceType("ipc", "IPCModel", "Kernel of inter-pixel capacitance", _ipc, (_DETECTOR,)),
    ReferenceType(
        "trapdensity",
        "TrapDensityModel",
        "Density of charge traps",
        _trap_density,
        (_DETECTOR,),
        flags=(dq.DO_NOT_USE,),
        whole=True,
    ),
    ReferenceType(
        "trappars",
        "TrapParsModel",
        "Capture and decay of charge traps",
        _trap_parameters,
        (_DETECTOR,),
    ),
    ReferenceType(
        "persat",
        "PersistenceSatModel",
        "Signal at which charge traps are full",
        _persistence_saturation,
        (_DETECTOR,),
        flags=(dq.NO_SAT_CHECK,),
        whole=True,
    ),
)

NOT_APPLICABLE = (
    "emicorr",
    "flat",
    "pastasoss",
    "pictureframe",
    "refpix",
    "reset",
    "rscd",
    "sirskernel",
)
