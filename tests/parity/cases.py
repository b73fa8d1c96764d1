"""What is compared with jwst: one line for each exposure and set of parameters."""

from dataclasses import dataclass, field

from snakewebb.demo.exposures import Exposure
from snakewebb.demo.programmes import DEMO, NIRISS_INTERFEROMETRY, SMALL
from tests.guiding import MODES, Guiding


@dataclass(frozen=True)
class Case:
    """One exposure, calibrated by both with the same parameters.

    Parameters
    ----------
    name : str
        How it is called in the report.
    exposure : Exposure or Guiding
        What is simulated, and what reference files are made for.
    pipeline : str
        Class of the pipeline.
    steps : dict
        The argument ``steps`` of the pipeline.
    file : str
        A raw exposure that others made, where it lies from the project's root; it is used instead
        of a simulated one, and the case is skipped where it is absent.
    """

    name: str
    exposure: Exposure | Guiding
    steps: dict = field(default_factory=dict)
    file: str = ""
    pipeline: str = "Detector1Pipeline"

    @property
    def is_of_guider(self):
        """Whether it is an exposure of a guider at work."""
        return isinstance(self.exposure, Guiding)


NIRCAM, NIRCAM_AVERAGED, NIRCAM_LONG, NIRISS = SMALL

GUIDER = "GuiderPipeline"
DARK = "DarkPipeline"

CASES = (
    *(Case(f"demo {exposure.detector}", exposure) for exposure in DEMO),
    Case("NRCA1 BRIGHT1", NIRCAM),
    Case("NRCA1 SHALLOW4", NIRCAM_AVERAGED),
    Case("NRCALONG RAPID", NIRCAM_LONG),
    Case("NIS", NIRISS),
    Case("lower threshold", NIRCAM, {"jump": {"rejection_threshold": 3.0}}),
    Case(
        "flags after jumps",
        NIRCAM_LONG,
        {"jump": {"after_jump_flag_dn1": 10.0, "after_jump_flag_time1": 20.0}},
    ),
    Case("snowballs", DEMO[0], {"jump": {"expand_large_events": True}}),
    Case("columns together", NIRCAM_LONG, {"refpix": {"odd_even_columns": False}}),
    Case("no side pixels", NIRCAM, {"refpix": {"use_side_ref_pixels": False}}),
    Case("steps left out", NIRISS, {"ipc": {"skip": True}, "jump": {"skip": True}}),
    Case(
        "NIRISS team's simulator",
        NIRISS_INTERFEROMETRY,
        file="../shared/data/simulated/jw00793001001_01101_00001_nis_uncal.fits",
    ),
    Case("dark NRCA1 SHALLOW4", NIRCAM_AVERAGED, pipeline=DARK),
    Case("dark NIS", NIRISS, pipeline=DARK),
    *(Case(f"{kind} GUIDER2", Guiding(kind), pipeline=GUIDER) for kind in MODES),
    Case("FGS_ACQ1 GUIDER1", Guiding("FGS_ACQ1", "GUIDER1"), pipeline=GUIDER),
    Case(
        "FGS_TRACK, flat undone",
        Guiding("FGS_TRACK"),
        {"flat_field": {"inverse": True}},
        pipeline=GUIDER,
    ),
    Case(
        "FGS_FINEGUIDE, no flat",
        Guiding("FGS_FINEGUIDE"),
        {"flat_field": {"skip": True}},
        pipeline=GUIDER,
    ),
    Case(
        "FGS_ACQ1 flight",
        Guiding("FGS_ACQ1"),
        file="../shared/data/flight/jw01019001001_gs-acq1_2022117003102_uncal.fits",
        pipeline=GUIDER,
    ),
)
