"""Reference files for the simulated detectors, from the same truth as the exposures.

They are what a perfect calibration campaign would find, apart from pixels that it could not
measure: those hold NaN and are flagged, as in the real files.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from snakewebb import __version__
from snakewebb.demo.detectors import FLAWS, Detector
from snakewebb.demo.instruments import smallest_subarray
from snakewebb.demo.keywords import subarray_metadata
from snakewebb.demo.readout import convolve
from snakewebb.demo.timing import Timing
from snakewebb.kernels import dq

USEAFTER = "2015-01-01T00:00:00"

_DETECTOR = "META.INSTRUMENT.DETECTOR"
_FILTER = "META.INSTRUMENT.FILTER"
_BAND = "META.INSTRUMENT.BAND"
_EXP_TYPE = "META.EXPOSURE.TYPE"
_NOUTPUTS = "META.EXPOSURE.NOUTPUTS"
_READPATT = "META.EXPOSURE.READPATT"
_SUBARRAY = "META.SUBARRAY.NAME"
_PLACE = tuple(f"META.SUBARRAY.{name}" for name in ("XSTART", "YSTART", "XSIZE", "YSIZE"))

_ALL = ("NIRCAM", "NIRISS", "NIRSPEC", "MIRI", "FGS")
_NEAR_INFRARED = ("NIRCAM", "NIRISS", "NIRSPEC", "FGS")
_TRAPPING = ("NIRCAM", "NIRISS", "FGS")

_LARGEST_DARK = 3 * 2048**2  # pixels; the darks of long exposures are extrapolated
_SHORTEST_DARK = 3  # groups
_LONGEST_ANOMALY = 15  # groups
_BINS = 500  # of a period of a wave


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
    instruments : tuple of str
        Those that have it.
    others : mapping
        The selectors of those instruments that have others.
    by_pattern : bool
        Whether the file depends on the readout pattern; otherwise those share it whose frames
        look alike.
    by_subarray : bool
        Whether it belongs to a subarray; otherwise it is cut to that of the exposure.
    serves : callable
        ``serves(exposure)`` tells whether the exposure has such a file.
    flags : tuple of int
        Bits that its data quality array can have, eight at most.
    extension : str
        Of its file name.
    """

    name: str
    model: str
    title: str
    contents: Callable
    selectors: tuple[str, ...]
    instruments: tuple[str, ...] = _ALL
    others: dict = field(default_factory=dict)
    by_pattern: bool = False
    by_subarray: bool = False
    serves: Callable = lambda exposure: True
    flags: tuple[int, ...] = ()
    extension: str = "fits"

    def selectors_of(self, instrument):
        """Return the selectors of an instrument."""
        return self.others.get(instrument, self.selectors)

    def selection(self, exposure):
        """Return, for each selector, the value by which an exposure finds its file."""
        camera = exposure.camera
        selectors = self.selectors_of(camera.instrument.name)
        part = camera.subarray
        by_subarray = self.by_subarray or set(_PLACE) <= set(selectors)
        values = {
            _DETECTOR: exposure.detector,
            _FILTER: "N/A",
            _BAND: "N/A",
            _EXP_TYPE: "N/A",
            _NOUTPUTS: camera.clocking.noutputs,
            _READPATT: exposure.readpatt if self.by_pattern else _patterns_alike(camera),
            _SUBARRAY: part.name if by_subarray else "GENERIC",
            **dict(zip(_PLACE, (part.xstart, part.ystart, part.xsize, part.ysize), strict=True)),
        }
        return {s: values[s] for s in selectors}


def _patterns_alike(camera):
    """Return the names of all patterns whose frames look like those of an exposure, for CRDS."""
    alike = camera.instrument.alike(camera.pattern)
    return "ANY" if len(alike) == len(camera.instrument.patterns) else "|".join(alike)


def make_reference(kind, exposures):
    """Return the reference file of a type for exposures that share it.

    Parameters
    ----------
    kind : ReferenceType
        What to make.
    exposures : sequence of Exposure
        All with the same selection. Images cover the smallest subarray that contains theirs.

    Returns
    -------
    stdatamodels.jwst.datamodels.ReferenceFileModel
    """
    from stdatamodels.jwst import datamodels

    first = exposures[0]
    subarrays = {e.subarray for e in exposures if e.detector == first.detector}
    part = smallest_subarray(first.detector, subarrays)
    detector = Detector(first.detector, part.name, readpatt=first.readpatt, outputs=first.outputs)
    contents = kind.contents(detector, exposures)
    model = getattr(datamodels, kind.model)({"meta": _metadata(kind, detector, first)})
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
    meta = {
        "reftype": kind.name.upper(),
        "description": f"{kind.title} of a simulated detector",
        "author": "snakewebb",
        "pedigree": "SIMULATION",
        "useafter": USEAFTER,
        "telescope": "JWST",
        "instrument": {"name": detector.instrument.name},
        "exposure": {},
        "subarray": subarray_metadata(detector) | {"name": "GENERIC"},
    }
    for selector, value in kind.selection(exposure).items():
        _, section, key = selector.lower().split(".")
        meta[section][key] = value
    if "|" in (patterns := meta["exposure"].get("readpatt", "")):
        meta["exposure"] |= {"readpatt": exposure.readpatt, "preadpatt": patterns + "|"}
    if kind.by_subarray or _PLACE[0] in kind.selection(exposure):
        meta["subarray"]["name"] = detector.subarray.name
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
    return {"dq": detector.frame_mask}


def _superbias(detector, exposures):
    bias = detector.bias.copy()
    flags = _forget(detector, "unknown_bias", bias)
    return {"data": detector.frame(bias, detector.frame_bias), "dq": detector.frame(flags, 0)}


def _saturation(detector, exposures):
    saturation = detector.saturation
    return {"data": saturation, "dq": _forget(detector, "unknown_saturation", saturation)}


def _linearity(detector, exposures):
    """Return the polynomial; without a superbias it is applied to values with the bias in them."""
    square, cube = detector.linearity
    if detector.instrument.name in _NEAR_INFRARED:
        orders = 0, 1, square, cube
    else:
        bias = detector.bias
        orders = (
            square * bias**2 - cube * bias**3,
            1 - 2 * square * bias + 3 * cube * bias**2,
            square - 3 * cube * bias,
            cube,
        )
    coefficients = np.empty((4, *detector.subarray.shape), dtype=np.float32)
    for image, values in zip(coefficients, orders, strict=True):
        image[...] = values
    return {"coeffs": coefficients, "dq": _forget(detector, "unknown_linearity", coefficients)}


def _dark(detector, exposures):
    """Return the dark ramp of one integration."""
    return _dark_ramp(detector, exposures[0].pattern, max(e.ngroups for e in exposures))


def _dark_by_frame(detector, exposures):
    """Return the dark ramp, read frame by frame."""
    single = next(iter(detector.instrument.patterns.values()))
    return _dark_ramp(detector, single, max(Timing(e).frames for e in exposures))


def _dark_of_integrations(detector, exposures):
    """Return the dark ramps of the first integration and of all others."""
    dark = _dark(detector, exposures)
    ramp, flags = dark["data"], dark["dq"]
    dark["data"] = np.stack([ramp, ramp * np.float32(1.02)])
    dark["dq"] = np.stack([flags, flags])[:, np.newaxis]
    dark["meta"]["exposure"]["nints"] = 2
    return dark


def _dark_ramp(detector, pattern, needed):
    size = detector.subarray.xsize * detector.subarray.ysize
    ngroups = max(min(needed, _LARGEST_DARK // size), _SHORTEST_DARK)
    interval = (pattern.nframes + pattern.groupgap) * detector.frame_time
    seconds = interval * np.arange(ngroups, dtype=np.float32)
    slope = convolve(detector.dark_current, detector.ipc_kernel) / detector.gain
    ramp = seconds[:, np.newaxis, np.newaxis] * slope
    readout = {"nframes": pattern.nframes, "groupgap": pattern.groupgap, "ngroups": ngroups}
    return {
        "data": ramp,
        "dq": _forget(detector, "unknown_dark", ramp),
        "meta": {"exposure": readout},
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


def _refpix(detector, exposures):
    """Return the weights of the reference output and of interleaved reference pixels."""
    clocking = detector.clocking
    frequency = np.abs(np.fft.fftfreq(clocking.length))
    weights = {"alpha": 0.2 * np.exp(-frequency / 0.01), "beta": 0.8 * np.exp(-frequency / 0.02)}
    columns = [(f"{name}_{output}", "f4") for name in weights for output in range(4)]
    table = np.zeros(2 * clocking.length, dtype=columns)
    for name, _ in columns:
        table[name][::2] = weights[name.partition("_")[0]]  # the imaginary parts stay 0
    bad = np.zeros(8, dtype=[("OUTPUT", "u2"), ("ODD_EVEN", "u2"), ("MASK", "u4")])
    bad["OUTPUT"], bad["ODD_EVEN"] = np.divmod(np.arange(8), 2) + np.ones((2, 1), int)
    bad["MASK"][[0, 5]] = 1 << 2, 1 << 20
    return {"irs2_table": table, "dq_table": bad}


def _sirs_kernel(detector, exposures):
    """Return the weights of reference pixels at the left and right of each output."""
    height = detector.instrument.shape[0] // 2 + 1
    smooth = np.exp(-np.arange(height) / 200).astype(np.complex64)
    share = np.array([[0.5], [0.4], [0.4], [0.5]], dtype=np.complex64)
    kernel = {"gamma": share * smooth, "zeta": share * smooth}
    return {name.lower(): kernel for name in sorted({e.detector for e in exposures})}


def _picture_frame(detector, exposures):
    """Return the thermal light of a frame around the detector, in DN per second."""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in detector.subarray.shape)
    return {"data": 0.01 * np.maximum(y[:, np.newaxis] ** 4, x**4)}


def _reset(detector, exposures):
    """Return the reset anomaly of the first integration and of all others."""
    groups = range(min(max(e.ngroups for e in exposures), _LONGEST_ANOMALY))
    data = np.array([[detector.reset_anomaly(i, group) for group in groups] for i in range(2)])
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[detector.flaws["telegraph"]] = dq.OTHER_BAD_PIXEL
    return {
        "data": data,
        "dq": flags,
        "meta": {"exposure": {"ngroups": len(groups), "nints": 2}},
    }


def _rscd(detector, exposures):
    """Return how many groups are left out after a reset."""
    modes = sorted({(e.subarray, e.readpatt) for e in exposures})
    table = np.zeros(
        len(modes),
        [("subarray", "S17"), ("readpatt", "S12"), ("group_skip1", "i4"), ("group_skip", "i4")],
    )
    table["subarray"], table["readpatt"] = zip(*modes, strict=True)
    table["group_skip1"], table["group_skip"] = 1, 2
    return {"rscd_group_skip_table": table}


def _emicorr(detector, exposures):
    """Return the shapes of the waves, and which of them the exposures have."""
    shape = np.sin(2 * np.pi * np.arange(_BINS) / _BINS).astype(np.float32)
    waves = {f"Hz{int(wave.frequency)}": wave for wave in detector.kind.interference}
    cases = {}
    for exposure in exposures:
        clocking = exposure.camera.clocking
        name, names = exposure.subarray, list(waves)
        if name == "FULL":
            name += "_FAST" if exposure.pattern.nsamples == 1 else "_SLOW"
        cases[name] = {
            "rowclocks": clocking.row_clocks,
            "frameclocks": clocking.clocks,
            "freqs": {"FAST": names, "SLOW": dict.fromkeys(detector.instrument.detectors, names)},
        }
    frequencies = {
        name: {"frequency": wave.frequency, "phase_amplitudes": shape}
        for name, wave in waves.items()
    }
    return {"frequencies": frequencies, "subarray_cases": cases}


def _trap_density(detector, exposures):
    density = np.float32(100) * (1 + np.float32(0.2) * detector.sensitivity)
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    return {"data": density, "dq": flags}


def _trap_parameters(detector, exposures):
    """Return how three families of traps capture and release charge."""
    columns = ("capture0", "capture1", "capture2", "decay_param")
    families = [(180, -0.0004, 280, -0.001), (520, -0.004, 340, -0.01), (150, -0.05, 300, -0.05)]
    return {"trappars_table": np.array(families, dtype=[(name, "f8") for name in columns])}


def _persistence_saturation(detector, exposures):
    limit = (detector.saturation - detector.bias).astype(np.float32)
    return {"data": limit, "dq": np.zeros(detector.subarray.shape, dtype=np.uint32)}


def _flat(detector, exposures):
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[detector.flaws["dead"]] = dq.DO_NOT_USE | dq.NO_FLAT_FIELD
    flat = np.where(detector.sensitivity > 0, detector.sensitivity, np.float32(1))
    return {"data": flat, "err": np.full_like(flat, 0.002), "dq": flags}


def _forget(detector, flaw, images):
    """Set the pixels with a flaw to NaN in images, and return the flags that say so."""
    indices = detector.flaws[flaw]
    images.reshape(-1, detector.mask.size)[:, indices] = np.nan
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[indices] = FLAWS[flaw].reference_flags
    return flags


_PLAIN = (_DETECTOR, _SUBARRAY)
_BY_PATTERN = (_DETECTOR, _READPATT, _SUBARRAY)
_IN_PLACE = (*_BY_PATTERN, *_PLACE)
_MASK_FLAGS = (
    dq.DO_NOT_USE,
    dq.DEAD,
    dq.HOT,
    dq.WARM,
    dq.LOW_QE,
    dq.TELEGRAPH,
    dq.BAD_REF_PIXEL,
    dq.REFERENCE_PIXEL,
)

TYPES = (
    ReferenceType(
        "mask",
        "MaskModel",
        "Bad pixels",
        _mask,
        _PLAIN,
        others={"NIRSPEC": (*_PLAIN, _READPATT), "FGS": (*_PLAIN, _EXP_TYPE)},
        flags=_MASK_FLAGS,
    ),
    ReferenceType(
        "superbias",
        "SuperBiasModel",
        "Bias",
        _superbias,
        _BY_PATTERN,
        instruments=_NEAR_INFRARED,
        others={"NIRSPEC": _IN_PLACE},
        flags=(dq.UNRELIABLE_BIAS,),
    ),
    ReferenceType(
        "saturation",
        "SaturationModel",
        "Saturation threshold",
        _saturation,
        (_DETECTOR,),
        others={"NIRSPEC": _PLAIN},
        flags=(dq.NO_SAT_CHECK,),
    ),
    ReferenceType(
        "linearity",
        "LinearityModel",
        "Linearity polynomial",
        _linearity,
        _PLAIN,
        others={"MIRI": (*_PLAIN, _BAND, _FILTER)},
        flags=(dq.NO_LIN_CORR,),
    ),
    ReferenceType(
        "dark",
        "DarkModel",
        "Dark ramp",
        _dark,
        _BY_PATTERN,
        instruments=("NIRISS", "NIRSPEC", "FGS"),
        others={"NIRSPEC": _IN_PLACE},
        by_pattern=True,
        by_subarray=True,
        flags=(dq.UNRELIABLE_DARK,),
    ),
    ReferenceType(
        "dark",
        "DarkModel",
        "Dark ramp",
        _dark_by_frame,
        (_EXP_TYPE, _DETECTOR, _SUBARRAY, _NOUTPUTS),
        instruments=("NIRCAM",),
        by_subarray=True,
        flags=(dq.UNRELIABLE_DARK,),
    ),
    ReferenceType(
        "dark",
        "DarkMIRIModel",
        "Dark ramps",
        _dark_of_integrations,
        _BY_PATTERN,
        instruments=("MIRI",),
        by_pattern=True,
        by_subarray=True,
        flags=(dq.UNRELIABLE_DARK,),
    ),
    ReferenceType("gain", "GainModel", "Gain", _gain, _PLAIN),
    ReferenceType("readnoise", "ReadnoiseModel", "Read noise", _read_noise, _BY_PATTERN),
    ReferenceType("ipc", "IPCModel", "Kernel of inter-pixel capacitance", _ipc, (_DETECTOR,)),
    ReferenceType(
        "refpix",
        "IRS2Model",
        "Weights of interleaved reference pixels",
        _refpix,
        (_DETECTOR, _READPATT),
        instruments=("NIRSPEC",),
        serves=lambda exposure: exposure.pattern.interleaved,
    ),
    ReferenceType(
        "sirskernel",
        "SIRSKernelModel",
        "Weights of reference pixels",
        _sirs_kernel,
        (),
        instruments=("NIRCAM", "NIRISS", "NIRSPEC"),
        extension="asdf",
    ),
    ReferenceType(
        "pictureframe",
        "PictureFrameModel",
        "Thermal light of the picture frame",
        _picture_frame,
        (_DETECTOR, _SUBARRAY),
        instruments=("NIRSPEC",),
        by_subarray=True,
        serves=lambda exposure: exposure.subarray == "FULL",
    ),
    ReferenceType(
        "reset",
        "ResetModel",
        "Reset anomaly",
        _reset,
        (_DETECTOR, _SUBARRAY, _READPATT),
        instruments=("MIRI",),
        by_pattern=True,
        by_subarray=True,
        flags=(dq.OTHER_BAD_PIXEL,),
    ),
    ReferenceType(
        "rscd", "RSCDModel", "Groups after a reset", _rscd, (_DETECTOR,), instruments=("MIRI",)
    ),
    ReferenceType(
        "emicorr",
        "EmiModel",
        "Electromagnetic interference",
        _emicorr,
        (),
        instruments=("MIRI",),
        extension="asdf",
    ),
    ReferenceType(
        "trapdensity",
        "TrapDensityModel",
        "Density of traps",
        _trap_density,
        (_DETECTOR,),
        instruments=_TRAPPING,
        flags=(dq.DO_NOT_USE,),
    ),
    ReferenceType(
        "trappars",
        "TrapParsModel",
        "Parameters of traps",
        _trap_parameters,
        (_DETECTOR,),
        instruments=_TRAPPING,
    ),
    ReferenceType(
        "persat",
        "PersistenceSatModel",
        "Saturation of persistence",
        _persistence_saturation,
        (_DETECTOR,),
        instruments=_TRAPPING,
        flags=(dq.DO_NOT_USE,),
    ),
    ReferenceType(
        "flat",
        "FlatModel",
        "Flat field",
        _flat,
        (_DETECTOR, _EXP_TYPE),
        instruments=("FGS",),
        flags=(dq.DO_NOT_USE, dq.NO_FLAT_FIELD),
    ),
)

NOT_APPLICABLE = (*dict.fromkeys(kind.name for kind in TYPES), "pastasoss")


def types_of(instrument):
    """Return the types of reference files that an instrument has."""
    return [kind for kind in TYPES if instrument in kind.instruments]
