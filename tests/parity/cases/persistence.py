"""Persistence: flagging windows, and the trap model."""

from dataclasses import replace

from snakewebb.demo.programmes import SMALL
from tests.parity import exposures, users
from tests.parity.case import Case

NIRCAM_LONG = SMALL[2]

IN_CORNER = exposures.NIRCAM["NRCALONG grism, 4 outputs"]
"""Its first pixel is that of the detector: in jwst the file of windows counts from there."""

CASES = (
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
    Case(
        "persistence of earlier exposures",
        IN_CORNER,
        {
            "persistence": {
                "skip": False,
                "persistence_time": users.WINDOW,
                "persistence_array_file": users.windows,
            }
        },
    ),
)

TRAPS = (
    (
        Case("charge traps NRCALONG", NIRCAM_LONG),
        Case(
            "charge traps NRCALONG, 10 s later",
            replace(
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
