"""Which pixels of an exposure show nothing but background, and its draft count rates."""

import numpy as np

from snakewebb.kernels import ramp_fit
from snakewebb.kernels.flicker_noise import smooth_sky
from snakewebb.kernels.scene_mask import background_pixels
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.layout import RAMP_DIMENSIONS
from snakewebb.steps.readout import readout

KERNELS = (
    "blocks",
    "flicker_noise",
    "ordered_planes",
    "plane_median",
    "ramp_fit",
    "ramp_fit_integration",
    "ramp_fit_segments",
    "ramp_fit_weights",
    "row_median",
    "scene_mask",
    "sigma_clipping",
    "smooth_background",
)
"""What this module computes with."""


def draft_rates(model, references, *, per_integration):
    """Return the count rates of an exposure, fitted for once if it is a ramp.

    Parameters
    ----------
    model : data model
        A ramp, or rates.
    references : object
        Holds `gain` and `readnoise`, which a ramp needs.
    per_integration : bool
        Whether integrations of a ramp have rates of their own.

    Returns
    -------
    ndarray, shape (ny, nx) or (nints, ny, nx), float32, DN/s

    Raises
    ------
    NotApplicable
        If a ramp lacks a reference.
    """
    if model.data.ndim != RAMP_DIMENSIONS:
        return model.data
    if references.gain is None or references.readnoise is None:
        raise NotApplicable("there is no gain or read noise to fit draft rates with")
    exposure = model.meta.exposure
    rates = ramp_fit.fit_ramps(
        model.data,
        model.groupdq,
        model.pixeldq,
        references.gain.data,
        references.readnoise.data,
        **readout(exposure),
        zeroframe=model.zeroframe if exposure.zero_frame else None,
    )
    return rates[int(per_integration)].data


def background_of(rates, *, lit=None, flat=None, **limits):
    """Return which pixels of rates show background only.

    Parameters
    ----------
    rates : ndarray, shape (ny, nx) or (nints, ny, nx), float32
        Count rates.
    lit : ndarray, shape (ny, nx), bool, optional
        Pixels that may show background.
    flat : ndarray, shape (ny, nx), float32, optional
        Flat field that the rates are divided by.
    **limits
        As for `scene_mask.background_pixels`.

    Returns
    -------
    ndarray of the shape of `rates`, bool
    """
    images = rates.reshape(-1, *rates.shape[-2:])
    masks = [
        background_pixels(image if flat is None else image / flat, lit, **limits)
        for image in images
    ]
    return np.stack(masks).reshape(rates.shape)


def filled_flat(reference):
    """Return a flat field in which zero and what is not a number are made up from around them."""
    flat = np.array(reference.data, dtype=np.float32)
    known = np.isfinite(flat) & (flat != 0)
    if not known.all():
        flat[~known] = 1
        model, _ = smooth_sky(flat, known, n_sigma=0)
        np.copyto(flat, model, where=~known)
    return flat


def mask_model(mask, model):
    """Return the model of a mask of background pixels, one where they are."""
    from stdatamodels.jwst.datamodels import CubeModel, ImageModel

    made = (ImageModel if mask.ndim == 2 else CubeModel)(data=mask.astype(np.float32))
    made.update(model)
    return made


def read_mask(path, model):
    """Return a mask that the user made, true for background pixels.

    Raises
    ------
    ValueError
        If it does not fit the exposure.
    """
    from stdatamodels.jwst import datamodels

    with datamodels.open(path) as given:
        mask = np.array(given.data).astype(bool)
    image = model.data.shape[-2:]
    if mask.shape not in (image, (len(model.data), *image)):
        raise ValueError(f"the mask {path} {mask.shape} does not fit data {model.data.shape}")
    return mask


def like(model, data):
    """Return a model of the same type with other data."""
    made = type(model)(data=data)
    made.update(model)
    return made
