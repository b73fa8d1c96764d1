"""What is compared with jwst: one line for each exposure and set of parameters."""

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

FLICKER = {"skip": False, "save_mask": True, "save_background": True, "save_noise": True}
"""What all cases of clean_flicker_noise have in common."""

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
        "charge migration",
        NIRISS,
        {"charge_migration": {"skip": False, "signal_threshold": 2000.0}},
    ),
    *(
        Case(f"flicker noise, {name}", exposure, {"clean_flicker_noise": FLICKER | parameters})
        for name, exposure, parameters in (
            ("median", NIRCAM, {}),
            ("model", NIRISS, {"background_method": "model", "background_box_size": [8, 10]}),
            ("model of its own", NIRCAM_LONG, {"background_method": "model"}),
            ("no background", NIRCAM_AVERAGED, {"background_method": None}),
            ("by channel", DEMO[0], {"fit_by_channel": True}),
            ("chosen", NIRISS, {"autoparam": True}),
            ("lower limit", NIRCAM, {"n_sigma": 1.0, "fit_histogram": True}),
            ("a mask each", NIRISS, {"single_mask": False}),
        )
    ),
    Case(
        "NIRISS team's simulator",
        NIRISS_INTERFEROMETRY,
        file="../shared/data/simulated/jw00793001001_01101_00001_nis_uncal.fits",
    ),
)
