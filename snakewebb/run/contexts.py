"""What another context of CRDS would change in a run, told before anything is computed."""

from collections.abc import Mapping
from typing import Any

from snakewebb.run.differences import Change, as_lines, change_of, together
from snakewebb.run.workflow import Workflow


def compare(
    config: Mapping[str, Any], contexts: tuple[str, str]
) -> tuple[int, dict[Change, list[str]]]:
    """Return how many exposures there are, and what differs between the plans by two contexts.

    Parameters
    ----------
    config : mapping
        The configuration of the run.
    contexts : tuple of str
        Names of the contexts.

    Returns
    -------
    number : int
        How many exposures the run has.
    found : dict
        The roots of the exposures for which the same differs, by what differs.
    """
    before, after = (
        Workflow({**config, "crds": {**(config.get("crds") or {}), "context": context}})
        for context in contexts
    )
    changes = {
        root: change_of(after.chain(root).jobs, before.depends(root), after.depends(root))
        for root in before.exposures
    }
    return len(changes), together(changes)


def as_text(found: Mapping[Change, list[str]], contexts: tuple[str, str], number: int) -> str:
    """Return the answer in words, for a run of a number of exposures."""
    changed = sum(map(len, found.values()))
    head = f"{contexts[0]} -> {contexts[1]}: {changed} of {number} exposures would change"
    return "\n".join([head, *as_lines(found)])
