"""NIRSpec, its interleaved readout, and what else refpix can do."""

from snakewebb.demo.programmes import DEMO
from tests.parity import exposures
from tests.parity.case import Case

STRIP = exposures.NIRCAM["NRCALONG grism, 4 outputs"]
FULL = exposures.NIRSPEC["NRS1 NRS"]
IRS2_RAPID, IRS2_AVERAGED = exposures.IRS2.values()
INTERLEAVED = {"refpix": {"preserve_irs2_refpix": True}}
ENDS_WITH_REFPIX = {
    name: {"skip": True} for name in ("linearity", "dark_current", "jump", "ramp_fit", "gain_scale")
}
"""jwst stops at the steps that correct pixels of the detector (docs/differences.md)."""
SIRS = {"refpix_algorithm": "sirs"}

CASES = (
    *(Case(name, exposure) for name, exposure in exposures.IRS2.items()),
    Case("IRS2 means first", IRS2_RAPID, {"refpix": {"irs2_mean_subtraction": True}}),
    Case("IRS2 pixels kept", IRS2_AVERAGED, INTERLEAVED | ENDS_WITH_REFPIX),
    Case("IRS2 more noisy pairs", IRS2_AVERAGED, {"refpix": {"ovr_corr_mitigation_ftr": 1.5}}),
    *(
        Case(f"learned weights {exposure.detector}", exposure, {"refpix": SIRS})
        for exposure in (*DEMO, FULL)
        if exposure.subarray == "FULL"
    ),
    Case("short kernels", FULL, {"refpix": SIRS | {"halfwidth": 7, "gaussmooth": 3.0}}),
    Case("strict learned weights", FULL, {"refpix": SIRS | {"sigreject": 2.0}}),
    *(
        Case(f"{name} {value}", STRIP, {"refpix": {name: value}})
        for name, value in (("siglimit", 1.5), ("side_smoothing_length", 6), ("side_gain", 0.5))
    ),
)
