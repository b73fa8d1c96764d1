"""Guiders at work in all functions, and darks."""

from snakewebb.demo.programmes import SMALL
from tests.guiding import MODES, Guiding
from tests.parity import users
from tests.parity.case import Case

GUIDER = "GuiderPipeline"
DARK = "DarkPipeline"

_, AVERAGED, _, NIRISS = SMALL

CASES = (
    Case("dark NRCA1 SHALLOW4", AVERAGED, pipeline=DARK),
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
        "FGS_TRACK, flat of a user",
        Guiding("FGS_TRACK"),
        {"flat_field": {"user_supplied_flat": users.guider_flat}},
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
