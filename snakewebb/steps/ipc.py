"""Correction of the capacitance between pixels."""

from snakewebb.kernels import ipc as kernel
from snakewebb.steps.declaration import Step
from snakewebb.steps.layout import first_pixel, interleaved, light_sensitive, science_rows
from snakewebb.steps.reference_types import IPC


def apply(model, references, parameters):
    """Convolve the light-sensitive part of each group with the inverse kernel."""
    window = light_sensitive(model)
    inverse = kernel_of_window(references.ipc.data, model.meta.subarray, window)
    images = model.data[..., *window]
    if not interleaved(model):
        kernel.convolve(images, inverse, out=images)
        return
    rows = science_rows(model)[window[0]]
    for group in model.data.reshape(-1, *model.data.shape[-2:])[..., window[1]]:
        group[rows] = kernel.convolve(group[rows], inverse)


def kernel_of_window(inverse, subarray, window):
    """Return the kernel, cut to a window of the subarray if each pixel has one of its own."""
    if inverse.ndim == 2:
        return inverse
    on_detector = (
        slice(start + part.start, start + part.stop)
        for start, part in zip(first_pixel(subarray), window, strict=True)
    )
    return inverse[..., *on_detector]


STEP = Step(
    name="ipc",
    class_name="IPCStep",
    package="ipc",
    title="Give back to each pixel the signal that its neighbours saw.",
    apply=apply,
    status="ipc",
    interleaved=True,
    kernels=("blocks", "ipc"),
    references=(IPC,),
)
