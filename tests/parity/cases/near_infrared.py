"""Parameters of the steps that all near-infrared detectors have."""

from dataclasses import replace

from snakewebb.demo.programmes import DEMO, SMALL
from snakewebb.demo.scenes import star_field
from tests.parity import users
from tests.parity.case import Case

NIRCAM, NIRCAM_AVERAGED, NIRCAM_LONG, NIRISS = SMALL

FAINT = replace(
    NIRCAM,
    root="jw09000001001_02107_00001_nrca1",
    ngroups=9,
    start="2024-03-01T12:15:00",
    sky=100.0,
    cosmic_rays=10,
    sources=star_field(
        NIRCAM.ra, NIRCAM.dec, radius=8, number=60, faintest=30, brightest=3e3, seed=3
    ),
)
"""Without stars that saturate, and with light everywhere: the likelihood of none is another one."""

FAINT_AVERAGED = replace(
    FAINT,
    root="jw09000001001_02109_00001_nrca1",
    readpatt="SHALLOW4",
    nints=1,
    start="2024-03-01T12:20:00",
)
"""The same with several frames in a group, and the first of them apart."""

ON_SEVERAL_CORES = "2"
"""Where `minimum_groups` counts in jwst."""

CASES = (
    Case("lower threshold", NIRCAM, {"jump": {"rejection_threshold": 3.0}}),
    Case(
        "flags after jumps",
        NIRCAM_LONG,
        {"jump": {"after_jump_flag_dn1": 10.0, "after_jump_flag_time1": 20.0}},
    ),
    Case("snowballs", DEMO[0], {"jump": {"expand_large_events": True}}),
    Case("columns together", NIRCAM_LONG, {"refpix": {"odd_even_columns": False}}),
    Case("no side pixels", DEMO[2], {"refpix": {"use_side_ref_pixels": False}}),
    Case("side pixels", DEMO[2], {"refpix": {"side_smoothing_length": 31, "side_gain": 0.5}}),
    Case("user's flags", NIRISS, {"dq_init": {"user_supplied_dq": users.flags}}),
    Case("saturation grows further", NIRCAM, {"saturation": {"n_pix_grow_sat": 3}}),
    Case("saturation without readout", NIRCAM_AVERAGED, {"saturation": {"use_readpatt": False}}),
    Case("dark of averages", NIRCAM_AVERAGED, {"dark_current": {"dark_output": "own_dark.fits"}}),
    Case("average dark", NIRCAM, {"dark_current": {"average_dark_current": 0.5}}),
    Case(
        "jump limits",
        NIRCAM_LONG,
        {
            "jump": {
                "three_group_rejection_threshold": 3.0,
                "four_group_rejection_threshold": 3.5,
                "min_diffs_single_pass": 3,
                "min_jump_to_flag_neighbors": 20.0,
                "max_jump_to_flag_neighbors": 100.0,
            }
        },
    ),
    *(
        Case(
            f"jumps in {groups} groups or more",
            NIRCAM,
            {"jump": {"minimum_groups": groups, "maximum_cores": ON_SEVERAL_CORES}},
        )
        for groups in (NIRCAM.ngroups, NIRCAM.ngroups + 1)
    ),
    Case("jumps alone", NIRISS, {"jump": {"flag_4_neighbors": False}}),
    Case(
        "flags after two kinds of jumps",
        NIRCAM,
        {
            "jump": {
                "after_jump_flag_dn1": 10.0,
                "after_jump_flag_time1": 1.0,
                "after_jump_flag_dn2": 200.0,
                "after_jump_flag_time2": 3.0,
            }
        },
    ),
    Case("clipping integrations", DEMO[1], {"jump": {"minimum_sigclip_groups": 20}}),
    Case(
        "clipping groups",
        NIRCAM_LONG,
        {"jump": {"minimum_sigclip_groups": 15, "only_use_ints": False}},
    ),
    Case(
        "snowballs by other limits",
        NIRCAM,
        {
            "jump": {
                "expand_large_events": True,
                "min_jump_area": 3.0,
                "min_sat_area": 2.0,
                "expand_factor": 1.5,
                "min_sat_radius_extend": 0.5,
                "sat_expand": 3,
                "edge_size": 10,
                "snowball_time_masked_next_int": 1,
                "max_extended_radius": 6,
            }
        },
    ),
    Case(
        "snowballs without core",
        NIRCAM_LONG,
        {
            "jump": {
                "expand_large_events": True,
                "sat_required_snowball": False,
                "mask_snowball_core_next_int": False,
            }
        },
    ),
    Case(
        "some groups, single ones too",
        NIRCAM_AVERAGED,
        {
            "ramp_fit": {
                "firstgroup": 1,
                "lastgroup": 3,
                "suppress_one_group": False,
                "save_opt": True,
                "opt_name": "details",
            }
        },
    ),
    Case("single groups", NIRCAM, {"ramp_fit": {"suppress_one_group": False, "save_opt": True}}),
    Case(
        "likelihood",
        FAINT,
        {
            "jump": {"rejection_threshold": 200.0},
            "ramp_fit": {"algorithm": "LIKELY", "save_opt": True},
        },
    ),
    Case(
        "likelihood of averages",
        FAINT_AVERAGED,
        {
            "jump": {"rejection_threshold": 200.0},
            "ramp_fit": {"algorithm": "LIKELY", "firstgroup": 1, "lastgroup": 7},
        },
    ),
    Case("steps left out", NIRISS, {"ipc": {"skip": True}, "jump": {"skip": True}}),
)
