"""The header and the tables of a raw product, from the description of an exposure.

Reference: JWST Keyword Dictionary, https://mast.stsci.edu/portal/Mashup/Clients/jwkeywords/.
"""

import numpy as np

_LIGHT = 299792.458  # km/s
_DAY = 86400.0
_L2_DISTANCE = 0.01  # from the Earth, relative to the Earth's distance from the Sun
_COMPLETE = (0, "COMPLETE")


def header(exposure):
    """Return the metadata of a raw product as a nested dictionary, as data models have it."""
    return {
        "origin": "STSCI",
        "telescope": "JWST",
        "time_sys": "UTC",
        "time_unit": "s",
        "data_processing_software_version": "snakewebb.demo",
        "hga_move": False,
        "compress": False,
        "program": _program(),
        "observation": _observation(exposure),
        "visit": _visit(exposure),
        "target": _target(exposure),
        "instrument": _instrument(exposure),
        "exposure": _exposure(exposure),
        "subarray": _subarray(exposure),
        "dither": {"primary_type": "NONE", "position_number": 1, "total_points": 1},
        "guidestar": _guidestar(exposure),
        "bunit_data": "DN",
        "coordinates": {"reference_frame": "ICRS"},
        **_pointing(exposure),
        **_ephemeris(exposure),
    }


def frames_per_integration(exposure):
    """Return the number of frames from the first to the last that an integration keeps."""
    pattern = exposure.pattern
    return (exposure.ngroups - 1) * (pattern.nframes + pattern.groupgap) + pattern.nframes
