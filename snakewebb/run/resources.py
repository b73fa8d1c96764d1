"""What a job will need of the machine, predicted from the header of the exposure.

The numbers are measured: ``python -m benchmarks.predictions`` compares them with a run.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from snakewebb.run.headers import Extension, scan
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Step
from snakewebb.steps.layout import NEAR_INFRARED_SIDE

MEGABYTE = 2**20
FLOAT = 4
IMAGE = 2
"""Axes of an image."""

LIBRARIES = 225
"""MB of an interpreter with all that a job imports; small exposures need little else."""
RAMP = 1.4
"""Memory for a ramp in its size as float32: itself, its flags, and a part to work on."""
RATE, OF_INTEGRATION = 6, 5
"""Memory for a rate in images of float32, and for those of each integration."""
WORKED_ON = {"clean_flicker_noise": 13, "picture_frame": 13, "persistence": 7}
"""Images of float32 that steps make besides, where these are many."""
READ = 2
"""Memory for a reference file in its size: as it is in the file, and as a step uses it. Of images
only the part is read that the exposure covers, and once."""
FIGURE = 15
"""MB of an empty picture."""
PICTURE = 10
"""Memory for pictures and page of an exposure in images of float32."""
RAW_GROUPS = 0.5
"""Memory for the raw groups of an integration, mapped as they are, in their size as float32."""
MARGIN = 1.2
SNAKEMAKE = 500
"""MB of the two processes of Snakemake that watch over the steps in a job of a cluster."""

MEGABYTES_A_MINUTE = 100
"""Of ramp, for a step on a busy machine; most take a tenth of that time."""

WITHOUT_INTERLEAVED = "refpix"
"""The step that leaves out interleaved reference pixels; it holds the ramp before and after."""


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

    def at(self, attempt: int) -> "Prediction":
        """Return what it gets at an attempt, from 1: more memory and time for each that failed."""
        memory = self.mem_mb * (1 + attempt) // 2
        return Prediction(memory, self.runtime * attempt, self.disk_mb)


def predicted(
    steps: Iterable[str], shape: tuple[int, ...], references: float, bound: int | None = None
) -> Prediction:
    """Return what a job needs that takes an exposure through some steps.

    Parameters
    ----------
    steps : iterable of str
        Names of the steps; without any, the job only names a ramp.
    shape : tuple of int
        Shape (nints, ngroups, ny, nx) of the exposure.
    references : float
        Memory for what they read of reference files, in MB.
    bound : int, optional
        What the run is told to keep its memory below, in MB; the rest lies in temporary files.
    """
    declared = [all_steps()[step] for step in steps]
    has_rate = any(step.output or step.input == "rate" for step in declared)
    ramp = sum(map(megabytes, ramps_of(declared, shape)))
    image = megabytes(without_interleaved(shape)[-IMAGE:])
    rates = (RATE + OF_INTEGRATION * shape[0]) * image if has_rate else 0
    besides = max((WORKED_ON.get(step.name, 0) for step in declared), default=0) * image
    memory = MARGIN * (LIBRARIES + RAMP * ramp + max(rates, besides) + references)
    minutes = 1 + max(1, len(declared)) * (ramp + rates) / MEGABYTES_A_MINUTE
    product = rates if has_rate else 1.25 * ramp + image
    kept = memory if bound is None else min(memory, bound)
    scratch = memory if kept < memory else 0
    return Prediction(math.ceil(kept), math.ceil(minutes), math.ceil(1 + product + scratch))


def ramps_of(declared: Sequence[Step], shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the shapes of the ramps that a job holds at the same time."""
    on_ramps = [step for step in declared if step.input == "ramp"]
    if declared and not on_ramps:
        return []
    plain = without_interleaved(shape)
    takes = any(step.interleaved for step in on_ramps)
    gives = any(step.name == WITHOUT_INTERLEAVED or not step.interleaved for step in on_ramps)
    if plain == shape or not gives:
        return [shape]
    return [shape, plain] if takes else [plain]


def without_interleaved(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of an exposure without interleaved reference pixels (IRS2)."""
    return (*shape[:-IMAGE], min(shape[-IMAGE], NEAR_INFRARED_SIDE), shape[-1])


def predicted_for_picture(shape: tuple[int, ...]) -> Prediction:
    """Return what a job needs that draws an exposure of a shape."""
    drawn = PICTURE * megabytes(without_interleaved(shape)[-IMAGE:])
    raw = RAW_GROUPS * megabytes(shape[1:])
    return Prediction(math.ceil(MARGIN * (LIBRARIES + FIGURE + drawn + raw)), 2, 1)


def megabytes(shape: Sequence[int]) -> float:
    """Return the size of an array of float32."""
    return FLOAT * math.prod(shape) / MEGABYTE


def shapes_of(path: str) -> list[tuple[int, ...]]:
    """Return the shapes of the images of a reference file."""
    return [found.shape for found in scan(path) if is_image(found)]


def is_image(found: Extension) -> bool:
    """Tell whether an extension holds images, which tables do not."""
    return found.cards.get("NAXIS", 0) >= IMAGE and found.cards.get("XTENSION") != "BINTABLE"


def part_of(shape: Sequence[int], image: Sequence[int]) -> float:
    """Return the size in MB of what a step reads of images: the rows and columns of an exposure."""
    return megabytes((*shape[:-IMAGE], *map(min, shape[-IMAGE:], image)))
