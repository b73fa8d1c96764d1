"""Correction of the non-linear response of the detector."""

import numpy as np

from snakewebb.kernels import linearity as kernel
from snakewebb.kernels.dq import NO_LIN_CORR, SATURATED
from snakewebb.steps.declaration import Step
from snakewebb.steps.reference_types import LINEARITY


def apply(model, references, parameters):
    """Make all groups linear, and the zeroth frame where there is one."""
    reference, ramp = references.linearity, model.data
    coefficients, inverse = reference.coeffs, reference.inv_coeffs
    usable = kernel.usable_polynomials(coefficients, reference.dq)
    uncorrected = ~usable
    if averages_frames(model) and inverse is not None:
        invertible = kernel.usable_polynomials(inverse, reference.dq)
        uncorrected |= ~invertible
        kernel.linearize_averaged(
            ramp,
            model.groupdq,
            coefficients,
            usable,
            inverse,
            invertible,
            nframes=model.meta.exposure.nframes,
            out=ramp,
        )
    else:
        kernel.linearize(ramp, model.groupdq, coefficients, usable, out=ramp)
    if model.meta.exposure.zero_frame:
        linearize_zeroframe(model.zeroframe, coefficients, usable)
    model.pixeldq[...] |= reference.dq
    model.pixeldq[uncorrected] |= np.uint32(NO_LIN_CORR)


def averages_frames(model):
    """Return whether groups average frames, and are enough to tell the signal of each frame."""
    return (model.meta.exposure.nframes or 1) > 1 and model.data.shape[1] > 1


def linearize_zeroframe(zeroframe, coefficients, usable):
    """Make zeroth frames linear; in them a zero stands for a saturated pixel."""
    frames = zeroframe[np.newaxis]
    flags = np.where(frames == 0, np.uint8(SATURATED), np.uint8(0))
    kernel.linearize(frames, flags, coefficients, usable, out=frames)


STEP = Step(
    name="linearity",
    class_name="LinearityStep",
    package="linearity",
    title="Correct every group for the non-linear response of its pixel.",
    apply=apply,
    status="linearity",
    kernels=("blocks", "linearity"),
    references=(LINEARITY,),
)
