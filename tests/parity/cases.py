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

MIRI = exposures.MIRI["MIRIMAGE SUB64"]
MIRI_PRISM = exposures.MIRI["MIRIMAGE SLITLESSPRISM"]

EMICORR = {
    "jointly": (MIRI, {}),
    "each integration": (MIRI, {"fit_ints_separately": True}),
    "full detector": (exposures.MIRI["MIRIMAGE full"], {}),
    "slow": (exposures.MIRI["MIRIFULONG slow"], {}),
    "sequentially": (MIRI_PRISM, {"algorithm": "sequential"}),
    "unscaled": (MIRI, {"algorithm": "sequential", "scale_reference": False}),
    "in bins": (MIRI, {"algorithm": "sequential", "nbins": 60}),
    "two integrations": (MIRI_PRISM, {"algorithm": "sequential", "nints_to_phase": 2}),
    "all integrations": (MIRI, {"algorithm": "sequential", "use_n_cycles": None}),
    "on the fly": (MIRI, {"onthefly_corr_freq": [390.625]}),
}
"""Exposures of MIRI whose interference is subtracted, and how."""

FIRST_FRAME = {"skip": False, "bright_use_group1": False}

CASES = (
    *(Case(f"demo {exposure.detector}", exposure) for exposure in DEMO),
    Case("NRCA1 BRIGHT1", NIRCAM),
    Case("NRCA1 SHALLOW4", NIRCAM_AVERAGED),
    Case("NRCALONG RAPID", NIRCAM_LONG),
    Case("NIS", NIRISS),
    *(
        Case(name, exposure)
        for modes in (exposures.NIRCAM, exposures.NIRISS, exposures.NIRSPEC, exposures.FGS)
        for name, exposure in modes.items()
    ),
    *(Case(name, exposure) for name, exposure in exposures.MIRI.items()),
    *(
        Case(f"interference {name}", exposure, {"emicorr": {"skip": False} | parameters})
        for name, (exposure, parameters) in EMICORR.items()
    ),
    Case("first group", MIRI, {"firstframe": {"skip": False}}),
    Case("first group of bright pixels", MIRI, {"firstframe": FIRST_FRAME}),
    Case("rows together", exposures.MIRI["MIRIFUSHORT"], {"refpix": {"odd_even_rows": False}}),
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
)
