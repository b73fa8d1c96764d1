"""Scaling of rates that were read with a gain of their own."""

from snakewebb.kernels import gain_scale as kernel
from snakewebb.steps.declaration import NotApplicable, Step
from snakewebb.steps.reference_types import GAIN

POWERS = {"data": 1, "err": 1, "var_poisson": 2, "var_rnoise": 2}
"""The arrays of a rate, and the power of the gain that they scale with."""


def apply(model, references, parameters):
    """Multiply rates, errors and variances by the gain factor of the exposure."""
    factor = gain_factor(model, references.gain)
    if factor is None:
        raise NotApplicable("neither the exposure nor its gain reference has a GAINFACT")
    for name, power in POWERS.items():
        values = getattr(model, name)
        if values is not None:
            kernel.scale_by_gain(values, factor, power=power, out=values)
    model.meta.exposure.gain_factor = factor


def gain_factor(model, gain):
    """Return the factor that the exposure names, or else its gain reference, or None."""
    if model.meta.exposure.gain_factor is not None or gain is None:
        return model.meta.exposure.gain_factor
    return gain.meta.exposure.gain_factor


STEP = Step(
    name="gain_scale",
    class_name="GainScaleStep",
    package="gain_scale",
    title="Scale rates that were read with another gain to the standard gain.",
    apply=apply,
    status="gain_scale",
    kernels=("gain_scale",),
    references=(GAIN.optional(),),
    input="rate",
)
