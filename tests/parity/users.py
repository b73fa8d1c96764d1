"""Files of a user that parameters name, made for an exposure: each function returns a path."""

import asdf
import numpy as np
from astropy.io import fits
from astropy.time import Time
from stdatamodels.jwst import datamodels

from snakewebb.demo import reference_contents as contents
from snakewebb.demo.keywords import subarray_metadata
from snakewebb.kernels import dq

WINDOW = 15
"""Length of windows of persistence, in seconds."""


def flags(exposure, folder):
    """Write flags for an exposure, those of every seventh pixel."""
    image = np.zeros(exposure.camera.subarray.shape, np.uint32)
    image.flat[::7] = dq.DO_NOT_USE | dq.HOT
    return written([fits.PrimaryHDU(image)], folder, f"{exposure.root}_flags")


def mask(exposure, folder):
    """Write a mask of background pixels, all but every seventh."""
    image = np.ones(exposure.camera.subarray.shape, np.float32)
    image.flat[::7] = 0
    return written(
        [fits.PrimaryHDU(), fits.ImageHDU(image, name="SCI")], folder, f"{exposure.root}_background"
    )


def dead_columns(exposure, folder):
    """Write flags for an exposure: whole columns, one alone and a dozen together, are dead."""
    image = np.zeros(exposure.camera.subarray.shape, np.uint32)
    for columns in (10, slice(30, 42)):
        image[:, columns] = dq.DO_NOT_USE | dq.DEAD
    return written([fits.PrimaryHDU(image)], folder, f"{exposure.root}_dead")


def flat(exposure, folder):
    """Write a flat field with a slope, and some pixels that it does not know."""
    shape = exposure.camera.subarray.shape
    data = np.broadcast_to(np.linspace(0.9, 1.1, shape[1], dtype=np.float32), shape).copy()
    data.flat[::501], data.flat[::503] = np.nan, 0
    model = datamodels.FlatModel(data=data, err=np.full_like(data, 0.004))
    model.dq = np.where(data > 0, 0, dq.NO_FLAT_FIELD | dq.DO_NOT_USE).astype(np.uint32)
    return reference(model, "FLAT", exposure, folder)


def even_gain(exposure, folder, *, gain):
    """Write a gain reference of the same gain in all pixels, in electrons / DN."""
    data = np.full(exposure.camera.subarray.shape, gain, np.float32)
    return reference(datamodels.GainModel(data=data), "GAIN", exposure, folder)


def inverse_polynomials(exposure, folder):
    """Write a linearity reference that has the inverse polynomial, too."""
    own = contents.linearity(exposure.camera, [exposure])
    constant, one, square, cube = own["coeffs"]
    model = datamodels.LinearityModel(coeffs=own["coeffs"], dq=own["dq"])
    model.inv_coeffs = np.stack([constant, one, -square, 2 * square**2 - cube])
    return reference(model, "LINEARITY", exposure, folder)


def reference(model, kind, exposure, folder):
    """Write a reference file for an exposure, and return its path."""
    camera = exposure.camera
    header = {
        "reftype": kind,
        "description": "for a test",
        "author": "a user",
        "pedigree": "SIMULATION",
        "useafter": "2015-01-01T00:00:00",
        "telescope": "JWST",
        "instrument": {"name": camera.instrument.name, "detector": exposure.detector},
        "subarray": subarray_metadata(camera),
    }
    model.update({"meta": header})
    folder.mkdir(parents=True, exist_ok=True)
    return model.save(str(folder / f"{exposure.root}_{kind.lower()}.fits"))


def waves(exposure, folder):
    """Write waves of interference that are sharper than those of the best reference."""
    own = contents.emicorr(exposure.camera, [exposure])
    for wave in own["frequencies"].values():
        wave["phase_amplitudes"] = np.sign(wave["phase_amplitudes"]) * np.float32(0.5)
    return tree(own, folder, f"{exposure.root}_waves")


def windows(exposure, folder):
    """Write windows of persistence of every seventh pixel, which close while it is exposed."""
    start = Time(exposure.start, scale="utc").unix
    ny, nx = exposure.camera.subarray.shape
    rows, columns = np.divmod(np.arange(0, ny * nx, 7), nx)
    entry = {
        "rows": rows,
        "cols": columns,
        "vals": start + np.linspace(0, WINDOW, rows.size),
        "pers_time": WINDOW,
        "filename": "an earlier exposure",
    }
    return tree({exposure.detector: entry}, folder, f"{exposure.root}_windows")


def tree(content, folder, name):
    """Write an ASDF file, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.asdf"
    asdf.AsdfFile(content).write_to(path)
    return path


def written(hdus, folder, name):
    """Write a FITS file, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.fits"
    fits.HDUList(hdus).writeto(path, overwrite=True)
    return path
