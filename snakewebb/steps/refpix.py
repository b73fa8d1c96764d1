"""Correction of the drifts of the readout electronics."""

import functools

import numpy as np

from snakewebb.kernels import refpix as kernel
from snakewebb.kernels.dq import DO_NOT_USE, REFERENCE_PIXEL
from snakewebb.steps.declaration import NotApplicable, Parameter, Step
from snakewebb.steps.layout import NEAR_INFRARED_SIDE as SIDE
from snakewebb.steps.layout import interleaved

DARK_COLUMNS = {"SUB32", "SUB512", "SUB512S"}
"""Subarrays of NIRSpec whose first and last four columns get no light, and serve as reference."""


def apply(model, references, parameters):
    """Subtract the drifts from all groups, and from the zeroth frame where there is one."""
    refuse_other_readouts(model)
    if model.meta.instrument.name == "MIRI":
        correct_mid_infrared(model, parameters)
    else:
        correct_near_infrared(model, parameters)


def refuse_other_readouts(model):
    """Raise if rows of the image do not follow each other on the detector."""
    if interleaved(model):
        raise ValueError(
            f"frames of {model.meta.exposure.readpatt} are interleaved with reference pixels; "
            "only those of the traditional readout can be corrected"
        )
    if model.meta.subarray.multistripe_reads1:
        raise ValueError(
            f"{model.meta.subarray.name} is made of several stripes of the detector; "
            "only connected subarrays can be corrected"
        )


def correct_mid_infrared(model, parameters):
    """Correct a detector that has reference pixels on the left and on the right."""
    if model.meta.subarray.name != "FULL":
        raise NotApplicable("subarrays of MIRI are not corrected")
    kernel.subtract_interleaved_drifts(
        model.data,
        (model.pixeldq & DO_NOT_USE) == 0,
        odd_even_rows=parameters.odd_even_rows,
        out=model.data,
    )


def correct_near_infrared(model, parameters):
    """Correct a detector that has a border of reference pixels, or a part of it."""
    axes = readout_axes(model.meta.subarray)
    dq = kernel.detector_view(model.pixeldq, *axes)
    four = dq.shape == (SIDE, SIDE) or model.meta.exposure.noutputs == kernel.OUTPUTS
    reference, subtract = (by_four_outputs if four else by_one_output)(model, dq, parameters)
    reference = reference & ((dq & DO_NOT_USE) == 0)
    if not reference.any():
        raise NotApplicable("there are no good reference pixels")
    ramp = kernel.detector_view(model.data, *axes)
    subtract(ramp, reference, out=ramp)
    if model.meta.exposure.zero_frame:
        saturated = model.zeroframe == 0
        frames = kernel.detector_view(model.zeroframe[np.newaxis], *axes)
        subtract(frames, reference, out=frames)
        model.zeroframe[saturated] = 0


def by_four_outputs(model, dq, parameters):
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
    )


def by_one_output(model, dq, parameters):
    """Return the pixels that serve as reference, and the kernel for a single output."""
    return flagged_reference(model, dq), functools.partial(
        kernel.subtract_common_drift, odd_even_columns=parameters.odd_even_columns
    )


def readout_axes(subarray):
    """Return the directions of fast and slow readout."""
    if subarray.fastaxis is None or subarray.slowaxis is None:
        raise ValueError("the exposure does not tell its readout directions, FASTAXIS and SLOWAXIS")
    return subarray.fastaxis, subarray.slowaxis


def corner_on_detector(subarray, shape):
    """Return the row and column, from 0, of the first pixel in detector orientation."""
    first = {1: (subarray.xstart or 1) - 1, 2: (subarray.ystart or 1) - 1}
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
    kernels=("blocks", "refpix"),
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
            "Window of the running median over the reference columns (near-infrared).",
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
    ),
)
