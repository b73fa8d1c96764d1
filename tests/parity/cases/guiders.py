"""Guiders at work in all functions, and darks."""

from snakewebb.demo.programmes import SMALL
from tests.guiding import Guiding
from tests.parity import exposures, users
from tests.parity.case import Case

GUIDER = "GuiderPipeline"
DARK = "DarkPipeline"

_, AVERAGED, _, NIRISS = SMALL
TRACK, FINEGUIDE = exposures.GUIDING["TRACK GUIDER2"], exposures.GUIDING["FINEGUIDE GUIDER2"]

DARKS = {
    "NRCA1 SHALLOW4": AVERAGED,
    "NIS": NIRISS,
    "MIRIMAGE SUB256": exposures.MIRI["MIRIMAGE SUB256"],
    "NRS1 SUB512": exposures.NIRSPEC["NRS1 SUB512"],
    "GUIDER1 SUB128": exposures.FGS["GUIDER1 SUB128"],
}

CASES = (
    *(Case(f"dark {name}", exposure, pipeline=DARK) for name, exposure in DARKS.items()),
    *(Case(name, exposure, pipeline=GUIDER) for name, exposure in exposures.GUIDING.items()),
    Case("ID-STACK GUIDER2", Guiding("FGS_ID-STACK"), pipeline=GUIDER),
    *(
        Case(f"TRACK, {name}", TRACK, {"flat_field": parameters}, pipeline=GUIDER)
        for name, parameters in (
            ("flat undone", {"inverse": True}),
            ("flat of a user", {"user_supplied_flat": users.flat}),
        )
    ),
    Case("FINEGUIDE, no flat", FINEGUIDE, {"flat_field": {"skip": True}}, pipeline=GUIDER),
    Case(
        "FGS_ACQ1 flight",
        Guiding("FGS_ACQ1"),
        file="../shared/data/flight/jw01019001001_gs-acq1_2022117003102_uncal.fits",
        pipeline=GUIDER,
    ),
)
