"""Scaling of groups that were not divided by their number of frames."""

from snakewebb.kernels import group_scale as kernel
from snakewebb.steps.declaration import NotApplicable, Step


def apply(model, references, parameters):
    """Make each group the mean of its frames; the zeroth frame, a single one, is right already."""
    nframes = model.meta.exposure.nframes
    divisor = model.meta.exposure.frame_divisor
    if not nframes or not divisor:
        raise NotApplicable("the exposure does not tell both NFRAMES and FRMDIVSR")
    if nframes == divisor:
        raise NotApplicable(f"groups of {nframes} frames were divided by their number")
    kernel.scale_to_mean(model.data, nframes, divisor, out=model.data)


STEP = Step(
    name="group_scale",
    class_name="GroupScaleStep",
    package="group_scale",
    title="Scale groups that were divided by a number other than that of their frames.",
    apply=apply,
    status="group_scale",
    interleaved=True,
    kernels=("group_scale",),
)
