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


def miri(number, subarray, readpatt="FASTR1", *, detector="MIRIMAGE", ngroups=10, nints=2):
    """Return an exposure of MIRI: of stars that saturate, and many cosmic rays."""
    spectrometer = detector != "MIRIMAGE"
    return Exposure(
        root=f"jw09000003001_02101_{number:05}_{detector.lower()}",
        detector=detector,
        filter=None if spectrometer else "F770W",
        band="SHORT" if spectrometer else None,
        exp_type="MIR_MRS" if spectrometer else "MIR_IMAGE",
        subarray=subarray,
        readpatt=readpatt,
        ngroups=ngroups,
        nints=nints,
        start=f"2024-03-03T12:{number:02}:00",
        sources=SMALL[0].sources,
        cosmic_rays=1 if subarray == "FULL" else 50,
        ra=SMALL[0].ra,
        dec=SMALL[0].dec,
    )


MIRI_SMALL = miri(1, "SUB64", ngroups=20, nints=3)
MIRI_PRISM = miri(2, "SLITLESSPRISM", nints=4)

INTERFERENCE = {
    "jointly": (MIRI_SMALL, {}),
    "each integration": (MIRI_SMALL, {"fit_ints_separately": True}),
    "sequentially": (MIRI_PRISM, {"algorithm": "sequential"}),
    "unscaled": (MIRI_SMALL, {"algorithm": "sequential", "scale_reference": False}),
    "in bins": (MIRI_SMALL, {"algorithm": "sequential", "nbins": 60}),
    "two integrations": (MIRI_PRISM, {"algorithm": "sequential", "nints_to_phase": 2}),
    "all integrations": (MIRI_SMALL, {"algorithm": "sequential", "use_n_cycles": None}),
    "on the fly": (MIRI_SMALL, {"onthefly_corr_freq": [390.625]}),
}
"""Exposures of MIRI whose interference is subtracted, and how."""

MIRI_CASES = (
    Case("MIRI SUB64", MIRI_SMALL),
    Case("MIRI SLITLESSPRISM", MIRI_PRISM),
    Case("MIRI BRIGHTSKY", miri(3, "BRIGHTSKY", ngroups=6)),
    Case("MIRI MASK1140", miri(4, "MASK1140"), {"emicorr": {"skip": False}}),
    Case("MIRI SUB256", miri(5, "SUB256", ngroups=4)),
    *(Case(f"MIRI {n} groups", miri(5 + n, "SUB64", ngroups=n)) for n in (1, 2, 3, 5)),
    Case("MIRI FASTR1", miri(11, "FULL", ngroups=6), {"emicorr": {"skip": False}}),
    Case(
        "MIRIFUSHORT SLOWR1",
        miri(12, "FULL", "SLOWR1", detector="MIRIFUSHORT", ngroups=6, nints=1),
        {"emicorr": {"skip": False}},
    ),
    Case(
        "MIRIFULONG FASTR1, rows together",
        miri(13, "FULL", detector="MIRIFULONG", ngroups=5, nints=1),
        {"refpix": {"odd_even_rows": False}},
    ),
    Case("MIRI first group", MIRI_SMALL, {"firstframe": {"skip": False}}),
    Case(
        "MIRI first group of bright pixels",
        miri(9, "SUB64", ngroups=4),
        {"firstframe": {"skip": False, "bright_use_group1": False}},
    ),
    *(
        Case(f"MIRI interference {name}", exposure, {"emicorr": {"skip": False} | parameters})
        for name, (exposure, parameters) in INTERFERENCE.items()
    ),
)

CASES = (
    *MIRI_CASES,
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
