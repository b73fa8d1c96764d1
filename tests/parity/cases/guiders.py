"""Guiders at work in all functions, and darks."""

from snakewebb.demo.programmes import SMALL
from tests.guiding import Guiding
from tests.parity import users
from tests.parity.case import Case
from tests.parity.exposures import GUIDING

GUIDER = "GuiderPipeline"
DARK = "DarkPipeline"

_, AVERAGED, _, NIRISS = SMALL
TRACK, FINEGUIDE = GUIDING["TRACK GUIDER2"], GUIDING["FINEGUIDE GUIDER2"]

CASES = (
    Case("dark NRCA1 SHALLOW4", AVERAGED, pipeline=DARK),
    Case("dark NIS", NIRISS, pipeline=DARK),
    *(Case(name, exposure, pipeline=GUIDER) for name, exposure in GUIDING.items()),
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
