"""What is compared with jwst: a line for each exposure and set of parameters, by topic."""

from tests.parity.cases import guiders, modes, near_infrared

CASES = (*modes.CASES, *near_infrared.CASES, *guiders.CASES)
