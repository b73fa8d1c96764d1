"""Exposures in, products out: what is read is checked first, what is written appears whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakewebb.errors import InputError

RAMP_DIMENSIONS = 4
KINDS = {
    "ramp": "a ramp (an `_uncal` or later product)",
    "rate": "a count rate (`_rate`, `_rateints`)",
}
FITS_BLOCK = 2880
NEEDED_KEYWORDS = ("INSTRUME", "DETECTOR")


def check_exposure(path: str | Path, kind: str) -> None:
    """Check a FITS file from its headers alone.

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
    with open(path, "rb") as file:
        if file.read(9) != b"SIMPLE  =":
            raise InputError(f"{path} is not a FITS file")
    dimensions, primary = described(path)
    found = "ramp" if dimensions == RAMP_DIMENSIONS else "rate"
    if found != kind:
        raise InputError(
            f"{path} holds an image of {dimensions} dimensions, not {KINDS[kind]}; "
            "give the product of the level before"
        )
    missing = [key for key in NEEDED_KEYWORDS if not primary.get(key)]
    if missing:
        raise InputError(f"{path} lacks the keyword {' and '.join(missing)}")


def described(path: Path) -> tuple[int, Any]:
    """Return the dimensions of the science array and the primary header."""
    import warnings

    from astropy.io import fits

    try:
        with warnings.catch_warnings(), fits.open(path, memmap=True) as hdus:
            warnings.simplefilter("ignore")
            end, size = max(end_of(hdu) for hdu in hdus), path.stat().st_size
            if end > size or size % FITS_BLOCK:
                raise InputError(f"{path} is cut short at {size} bytes; fetch it again")
            if "SCI" not in hdus:
                raise InputError(f"{path} has no SCI extension: it is no JWST exposure")
            return hdus["SCI"].header["NAXIS"], hdus[0].header
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault}") from None


def dimensions(source: Any) -> int:
    """Return the dimensions of the science array of a file or data model, 0 if it has none."""
    if isinstance(source, str | Path):
        return described(Path(source))[0] if Path(source).is_file() else 0
    return len(getattr(source, "shape", None) or ())


def shape_of(path: str | Path) -> tuple[int, ...]:
    """Return the shape of the science array, read from the header."""
    from astropy.io import fits

    with fits.open(path, memmap=True) as hdus:
        return hdus["SCI"].shape


def end_of(hdu) -> int:
    """Return where the data of an HDU end in the file."""
    info = hdu.fileinfo()
    return info["datLoc"] + info["datSpan"]


@dataclass
class Exposure:
    """An open exposure: the model to work on, its name, and whether it is ours to close."""

    model: Any
    name: str
    owned: bool


def open_exposure(source: Any, kind: str) -> Exposure:
    """Open an exposure to work on.

    Parameters
    ----------
    source : str, Path or data model
        A model is copied: the caller's is not changed, and stays open.
    kind : str
        ``"ramp"`` or ``"rate"``.

    Returns
    -------
    Exposure
        Its model is a `RampModel`, or the model of a rate product.
    """
    from stdatamodels.jwst import datamodels

    if isinstance(source, str | Path):
        check_exposure(source, kind)
        opener = datamodels.RampModel if kind == "ramp" else datamodels.open
        try:
            return Exposure(opener(str(source)), str(source), owned=True)
        except Exception as fault:
            raise InputError(f"{source} cannot be read: {fault}") from fault
    if not isinstance(source, datamodels.JwstDataModel):
        raise InputError(
            f"{source!r} is no exposure; give the path of a FITS file or an open data model"
        )
    name = source.meta.filename or type(source).__name__
    model = source.copy()
    if kind == "ramp":
        if len(model.shape or ()) != RAMP_DIMENSIONS:
            raise InputError(f"{name} holds an array of shape {model.shape}, not {KINDS[kind]}")
        if not isinstance(model, datamodels.RampModel):
            model = as_ramp(model)
    return Exposure(model, name, owned=True)


def as_ramp(raw):
    """Return a raw exposure as a ramp of float32."""
    import numpy as np
    from stdatamodels.jwst.datamodels import RampModel

    ramp = RampModel(data=np.asarray(raw.data, dtype=np.float32))
    ramp.update(raw, extra_fits=True)
    for name in ("zeroframe", "refout"):
        if raw.hasattr(name):
            setattr(ramp, name, np.asarray(getattr(raw, name), dtype=np.float32))
    for name in ("group", "int_times"):
        if raw.hasattr(name):
            setattr(ramp, name, getattr(raw, name))
    ramp.meta.filename = raw.meta.filename
    return ramp


@contextmanager
def appearing_whole(path: Path) -> Iterator[Path]:
    """Give a path to write to beside the final one; it takes its place when all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as folder:
        beside = Path(folder) / path.name
        yield beside
        os.replace(beside, path)


def save(model, path: str | Path) -> Path:
    """Save a model; the file appears whole or not at all."""
    path = Path(path)
    try:
        with appearing_whole(path) as beside:
            model.save(str(beside))
    except OSError as fault:
        raise InputError(f"{path} cannot be written: {fault}") from fault
    return path
