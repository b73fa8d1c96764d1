"""MIRI, and the steps that it alone has."""

from tests.parity import exposures, users
from tests.parity.case import Case

SMALL = exposures.MIRI["MIRIMAGE SUB64"]
PRISM = exposures.MIRI["MIRIMAGE SLITLESSPRISM"]

EMICORR = {
    "jointly": (SMALL, {}),
    "each integration": (SMALL, {"fit_ints_separately": True}),
    "full detector": (exposures.MIRI["MIRIMAGE full"], {}),
    "slow": (exposures.MIRI["MIRIFULONG slow"], {}),
    "sequentially": (PRISM, {"algorithm": "sequential"}),
    "unscaled": (SMALL, {"algorithm": "sequential", "scale_reference": False}),
    "in bins": (SMALL, {"algorithm": "sequential", "nbins": 60}),
    "two integrations": (PRISM, {"algorithm": "sequential", "nints_to_phase": 2}),
    "all integrations": (SMALL, {"algorithm": "sequential", "use_n_cycles": None}),
    "of a user": (SMALL, {"user_supplied_reffile": users.waves}),
    "on the fly": (SMALL, {"onthefly_corr_freq": [390.625]}),
}
"""Exposures whose interference is subtracted, and how."""

CASES = (
    *(Case(name, exposure) for name, exposure in exposures.MIRI.items()),
    *(
        Case(f"interference {name}", exposure, {"emicorr": {"skip": False} | parameters})
        for name, (exposure, parameters) in EMICORR.items()
    ),
    Case("first group", SMALL, {"firstframe": {"skip": False}}),
    Case(
        "first group of bright pixels",
        SMALL,
        {"firstframe": {"skip": False, "bright_use_group1": False}},
    ),
    Case("rows together", exposures.MIRI["MIRIFUSHORT"], {"refpix": {"odd_even_rows": False}}),
)
