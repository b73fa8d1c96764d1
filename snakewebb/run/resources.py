"""What a job will need of the machine, predicted from the header of the exposure."""

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass

MEGABYTE = 2**20
FLOAT = 4


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


@functools.cache
def predicted(steps: Sequence[str], shape: tuple[int, ...]) -> Prediction:
    """Return what a job needs that takes an exposure through some steps.

    Parameters
    ----------
    steps : sequence of str
        Names of the steps.
    shape : tuple of int
        Shape (nints, ngroups, ny, nx) of the exposure.
    """
    ramp = FLOAT * math.prod(shape) / MEGABYTE
    return Prediction(round(500 + 3 * ramp), 5, round(2 * ramp))
