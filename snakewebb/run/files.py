"""Exposures in, products out: what is read is checked first, what is written appears whole."""

import logging
import os
import tempfile
import threading
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from snakewebb.errors import InputError, raise_all
from snakewebb.run import asdf_plugins
from snakewebb.run.headers import scan
from snakewebb.steps.cores import empty, row_blocks
from snakewebb.steps.exposure_types import GUIDER, GUIDER_TABLES, kind_of_type
from snakewebb.steps.layout import NEAR_INFRARED_SIDE as SIDE
from snakewebb.steps.layout import RAMP_DIMENSIONS
from snakewebb.steps.reference_images import (
    TYPES,
    Planes,
    Stored,
    converted,
    is_compressed,
    native,
)

log = logging.getLogger("snakewebb")

IMAGE_DIMENSIONS = 2
KINDS = {
    "ramp": "a ramp (an `_uncal` or later product)",
    "rate": "a count rate (`_rate`, `_rateints`)",
}
WANTED = "give the path of a FITS file, an open data model or an open HDUList"
ONE_BY_ONE = (
    "the first stage takes no association or container, but one exposure at a time: "
    "call it for each, with the path of a FITS file or an open data model"
)
CONTAINERS = ("ModelContainer", "ModelLibrary")
LONGEST = 200
"""Characters of a wrong input that an error quotes at most."""
FITS = ".fits"
FITS_BLOCK = 2880
SIGN = np.uint32(1 << 31)
"""The bit in which unsigned integers differ from signed ones that are less by half the range."""
CHUNK = 2**20
SMALLEST_SIDE = 1024
"""Rows and columns of the smallest detector, at least."""
NEEDED_KEYWORDS = ("INSTRUME", "DETECTOR")
INSTRUMENTS = ("FGS", "MIRI", "NIRCAM", "NIRISS", "NIRSPEC")
SELECTING_KEYWORDS = (
    *NEEDED_KEYWORDS,
    "EXP_TYPE",
    "READPATT",
    "SUBARRAY",
    "FILTER",
    "PUPIL",
    "GRATING",
)
"""What pipelines and reference files are chosen by; JWST writes it in capitals."""
WRITING = ".writing-"
FLAGS_OF_GROUPS = "GROUPDQ"
BITS_OF_FLAGS = 8
ARRAYS = {
    "SCI": np.float32,
    "ZEROFRAME": np.float32,
    "REFOUT": np.float32,
    FLAGS_OF_GROUPS: np.uint8,
}
"""Extensions of ramps that are large, and the types of their arrays."""
FURTHER_ARRAYS = ("zeroframe", "refout")
FURTHER_TABLES = ("group", "int_times")

_filters = threading.RLock()


def check_exposure(path: str | Path, kind: str) -> Any:
    """Check a FITS file from its headers alone, and return the primary one.

    Parameters
    ----------
    path : str or Path
        The exposure.
    kind : str
        ``"ramp"`` or ``"rate"``.

    Raises
    ------
    InputError
        If it does not exist, is not FITS, is cut short, has no SCI extension, is a product of
        another kind, or does not say which instrument made it.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path} does not exist" if not path.exists() else f"{path} is no file")
    dimensions, primary = described(path, size_of(path))
    found = "ramp" if dimensions == RAMP_DIMENSIONS else "rate"
    if found != kind:
        raise InputError(
            f"{path} holds an image of {dimensions} dimensions, not {KINDS[kind]}; "
            f"give {'the `_uncal` it was made from' if kind == 'ramp' else 'its `_rate`'}"
        )
    missing = [key for key in NEEDED_KEYWORDS if not primary.get(key)]
    if missing:
        raise InputError(f"{path} lacks the keyword {' and '.join(missing)}")
    check_values(path, primary)
    return primary


def check_values(path: Path, primary: Any) -> None:
    """Refuse values that no exposure of JWST has in the keywords that choices depend on."""
    problems = [
        f"{path}: the keyword {key} is {primary[key]!r}; JWST writes it in capitals, "
        f"{primary[key].upper()!r}"
        for key in SELECTING_KEYWORDS
        if isinstance(primary.get(key), str) and primary[key] != primary[key].upper()
    ]
    instrument = str(primary["INSTRUME"])
    if instrument.upper() not in INSTRUMENTS:
        known = ", ".join(INSTRUMENTS)
        problems.append(f"{path}: the keyword INSTRUME is {instrument!r}, which is none of {known}")
    raise_all(problems, InputError)


def size_of(path: Path) -> int:
    """Return the size of a FITS file, decompressed if need be.

    Raises
    ------
    InputError
        If it is not FITS, or its compressed content is cut short.
    """
    import gzip

    compressed = is_compressed(path)
    try:
        with gzip.open(path) if compressed else open(path, "rb") as file:
            if file.read(9) != b"SIMPLE  =":
                several = f": {ONE_BY_ONE}" if path.suffix == ".json" else ""
                raise InputError(f"{path} is not a FITS file{several}")
            if not compressed:
                return path.stat().st_size
            while file.read(CHUNK):
                pass
            return file.tell()
    except EOFError:
        raise InputError(f"{path} is cut short; fetch it again") from None
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault}") from None


def described(path: Path, size: int) -> tuple[int, Any]:
    """Return the dimensions of the science array and the primary header of a file of a size."""
    try:
        extensions = scan(path)
    except (OSError, EOFError, KeyError, TypeError) as fault:
        raise InputError(f"{path} cannot be read: {fault}") from None
    if size % FITS_BLOCK or extensions[-1].end > size:
        raise InputError(f"{path} is cut short at {size} bytes; fetch it again")
    science = [each for each in extensions if each.name == "SCI"]
    if not science:
        raise InputError(f"{path} has no SCI extension: it is no JWST exposure")
    return len(science[0].shape), extensions[0].cards


def check_image(shape: tuple[int, ...], subarray: Any, name: str) -> None:
    """Refuse an image that does not lie on the detector as its header tells.

    More rows than the header tells are right: some readouts of NIRSpec interleave reference pixels.
    A stack of strips that overlap is wider than the detector, and starts at its first column.
    """
    axes = (
        ("rows", "2", shape[0], subarray.ystart, subarray.ysize),
        ("columns", "1", shape[1], subarray.xstart, subarray.xsize),
    )
    faults = []
    for what, number, length, start, size in axes:
        if size is not None and length < size:
            faults.append(f"it has {length} {what}, but SUBSIZE{number} is {size}")
        elif start is None and min(shape) < SMALLEST_SIDE:
            faults.append(f"the keyword SUBSTRT{number}, where its {what} start, is missing")
        elif start is not None and not 1 <= start <= max(1, SIDE + 1 - (size or length)):
            faults.append(f"SUBSTRT{number} is {start}, so its {what} are not on the detector")
    advice = "give the whole exposure, or correct the keywords of its subarray"
    raise_all([f"the image of {name}: {fault}; {advice}" for fault in faults], InputError)


def dimensions(source: Any) -> int:
    """Return the dimensions of the science array of a file or data model, 0 if it has none."""
    from astropy.io import fits

    if isinstance(source, str | Path):
        return described(Path(source), size_of(Path(source)))[0] if Path(source).is_file() else 0
    if isinstance(source, fits.HDUList):
        return source["SCI"].header["NAXIS"] if "SCI" in source else 0
    return len(getattr(source, "shape", None) or ())


@contextmanager
def filtering(action: Any, category: type[Warning] = Warning) -> Iterator[None]:
    """Filter warnings for a while.

    Filters are those of the whole process: threads take turns, or one would put back what another
    has set.
    """
    with _filters, warnings.catch_warnings():
        warnings.simplefilter(action, category)
        yield


@dataclass
class Exposure:
    """An open exposure: the model to work on, which is ours to change and close, and its name."""

    model: Any
    name: str


def open_exposure(source: Any, kind: str) -> Exposure:
    """Open an exposure to work on.

    Parameters
    ----------
    source : str, Path, data model or astropy.io.fits.HDUList
        What is open already is copied: the caller's is not changed, and stays open.
    kind : str
        ``"ramp"`` or ``"rate"``.

    Returns
    -------
    Exposure
        Its model is a `RampModel`, for a guider at work a `GuiderRawModel`, or the model of a rate
        product.
    """
    from astropy.io import fits
    from stdatamodels.jwst import datamodels

    asdf_plugins.load()
    if isinstance(source, str | Path):
        header = check_exposure(source, kind)
        opener = ramp_class(header.get("EXP_TYPE")) if kind == "ramp" else datamodels.open
        return Exposure(opened(source, opener), str(source))
    if isinstance(source, fits.HDUList):
        model = copied(source, kind)
    elif isinstance(source, datamodels.JwstDataModel):
        model = source.copy()
    else:
        raise no_exposure(source)
    name = model.meta.filename or type(source).__name__
    if kind == "ramp":
        if len(model.shape or ()) != RAMP_DIMENSIONS:
            raise InputError(f"{name} holds an array of shape {model.shape}, not {KINDS[kind]}")
        model_class = ramp_class(model.meta.exposure.type)
        if not isinstance(model, model_class):
            model = as_ramp(model, model_class)
    return Exposure(model, name)


def no_exposure(source: Any) -> InputError:
    """Return the error for what is neither a path nor open."""
    several = isinstance(source, Collection) or type(source).__name__ in CONTAINERS
    advice = ONE_BY_ONE if several else WANTED
    return InputError(f"{shortened(repr(source))} is no exposure; {advice}")


def shortened(text: str) -> str:
    """Return a text, cut if it is long."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


def copied(hdus, kind: str):
    """Return a model of what an open FITS file holds, which shares nothing with it."""
    from stdatamodels.jwst import datamodels

    if "SCI" not in hdus:
        raise InputError("the open FITS file has no SCI extension: it is no JWST exposure")
    cube = hdus["SCI"].header["NAXIS"] > IMAGE_DIMENSIONS
    rate_class = datamodels.CubeModel if cube else datamodels.ImageModel
    opener = ramp_class(hdus[0].header.get("EXP_TYPE")) if kind == "ramp" else rate_class
    with opener(hdus) as view:
        model = view.copy()
    if hdus.filename():
        model.meta.filename = Path(hdus.filename()).name
    return model


def opened(path: str | Path, opener: Any) -> Any:
    """Return the model of a file.

    Its ASDF extension is left out if it does not match the others, as when tables were deleted;
    the keywords tell all that is needed.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    try:
        return model_of(path, opener)
    except Exception as fault:
        if "ASDF" not in str(fault):
            raise InputError(f"{path} cannot be read: {fault}") from fault
        log.warning("%s: its ASDF extension is not used: %s", path, fault)
    try:
        return opener(without_asdf(path))
    except Exception as fault:
        raise InputError(f"{path} cannot be read: {fault}") from fault


def opened_for_keywords(path: str | Path) -> Any:
    """Return a model of a file for its keywords alone: its science is not converted."""
    from stdatamodels.jwst.datamodels import JwstDataModel

    return opened(path, lambda source: JwstDataModel(source))


def model_of(path: str | Path, opener: Any) -> Any:
    """Return the model of a file, whose large arrays are read faster than astropy does.

    HDUs of astropy lie in cycles, which live on for some time: no array is left in them.
    """
    from astropy.io import fits
    from stdatamodels.jwst.datamodels import RampModel

    if not isinstance(opener, type):  # it knows by itself what to open, and what to read
        return opener(str(path))
    with fits.open(path, memmap=False) as hdus:
        for name in ARRAYS:
            array = read_array(path, hdus[name]) if name in hdus else None
            if array is not None:
                hdus[name].data = array
        if issubclass(opener, RampModel) and FLAGS_OF_GROUPS not in hdus:
            flags = empty(hdus["SCI"].shape, ARRAYS[FLAGS_OF_GROUPS])
            flags[...] = 0
            hdus.append(fits.ImageHDU(flags, name=FLAGS_OF_GROUPS))
        model = opener(hdus)
        for hdu in hdus:
            del hdu.data
    return model


def read_array(path: str | Path, hdu: Any) -> Any:
    """Return an array of a file that `ARRAYS` names, or None if it is stored in an unusual way."""
    header, dtype = hdu.header, ARRAYS[hdu.name]
    scale, zero = header.get("BSCALE", 1), header.get("BZERO", 0)
    usual = scale == 1 and zero == int(zero) and len(hdu.shape) > IMAGE_DIMENSIONS
    if not usual or (hdu.name == FLAGS_OF_GROUPS and header["BITPIX"] != BITS_OF_FLAGS):
        return None
    start, stored_as = hdu.fileinfo()["datLoc"], TYPES[header["BITPIX"]]
    stored = Stored(str(path), start, stored_as, hdu.shape, scale, zero)
    if is_compressed(path):
        return native(stored.values(), dtype, scale, zero)
    return converted(Planes(stored), hdu.shape, dtype, scale, zero)


def without_asdf(path: str | Path) -> Any:
    """Return the HDUs of a file but that of ASDF, read into memory."""
    from astropy.io import fits

    with fits.open(path, memmap=False) as hdus:
        return fits.HDUList([hdu.copy() for hdu in hdus if hdu.name != "ASDF"])


def ramp_class(exposure_type: str | None) -> Any:
    """Return the class of models for the ramps of exposures of a type."""
    from stdatamodels.jwst import datamodels

    is_guider = kind_of_type(exposure_type) == GUIDER
    return datamodels.GuiderRawModel if is_guider else datamodels.RampModel


def as_ramp(raw, model_class):
    """Return a raw exposure as a model of a class of ramps, of float32."""
    ramp = model_class(data=np.asarray(raw.data, dtype=np.float32))
    ramp.update(raw, extra_fits=True)
    for name in FURTHER_ARRAYS:
        if raw.hasattr(name):
            setattr(ramp, name, np.asarray(getattr(raw, name), dtype=np.float32))
    for name in (*FURTHER_TABLES, *GUIDER_TABLES):
        if raw.hasattr(name):
            setattr(ramp, name, getattr(raw, name))
    ramp.meta.filename = raw.meta.filename
    return ramp


@contextmanager
def appearing_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to beside the final one; it takes its place when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=WRITING, dir=path.parent) as folder:
        beside = Path(folder) / path.name
        yield beside
        os.replace(beside, path)


def write(model, path: str) -> None:
    """Write a model as its method `save` does, in less memory.

    FITS knows no unsigned integers; astropy would make two copies of flags to shift them.
    """
    from astropy.io.fits.verify import VerifyWarning
    from stdatamodels import fits_support

    if Path(path).suffix != FITS or model._no_asdf_extension:
        model.save(path)
        return
    model.on_save(path)
    hdus = fits_support.to_fits(model.instance, model.schema)
    for hdu in hdus:
        if hdu.is_image and hdu.shape and hdu.data.dtype == np.uint32:
            scaling = {key: hdu.header[key] for key in ("BSCALE", "BZERO")}
            hdu.data = shifted(hdu.data)
            hdu.header.update(scaling)
    with filtering("ignore", VerifyWarning):  # of long cards
        hdus.writeto(path, overwrite=True)


def shifted(flags: np.ndarray) -> np.ndarray:
    """Return flags as signed integers that are less by half their range."""
    out = empty(flags.shape, np.int32)
    planes, sources = (each.reshape(-1, each.shape[-1]) for each in (out, flags))
    for rows in row_blocks(*planes.shape):
        planes[rows] = (sources[rows] ^ SIGN).view(np.int32)
    return out


def save(model, path: str | Path) -> Path:
    """Save a model; the file appears whole or not at all."""
    path = Path(path)
    try:
        with appearing_whole(path) as beside:
            write(model, str(beside))
    except OSError as fault:
        raise InputError(f"{path} cannot be written: {fault}") from fault
    return path
