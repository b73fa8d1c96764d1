"""What is compared with jwst: one line for each exposure and set of parameters."""

from dataclasses import dataclass, field

from snakewebb.demo.exposures import Exposure
from snakewebb.demo.programmes import DEMO, NIRISS_INTERFEROMETRY, SMALL
from tests.parity import exposures


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
STRIP = exposures.NIRCAM["NRCALONG grism, 4 outputs"]
NIRSPEC_FULL = exposures.NIRSPEC["NRS1 NRS"]
IRS2_RAPID, IRS2_AVERAGED = exposures.IRS2.values()
SIRS = {"refpix_algorithm": "sirs"}

CASES = (
    *(Case(f"demo {exposure.detector}", exposure) for exposure in DEMO),
    Case("NRCA1 BRIGHT1", NIRCAM),
    Case("NRCA1 SHALLOW4", NIRCAM_AVERAGED),
    Case("NRCALONG RAPID", NIRCAM_LONG),
    Case("NIS", NIRISS),
    *(
        Case(name, exposure)
        for modes in (
            exposures.NIRCAM,
            exposures.NIRISS,
            exposures.NIRSPEC,
            exposures.IRS2,
            exposures.FGS,
        )
        for name, exposure in modes.items()
    ),
    Case("lower threshold", NIRCAM, {"jump": {"rejection_threshold": 3.0}}),
    Case(
        "flags after jumps",
        NIRCAM_LONG,
        {"jump": {"after_jump_flag_dn1": 10.0, "after_jump_flag_time1": 20.0}},
    ),
    Case("snowballs", DEMO[0], {"jump": {"expand_large_events": True}}),
    Case("columns together", NIRCAM_LONG, {"refpix": {"odd_even_columns": False}}),
    Case("no side pixels", NIRCAM, {"refpix": {"use_side_ref_pixels": False}}),
    Case("IRS2 means first", IRS2_RAPID, {"refpix": {"irs2_mean_subtraction": True}}),
    Case("IRS2 more noisy pairs", IRS2_AVERAGED, {"refpix": {"ovr_corr_mitigation_ftr": 1.5}}),
    *(
        Case(f"learned weights {exposure.detector}", exposure, {"refpix": SIRS})
        for exposure in (*DEMO, NIRSPEC_FULL)
        if exposure.subarray == "FULL"
    ),
    Case("short kernels", NIRSPEC_FULL, {"refpix": SIRS | {"halfwidth": 7, "gaussmooth": 3.0}}),
    Case("strict learned weights", NIRSPEC_FULL, {"refpix": SIRS | {"sigreject": 2.0}}),
    *(
        Case(f"{name} {value}", STRIP, {"refpix": {name: value}})
        for name, value in (("siglimit", 1.5), ("side_smoothing_length", 6), ("side_gain", 0.5))
    ),
    Case("steps left out", NIRISS, {"ipc": {"skip": True}, "jump": {"skip": True}}),
    Case(
        "NIRISS team's simulator",
        NIRISS_INTERFEROMETRY,
        file="../shared/data/simulated/jw00793001001_01101_00001_nis_uncal.fits",
    ),
)
