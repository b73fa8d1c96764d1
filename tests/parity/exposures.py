"""The exposures that are simulated for the comparison only: a mode of an instrument each."""

from dataclasses import replace

from snakewebb.demo.exposures import Exposure
from snakewebb.demo.scenes import Source, star_field

_FIELD = {"ra": 80.4875, "dec": -69.4975}
_STARS = star_field(**_FIELD, radius=120, number=3000, brightest=1.5e5, seed=3)
_NEAR_AXIS = (
    Source(**_FIELD, rate=3e5),
    *star_field(**_FIELD, radius=20, number=150, faintest=100, brightest=2e5, seed=4),
)
_SMALL = {"sources": _NEAR_AXIS, "cosmic_rays": 30, **_FIELD}
_LARGE = {"sources": _STARS, **_FIELD}


def _root(number, detector):
    return f"jw09100{number:03d}001_02101_00001_{detector.lower()}"


def _nircam(number, detector, readpatt, ngroups, subarray="SUB160", **changes):
    described = {
        "filter": "F444W" if "LONG" in detector else "F150W",
        "pupil": "CLEAR",
        "exp_type": "NRC_IMAGE",
        "subarray": subarray,
    }
    return Exposure(
        root=_root(number, detector),
        detector=detector,
        readpatt=readpatt,
        ngroups=ngroups,
        **(described | _SMALL | changes),
    )


def _nirspec(number, detector, readpatt, ngroups, subarray="FULL", **changes):
    described = {
        "filter": "F100LP",
        "grating": "G140H",
        "exp_type": "NRS_FIXEDSLIT",
        "subarray": subarray,
        "sky": 2.0,
    }
    scene = _LARGE if subarray == "FULL" else _SMALL
    return Exposure(
        root=_root(number, detector),
        detector=detector,
        readpatt=readpatt,
        ngroups=ngroups,
        **(described | scene | changes),
    )


def _miri(number, detector, readpatt, ngroups, subarray="FULL", **changes):
    described = {"filter": "F770W", "exp_type": "MIR_IMAGE", "subarray": subarray, "sky": 50.0}
    scene = _LARGE if subarray == "FULL" else _SMALL
    return Exposure(
        root=_root(number, detector),
        detector=detector,
        readpatt=readpatt,
        ngroups=ngroups,
        **(described | scene | changes),
    )


def _fgs(number, detector, readpatt, ngroups, subarray="FULL", **changes):
    scene = _LARGE if subarray == "FULL" else _SMALL
    return Exposure(
        root=_root(number, detector),
        detector=detector,
        exp_type="FGS_IMAGE",
        readpatt=readpatt,
        ngroups=ngroups,
        subarray=subarray,
        **(scene | changes),
    )


NIRCAM = {
    **{
        f"{detector} orientation": _nircam(number, detector, "RAPID", 5, nints=2)
        for number, detector in enumerate(
            ("NRCA2", "NRCA3", "NRCA4", "NRCB1", "NRCB2", "NRCB3", "NRCB4", "NRCBLONG"), 1
        )
    },
    "NRCB1 SHALLOW2": _nircam(11, "NRCB1", "SHALLOW2", 4),
    "NRCB1 MEDIUM2": _nircam(12, "NRCB1", "MEDIUM2", 4),
    "NRCB1 MEDIUM8": _nircam(13, "NRCB1", "MEDIUM8", 4, nints=2),
    "NRCB1 DEEP2": _nircam(14, "NRCB1", "DEEP2", 3),
    "NRCB1 DEEP8": _nircam(15, "NRCB1", "DEEP8", 4),
    "NRCALONG grism, 4 outputs": _nircam(
        21, "NRCALONG", "RAPID", 5, "SUBGRISM64", nints=2, pupil="GRISMR", exp_type="NRC_TSGRISM"
    ),
    "NRCALONG grism, 1 output": _nircam(
        22,
        "NRCALONG",
        "RAPID",
        5,
        "SUBGRISM64",
        nints=2,
        outputs=1,
        pupil="GRISMR",
        exp_type="NRC_TSGRISM",
    ),
    "NRCBLONG time series": _nircam(
        23, "NRCBLONG", "RAPID", 4, nints=100, exp_type="NRC_TSIMAGE", time_series=True
    ),
    "NRCB1 dropped frames": _nircam(31, "NRCB1", "BRIGHT1", 5, drop_frames1=2),
    "NRCB2 saturated in the first group": _nircam(
        32, "NRCB2", "BRIGHT2", 4, nints=2, sources=(Source(**_FIELD, rate=3e8),)
    ),
}

NIRISS = {
    "NIS SUBSTRIP96": Exposure(
        root=_root(41, "NIS"),
        detector="NIS",
        filter="CLEAR",
        pupil="GR700XD",
        pupil_position=245.76,
        exp_type="NIS_SOSS",
        subarray="SUBSTRIP96",
        readpatt="NISRAPID",
        ngroups=5,
        nints=3,
        time_series=True,
        **_SMALL,
    ),
}
NIRISS["NIS SUBSTRIP256"] = replace(
    NIRISS["NIS SUBSTRIP96"],
    root=_root(42, "NIS"),
    subarray="SUBSTRIP256",
    pupil_position=245.85,
    nints=2,
)
NIRISS["NIS SUBTASOSS, one group"] = replace(
    NIRISS["NIS SUBSTRIP96"],
    root=_root(43, "NIS"),
    subarray="SUBTASOSS",
    exp_type="NIS_TACQ",
    filter="F480M",
    pupil="NRM",
    pupil_position=None,
    ngroups=1,
    time_series=False,
)
NIRISS["NIS AMI"] = replace(
    NIRISS["NIS SUBTASOSS, one group"],
    root=_root(44, "NIS"),
    subarray="SUB80",
    exp_type="NIS_AMI",
    ngroups=6,
    nints=10,
)

NIRSPEC = {
    "NRS1 NRS": _nirspec(51, "NRS1", "NRS", 4, exp_type="NRS_IFU"),
    "NRS1 ALLSLITS": _nirspec(52, "NRS1", "NRSRAPID", 4, "ALLSLITS"),
    "NRS1 SUB512": _nirspec(53, "NRS1", "NRSRAPID", 5, "SUB512", nints=4, exp_type="NRS_BRIGHTOBJ"),
    "NRS1 SUB32": _nirspec(54, "NRS1", "NRSRAPID", 6, "SUB32", nints=5),
    "NRS2 SUB2048": _nirspec(55, "NRS2", "NRSRAPID", 5, "SUB2048", nints=2),
    "NRS2 SUBS200A1 NRS": _nirspec(56, "NRS2", "NRS", 4, "SUBS200A1"),
    "NRS2 full": _nirspec(57, "NRS2", "NRSRAPID", 3, nints=2),
    "NRS1 full frame of slits": _nirspec(58, "NRS1", "NRS", 3),
}

MICRO_SHUTTERS = _nirspec(59, "NRS1", "NRS", 3, exp_type="NRS_MSASPEC")

IRS2 = {
    "NRS1 IRS2 rapid": _nirspec(61, "NRS1", "NRSIRS2RAPID", 4, exp_type="NRS_IFU"),
    "NRS2 IRS2": _nirspec(62, "NRS2", "NRSIRS2", 3, exp_type="NRS_IFU"),
}

MIRI = {
    "MIRIMAGE full": _miri(71, "MIRIMAGE", "FASTR1", 8, nints=2),
    "MIRIMAGE slow": _miri(72, "MIRIMAGE", "SLOWR1", 5),
    "MIRIMAGE SUB64": _miri(73, "MIRIMAGE", "FASTR1", 12, "SUB64", nints=4),
    "MIRIMAGE SUB256": _miri(74, "MIRIMAGE", "FASTR1", 8, "SUB256", nints=2),
    "MIRIMAGE MASK1065": _miri(75, "MIRIMAGE", "FASTR1", 6, "MASK1065", nints=2),
    "MIRIMAGE SLITLESSPRISM": _miri(
        76,
        "MIRIMAGE",
        "FASTR1",
        10,
        "SLITLESSPRISM",
        nints=5,
        filter="P750L",
        exp_type="MIR_LRS-SLITLESS",
        time_series=True,
    ),
    "MIRIFUSHORT": _miri(
        77, "MIRIFUSHORT", "FASTR1", 6, filter=None, band="SHORT", exp_type="MIR_MRS"
    ),
    "MIRIFULONG slow": _miri(
        78, "MIRIFULONG", "SLOWR1", 4, filter=None, band="LONG", exp_type="MIR_MRS"
    ),
    "MIRIMAGE BRIGHTSKY": _miri(79, "MIRIMAGE", "FASTR1", 6, "BRIGHTSKY", nints=2),
    "MIRIMAGE averages": _miri(80, "MIRIMAGE", "FASTGRPAVG8", 5, "SUB64", nints=2),
    "MIRIMAGE averaged": _miri(89, "MIRIMAGE", "FASTGRPAVG", 8, "SUB256", nints=2, cosmic_rays=300),
    **{
        f"MIRIMAGE SUB64, groups: {ngroups}": _miri(
            90 + ngroups, "MIRIMAGE", "FASTR1", ngroups, "SUB64", nints=2
        )
        for ngroups in (1, 2, 3, 4, 5)
    },
}

FGS = {
    "GUIDER1 full": _fgs(81, "GUIDER1", "FGS", 4),
    "GUIDER1 SUB128": _fgs(82, "GUIDER1", "FGSRAPID", 5, "SUB128CNTR", nints=2),
    "GUIDER2 SUB128": _fgs(83, "GUIDER2", "FGSRAPID", 5, "SUB128LL", nints=2),
}


def _guiding(function, detector, subarray, ngroups, nints):
    number = detector[-1]
    return Exposure(
        root=f"jw09100090001_gs-{function.lower()}_202406112000{number}",
        detector=detector,
        exp_type=f"FGS_{function}",
        readpatt=function.partition("-")[0],
        ngroups=ngroups,
        nints=nints,
        subarray=subarray,
        **_SMALL,
    )


GUIDING = {
    f"{function} {detector}": _guiding(function, detector, subarray, ngroups, nints)
    for function, detector, subarray, ngroups, nints in (
        ("ID-IMAGE", "GUIDER2", "2048X64", 2, 2),
        ("ACQ1", "GUIDER1", "128X128", 2, 6),
        ("ACQ1", "GUIDER2", "128X128", 2, 6),
        ("ACQ2", "GUIDER2", "32X32", 2, 5),
        ("TRACK", "GUIDER2", "32X32", 2, 192),
        ("FINEGUIDE", "GUIDER2", "8X8", 8, 512),
    )
}
