"""Parameter reference files: what the instrument teams would have a step or pipeline use."""

from dataclasses import dataclass, field
from pathlib import Path

from snakewebb.demo.references import USEAFTER

_READPATT = "META.EXPOSURE.READPATT"
_EXP_TYPE = "META.EXPOSURE.TYPE"
_TSOVISIT = "META.VISIT.TSOVISIT"

_JUMP = "jwst.jump.jump_step.JumpStep"
_DETECTOR1 = "jwst.pipeline.calwebb_detector1.Detector1Pipeline"
_CLASSES = {"jump": _JUMP, "refpix": "jwst.refpix.refpix_step.RefPixStep"}


@dataclass(frozen=True)
class ParameterFile:
    """One parameter reference file.

    Parameters
    ----------
    instrument : str
        The instrument it is for.
    class_name : str
        Class of the step or pipeline, as jwst has it.
    selection : dict
        Entries of an exposure's header, and the values of those exposures that it is for. Files
        of the same instrument and class have the same entries.
    parameters : dict
        Values that differ from the defaults of the step or pipeline.
    steps : dict
        For a pipeline: values that differ for its steps, by their names.
    """

    instrument: str
    class_name: str
    selection: dict
    parameters: dict = field(default_factory=dict)
    steps: dict = field(default_factory=dict)

    @property
    def type(self):
        """Name of its type in CRDS."""
        return f"pars-{_short(self.class_name).lower()}"

    def write(self, path):
        """Write it as an ASDF file."""
        from asdf import AsdfFile

        tree = {
            "class": self.class_name,
            "name": _short(self.class_name),
            "parameters": self.parameters,
            "meta": {
                "author": "snakewebb",
                "date": USEAFTER,
                "description": f"Parameters of {_short(self.class_name)} for simulated exposures",
                "instrument": {"name": self.instrument},
                "pedigree": "SIMULATION",
                "reftype": self.type,
                "telescope": "JWST",
                "title": f"{_short(self.class_name)} parameters",
                "useafter": USEAFTER,
            },
        }
        if self.steps:
            tree["steps"] = [
                {"class": _CLASSES[name], "name": name, "parameters": parameters}
                for name, parameters in self.steps.items()
            ]
        file = AsdfFile(tree)
        file.add_history_entry("Values for the simulated exposures")
        file.write_to(Path(path))


def _short(class_name):
    return class_name.rpartition(".")[2]


FILES = (
    ParameterFile("NIRCAM", _JUMP, {_READPATT: "BRIGHT1"}, {"rejection_threshold": 5.0}),
    ParameterFile("NIRCAM", _JUMP, {_READPATT: "RAPID"}, {"rejection_threshold": 4.5}),
    ParameterFile(
        "NIRCAM",
        _DETECTOR1,
        {_TSOVISIT: "F"},
        steps={"refpix": {"side_smoothing_length": 21}},
    ),
    ParameterFile(
        "NIRCAM",
        _DETECTOR1,
        {_TSOVISIT: "T"},
        steps={"jump": {"rejection_threshold": 6.0, "flag_4_neighbors": False}},
    ),
    ParameterFile("NIRISS", _JUMP, {_EXP_TYPE: "NIS_IMAGE"}, {"min_jump_to_flag_neighbors": 15.0}),
)

_STEPS = (
    "GroupScale",
    "DQInit",
    "EmiCorr",
    "Saturation",
    "IPC",
    "SuperBias",
    "RefPix",
    "Rscd",
    "FirstFrame",
    "LastFrame",
    "Linearity",
    "DarkCurrent",
    "Reset",
    "Persistence",
    "ChargeMigration",
    "Jump",
    "PictureFrame",
    "CleanFlickerNoise",
    "RampFit",
    "GainScale",
)
NOT_APPLICABLE = (
    "pars-detector1pipeline",
    *(f"pars-{step.lower()}step" for step in _STEPS),
)
