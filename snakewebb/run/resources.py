"""What a job will need of the machine, predicted from the header of the exposure."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from snakewebb.steps import all_steps

MEGABYTE = 2**20
FLOAT = 4

LIBRARIES = 200
"""MB of an interpreter with all that a job imports."""
RAMP = 1.4
"""Memory of a job in sizes of the ramp as float32: the ramp, its flags, and a part to work on."""
OF_STEP: dict[str, float] = {}
"""The same for steps that need more than that."""
REFERENCES = 2.5
"""Memory in sizes of the reference files: as they are in the file, and as a step uses them."""
MARGIN = 1.2

MEGABYTES_A_MINUTE = 100
"""Of ramp, for a step on a busy machine; most take a tenth of that time."""
PLANES_OF_RATE = 6
"""Arrays of a rate, each as large as one image of float32."""


@dataclass(frozen=True)
class Prediction:
    """What a job needs.

    Parameters
    ----------
    mem_mb : int
        Memory at its peak, in MB.
    runtime : int
        Time, in minutes.
    disk_mb : int
        Size of what it writes, in MB.
    """

    mem_mb: int
    runtime: int
    disk_mb: int


def predicted(steps: Iterable[str], shape: tuple[int, ...], references: float) -> Prediction:
    """Return what a job needs that takes an exposure through some steps.

    Parameters
    ----------
    steps : iterable of str
        Names of the steps.
    shape : tuple of int
        Shape (nints, ngroups, ny, nx) of the exposure.
    references : float
        Size of the reference files that they read, in MB.
    """
    steps = list(steps)
    ramp = FLOAT * math.prod(shape) / MEGABYTE
    image = FLOAT * math.prod(shape[-2:]) / MEGABYTE
    copies = max((OF_STEP.get(step, RAMP) for step in steps), default=RAMP)
    memory = MARGIN * (LIBRARIES + copies * ramp + REFERENCES * references)
    minutes = 1 + len(steps) * ramp / MEGABYTES_A_MINUTE
    ends_in_rates = any(all_steps()[s].output or all_steps()[s].input == "rate" for s in steps)
    product = PLANES_OF_RATE * (1 + shape[0]) * image if ends_in_rates else 1.25 * ramp + image
    return Prediction(math.ceil(memory), math.ceil(minutes), math.ceil(1 + product))
