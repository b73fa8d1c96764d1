"""MIRI: subarrays, short ramps, and the steps that it alone has."""

from snakewebb.demo.exposures import Exposure
from snakewebb.demo.programmes import SMALL
from tests.parity.case import Case


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

CASES = (
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
