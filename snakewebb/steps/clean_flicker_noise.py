"""Subtraction of flicker (1/f) noise."""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from snakewebb.kernels import flicker_advice, flicker_noise, fourier_noise
from snakewebb.steps.declaration import Extra, NotApplicable, Parameter, Step
from snakewebb.steps.layout import NEAR_INFRARED_SIDE, RAMP_DIMENSIONS
from snakewebb.steps.reference_types import FLAT, GAIN, MSAOPER, PASTASOSS, READNOISE
from snakewebb.steps.scene import (
    KERNELS,
    background_of,
    draft_rates,
    filled_flat,
    like,
    mask_model,
    read_mask,
)
from snakewebb.steps.science_regions import KERNELS as REGION_KERNELS
from snakewebb.steps.science_regions import (
    OF_NIRSPEC,
    masks_open_shutters,
    masks_traces,
    possible_background,
)

CHANNELS = 4
"""Outputs of a near-infrared detector in full frame."""

FULL_FRAME = (NEAR_INFRARED_SIDE, NEAR_INFRARED_SIDE)
"""Rows and columns of a near-infrared detector."""

SCALED_BY_WHAT_IS_EXTRACTED = ("NRC_TSIMAGE", "NRC_TSGRISM", "NRS_BRIGHTOBJ", "NIS_SOSS")
"""Types of exposures whose median scene is scaled by a spectrum or an aperture."""

SLOW_IN_ALLSLITS = (150.0, 200.0)
"""Frequencies, in Hz, between which slow waves fade out in the subarray ALLSLITS of NIRSpec."""

ADVICE = {
    "NIS_IMAGE": flicker_advice.advice_by_all_statistics,
    "NRC_IMAGE": flicker_advice.advice_by_slope_and_offset,
}
"""How to choose parameters, by type of exposure."""


class Method(NamedTuple):
    """How to clean an exposure."""

    background: str | None
    """The value of `background_method`."""
    sky: Callable
    """How to find the background of an image, as for `flicker_noise.clean_image`."""
    noise: Callable
    """How to find its noise."""
    flat: Any
    """Flat field, or None."""


def apply(model, references, parameters):
    """Subtract the noise of each read-out, as pixels without sources show it."""
    refuse_what_cannot_be_done(model, parameters)
    method = method_for(model, references, parameters)
    rates, mask = rates_and_mask(model, references, parameters, method)
    before = model.data.copy() if parameters.save_noise else None
    background = np.zeros_like(model.data) if parameters.save_background else None
    if method.background == "median_image":
        clean_with_median_scene(model.data, rates, mask, method, background)
    else:
        clean(model, mask, method, background)
    return extras(model, parameters, mask, background, before)


def refuse_what_cannot_be_done(model, parameters):
    """Raise an error for what needs later stages of calibration, and skip what has no meaning.

    Raises
    ------
    ValueError
        If parameters ask for what is extracted with the help of world coordinates.
    NotApplicable
        If there is no such correction for the exposure.
    """
    instrument, kind = model.meta.instrument.name, model.meta.exposure.type
    if instrument == "MIRI" and kind != "MIR_IMAGE":
        raise NotApplicable(f"exposures of type {kind} have no such noise")
    if parameters.fit_method == "fft" and instrument != "NIRSPEC":
        raise NotApplicable(f"fit_method 'fft' is for NIRSpec only, not for {kind}")
    if parameters.background_method == "median_image":
        refuse_median_scene(model)


def refuse_median_scene(model):
    """Raise an error if the median of integrations cannot be told or scaled.

    Raises
    ------
    ValueError
        If it is to be scaled by a spectrum or an aperture.
    NotApplicable
        If there is one integration.
    """
    kind = model.meta.exposure.type
    if integrations(model) < 2:
        raise NotApplicable("background_method 'median_image' needs two integrations or more")
    series = kind == "MIR_IMAGE" and model.meta.visit.tsovisit
    if series or kind in SCALED_BY_WHAT_IS_EXTRACTED:
        raise ValueError(
            f"background_method 'median_image' of {kind} needs the flux that later stages of "
            "calibration extract; use another one"
        )


def integrations(model):
    """Return the number of integrations that an exposure holds, or 1 if they are combined."""
    return len(model.data) if model.data.ndim > 2 else 1


def method_for(model, references, parameters):
    """Return how to clean an exposure: as the parameters say, or as its statistics advise."""
    exposure = model.meta.exposure
    advise = ADVICE.get(exposure.type) if parameters.autoparam else None
    flat = None
    if (parameters.apply_flat_field or advise) and references.flat is not None:
        flat = filled_flat(references.flat)
    background, by_channel = parameters.background_method, parameters.fit_by_channel
    if advise:
        model_wanted, by_channel = advise(statistics_of(model, references, flat))
        background = "model" if model_wanted else "median"
    limits = {"n_sigma": parameters.n_sigma}
    sky = {
        "median": partial(flicker_noise.median_sky, **limits),
        "model": partial(flicker_noise.smooth_sky, **limits, box=box(parameters)),
    }.get(background, flicker_noise.no_sky)
    if parameters.fit_method == "fft":
        noise = wave_fitter(model)
    else:
        channels = CHANNELS if by_channel and has_channels(model) else 1
        noise = partial(flicker_noise.median_of_lines, axis=fast_axis(model), channels=channels)
    return Method(background, sky, noise, flat)


def box(parameters):
    """Return rows and columns of a box for the model of the background, or None.

    Raises
    ------
    ValueError
        If these are not two positive numbers.
    """
    size = parameters.background_box_size
    if size is not None and (len(size) != 2 or min(size) < 1):
        raise ValueError(f"background_box_size {size} is not rows and columns of a box")
    return size


def has_channels(model):
    """Return whether an image is read by several outputs side by side."""
    return model.meta.subarray.name == "FULL" and model.meta.instrument.name != "MIRI"


def fast_axis(model):
    """Return the axis of images along which noise is the same."""
    if model.meta.instrument.name == "MIRI":
        return 0
    return 1 if abs(model.meta.subarray.fastaxis) == 1 else 0


def statistics_of(model, references, flat):
    """Return statistics of the rates of an exposure; it has no channels unless it is whole."""
    rates = draft_rates(model, references, per_integration=False)
    image = rates if rates.ndim == 2 else rates[0]
    whole = image.shape == FULL_FRAME
    return flicker_advice.background_statistics(
        image if flat is None else image / flat, axis=fast_axis(model), channels=whole
    )


def wave_fitter(model):
    """Return a function that finds the noise of an image of NIRSpec by waves."""
    find: Callable = fourier_noise.noise_of_subarray
    if model.data.shape[-2:] == FULL_FRAME:
        find = fourier_noise.noise_of_full_frame
    elif model.meta.subarray.name == "ALLSLITS":
        find = partial(find, slow=SLOW_IN_ALLSLITS)
    return partial(noise_by_waves, find=find, reverse=model.meta.instrument.detector == "NRS2")


def noise_by_waves(image, pixels, *, find, reverse):
    """Return the noise of an image of NIRSpec, whose lines are columns."""
    order = slice(None, None, -1 if reverse else 1)
    lines, good = (np.ascontiguousarray(each.T[order]) for each in (image, pixels))
    return find(lines, good)[order].T


def rates_and_mask(model, references, parameters, method):
    """Return the draft rates, where they are needed, and the mask of background pixels."""
    median_scene = method.background == "median_image"
    each = median_scene or not parameters.single_mask
    user_mask = lit = None
    if parameters.user_mask is not None:
        user_mask = read_mask(parameters.user_mask, model)
        if not median_scene:
            return None, user_mask
    elif parameters.mask_science_regions:
        lit = possible_background(model, references)
    rates = draft_rates(model, references, per_integration=each)
    if user_mask is not None:
        return rates, user_mask
    mask = background_of(
        rates,
        lit=lit,
        flat=method.flat,
        n_sigma=parameters.n_sigma,
        fit_histogram=parameters.fit_histogram,
    )
    return rates, mask if each or mask.ndim == 2 else mask.all(axis=0)


def clean(model, mask, method, background):
    """Clean an exposure in place: the differences of groups, or rates as they are."""
    how = {"sky": method.sky, "noise": method.noise, "flat": method.flat}
    if model.data.ndim == RAMP_DIMENSIONS:
        masks = np.broadcast_to(mask, (len(model.data), *mask.shape[-2:]))
        for index, ramp in enumerate(model.data):
            flicker_noise.clean_ramp(
                ramp,
                model.groupdq[index],
                masks[index],
                **how,
                background=None if background is None else background[index],
                out=ramp,
            )
        return
    images = model.data.reshape(-1, *mask.shape[-2:])
    for index, pixels in enumerate(np.broadcast_to(mask, images.shape)):
        images[index], level = flicker_noise.clean_image(images[index], pixels, **how)
        if background is not None:
            background.reshape(images.shape)[index] = level


def clean_with_median_scene(data, rates, mask, method, background):
    """Clean images in place, given that their scene is the median of all integrations, scaled."""
    flat = 1 if method.flat is None else method.flat
    flux = np.array([np.nanmedian(image / flat) for image in rates])
    scale = flux / np.nanmedian(flux)
    how = {"sky": method.sky, "noise": method.noise, "flat": method.flat}
    masks = np.broadcast_to(mask, (len(data), *mask.shape[-2:]))
    planes = data.reshape(len(data), -1, *data.shape[-2:])
    for plane in range(planes.shape[1]):
        median = flicker_noise.median_scene(planes[:, plane])
        for index, image in enumerate(planes[:, plane]):
            expected = median * scale[index]
            if not (masks[index] & np.isfinite(image)).any():
                continue
            cleaned, _ = flicker_noise.clean_image(image - expected, masks[index], **how)
            np.add(cleaned, expected, out=image)
            if background is not None:
                background.reshape(planes.shape)[index, plane] = expected


def extras(model, parameters, mask, background, before):
    """Return what was asked to be saved besides."""
    made = []
    if parameters.save_mask:
        made.append(Extra(mask_model(mask, model), "mask"))
    if background is not None:
        made.append(Extra(like(model, background), "flicker_bkg"))
    if before is not None:
        made.append(
            Extra(like(model, np.subtract(model.data, before, out=before)), "flicker_noise")
        )
    return tuple(made)


STEP = Step(
    name="clean_flicker_noise",
    class_name="CleanFlickerNoiseStep",
    package="clean_flicker_noise",
    title="Subtract the flicker (1/f) noise of each read-out.",
    apply=apply,
    status="clean_flicker_noise",
    kernels=(*KERNELS, *REGION_KERNELS, "flicker_advice", "fourier_noise"),
    parameters=(
        Parameter(
            "autoparam",
            bool,
            False,
            "Choose flat field, background method and channels for images of NIRCam and NIRISS.",
        ),
        Parameter(
            "fit_method",
            str,
            "median",
            "Take the median of each line as its noise, or fit slow waves to it (NIRSpec only).",
            choices=("fft", "median"),
        ),
        Parameter(
            "fit_by_channel",
            bool,
            False,
            "Take medians of the four outputs of a near-infrared full frame one by one.",
        ),
        Parameter(
            "background_method",
            str,
            "median",
            "What to subtract while the noise is fitted: the median of the background, a smooth "
            "model of it, the scaled median of all integrations, or nothing.",
            choices=("median", "model", "median_image", None),
        ),
        Parameter(
            "background_box_size",
            int,
            None,
            "Rows and columns of the boxes of the smooth model; the largest up to 32 that divide "
            "the image evenly if it is not given.",
            "pixels",
            minimum=1,
            many=True,
        ),
        Parameter(
            "mask_science_regions",
            bool,
            False,
            "Leave out pixels near the spectra of NIRISS SOSS, and of fixed slits, micro-shutters "
            "and the integral field unit of NIRSpec, and those of MIRI that the flat field says "
            "not to see the sky.",
        ),
        Parameter(
            "apply_flat_field",
            bool,
            False,
            "Divide by the flat field, where there is one, while background and noise are fitted.",
        ),
        Parameter(
            "n_sigma",
            float,
            2.0,
            "Distance from the background at which a pixel shows a source; 0 leaves none out.",
            "standard deviations",
            minimum=0,
        ),
        Parameter(
            "fit_histogram",
            bool,
            False,
            "Get that standard deviation by a Gaussian fitted to the histogram of the rates.",
        ),
        Parameter(
            "single_mask",
            bool,
            True,
            "Look for background pixels in the rate of all integrations, not in that of each.",
        ),
        Parameter(
            "user_mask",
            str,
            None,
            "Path of a mask, 1 for background pixels, of one image or of one per integration.",
            file=True,
        ),
        Parameter("save_mask", bool, False, "Save the mask of background pixels.", pixels=False),
        Parameter("save_background", bool, False, "Save the background.", pixels=False),
        Parameter("save_noise", bool, False, "Save what was added to the data.", pixels=False),
    ),
    references=(
        FLAT.optional(),
        PASTASOSS.optional().asked_for_if(masks_traces),
        *OF_NIRSPEC,
        MSAOPER.asked_for_if(masks_open_shutters),
        GAIN.optional(),
        READNOISE.optional(),
    ),
    skip=True,
    rates=True,
)
