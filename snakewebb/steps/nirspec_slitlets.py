"""Where spectra of the micro-shutters of NIRSpec fall.

Shutters of a row of a quadrant that are open for the same source, or for the sky, make a slitlet.
A file that belongs to the exposure tells which: its table SHUTTER_INFO has a line for each shutter
and dither position. Sources may lie in fixed slits as well.

Reference: JWST pipeline documentation, "MSA Metadata File" and "Clean Flicker Noise".
"""

from dataclasses import dataclass

import numpy as np

from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.nirspec_optics import HALF_HEIGHT, Spectrograph
from snakewebb.steps.nirspec_regions import SLITS, box_of_slit
from snakewebb.steps.nirspec_shutters import COLUMNS, behind_open_shutters
from snakewebb.steps.nirspec_slices import ROWS_OF_SLITS

MICRO_SHUTTERS = "NRS_MSASPEC"
"""Type of exposures of the micro-shutters."""

NO_SLIT = "NONE"
"""Name of the fixed slit where a line of the table is of a shutter."""

PITCH = 1.15
"""Distance of the shutters of a slitlet, in units of the height of one."""

MARGIN = 0.5
"""What counts as part of a slitlet beyond the edges of its shutters, in the same units."""


@dataclass(frozen=True)
class Slitlet:
    """Shutters of a row of a quadrant that share a spectrum, all counted from 1.

    Parameters
    ----------
    quadrant, row : int
        Where they are.
    first, centre, last : int
        Column of the first shutter, of the one with the source, and of the last.
    """

    quadrant: int
    row: int
    first: int
    centre: int
    last: int

    @property
    def index(self):
        """The row of the shutter at the centre in the part of the reference MSA."""
        return (self.centre - 1) * COLUMNS + self.row - 1

    @property
    def edges(self):
        """Edges from the middle of the shutter at the centre, in units of its height."""
        beyond = HALF_HEIGHT + MARGIN
        return (
            -beyond - PITCH * (self.centre - self.first),
            beyond + PITCH * (self.last - self.centre),
        )


def in_slitlets(model, references):
    """Return which pixels of an exposure of the micro-shutters may see light.

    It may come through slitlets, shutters that do not close, and fixed slits, which are always
    open: if a source lies in one whose spectrum is seen, only the spectra of such slits count.

    Parameters
    ----------
    model : data model
        A ramp, or rates.
    references : object
        Holds `msametfl`, `msaoper` or None, and the references of `nirspec_optics.NEEDED`.

    Returns
    -------
    ndarray, shape (ny, nx), bool

    Raises
    ------
    NotApplicable
        If a reference is missing.
    ValueError
        If the header does not tell which lines of the table are those of the exposure, or a line
        makes no sense.
    """
    if references.msametfl is None:
        raise NotApplicable("there is no MSA metadata file to tell which shutters are open")
    optics = Spectrograph(model, references)
    lines = lines_of_exposure(references.msametfl.extra_fits.SHUTTER_INFO.data, model.meta)
    found = behind_open_shutters(optics, references, model.data.shape[-2:])
    of_slits = [box_of_slit(optics, references.msa.Q5, n) for n in slits_with_sources(lines)]
    boxes = [box_of_slitlet(optics, references.msa, each) for each in slitlets(lines)]
    for box in filter(None, of_slits + boxes):
        found[box] = True
    if not any(of_slits):
        found[ROWS_OF_SLITS] = True
    return found


def lines_of_exposure(table, meta):
    """Return the lines of a table of shutters that are those of an exposure.

    Returns
    -------
    dict
        Columns by name in lower case; blanks around texts are left out.
    """
    number, dither = meta.instrument.msa_metadata_id, meta.dither.position_number
    for keyword, value in (("MSAMETID", number), ("PATT_NUM", dither)):
        if value is None:
            raise ValueError(f"mask_science_regions of {MICRO_SHUTTERS} needs keyword {keyword}")
    columns = {name.lower(): np.asarray(table[name]) for name in table.dtype.names}
    columns.setdefault("fixed_slit", np.full(len(table), NO_SLIT))
    chosen = (columns["msa_metadata_id"] == number) & (columns["dither_point_index"] == dither)
    return {name: stripped(values[chosen]) for name, values in columns.items()}


def stripped(values):
    """Return values, without blanks around them if they are texts."""
    return np.char.strip(values) if values.dtype.kind == "U" else values


def slits_with_sources(lines):
    """Return the numbers of the fixed slits that sources lie in."""
    named = lines["fixed_slit"][lines["primary_source"] == "Y"]
    return [number for number, slit in enumerate(SLITS) if slit in named]


def slitlets(lines):
    """Return the slitlets of an exposure."""
    shutters = lines["fixed_slit"] == NO_SLIT
    made = []
    for number in np.unique(lines["slitlet_id"][shutters]):
        of_slitlet = shutters & (lines["slitlet_id"] == number)
        made.append(slitlet_of({name: values[of_slitlet] for name, values in lines.items()}))
    return made


def slitlet_of(lines):
    """Return the slitlet that lines describe; without a source its centre is in the middle."""
    columns = lines["shutter_column"].astype(int)
    first, last = int(columns.min()), int(columns.max())
    (sources,) = np.nonzero(lines["primary_source"] == "Y")
    if len(sources) > 1:
        raise ValueError(
            f"the MSA metadata file has two sources in slitlet {lines['slitlet_id'][0]}"
        )
    at = int(sources[0]) if len(sources) else 0
    centre = int(columns[at]) if len(sources) else (first + last) // 2
    place = int(lines["shutter_quadrant"][at]), int(lines["shutter_row"][at])
    return Slitlet(*place, first, centre, last)


def box_of_slitlet(optics, shutters, slitlet):
    """Return rows and columns around the spectrum of a slitlet, or None if it is not seen.

    Parameters
    ----------
    optics : Spectrograph
        The optics behind the shutters.
    shutters : object
        The reference MSA.
    slitlet : Slitlet
        Its shutters.
    """
    part = getattr(shutters, f"Q{slitlet.quadrant}", None)
    if part is None or not 0 <= slitlet.index < len(part.data):
        raise ValueError(f"the MSA metadata file names a shutter that is not there: {slitlet}")
    return box_of_slit(optics, part, slitlet.index, slitlet.edges)
