"""Which pixels of an exposure may see a spectrum, or see no sky, by its optics."""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE, NO_FLAT_FIELD, NON_SCIENCE
from snakewebb.kernels.soss_traces import near_trace, rows_of_trace
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.layout import first_pixel
from snakewebb.steps.nirspec_regions import FIXED_SLITS, in_slits
from snakewebb.steps.nirspec_slices import INTEGRAL_FIELD, in_slices
from snakewebb.steps.nirspec_slitlets import MICRO_SHUTTERS, in_slitlets
from snakewebb.steps.reference_types import MSAMETFL, NIRSPEC_OPTICS, NIRSPEC_SLICES

NOT_LIT = DO_NOT_USE | NO_FLAT_FIELD | NON_SCIENCE
"""Flags of a flat field where the detector does not see the sky."""

HALF_WIDTH = 16
"""Rows on both sides of a trace of NIRISS SOSS that its light may reach."""

KERNELS = ("slit_boxes", "soss_traces")
"""What this module computes with."""


def masks_traces(parameters, exposure_type):
    """Tell whether the spectra of NIRISS SOSS are to be left out of the background."""
    return parameters.mask_science_regions and exposure_type == "NIS_SOSS"


def masks_spectra(parameters, exposure_type):
    """Tell whether the spectra of slits, slices or shutters of NIRSpec are to be left out."""
    known = (*FIXED_SLITS, INTEGRAL_FIELD, MICRO_SHUTTERS)
    return parameters.mask_science_regions and exposure_type in known


def masks_slices(parameters, exposure_type):
    """Tell whether the spectra of slices of NIRSpec are to be left out."""
    return parameters.mask_science_regions and exposure_type == INTEGRAL_FIELD


def masks_slitlets(parameters, exposure_type):
    """Tell whether the spectra of micro-shutters of NIRSpec are looked for, to be left out."""
    own_mask = getattr(parameters, "user_mask", None) is not None
    return parameters.mask_science_regions and exposure_type == MICRO_SHUTTERS and not own_mask


def masks_open_shutters(parameters, exposure_type):
    """Tell whether light of shutters that do not close is left out whatever the step."""
    return parameters.mask_science_regions and exposure_type in (INTEGRAL_FIELD, MICRO_SHUTTERS)


OF_NIRSPEC = (
    *(reference.asked_for_if(masks_spectra) for reference in NIRSPEC_OPTICS),
    *(reference.asked_for_if(masks_slices) for reference in NIRSPEC_SLICES),
    MSAMETFL.asked_for_if(masks_slitlets),
)
"""What tells where spectra of NIRSpec fall."""


def possible_background(model, references, *, shutters=False):
    """Return which pixels may show nothing but background, whatever their signal.

    Parameters
    ----------
    model : data model
        A ramp, or rates.
    references : object
        Holds the references that tell, or None: `flat` for MIRI, `pastasoss` for NIRISS SOSS,
        `OF_NIRSPEC` for NIRSpec.
    shutters : bool
        Whether light of shutters of NIRSpec that do not close is left out beside fixed slits, as it
        is beside slices and slitlets.

    Returns
    -------
    ndarray, shape (ny, nx), bool, or None
        None for exposures without such regions.

    Raises
    ------
    NotApplicable
        If the reference is missing.
    ValueError
        If regions are not known here, or the exposure does not tell how it was made, or the
        references are not for it.
    """
    instrument, kind = model.meta.instrument.name, model.meta.exposure.type
    if kind in FIXED_SLITS:
        return ~in_slits(model, references, shutters=shutters)
    if kind == INTEGRAL_FIELD:
        return ~in_slices(model, references)
    if kind == MICRO_SHUTTERS:
        return ~in_slitlets(model, references)
    if instrument == "NIRSPEC":
        raise ValueError(
            f"mask_science_regions of {kind} needs where spectra fall, which is known of "
            f"{', '.join((*FIXED_SLITS, INTEGRAL_FIELD, MICRO_SHUTTERS))} only; "
            "leave it out or give a mask of your own"
        )
    if instrument == "MIRI":
        if references.flat is None:
            raise NotApplicable("there is no flat field to tell what sees the sky")
        return lit_by_sky(references.flat)
    if kind == "NIS_SOSS":
        if references.pastasoss is None:
            raise NotApplicable("there is no reference to tell where spectra fall")
        return ~in_traces(model, references.pastasoss)
    return None


def lit_by_sky(reference):
    """Return which pixels a flat field says to see the sky."""
    known = np.isfinite(reference.data) & (reference.data != 0)
    return known & ((reference.dq & NOT_LIT) == 0)


def in_traces(model, reference):
    """Return which pixels of an exposure of NIRISS SOSS lie near the spectrum of an order.

    Raises
    ------
    ValueError
        If the exposure does not tell the angle of the grism, or the reference is not for it.
    """
    offset = angle_of_grism(model, reference.meta)
    first_row, _ = first_pixel(model.meta.subarray)
    nrows, ncolumns = model.data.shape[-2:]
    meta = reference.meta
    grid = np.linspace(meta.wavemap_wlmin, meta.wavemap_wlmax, meta.wavemap_nwl)
    calibration = {w.spectral_order: w for w in reference.wavecal_models}
    found = np.zeros((nrows, ncolumns), bool)
    for trace in reference.traces:
        order = calibration[trace.spectral_order]
        rows = rows_of_trace(
            np.asarray(trace.trace),
            grid,
            ncolumns,
            offset=offset,
            pivot=(trace.pivot_x, trace.pivot_y),
            coefficients=np.asarray(order.coefficients),
            extents=np.asarray(order.scale_extents),
        )
        found |= near_trace(rows + meta.subarray_ymin - first_row, nrows, HALF_WIDTH)
    return found


def angle_of_grism(model, meta):
    """Return the angle of the grism from the nominal one of a reference, in degrees.

    Raises
    ------
    ValueError
        If the exposure does not tell it, or the reference is not for it.
    """
    angle, (lowest, highest) = model.meta.instrument.pupil_position, meta.pwcpos_bounds
    if angle is None:
        raise ValueError("mask_science_regions needs the angle of the grism, keyword PWCPOS")
    if not lowest <= angle <= highest:
        raise ValueError(
            f"the angle of the grism, PWCPOS {angle}, is beyond the limits of the pastasoss "
            f"reference, {lowest} to {highest}"
        )
    return angle - meta.pwcpos_cmd
