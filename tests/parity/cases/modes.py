"""Modes of the instruments, with the parameters of everybody."""

from snakewebb.demo.programmes import DEMO, NIRISS_INTERFEROMETRY, SMALL
from tests.parity import exposures
from tests.parity.case import Case

NIRCAM, NIRCAM_AVERAGED, NIRCAM_LONG, NIRISS = SMALL

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
    Case(
        "NIRISS team's simulator",
        NIRISS_INTERFEROMETRY,
        file="../shared/data/simulated/jw00793001001_01101_00001_nis_uncal.fits",
    ),
)
