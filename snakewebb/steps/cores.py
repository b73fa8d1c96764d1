"""How many cores a step may use."""

import os

from snakewebb.steps.declaration import Parameter

SHARES = {"none": 0, "quarter": 0.25, "half": 0.5, "all": 1}
"""Words for a number of cores, as shares of those the machine has."""

MAXIMUM_CORES = Parameter(
    "maximum_cores",
    str,
    "1",
    "Number of cores to use, or a share of them: none, quarter, half or all.",
    pixels=False,
)


def number_of_cores(maximum):
    """Return how many cores to use, from a number or a word.

    Raises
    ------
    ValueError
        If it is neither.
    """
    available = os.cpu_count() or 1
    try:
        wanted = available * SHARES[maximum] if maximum in SHARES else int(maximum)
    except ValueError:
        words = ", ".join(SHARES)
        raise ValueError(f"maximum_cores {maximum!r} is no number and none of {words}") from None
    return min(max(int(wanted), 1), available)
