"""Kinds of exposures, by their keyword EXP_TYPE.

Reference: JWST pipeline documentation, "Pipelines and Exposure Type".
"""

SCIENCE = "science"
GUIDER = "guider"
ANY = "any"

GUIDER_TYPES = (
    "FGS_ID-IMAGE",
    "FGS_ID-STACK",
    "FGS_ACQ1",
    "FGS_ACQ2",
    "FGS_TRACK",
    "FGS_FINEGUIDE",
)
"""Exposures of a guider at work: identification, acquisition, tracking and fine guiding."""

GUIDER_TABLES = (
    "planned_star_table",
    "flight_star_table",
    "pointing_table",
    "centroid_table",
    "track_sub_table",
)
"""What the telescope knew while it guided; carried through."""

DARK_TYPES = ("FGS_DARK", "MIR_DARKIMG", "MIR_DARKMRS", "NIS_DARK", "NRC_DARK", "NRS_DARK")
"""Exposures without light."""


def kind_of_type(exposure_type: str | None) -> str:
    """Return whether an exposure of a type is one of a guider at work or one of science."""
    return GUIDER if normal_type(exposure_type) in GUIDER_TYPES else SCIENCE


def normal_type(exposure_type: str | None) -> str:
    """Return the type of an exposure as it is written in the tables of this module."""
    return str(exposure_type or "").strip().upper()
