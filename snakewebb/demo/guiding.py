"""What a guider at work sends besides its images: tables of stars, pointings and centroids."""

import numpy as np

_STARS = ("planned_star_table", "flight_star_table")
_MOTION = ("pointing_table", "centroid_table")
_TABLES = {
    "FGS_ID-IMAGE": _STARS,
    "FGS_ID-STACK": _STARS,
    "FGS_TRACK": (*_MOTION, "track_sub_table"),
    "FGS_FINEGUIDE": _MOTION,
}


def tables_of(exposure_type):
    """Return the names of the tables that come with a type of exposures."""
    return _TABLES.get(exposure_type, ())


def table(random, columns, rows=3):
    """Return a table with something in every column.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of all chance.
    columns : numpy dtype
        Columns of the table.
    rows : int
        How many.

    Returns
    -------
    ndarray, shape (rows,)
    """
    made = np.zeros(rows, columns)
    for name in made.dtype.names:
        values = random.integers(0, 90, rows)
        made[name] = values.astype(str) if made.dtype[name].kind == "S" else values
    return made
