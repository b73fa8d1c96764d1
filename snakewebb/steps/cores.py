"""How many cores a step may use, and where its large arrays lie."""

import os

from snakewebb.kernels.blocks import allocating, empty, row_blocks, threads
from snakewebb.steps.declaration import Parameter

__all__ = [
    "MAXIMUM_CORES",
    "allocating",
    "available",
    "empty",
    "number_of_cores",
    "row_blocks",
    "threads",
]

SHARES = {"none": 0, "quarter": 0.25, "half": 0.5, "all": 1}
"""Words for a number of cores, as shares of those the process may run on."""

MAXIMUM_CORES = Parameter(
    "maximum_cores",
    str,
    "1",
    "Most cores to use, or a share of them: none, quarter, half or all. If nobody says, those of "
    "the run.",
    pixels=False,
)


def number_of_cores(maximum):
    """Return how many cores to use, from a number or a word.

    Raises
    ------
    ValueError
        If it is neither.
    """
    try:
        wanted = available() * SHARES[maximum] if maximum in SHARES else int(maximum)
    except ValueError:
        words = ", ".join(SHARES)
        raise ValueError(f"maximum_cores {maximum!r} is no number and none of {words}") from None
    return min(max(int(wanted), 1), available())


def available():
    """Return how many cores this process may run on."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
