"""Search for saturated groups."""

from snakewebb.kernels import saturation as kernel
from snakewebb.steps.declaration import Parameter, Step
from snakewebb.steps.layout import interleaved, science_rows
from snakewebb.steps.reference_types import SATURATION, SUPERBIAS


def apply(model, references, parameters):
    """Flag saturated groups, and set to zero what is saturated in the zeroth frame."""
    reference = references.saturation
    threshold, dq = kernel.usable_thresholds(reference.data, reference.dq)
    options = averaging(model, references.superbias, parameters)
    reach = parameters.n_pix_grow_sat
    if interleaved(model):
        flag_interleaved(model, threshold, dq, reach, **options)
        return
    kernel.flag_saturation(
        model.data, model.groupdq, threshold, reach=reach, **options, out=model.groupdq
    )
    if model.meta.exposure.zero_frame:
        kernel.empty_saturated(model.zeroframe, threshold, reach=reach, out=model.zeroframe)
    model.pixeldq[...] |= dq


def averaging(model, superbias, parameters):
    """Return what the kernel has to know about groups that average frames."""
    nframes = model.meta.exposure.nframes or 1
    if not parameters.use_readpatt or nframes == 1:
        return {}
    return {"nframes": nframes, "bias": None if superbias is None else superbias.data}


def flag_interleaved(model, threshold, dq, reach, *, nframes=1, bias=None):
    """Flag the pixels of the detector among interleaved reference pixels."""
    rows = science_rows(model)
    bias = None if bias is None else bias[rows]
    for ramp, groupdq in zip(model.data, model.groupdq, strict=True):
        groupdq[:, rows] = kernel.flag_saturation(
            ramp[None, :, rows],
            groupdq[None, :, rows],
            threshold,
            reach=reach,
            nframes=nframes,
            bias=bias,
            backdate=True,
        )[0]
    model.pixeldq[rows] |= dq


STEP = Step(
    name="saturation",
    class_name="SaturationStep",
    package="saturation",
    title="Flag the groups in which a pixel is saturated.",
    apply=apply,
    status="saturation",
    interleaved=True,
    kernels=("blocks", "outputs", "saturation"),
    parameters=(
        Parameter(
            "n_pix_grow_sat",
            int,
            1,
            "Distance from a saturated pixel at which its neighbours count as saturated too.",
            unit="pixels",
            minimum=0,
        ),
        Parameter(
            "use_readpatt",
            bool,
            True,
            "Where groups average frames, look for saturation within the group before.",
        ),
    ),
    references=(SATURATION, SUPERBIAS.optional()),
)
