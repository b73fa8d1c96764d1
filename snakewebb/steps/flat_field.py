"""Division by the flat field, of guider exposures."""

from snakewebb.kernels import flat_field as kernel
from snakewebb.steps.declaration import Parameter, Step
from snakewebb.steps.exposure_types import GUIDER
from snakewebb.steps.reference_types import FLAT


def apply(model, references, parameters):
    """Divide the images by the flat, or undo that; its flags are added to those of the pixels."""
    reference = references.flat
    flat, flags = kernel.valid_flat(reference.data, reference.dq)
    if parameters.inverse:
        kernel.multiply_by_flat(model.data, flat, out=model.data)
    else:
        kernel.divide_by_flat(model.data, flat, out=model.data)
        add_error_of_flat(model, flat, reference.err)
    kernel.forget_where_either_is_nan(model.data, model.err)
    model.dq[...] |= flags


def add_error_of_flat(model, flat, flat_error):
    """Add the error of the flat to that of images which were divided by it."""
    variance = kernel.flat_variance(model.data, flat, flat_error)
    model.err = kernel.combined_error(model.err, variance)


STEP = Step(
    name="flat_field",
    class_name="FlatFieldStep",
    package="flatfield",
    title="Divide by the relative response of each pixel.",
    apply=apply,
    status="flat_field",
    kernels=("flat_field",),
    parameters=(
        Parameter("inverse", bool, False, "Multiply by the flat: undo its division."),
        Parameter(
            "user_supplied_flat",
            str,
            None,
            "Path of a flat used instead of the best reference, as with `override_flat`.",
            file=True,
        ),
    ),
    references=(FLAT.named_by_parameter("user_supplied_flat"),),
    input="rate",
    exposures=GUIDER,
)
