"""The file that tells which micro-shutters of NIRSpec were opened for an exposure, and why.

Reference: JWST pipeline documentation, "MSA Metadata File".
"""

import numpy as np
from astropy.io import fits

EXPOSURE_TYPE = "NRS_MSASPEC"
"""Type of exposures that have such a file."""

NUMBER = 1
"""Number of the configuration of shutters."""

_SHUTTERS = (
    (1, 1, 100, 1, 0, ""),
    (1, 1, 100, 2, 11, ""),
    (1, 1, 100, 3, 0, ""),
    (2, 3, 50, 1, 12, ""),
    (3, 2, 30, 1, 0, ""),
    (3, 2, 30, 2, 0, ""),
    (4, 1, 300, 1, 0, ""),
    (4, 1, 300, 3, 13, ""),
    (0, 0, 0, 0, 14, "S200A1"),
)
"""Slitlet, quadrant, row, column, source (0 for sky) and fixed slit of each shutter."""

_COLUMNS = (
    ("slitlet_id", "I"),
    ("msa_metadata_id", "I"),
    ("shutter_quadrant", "I"),
    ("shutter_row", "I"),
    ("shutter_column", "I"),
    ("source_id", "J"),
    ("background", "1A"),
    ("shutter_state", "6A"),
    ("estimated_source_in_shutter_x", "E"),
    ("estimated_source_in_shutter_y", "E"),
    ("dither_point_index", "I"),
    ("primary_source", "1A"),
    ("fixed_slit", "8A"),
)
_OF_SOURCES = (
    ("program", "J"),
    ("source_id", "J"),
    ("source_name", "20A"),
    ("alias", "20A"),
    ("ra", "D"),
    ("dec", "D"),
    ("preimage_id", "30A"),
    ("stellarity", "D"),
)


def file_name(exposure):
    """Return the name of the file for an exposure, None for one of another type."""
    if exposure.exp_type != EXPOSURE_TYPE:
        return None
    return f"{exposure.root.partition('_')[0]}_{NUMBER:02d}_msa.fits"


def write(exposure, folder, shutters=_SHUTTERS):
    """Write the file for an exposure.

    Parameters
    ----------
    exposure : Exposure
        One of the micro-shutters.
    folder : Path
        Where to put it.
    shutters : sequence of tuple
        What is open at the first dither position. At the second one all shutters are one further.
    """
    further = [(slitlet, q, row, col + 1, *rest) for slitlet, q, row, col, *rest in shutters]
    lines = [_line(each, dither) for dither, s in ((1, shutters), (2, further)) for each in s]
    sources = sorted({source for *_, source, _ in shutters if source})
    named = [(1, s, f"1_{s}", "", exposure.ra, exposure.dec, "", 1.0) for s in sources]
    tables = _table("SHUTTER_INFO", _COLUMNS, lines), _table("SOURCE_INFO", _OF_SOURCES, named)
    fits.HDUList([fits.PrimaryHDU(), *tables]).writeto(folder / file_name(exposure), overwrite=True)


def _line(shutter, dither):
    """Return a line of the table of shutters."""
    slitlet, quadrant, row, column, source, slit = shutter
    place, yes, no = (0.5, "Y", "N") if source else (np.nan, "N", "Y")
    where = slitlet, NUMBER, quadrant, row, column, source
    return (*where, no, "OPEN", place, place, dither, yes, slit or "NONE")


def _table(name, columns, lines):
    """Return a table of a FITS file."""
    values = zip(*lines, strict=True)
    made = [fits.Column(n, form, array=v) for (n, form), v in zip(columns, values, strict=True)]
    return fits.BinTableHDU.from_columns(made, name=name)
