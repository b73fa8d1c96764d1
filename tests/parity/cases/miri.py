"""MIRI, and the steps that it alone has."""

from functools import partial

from tests.parity import exposures, users
from tests.parity.case import Case

SMALL = exposures.MIRI["MIRIMAGE SUB64"]
PRISM = exposures.MIRI["MIRIMAGE SLITLESSPRISM"]
AVERAGED = exposures.MIRI["MIRIMAGE averaged"]

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

SHOWERS = {
    "as usual": {},
    "small, in wide rings": {
        "extend_snr_threshold": 0.95,
        "extend_inner_radius": 2.0,
        "extend_outer_radius": 4.0,
        "extend_min_area": 30,
    },
    "widened, for a short time": {
        "extend_snr_threshold": 1.0,
        "extend_ellipse_expand_ratio": 1.5,
        "time_masked_after_shower": 3.0,
        "max_extended_radius": 8,
        "min_diffs_single_pass": 3,
    },
    "between integrations": {"minimum_sigclip_groups": 2},
}
GAIN = 4.0
LIMIT = {
    "find_showers": True,
    "max_shower_amplitude": 6.0 / GAIN,
    "override_gain": partial(users.even_gain, gain=GAIN),
}
"""Showers, and the amplitude up to which they are flagged: jwst knows 6 electrons / s only."""

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
    *(
        Case(f"showers {name}", AVERAGED, {"jump": LIMIT | parameters})
        for name, parameters in SHOWERS.items()
    ),
    Case("rows together", exposures.MIRI["MIRIFUSHORT"], {"refpix": {"odd_even_rows": False}}),
)
