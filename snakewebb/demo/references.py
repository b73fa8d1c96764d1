"""Reference files for the simulated detectors, from the same truth as the exposures.

They are what a perfect calibration campaign would find, apart from pixels that it could not
measure: those hold NaN and are flagged, as in the real files.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from snakewebb import __version__
from snakewebb.demo import reference_contents as contents
from snakewebb.demo import slit_optics
from snakewebb.demo.detectors import Detector
from snakewebb.demo.instruments import smallest_subarray
from snakewebb.demo.keywords import subarray_metadata
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
_OF_GUIDERS = ("mask", "gain", "readnoise", "flat")
_TRAPPING = ("NIRCAM", "NIRISS", "FGS")


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
    whole : bool
        Whether the file covers the whole detector, whatever subarrays it serves.
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
    whole: bool = False

    def is_for(self, exposure):
        """Return whether an exposure has such a file; guiders at work need a few types only."""
        if exposure.is_of_guider and self.name not in _OF_GUIDERS:
            return False
        return self.serves(exposure)

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
    if kind.whole:
        subarrays = {"FULL"}
    part = smallest_subarray(first.detector, subarrays)
    detector = Detector(first.detector, part.name, readpatt=first.readpatt, outputs=first.outputs)
    found = kind.contents(detector, exposures)
    meta = _merged(_metadata(kind, detector, first), found.pop("meta", {}))
    model = getattr(datamodels, kind.model)({"meta": meta})
    if kind.flags:
        _set_flags(model, found.pop("dq"), kind.flags)
    for name, array in found.items():
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


def _merged(meta, more):
    """Return metadata with more of them."""
    sections = {k: _merged(meta[k], v) for k, v in more.items() if isinstance(meta.get(k), dict)}
    return meta | more | sections


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
        contents.mask,
        _PLAIN,
        others={"NIRSPEC": (*_PLAIN, _READPATT), "FGS": (*_PLAIN, _EXP_TYPE)},
        flags=_MASK_FLAGS,
    ),
    ReferenceType(
        "superbias",
        "SuperBiasModel",
        "Bias",
        contents.superbias,
        _BY_PATTERN,
        instruments=_NEAR_INFRARED,
        others={"NIRSPEC": _IN_PLACE},
        flags=(dq.UNRELIABLE_BIAS,),
    ),
    ReferenceType(
        "saturation",
        "SaturationModel",
        "Saturation threshold",
        contents.saturation,
        (_DETECTOR,),
        others={"NIRSPEC": _PLAIN},
        flags=(dq.NO_SAT_CHECK,),
    ),
    ReferenceType(
        "linearity",
        "LinearityModel",
        "Linearity polynomial",
        contents.linearity,
        _PLAIN,
        instruments=_NEAR_INFRARED,
        flags=(dq.NO_LIN_CORR,),
    ),
    ReferenceType(
        "linearity",
        "LinearityModel",
        "Linearity polynomial",
        contents.linearity_with_bias,
        (*_PLAIN, _BAND, _FILTER),
        instruments=("MIRI",),
        flags=(dq.NO_LIN_CORR,),
    ),
    ReferenceType(
        "dark",
        "DarkModel",
        "Dark ramp",
        contents.dark,
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
        contents.dark_by_frame,
        (_EXP_TYPE, _DETECTOR, _SUBARRAY, _NOUTPUTS),
        instruments=("NIRCAM",),
        by_subarray=True,
        flags=(dq.UNRELIABLE_DARK,),
    ),
    ReferenceType(
        "dark",
        "DarkMIRIModel",
        "Dark ramps",
        contents.dark_of_integrations,
        _BY_PATTERN,
        instruments=("MIRI",),
        by_pattern=True,
        by_subarray=True,
        flags=(dq.UNRELIABLE_DARK,),
    ),
    ReferenceType("gain", "GainModel", "Gain", contents.gain, _PLAIN),
    ReferenceType("readnoise", "ReadnoiseModel", "Read noise", contents.read_noise, _BY_PATTERN),
    ReferenceType(
        "ipc", "IPCModel", "Kernel of inter-pixel capacitance", contents.ipc, (_DETECTOR,)
    ),
    ReferenceType(
        "refpix",
        "IRS2Model",
        "Weights of interleaved reference pixels",
        contents.refpix,
        (_DETECTOR, _READPATT),
        instruments=("NIRSPEC",),
        serves=lambda exposure: exposure.pattern.interleaved,
    ),
    ReferenceType(
        "sirskernel",
        "SIRSKernelModel",
        "Weights of reference pixels",
        contents.sirs_kernel,
        (),
        instruments=("NIRCAM", "NIRISS", "NIRSPEC"),
        extension="asdf",
    ),
    ReferenceType(
        "pictureframe",
        "PictureFrameModel",
        "Thermal light of the picture frame",
        contents.picture_frame,
        (_DETECTOR, _SUBARRAY),
        instruments=("NIRSPEC",),
        by_subarray=True,
        serves=lambda exposure: exposure.subarray == "FULL",
    ),
    ReferenceType(
        "reset",
        "ResetModel",
        "Reset anomaly",
        contents.reset,
        (_DETECTOR, _SUBARRAY, _READPATT),
        instruments=("MIRI",),
        by_pattern=True,
        by_subarray=True,
        flags=(dq.OTHER_BAD_PIXEL,),
    ),
    ReferenceType(
        "rscd",
        "RSCDModel",
        "Groups after a reset",
        contents.rscd,
        (_DETECTOR,),
        instruments=("MIRI",),
    ),
    ReferenceType(
        "emicorr",
        "EmiModel",
        "Electromagnetic interference",
        contents.emicorr,
        (),
        instruments=("MIRI",),
        extension="asdf",
    ),
    ReferenceType(
        "pastasoss",
        "PastasossModel",
        "Traces of spectral orders",
        contents.traces,
        (_DETECTOR,),
        instruments=("NIRISS",),
        extension="asdf",
    ),
    *(
        ReferenceType(
            name, model, title, contents_of, (), instruments=("NIRSPEC",), extension="asdf"
        )
        for name, model, title, contents_of in (
            ("camera", "CameraModel", "Camera", slit_optics.camera),
            ("collimator", "CollimatorModel", "Collimator", slit_optics.collimator),
            ("disperser", "DisperserModel", "Grating", slit_optics.disperser),
            ("fore", "FOREModel", "Fore optics", slit_optics.fore_optics),
            ("fpa", "FPAModel", "Places of detectors", slit_optics.focal_plane),
            ("msa", "MSAModel", "Places of slits", slit_optics.slits),
            ("ote", "OTEModel", "Telescope", slit_optics.telescope),
            ("wavelengthrange", "WavelengthrangeModel", "Wavelengths", slit_optics.wavelengths),
            ("chromcorr", "ChromCorrModel", "Colours of lenses", slit_optics.chromaticity),
            ("ifufore", "IFUFOREModel", "Optics before the slicer", slit_optics.before_slicer),
            ("ifupost", "IFUPostModel", "Optics behind the slicer", slit_optics.behind_slicer),
            ("ifuslicer", "IFUSlicerModel", "Places of slices", slit_optics.slices),
        )
    ),
    ReferenceType(
        "msaoper",
        "ReferenceFileModel",
        "States of shutters",
        slit_optics.states_of_shutters,
        (),
        instruments=("NIRSPEC",),
        extension="json",
    ),
    ReferenceType(
        "trapdensity",
        "TrapDensityModel",
        "Density of traps",
        contents.trap_density,
        (_DETECTOR,),
        instruments=_TRAPPING,
        flags=(dq.DO_NOT_USE,),
        whole=True,
    ),
    ReferenceType(
        "trappars",
        "TrapParsModel",
        "Parameters of traps",
        contents.trap_parameters,
        (_DETECTOR,),
        instruments=_TRAPPING,
    ),
    ReferenceType(
        "persat",
        "PersistenceSatModel",
        "Saturation of persistence",
        contents.persistence_saturation,
        (_DETECTOR,),
        instruments=_TRAPPING,
        flags=(dq.NO_SAT_CHECK,),
        whole=True,
    ),
    ReferenceType(
        "flat",
        "FlatModel",
        "Flat field",
        contents.flat,
        (_DETECTOR, _EXP_TYPE),
        instruments=("FGS",),
        flags=(dq.DO_NOT_USE, dq.NO_FLAT_FIELD),
    ),
)

NOT_APPLICABLE = (
    *dict.fromkeys(kind.name for kind in TYPES),
    "chromcorr",
    "dflat",
    "distortion",
    "fflat",
    "filteroffset",
    "ifufore",
    "ifupost",
    "ifuslicer",
    "msaoper",
    "regions",
    "sflat",
    "specwcs",
)


def types_of(instrument):
    """Return the types of reference files that an instrument has."""
    return [kind for kind in TYPES if instrument in kind.instruments]
