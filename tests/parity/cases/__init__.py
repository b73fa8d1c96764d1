"""What is compared with jwst: a line for each exposure and set of parameters, by topic."""

from tests.parity.cases import (
    flicker,
    guiders,
    miri,
    modes,
    near_infrared,
    nirspec,
    persistence,
    unusual,
)

CASES = (
    *modes.CASES,
    *near_infrared.CASES,
    *nirspec.CASES,
    *miri.CASES,
    *flicker.CASES,
    *persistence.CASES,
    *unusual.CASES,
    *guiders.CASES,
)
TRAPS = persistence.TRAPS
