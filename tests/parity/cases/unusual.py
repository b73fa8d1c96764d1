"""Exposures that are not whole, or whose header, detector or reference files are unusual."""

from dataclasses import replace

from snakewebb.demo.programmes import DEMO, SMALL
from tests.parity import exposures, users
from tests.parity.case import Case

NIRCAM, NIRCAM_AVERAGED, NIRCAM_LONG, NIRISS = SMALL
MIRI = exposures.MIRI["MIRIMAGE SUB64"]

SEGMENT = {
    "exposure": {
        "nints": 12,
        "integration_start": 5,
        "integration_end": 8,
        "segment_number": 2,
        "segment_total": 3,
    }
}
"""The second of three parts of an exposure of twelve integrations."""

FIRST_SEGMENT = {
    "exposure": SEGMENT["exposure"]
    | {"integration_start": 1, "integration_end": 4, "segment_number": 1}
}

STRIPES = {
    "subarray": {
        "name": "SUB256STRIPE4_DHS",
        "ystart": 1,
        "multistripe_reads1": 1,
        "multistripe_skips1": 700,
        "multistripe_reads2": 63,
        "multistripe_skips2": 85,
        "repeat_stripe": 1,
        "interleave_reads1": 1,
        "num_superstripe": 0,
        "superstripe_step": 0,
    }
}
"""Four stripes of 63 rows, each with a row of reference pixels before it."""

STRIPED = replace(
    exposures.NIRCAM["NRCALONG grism, 4 outputs"],
    root="jw09100024001_02101_00001_nrca1",
    detector="NRCA1",
    subarray="SUBGRISM256",
    filter="F150W2",
    pupil="GDHS0",
)

SUM_OF_FRAMES = {"exposure": {"frame_divisor": 1}}

CASES = (
    Case("part of an exposure, NIRCam", NIRCAM_LONG, header=SEGMENT),
    Case("part of an exposure, MIRI", MIRI, header=SEGMENT),
    Case("first part of an exposure, MIRI", MIRI, header=FIRST_SEGMENT),
    Case(
        "part of an exposure, clipped",
        DEMO[1],
        {"jump": {"minimum_sigclip_groups": 20}},
        header={"exposure": SEGMENT["exposure"] | {"nints": 75, "integration_end": 29}},
    ),
    Case("dead columns", NIRISS, {"dq_init": {"user_supplied_dq": users.dead_columns}}),
    Case("dead columns of MIRI", MIRI, {"dq_init": {"user_supplied_dq": users.dead_columns}}),
    Case("stripes", STRIPED, {"dark_current": {"skip": True}}, header=STRIPES),
    Case("sums of frames", NIRCAM_AVERAGED, header=SUM_OF_FRAMES),
    Case(
        "inverse polynomials",
        NIRCAM_AVERAGED,
        {"linearity": {"override_linearity": users.inverse_polynomials}},
    ),
)
