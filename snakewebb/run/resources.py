"""What a job will need of the machine, predicted from the header of the exposure.

The numbers are measured: ``python -m benchmarks.predictions`` compares them with a run.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from snakewebb.steps import all_steps

MEGABYTE = 2**20
FLOAT = 4

LIBRARIES = 200
"""MB of an interpreter with all that a job imports."""
RAMP = 1.4
"""Memory for a ramp in its size as float32: itself, its flags, and a part to work on."""
RATE, OF_INTEGRATION = 6, 5
"""Memory for a rate in images of float32, and for those of each integration."""
REFERENCES = 1.75
"""Memory for reference files in their size: as they are in the file, and as a step uses them."""
PICTURE = 12
"""Memory for pictures and page of an exposure in images of float32."""
MARGIN = 1.2

MEGABYTES_A_MINUTE = 100
"""Of ramp, for a step on a busy machine; most take a tenth of that time."""


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
        Names of the steps; without any, the job only names a ramp.
    shape : tuple of int
        Shape (nints, ngroups, ny, nx) of the exposure.
    references : float
        Size of the reference files that they read, in MB.
    """
    declared = [all_steps()[step] for step in steps]
    has_ramp = not declared or any(step.input == "ramp" for step in declared)
    has_rate = any(step.output or step.input == "rate" for step in declared)
    ramp = megabytes(shape) if has_ramp else 0
    image = megabytes(shape[-2:])
    rates = (RATE + OF_INTEGRATION * shape[0]) * image if has_rate else 0
    memory = MARGIN * (LIBRARIES + RAMP * ramp + rates + REFERENCES * references)
    minutes = 1 + max(1, len(declared)) * (ramp + rates) / MEGABYTES_A_MINUTE
    product = rates if has_rate else 1.25 * ramp + image
    return Prediction(math.ceil(memory), math.ceil(minutes), math.ceil(1 + product))


def predicted_for_picture(shape: tuple[int, ...]) -> Prediction:
    """Return what a job needs that draws an exposure of a shape."""
    return Prediction(math.ceil(MARGIN * (LIBRARIES + PICTURE * megabytes(shape[-2:]))), 2, 1)


def megabytes(shape: tuple[int, ...]) -> float:
    """Return the size of an array of float32."""
    return FLOAT * math.prod(shape) / MEGABYTE
