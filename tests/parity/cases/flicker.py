"""Charge migration, flicker noise and the picture frame."""

from snakewebb.demo.programmes import DEMO, SMALL
from tests.parity import exposures, users
from tests.parity.case import Case

NIRCAM, NIRCAM_AVERAGED, NIRCAM_LONG, NIRISS = SMALL

EVERYTHING = {"skip": False, "save_mask": True, "save_background": True, "save_noise": True}

FULL = exposures.NIRSPEC["NRS1 NRS"]
NRS2 = exposures.NIRSPEC["NRS2 full"]
PICTURE_FRAME = {
    "skip": False,
    "mask_science_regions": False,
    "save_mask": True,
    "save_correction": True,
}

WITH_FLAT = {"apply_flat_field": True, "override_flat": users.flat}

WAVES = {
    "clean_flicker_noise": EVERYTHING | {"fit_method": "fft"},
    "dark_current": {"average_dark_current": 100.0},
}
"""Waves are fitted in another order of sums, and differ by a millionth of a DN. Dark current keeps
photon noise from showing that in pixels whose rates are nearly zero."""

WAVES_WITHOUT_SKY = {
    **WAVES,
    "clean_flicker_noise": EVERYTHING
    | {"fit_method": "fft", "background_method": None, "user_mask": users.mask},
}
"""With a mask of the user lines of reference pixels count, too: next to lines without background,
the noise of jwst is arbitrary (docs/differences.md)."""

WELL_DEFINED = slice(12, 2047)
"""Columns of NRS1 whose noise is not shared with lines beside those of reference pixels."""

CASES = (
    Case(
        "charge migration",
        NIRISS,
        {"charge_migration": {"skip": False, "signal_threshold": 2000.0}},
    ),
    *(
        Case(f"flicker noise, {name}", exposure, {"clean_flicker_noise": EVERYTHING | parameters})
        for name, exposure, parameters in (
            ("median", NIRCAM, {}),
            ("model", NIRISS, {"background_method": "model", "background_box_size": [8, 10]}),
            ("model of its own", NIRCAM_LONG, {"background_method": "model"}),
            ("no background", NIRCAM_AVERAGED, {"background_method": None}),
            ("by channel", DEMO[0], {"fit_by_channel": True}),
            ("chosen", NIRISS, {"autoparam": True}),
            ("lower limit", NIRCAM, {"n_sigma": 1.0, "fit_histogram": True}),
            ("a mask each", NIRISS, {"single_mask": False}),
            ("flat", NIRISS, WITH_FLAT),
            ("flat and model", NIRCAM, WITH_FLAT | {"background_method": "model"}),
            ("MIRI", exposures.MIRI["MIRIMAGE SUB256"], {}),
            ("traces", exposures.NIRISS["NIS SUBSTRIP96"], {"mask_science_regions": True}),
            ("more traces", exposures.NIRISS["NIS SUBSTRIP256"], {"mask_science_regions": True}),
        )
    ),
    Case(
        "flicker noise, slits",
        exposures.NIRSPEC["NRS1 ALLSLITS"],
        {"clean_flicker_noise": EVERYTHING | {"mask_science_regions": True}},
    ),
    Case(
        "flicker noise, slit for bright objects",
        exposures.NIRSPEC["NRS1 SUB512"],
        {"clean_flicker_noise": EVERYTHING | {"mask_science_regions": True}},
    ),
    Case("flicker noise, waves in a subarray", exposures.NIRSPEC["NRS1 SUB512"], WAVES),
    Case("flicker noise, waves in a full frame", FULL, WAVES_WITHOUT_SKY),
    Case("flicker noise, waves in a masked full frame", FULL, WAVES, columns=WELL_DEFINED),
    Case("picture frame", FULL, {"picture_frame": PICTURE_FRAME | {"n_sigma": 3.0}}),
    *(
        Case(
            f"picture frame, limit {n_sigma}",
            NRS2,
            {"picture_frame": PICTURE_FRAME | {"n_sigma": n_sigma}},
        )
        for n_sigma in (0.0, 1.5)
    ),
    Case(
        "picture frame beside slices",
        FULL,
        {
            "picture_frame": PICTURE_FRAME | {"mask_science_regions": True},
            "dark_current": {"average_dark_current": 100.0},
        },
    ),
    Case(
        "flicker noise beside slices",
        FULL,
        {
            "clean_flicker_noise": EVERYTHING | {"mask_science_regions": True},
            "dark_current": {"average_dark_current": 100.0},
        },
    ),
    Case(
        "picture frame beside slits",
        exposures.NIRSPEC["NRS1 full frame of slits"],
        {
            "picture_frame": PICTURE_FRAME | {"mask_science_regions": True},
            "dark_current": {"average_dark_current": 100.0},
        },
    ),
    Case(
        "picture frame and flicker noise beside slitlets",
        exposures.MICRO_SHUTTERS,
        {
            "picture_frame": PICTURE_FRAME | {"mask_science_regions": True},
            "clean_flicker_noise": EVERYTHING | {"mask_science_regions": True},
            "dark_current": {"average_dark_current": 100.0},
        },
    ),
)
