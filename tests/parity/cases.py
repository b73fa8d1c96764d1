"""What is compared with jwst: one line for each exposure and set of parameters."""

import dataclasses
from dataclasses import dataclass, field

from snakewebb.demo.exposures import Exposure
from snakewebb.demo.programmes import DEMO, NIRISS_INTERFEROMETRY, SMALL


@dataclass(frozen=True)
class Case:
    """One exposure, calibrated by both with the same parameters.

    Parameters
    ----------
    name : str
        How it is called in the report.
    exposure : Exposure
        What is simulated, and what reference files are made for.
    steps : dict
        The argument ``steps`` of the pipeline.
    file : str
        A raw exposure that others made, where it lies from the project's root; it is used instead
        of a simulated one, and the case is skipped where it is absent.
    """

    name: str
    exposure: Exposure
    steps: dict = field(default_factory=dict)
    file: str = ""


NIRCAM, NIRCAM_AVERAGED, NIRCAM_LONG, NIRISS = SMALL

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
    Case(
        "persistence windows",
        NIRCAM_LONG,
        {"persistence": {"skip": False, "persistence_time": 15, "dn_threshold": 3e4}},
    ),
    Case(
        "persistence not used",
        NIRCAM_LONG,
        {
            "persistence": {
                "skip": False,
                "persistence_time": 60,
                "dn_threshold": 2e4,
                "persistence_dnu": True,
            }
        },
    ),
    Case("steps left out", NIRISS, {"ipc": {"skip": True}, "jump": {"skip": True}}),
    Case(
        "NIRISS team's simulator",
        NIRISS_INTERFEROMETRY,
        file="../shared/data/simulated/jw00793001001_01101_00001_nis_uncal.fits",
    ),
)

TRAPS = (
    (
        Case("charge traps NRCALONG", NIRCAM_LONG),
        Case(
            "charge traps NRCALONG, 10 s later",
            dataclasses.replace(
                NIRCAM_LONG,
                root="jw09000001001_02105_00002_nrcalong",
                start="2024-03-01T12:10:20",
                sky=2.0,
                sources=(),
            ),
            {"persistence": {"flag_pers_cutoff": 15.0}},
        ),
    ),
)
"""Exposures that follow each other on one detector, compared with jwst 2.0.1."""
