"""Every type of reference file that a step reads, declared once."""

from dataclasses import replace
from functools import partial

from snakewebb.steps.declaration import Content, Reference

IMAGE = Content("data", "SCI", (2,))
FLAGS = Content("dq", "DQ", (2,), required=False)
FLAGS_OF_SOME = Content("dq", "DQ", (2, 3, 4), required=False)
NEEDED_FLAGS = replace(FLAGS, required=True)
COEFFICIENTS = Content("coeffs", "COEFFS", (3,))
INVERSE = Content("inv_coeffs", "INV_COEFFS", (3,), required=False)
ERRORS = Content("err", "ERR", (2,), required=False)
AVERAGE_DARK = Content("average_dark_current", "AVDRKCUR", (2,), required=False)

MASK = Reference("mask", "MaskModel", "flags of bad pixels", (NEEDED_FLAGS,))
SATURATION = Reference(
    "saturation", "SaturationModel", "signal at which each pixel saturates", (IMAGE, FLAGS)
)
SUPERBIAS = Reference("superbias", "SuperBiasModel", "bias of each pixel", (IMAGE, FLAGS))
IPC = Reference(
    "ipc",
    "IPCModel",
    "inverse kernel of the capacitance",
    (Content("data", "SCI", (2, 4)),),
    subarray=False,
)
LINEARITY = Reference(
    "linearity",
    "LinearityModel",
    "polynomial that makes each pixel linear",
    (COEFFICIENTS, NEEDED_FLAGS, INVERSE),
)
DARK = Reference(
    "dark",
    "DarkModel",
    "ramp of the dark current",
    (Content("data", "SCI", (3, 4)), FLAGS_OF_SOME, AVERAGE_DARK),
    subarray=False,
    models=(("MIRI", "DarkMIRIModel"),),
)
GAIN = Reference("gain", "GainModel", "electrons per DN of each pixel", (IMAGE,))
READNOISE = Reference(
    "readnoise", "ReadnoiseModel", "noise of a correlated double sample", (IMAGE,)
)
FLAT = Reference("flat", "FlatModel", "relative response of each pixel", (IMAGE, FLAGS, ERRORS))
TRAPDENSITY = Reference(
    "trapdensity", "TrapDensityModel", "relative density of charge traps", (IMAGE, FLAGS)
)
TRAPPARS = Reference(
    "trappars",
    "TrapParsModel",
    "capture and decay of each family of charge traps",
    (Content("trappars_table", "TRAPPARS"),),
    subarray=False,
)
PERSAT = Reference(
    "persat",
    "PersistenceSatModel",
    "signal beyond which charge traps fill as in saturation",
    (IMAGE, FLAGS),
)
EMICORR = Reference(
    "emicorr",
    "EmiModel",
    "waves of electromagnetic interference",
    (Content("frequencies", "frequencies"), Content("subarray_cases", "subarray_cases")),
    subarray=False,
)
RESET = Reference(
    "reset",
    "ResetModel",
    "offsets of the first groups after a reset",
    (Content("data", "SCI", (4,)), FLAGS),
    subarray=False,
)
RSCD = Reference(
    "rscd",
    "RSCDModel",
    "number of groups that the reset switches spoil",
    (Content("rscd_group_skip_table", "RSCD_GROUP_SKIP"),),
    subarray=False,
)
REFPIX = Reference(
    "refpix",
    "IRS2Model",
    "weights of interleaved reference pixels (NIRSpec IRS2)",
    (Content("irs2_table", "IRS2"),),
    subarray=False,
)
SIRSKERNEL = Reference(
    "sirskernel", "SIRSKernelModel", "weights of reference columns at the sides", subarray=False
)
PICTUREFRAME = Reference(
    "pictureframe", "PictureFrameModel", "pattern of the picture frame", (IMAGE,)
)
PASTASOSS = Reference(
    "pastasoss",
    "PastasossModel",
    "traces of the spectral orders of NIRISS SOSS",
    (Content("traces", "traces"), Content("wavecal_models", "wavecal_models")),
    subarray=False,
)

_of_optics = partial(Reference, required=False, subarray=False)
NIRSPEC_OPTICS = (
    _of_optics("camera", "CameraModel", "transform through the camera of NIRSpec"),
    _of_optics("collimator", "CollimatorModel", "transform through the collimator of NIRSpec"),
    _of_optics("disperser", "DisperserModel", "grating or prism of NIRSpec, and how it is tilted"),
    _of_optics("fpa", "FPAModel", "places of the detectors of NIRSpec"),
    _of_optics("msa", "MSAModel", "places of the slits and shutters of NIRSpec"),
    _of_optics("wavelengthrange", "WavelengthrangeModel", "wavelengths that filters let pass"),
)
NIRSPEC_SLICES = (
    _of_optics("ifupost", "IFUPostModel", "transforms behind the slices of NIRSpec"),
    _of_optics("ifuslicer", "IFUSlicerModel", "places of the slices of NIRSpec"),
)
MSAOPER = _of_optics(
    "msaoper",
    "ReferenceFileModel",
    "states of the shutters of NIRSpec",
    (Content("msaoper", "msaoper"),),
)
MSAMETFL = _of_optics(
    "msametfl",
    "ReferenceFileModel",
    "shutters of NIRSpec that were opened for an exposure",
    (Content("shutter_info", "SHUTTER_INFO"),),
    keyword="MSAMETFL",
    place="meta.instrument.msa_metadata_file",
)
