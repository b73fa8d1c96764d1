"""Every type of reference file that a step reads, declared once."""

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
EMICORR = Reference("emicorr", "EmiModel", "waves of electromagnetic interference", subarray=False)
RESET = Reference(
    "reset", "ResetModel", "offsets of the first groups after a reset", subarray=False
)
RSCD = Reference(
    "rscd", "RSCDModel", "number of groups that the reset switches spoil", subarray=False
)
