"""Every type of reference file that a step reads, declared once."""

from functools import partial

from snakewebb.steps.declaration import Reference

MASK = Reference("mask", "MaskModel", "flags of bad pixels")
SATURATION = Reference("saturation", "SaturationModel", "signal at which each pixel saturates")
SUPERBIAS = Reference("superbias", "SuperBiasModel", "bias of each pixel")
IPC = Reference("ipc", "IPCModel", "inverse kernel of the capacitance", subarray=False)
LINEARITY = Reference("linearity", "LinearityModel", "polynomial that makes each pixel linear")
DARK = Reference(
    "dark",
    "DarkModel",
    "ramp of the dark current",
    subarray=False,
    models=(("MIRI", "DarkMIRIModel"),),
)
GAIN = Reference("gain", "GainModel", "electrons per DN of each pixel")
READNOISE = Reference("readnoise", "ReadnoiseModel", "noise of a correlated double sample")
FLAT = Reference("flat", "FlatModel", "relative response of each pixel")
TRAPDENSITY = Reference("trapdensity", "TrapDensityModel", "relative density of charge traps")
TRAPPARS = Reference(
    "trappars", "TrapParsModel", "capture and decay of each family of charge traps", subarray=False
)
PERSAT = Reference(
    "persat", "PersistenceSatModel", "signal beyond which charge traps fill as in saturation"
)
EMICORR = Reference("emicorr", "EmiModel", "waves of electromagnetic interference", subarray=False)
RESET = Reference(
    "reset", "ResetModel", "offsets of the first groups after a reset", subarray=False
)
RSCD = Reference(
    "rscd", "RSCDModel", "number of groups that the reset switches spoil", subarray=False
)
REFPIX = Reference(
    "refpix", "IRS2Model", "weights of interleaved reference pixels (NIRSpec IRS2)", subarray=False
)
SIRSKERNEL = Reference(
    "sirskernel", "SIRSKernelModel", "weights of reference columns at the sides", subarray=False
)
PICTUREFRAME = Reference("pictureframe", "PictureFrameModel", "pattern of the picture frame")
PASTASOSS = Reference(
    "pastasoss",
    "PastasossModel",
    "traces of the spectral orders of NIRISS SOSS",
    subarray=False,
    exposures=("NIS_SOSS",),
    asked_by="mask_science_regions",
)

_of_optics = partial(
    Reference,
    required=False,
    subarray=False,
    exposures=("NRS_FIXEDSLIT", "NRS_BRIGHTOBJ"),
    asked_by="mask_science_regions",
)
NIRSPEC_OPTICS = (
    _of_optics("camera", "CameraModel", "transform through the camera of NIRSpec"),
    _of_optics("collimator", "CollimatorModel", "transform through the collimator of NIRSpec"),
    _of_optics("disperser", "DisperserModel", "grating or prism of NIRSpec, and how it is tilted"),
    _of_optics("fpa", "FPAModel", "places of the detectors of NIRSpec"),
    _of_optics("msa", "MSAModel", "places of the slits of NIRSpec"),
    _of_optics("wavelengthrange", "WavelengthrangeModel", "wavelengths that filters let pass"),
)
