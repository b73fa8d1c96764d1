"""Start of the data-quality flags."""

import numpy as np

from snakewebb.kernels import dq_init as kernel
from snakewebb.steps.declaration import Parameter, Step
from snakewebb.steps.exposure_types import ANY
from snakewebb.steps.reference_types import MASK


def apply(model, references, parameters):
    """Flag bad pixels; images of the guiders have flags of one kind only, ramps have two."""
    mask = references.mask.dq
    if parameters.user_supplied_dq is not None:
        mask = kernel.flag_pixels(mask, read_flags(parameters.user_supplied_dq))
    if hasattr(model, "pixeldq"):
        kernel.flag_pixels(model.pixeldq, mask, out=model.pixeldq)
        kernel.flag_groups(model.groupdq, mask, out=model.groupdq)
    else:
        kernel.flag_pixels(model.dq, mask, out=model.dq)


def read_flags(path):
    """Return the first image of a FITS file as flags.

    Raises
    ------
    ValueError
        If it is not an image of whole numbers.
    """
    from astropy.io import fits

    with fits.open(path) as hdus:
        image = next((hdu.data for hdu in hdus if hdu.is_image and hdu.data is not None), None)
        if image is None or image.ndim != 2:
            raise ValueError(f"{path} does not start with an image of flags")
        flags = image.astype(np.int64)
        if not np.array_equal(flags, image):
            raise ValueError(f"the flags in {path} are not whole numbers")
    return flags.astype(np.uint32)


STEP = Step(
    name="dq_init",
    class_name="DQInitStep",
    package="dq_init",
    title="Flag bad pixels, from the mask of the detector.",
    apply=apply,
    status="dq_init",
    interleaved=True,
    kernels=("dq_init",),
    parameters=(
        Parameter(
            "user_supplied_dq",
            str,
            None,
            "Path of a FITS file whose first image holds more flags for the pixels of the "
            "exposure's subarray.",
            file=True,
        ),
    ),
    references=(MASK,),
    exposures=ANY,
)
