"""Subtraction of the picture frame of NIRSpec."""

import numpy as np

from snakewebb.kernels import picture_frame as kernel
from snakewebb.steps.declaration import Extra, NotApplicable, Parameter, Step
from snakewebb.steps.layout import RAMP_DIMENSIONS
from snakewebb.steps.reference_types import GAIN, MSAOPER, PICTUREFRAME, READNOISE
from snakewebb.steps.scene import (
    KERNELS,
    background_of,
    draft_rates,
    like,
    mask_model,
)
from snakewebb.steps.science_regions import KERNELS as REGION_KERNELS
from snakewebb.steps.science_regions import OF_NIRSPEC, masks_spectra, possible_background


def apply(model, references, parameters):
    """Subtract the picture frame from groups, or from rates."""
    if model.meta.subarray.name != "FULL":
        raise NotApplicable("only full frames show a picture frame")
    lit = None
    if parameters.mask_science_regions:
        lit = possible_background(model, references, shutters=True)
    rates = draft_rates(model, references, per_integration=False)
    mask = background_of(rates, lit=lit, n_sigma=parameters.n_sigma)
    mask = mask if mask.ndim == 2 else mask.all(axis=0)
    before = model.data.copy() if parameters.save_correction else None
    subtract(model, references.pictureframe.data, mask)
    made = []
    if parameters.save_mask:
        made.append(Extra(mask_model(mask, model), "pctfrm_mask"))
    if before is not None:
        change = np.subtract(model.data, before, out=before)
        made.append(Extra(like(model, change), "pctfrm_correction"))
    return tuple(made)


def subtract(model, pattern, mask):
    """Subtract the picture frame in place."""
    edge, middle = kernel.edge_and_middle()
    if not ((mask & edge).any() and (mask & middle).any()):
        raise NotApplicable("edge or middle of the detector show no background")
    parts = {"edge": edge, "middle": middle}
    if model.data.ndim == RAMP_DIMENSIONS:
        for ramp in model.data:
            kernel.subtract_from_ramp(ramp, pattern, mask, **parts, out=ramp)
        return
    images = model.data.reshape(-1, *pattern.shape)
    for image, pixels in zip(images, np.broadcast_to(mask, images.shape), strict=True):
        image -= kernel.picture_frame(image, pattern, pixels, **parts)


STEP = Step(
    name="picture_frame",
    class_name="PictureFrameStep",
    package="picture_frame",
    title="Subtract the thermal picture frame of a full frame of NIRSpec.",
    apply=apply,
    status="picture_frame",
    kernels=(*KERNELS, *REGION_KERNELS, "picture_frame"),
    parameters=(
        Parameter(
            "mask_science_regions",
            bool,
            True,
            "Leave out pixels where spectra of fixed slits, micro-shutters or the integral field "
            "unit fall, and light of shutters that do not close.",
        ),
        Parameter(
            "n_sigma",
            float,
            2.0,
            "Distance from the background at which a pixel shows a source; 0 leaves none out.",
            "standard deviations",
            minimum=0,
        ),
        Parameter("save_mask", bool, False, "Save the mask of background pixels.", pixels=False),
        Parameter("save_correction", bool, False, "Save what was added to the data.", pixels=False),
    ),
    references=(
        PICTUREFRAME,
        *OF_NIRSPEC,
        MSAOPER.asked_for_if(masks_spectra),
        GAIN.optional(),
        READNOISE.optional(),
    ),
    skip=True,
    rates=True,
    instruments=("NIRSPEC",),
)
