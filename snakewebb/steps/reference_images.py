"""Reference files that hold images, read straight from FITS.

Only what a step asks for is read, and of that only the part that the exposure covers. A data model
reads all arrays of a file, whole, and checks each keyword: for a few images that takes longer than
the steps that use them.
"""

import functools
import gzip
import logging
import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from snakewebb.kernels.blocks import each, empty
from snakewebb.steps.declaration import Content

log = logging.getLogger("snakewebb")

Part = slice | np.ndarray
"""Part of an axis: one region, or the indices of several."""

WHOLE = (slice(None), slice(None))
GZIP_MAGIC = b"\x1f\x8b"
TYPES = {8: "u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
"""Types of what FITS stores, by BITPIX."""
SHORT = np.dtype(">i2")
EXACT = 2**23
"""Whole numbers below it add to short ones without rounding in single precision."""
FLAGS = "dq"
LARGEST_IN_TABLE = 2**20
"""Flags up to this value are looked up in a table of all values, larger ones bit by bit."""
DEFINITIONS = "DQ_DEF"
KEYWORDS = {
    "exposure": {
        "nframes": "NFRAMES",
        "ngroups": "NGROUPS",
        "groupgap": "GROUPGAP",
        "gain_factor": "GAINFACT",
        "average_dark_current": "AVDRKCUR",
    },
    "subarray": {
        "xstart": "SUBSTRT1",
        "ystart": "SUBSTRT2",
        "xsize": "SUBSIZE1",
        "ysize": "SUBSIZE2",
    },
}
"""What steps read of the header, by the names that data models have for it."""


class ImageFile:
    """The images of a reference file; those that a step asks for are read once.

    It has the attributes of the file's data model that steps use: images by their names, float32,
    flags uint32 with the bits that DQ_DEF defines translated, and ``meta``. An image that the file
    lacks is None; flags are zero then.

    Parameters
    ----------
    path : str
        The file.
    contents : sequence of Content
        Its images, the main one first.
    model : str
        The class of ``stdatamodels.jwst.datamodels`` that reads all of it.
    window : tuple of slice or ndarray of int
        Rows and columns to read.
    """

    def __init__(
        self,
        path: str,
        contents: Sequence[Content],
        model: str,
        window: tuple[Part, Part] = WHOLE,
    ):
        self._path = path
        self._model = model
        self._contents = contents
        self._window = window
        status = Path(path).stat()
        self._stored, self._bits, self.meta = stored_in(path, status.st_mtime_ns, status.st_size)
        self.image = self._stored[contents[0].extension].shape[-2:]

    def cut(self, window: tuple[Part, Part]) -> "ImageFile":
        """Return the same file, of which another part is read."""
        return type(self)(self._path, self._contents, self._model, window)

    def as_model(self) -> Any:
        """Return the data model of the whole file; the caller closes it."""
        from stdatamodels.jwst import datamodels

        return getattr(datamodels, self._model)(self._path)

    def __getattr__(self, name: str):
        extension = next((c.extension for c in self._contents if c.name == name), None)
        if extension is None:
            raise AttributeError(f"a reference of this type has no image {name!r}")
        value = self._flags(extension) if name == FLAGS else self._image(extension, np.float32)
        setattr(self, name, value)
        return value

    def _flags(self, extension: str) -> np.ndarray:
        """Return the flags of pixels, of standard meaning."""
        from stdatamodels.jwst.datamodels.dqflags import pixel

        flags = self._image(extension, np.uint32)
        if flags is None:
            return np.zeros_like(np.broadcast_to(np.uint32(0), self.image)[self._window])
        for name in {name for name, _ in self._bits} - pixel.keys():
            log.warning("%s defines %s, which is no flag of JWST: ignored", self._path, name)
        known = [(bits, pixel[name]) for name, bits in self._bits if name in pixel]
        return translated(flags, known) if self._bits else flags

    def _image(self, extension: str, dtype: type) -> Any:
        """Return the window of an image, or None if the file lacks it."""
        if extension not in self._stored:
            return None
        stored = self._stored[extension]
        window = self._window if stored.shape[-2:] == self.image else WHOLE
        return native(stored.values()[(..., *window)], dtype, stored.scale, stored.zero)


class Stored(NamedTuple):
    """An image in a FITS file: a value is what is stored times `scale`, plus `zero`."""

    path: str
    start: int
    dtype: str
    shape: tuple[int, ...]
    scale: float
    zero: float

    def values(self) -> np.ndarray:
        """Return what is stored, mapped to memory if the file is not compressed."""
        if not is_compressed(self.path):
            return np.memmap(self.path, self.dtype, "r", self.start, self.shape)
        with gzip.open(self.path) as file:
            file.seek(self.start)
            content = file.read(math.prod(self.shape) * np.dtype(self.dtype).itemsize)
        return np.frombuffer(content, self.dtype).reshape(self.shape)


def is_compressed(path: str | Path) -> bool:
    """Tell whether a file is compressed by gzip, whatever its name."""
    with open(path, "rb") as file:
        return file.read(len(GZIP_MAGIC)) == GZIP_MAGIC


@functools.lru_cache(maxsize=256)
def stored_in(
    path: str, changed: int, size: int
) -> tuple[dict[str, Stored], list[tuple[str, int]], SimpleNamespace]:
    """Return the images, the definition of flags and the header of a file.

    They are read once while date and size stay.
    """
    from astropy.io import fits

    with fits.open(path, memmap=True, do_not_scale_image_data=True) as hdus:
        images = {
            hdu.name: Stored(
                path,
                hdu.fileinfo()["datLoc"],
                TYPES[hdu.header["BITPIX"]],
                hdu.shape,
                hdu.header.get("BSCALE", 1),
                hdu.header.get("BZERO", 0),
            )
            for hdu in hdus
            if hdu.is_image and hdu.shape
        }
        table = hdus[DEFINITIONS].data if DEFINITIONS in hdus else None
        bits = [] if table is None else [(r["NAME"].strip(), int(r["VALUE"])) for r in table]
        return images, bits, header_of(hdus[0].header, Path(path).name)


def translated(flags: np.ndarray, definitions: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return flags with standard bits in the place of those of a file.

    Parameters
    ----------
    flags : ndarray, uint32
        As in the file.
    definitions : sequence of (int, int)
        Bits in the file, and the standard bits for them. Bits without a definition are dropped.
    """
    largest = int(flags.max(initial=0))
    if largest > LARGEST_IN_TABLE:
        return bit_by_bit(flags, definitions)
    return bit_by_bit(np.arange(largest + 1, dtype=np.uint32), definitions).take(flags)


def bit_by_bit(flags: np.ndarray, definitions: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return standard bits, found for one definition after the other."""
    standard = np.zeros(flags.shape, dtype=np.uint32)
    for bits, meaning in definitions:
        standard[(flags & np.uint32(bits)) != 0] |= np.uint32(meaning)
    return standard


def header_of(header: Any, filename: str) -> SimpleNamespace:
    """Return what steps read of a header, as the ``meta`` of a data model."""
    sections = {
        section: SimpleNamespace(**{name: header.get(key) for name, key in names.items()})
        for section, names in KEYWORDS.items()
    }
    return SimpleNamespace(filename=filename, hasattr=KEYWORDS.__contains__, **sections)


class Planes:
    """The planes of an array in a file, each read when it is asked for.

    Mapped to memory, the whole file would stay there.
    """

    def __init__(self, stored: Stored):
        self._stored = stored
        self._number = math.prod(stored.shape[:-2])

    def __len__(self) -> int:
        return self._number

    def __getitem__(self, index: int) -> np.ndarray:
        path, start, dtype, shape, *_ = self._stored
        size = math.prod(shape[-2:])
        start += index * size * np.dtype(dtype).itemsize
        return np.fromfile(path, dtype, size, offset=start).reshape(shape[-2:])


def native(stored: np.ndarray, dtype: type, scale: float = 1, zero: float = 0) -> np.ndarray:
    """Return images of a file in the byte order of this machine, and in a type.

    Parameters
    ----------
    stored : ndarray, shape (..., ny, nx)
        As in the file, which may be mapped to memory.
    dtype : type
        The type of the result.
    scale, zero : float
        A value is what is stored times `scale`, plus `zero`.
    """
    planes = stored.reshape(-1, *stored.shape[-2:])
    return converted(planes, stored.shape, dtype, scale, zero)


def converted(
    sources: Any, shape: tuple[int, ...], dtype: type, scale: float = 1, zero: float = 0
) -> np.ndarray:
    """Return an array of a shape, with the values of planes; the rest as for `native`."""
    out = empty(shape, dtype)
    planes = out.reshape(-1, *shape[-2:])
    exact = np.int64 if (scale, zero) == (int(scale), int(zero)) else np.float64
    short = dtype == np.float32 and scale == 1 and exact == np.int64 and abs(zero) < EXACT

    def convert(plane):
        values = sources[plane]
        if short and values.dtype == SHORT:
            np.add(values, np.float32(zero), out=planes[plane])
            return
        if (scale, zero) != (1, 0):
            values = values * exact(scale) + exact(zero)
        planes[plane] = values

    each(convert, range(len(planes)))
    return out
