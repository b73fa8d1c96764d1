"""Correction of the drifts of the readout electronics."""

import functools

import numpy as np

from snakewebb.kernels import irs2, refpix_irs2_bad
from snakewebb.kernels import refpix as kernel
from snakewebb.kernels.dq import BAD_REF_PIXEL, DO_NOT_USE, REFERENCE_PIXEL
from snakewebb.kernels.refpix_sirs import convolution_kernels
from snakewebb.steps.declaration import NotApplicable, Parameter, Step
from snakewebb.steps.layout import NEAR_INFRARED_SIDE as SIDE
from snakewebb.steps.layout import (
    first_pixel,
    interleaved,
    leave_out_interleaved,
    refuse_other_stripes,
    striped,
)
from snakewebb.steps.reference_types import REFPIX, SIRSKERNEL

DARK_COLUMNS = {"SUB32", "SUB512", "SUB512S"}
"""Subarrays of NIRSpec whose first and last four columns get no light, and serve as reference."""


def apply(model, references, parameters):
    """Subtract the drifts from all groups, and from the zeroth frame where there is one."""
    if interleaved(model):
        correct_interleaved(model, references.refpix, parameters)
    elif "IRS2" in (model.meta.exposure.readpatt or ""):
        raise NotApplicable("the interleaved reference pixels have been left out already")
    elif model.meta.instrument.name == "MIRI":
        correct_mid_infrared(model, parameters)
    else:
        correct_near_infrared(model, references.sirskernel, parameters)


def correct_mid_infrared(model, parameters):
    """Correct a detector that has reference pixels on the left and on the right."""
    if model.meta.subarray.name != "FULL":
        raise NotApplicable("subarrays of MIRI are not corrected")
    kernel.subtract_interleaved_drifts(
        model.data,
        (model.pixeldq & DO_NOT_USE) == 0,
        odd_even_rows=parameters.odd_even_rows,
        siglimit=parameters.siglimit,
        out=model.data,
    )


def correct_near_infrared(model, sirs, parameters):
    """Correct a detector that has a border of reference pixels, or a part of it."""
    axes = readout_axes(model.meta.subarray)
    dq = kernel.detector_view(model.pixeldq, *axes)
    reference, subtract = choose_algorithm(model, dq, sirs, parameters)
    reference = reference & ((dq & DO_NOT_USE) == 0)
    if not reference.any():
        raise NotApplicable("there are no good reference pixels")
    ramp = kernel.detector_view(model.data, *axes)
    subtract(ramp, reference, out=ramp)
    if model.meta.exposure.zero_frame:
        _, subtract = choose_algorithm(model, dq, sirs, parameters, round_first=False)
        saturated = model.zeroframe == 0
        frames = kernel.detector_view(model.zeroframe[np.newaxis], *axes)
        subtract(frames, reference, out=frames)
        model.zeroframe[saturated] = 0


def choose_algorithm(model, dq, sirs, parameters, *, round_first=True):
    """Return the pixels that serve as reference, and the function that corrects with them."""
    subarray = model.meta.subarray
    refuse_other_stripes(subarray)
    if striped(subarray):
        return by_stripes(model, dq, parameters)
    if dq.shape != (SIDE, SIDE) and model.meta.exposure.noutputs != kernel.OUTPUTS:
        return by_one_output(model, dq, parameters)
    return by_four_outputs(
        model,
        dq,
        parameters,
        side_kernels=side_kernels(model, dq, sirs, parameters),
        round_first=round_first,
    )


def by_four_outputs(model, dq, parameters, **options):
    """Return the pixels of the detector's border, and the kernel for outputs side by side."""
    corner = corner_on_detector(model.meta.subarray, dq.shape)
    return kernel.border(dq.shape, corner=corner, size=SIDE), functools.partial(
        kernel.subtract_output_drifts,
        corner=corner,
        size=SIDE,
        odd_even_columns=parameters.odd_even_columns,
        use_side_ref_pixels=parameters.use_side_ref_pixels,
        side_smoothing_length=parameters.side_smoothing_length,
        side_gain=parameters.side_gain,
        siglimit=parameters.siglimit,
        sigreject=parameters.sigreject,
        **options,
    )


def side_kernels(model, dq, reference, parameters):
    """Return learned kernels of both sides if a full detector is to be corrected with them."""
    wanted = parameters.refpix_algorithm == "sirs" and parameters.use_side_ref_pixels
    if not wanted or reference is None or dq.shape != (SIDE, SIDE):
        return None
    entry = getattr(reference, model.meta.instrument.detector.lower(), None)
    if entry is None:
        return None
    options = {"halfwidth": parameters.halfwidth, "gaussmooth": parameters.gaussmooth}
    return [convolution_kernels(np.asarray(side), **options) for side in (entry.gamma, entry.zeta)]


def by_one_output(model, dq, parameters):
    """Return the pixels that serve as reference, and the kernel for a single output."""
    parity = np.arange(dq.shape[1]) % 2 * parameters.odd_even_columns
    return flagged_reference(model, dq), functools.partial(
        kernel.subtract_common_drift, channel=parity, siglimit=parameters.siglimit
    )


def by_stripes(model, dq, parameters):
    """Return the pixels that serve as reference, and the kernel for rows of several stripes."""
    channel = kernel.channels(
        np.arange(dq.shape[1]), dq.shape[1], odd_even_columns=parameters.odd_even_columns
    )
    return flagged_reference(model, dq), functools.partial(
        kernel.subtract_common_drift, channel=channel, siglimit=parameters.siglimit
    )


def correct_interleaved(model, reference, parameters):
    """Correct frames that are interleaved with reference pixels, and leave these out then."""
    from snakewebb.kernels import refpix_irs2  # scipy.fft takes a tenth of a second

    if reference is None:
        raise NotApplicable("there is no refpix reference file for interleaved frames")
    axes = readout_axes(model.meta.subarray)
    ramp, dq = (kernel.detector_view(each, *axes) for each in (model.data, model.pixeldq))
    bad = flag_bad_references(ramp, dq, parameters)
    if parameters.irs2_mean_subtraction:
        kernel.subtract_channel_offsets(
            ramp,
            (dq & DO_NOT_USE) == 0,
            irs2.channels(odd_even_columns=parameters.odd_even_columns),
            siglimit=parameters.siglimit,
            out=ramp,
        )
    replace_bad_references(ramp, bad, reference.dq_table)
    alpha, beta = (interleaved_weights(reference.irs2_table, name) for name in ("alpha", "beta"))
    refpix_irs2.subtract_correlated_noise(ramp, alpha, beta, out=ramp)
    if not parameters.preserve_irs2_refpix:
        leave_out_interleaved(model)


def flag_bad_references(ramp, dq, parameters):
    """Flag references that are bad at some time, and return their columns."""
    bad = irs2.reference_columns() & ((dq & BAD_REF_PIXEL) != 0).any(axis=0)
    bad |= refpix_irs2_bad.noisy_references(ramp, bad, factor=parameters.ovr_corr_mitigation_ftr)
    dq[:, bad] |= BAD_REF_PIXEL | DO_NOT_USE
    return bad


def replace_bad_references(ramp, bad, table):
    """Replace the bad reference pixels of an exposure, then those that a table names, in order."""
    refpix_irs2_bad.replace_references(ramp, bad, bad, out=ramp)
    if table is None:
        return
    for marked in refpix_irs2_bad.masked_references(
        *(table[name] for name in ("OUTPUT", "ODD_EVEN", "MASK"))
    ):
        bad = bad | marked
        refpix_irs2_bad.replace_references(ramp, marked, bad, out=ramp)


def interleaved_weights(table, name):
    """Return the weights of the four outputs; lines hold real and imaginary parts in turn."""
    columns = (table[f"{name}_{k}"] for k in range(kernel.OUTPUTS))
    return np.stack([np.array(column, dtype=np.float32).view(np.complex64) for column in columns])


def readout_axes(subarray):
    """Return the directions of fast and slow readout."""
    if subarray.fastaxis is None or subarray.slowaxis is None:
        raise ValueError("the exposure does not tell its readout directions, FASTAXIS and SLOWAXIS")
    return subarray.fastaxis, subarray.slowaxis


def corner_on_detector(subarray, shape):
    """Return the row and column, from 0, of the first pixel in detector orientation."""
    first = dict(zip((2, 1), first_pixel(subarray), strict=True))
    return tuple(
        first[axis] if axis > 0 else SIDE - first[-axis] - length
        for axis, length in zip((subarray.slowaxis, subarray.fastaxis), shape, strict=True)
    )


def flagged_reference(model, dq):
    """Return which pixels of a subarray serve as reference, in detector orientation."""
    reference = (dq & REFERENCE_PIXEL) != 0
    if model.meta.instrument.name == "NIRSPEC" and model.meta.subarray.name in DARK_COLUMNS:
        reference[: kernel.BORDER] = True
        reference[-kernel.BORDER :] = True
    return reference


STEP = Step(
    name="refpix",
    class_name="RefPixStep",
    package="refpix",
    title="Subtract the drifts of the readout electronics that the reference pixels show.",
    apply=apply,
    status="refpix",
    interleaved=True,
    kernels=(
        "blocks",
        "irs2",
        "outputs",
        "refpix",
        "refpix_irs2",
        "refpix_irs2_bad",
        "refpix_sirs",
        "row_median",
    ),
    parameters=(
        Parameter(
            "odd_even_columns",
            bool,
            True,
            "Give odd and even columns offsets of their own (near-infrared).",
        ),
        Parameter(
            "use_side_ref_pixels",
            bool,
            True,
            "Subtract the drift from row to row that the reference columns show "
            "(near-infrared, four outputs).",
        ),
        Parameter(
            "side_smoothing_length",
            int,
            11,
            "Window of the running median over the reference columns (near-infrared, median).",
            unit="rows",
            minimum=1,
        ),
        Parameter(
            "side_gain",
            float,
            1.0,
            "Factor of the drift from row to row before it is subtracted (near-infrared).",
        ),
        Parameter(
            "odd_even_rows",
            bool,
            True,
            "Give odd and even rows offsets of their own (MIRI).",
        ),
        Parameter(
            "ovr_corr_mitigation_ftr",
            float,
            3.0,
            "Distance from other interleaved reference pixels at which one counts as bad "
            "(NIRSpec IRS2).",
            unit="standard deviations",
            minimum=0,
        ),
        Parameter(
            "preserve_irs2_refpix",
            bool,
            False,
            "Keep the interleaved reference pixels in the product (NIRSpec IRS2).",
        ),
        Parameter(
            "irs2_mean_subtraction",
            bool,
            False,
            "Subtract the mean of the reference rows first, for each output and parity "
            "(NIRSpec IRS2).",
        ),
        Parameter(
            "refpix_algorithm",
            str,
            "median",
            "How the reference columns at the sides are used: running median, or simple improved "
            "reference subtraction (near-infrared, full frame).",
            choices=("median", "sirs"),
        ),
        Parameter(
            "sigreject",
            float,
            4.0,
            "Distance from the median beyond which a reference pixel is left out (sirs).",
            unit="standard deviations",
            minimum=0,
        ),
        Parameter(
            "gaussmooth",
            float,
            1.0,
            "Width of the smoothing of the convolution kernels (sirs).",
            unit="rows",
            minimum=0,
        ),
        Parameter(
            "halfwidth",
            int,
            30,
            "Largest distance that the convolution kernels reach (sirs).",
            unit="rows",
            minimum=0,
        ),
        Parameter(
            "siglimit",
            float,
            3.0,
            "Distance beyond which a reference pixel does not count in a mean.",
            unit="standard deviations",
            minimum=0,
        ),
    ),
    references=(REFPIX.optional(), SIRSKERNEL.optional()),
)
