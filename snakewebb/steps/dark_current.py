"""Subtraction of the dark current."""

import numpy as np

from snakewebb.kernels import dark_current as kernel
from snakewebb.steps.declaration import Extra, NotApplicable, Parameter, Step
from snakewebb.steps.readout import first_integration
from snakewebb.steps.reference_types import DARK


def apply(model, references, parameters):
    """Subtract the dark from all groups, and note the mean dark current for the noise."""
    reference, exposure = references.dark, model.meta.exposure
    nframes, groupgap = grouping_of_dark(exposure, reference.meta.exposure)
    current = average_dark_current(model.pixeldq.shape, reference, parameters)
    grouping = {"nframes": nframes, "groupgap": groupgap}
    first = first_integration(exposure)
    kernel.subtract_dark(model.data, reference.data, first=first, **grouping, out=model.data)
    model.pixeldq[...] |= np.bitwise_or.reduce(reference.dq.reshape(-1, *model.pixeldq.shape))
    model.average_dark_current = current
    if parameters.dark_output is None:
        return None
    averaged = kernel.average_dark(reference.data, model.data.shape[1], **grouping)
    return Extra(dark_as_subtracted(averaged, reference, exposure), "dark", parameters.dark_output)


def grouping_of_dark(exposure, dark):
    """Return how many planes of a dark make a group of an exposure, and how many to drop then.

    Parameters
    ----------
    exposure, dark : ``meta.exposure`` of both

    Returns
    -------
    (int, int)
        1 and 0 where planes are groups like those of the exposure.

    Raises
    ------
    ValueError
        If one of them does not say how its groups were made.
    NotApplicable
        If planes are neither single frames nor groups like those of the exposure.
    """
    wanted, given = ((each.nframes, each.groupgap) for each in (exposure, dark))
    for name, grouping in (("exposure", wanted), ("dark", given)):
        if None in grouping:
            raise ValueError(f"the {name} does not tell NFRAMES and GROUPGAP")
    if wanted == given:
        return 1, 0
    if given == (1, 0):
        return wanted
    raise NotApplicable(
        f"the dark averages {given[0]} frames and drops {given[1]}, "
        f"the exposure {wanted[0]} and {wanted[1]}"
    )


def average_dark_current(shape, reference, parameters):
    """Return the mean dark current of each pixel in electrons per second.

    The parameter comes before the image in the reference, and that before its keyword.
    """
    image = reference.average_dark_current
    if parameters.average_dark_current is not None:
        return np.full(shape, parameters.average_dark_current, dtype=np.float32)
    if image is None or not image.any():
        return np.full(shape, reference.meta.exposure.average_dark_current or 0, dtype=np.float32)
    if image.shape != shape:
        raise ValueError(f"average dark current {image.shape} does not fit the image {shape}")
    return np.array(image, dtype=np.float32)


def dark_as_subtracted(dark, reference, exposure):
    """Return the model of a dark that is averaged like the exposure."""
    of_file = hasattr(reference, "as_model")
    whole = reference.as_model() if of_file else reference
    averaged = type(whole)(dark)
    averaged.update(whole)
    if of_file:
        whole.close()
    averaged.dq = reference.dq
    averaged.meta.exposure.ngroups = dark.shape[-3]
    averaged.meta.exposure.nframes = exposure.nframes
    averaged.meta.exposure.groupgap = exposure.groupgap
    return averaged


STEP = Step(
    name="dark_current",
    class_name="DarkCurrentStep",
    package="dark_current",
    title="Subtract the dark current, averaged like the groups of the exposure.",
    apply=apply,
    status="dark_sub",
    kernels=("blocks", "dark_current", "integrations"),
    parameters=(
        Parameter(
            "dark_output",
            str,
            None,
            "Name of a file for the dark as it was subtracted.",
            pixels=False,
        ),
        Parameter(
            "average_dark_current",
            float,
            None,
            "Mean dark current, for the noise only, instead of what the dark reference says.",
            unit="electron / s",
            minimum=0,
        ),
    ),
    references=(DARK,),
    aliases=("dark",),
)
