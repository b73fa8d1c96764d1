"""What another context of CRDS would change in a run, told before anything is computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from snakewebb.run.workflow import Workflow


@dataclass(frozen=True)
class Change:
    """What differs for some exposures.

    Parameters
    ----------
    step : str
        The first step that differs; those after it run again, too.
    later : int
        How many steps come after it.
    reasons : tuple of str
        What differs, as ``"jump: gain = A -> B"``, for all steps.
    """

    step: str
    later: int
    reasons: tuple[str, ...]


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
    found: dict[Change, list[str]] = {}
    for root in before.exposures:
        change = change_of(before, after, root)
        if change:
            found.setdefault(change, []).append(root)
    return len(before.exposures), found


def change_of(before: Workflow, after: Workflow, root: str) -> Change | None:
    """Return what differs for one exposure, or None."""
    order = after.exposures[root].plan.order
    reasons = {step: differences(before, after, root, step) for step in order}
    changed = [step for step in order if reasons[step]]
    if not changed:
        return None
    later = [job for job in after.chain(root).jobs if order.index(job) > order.index(changed[0])]
    return Change(changed[0], len(later), tuple(r for step in changed for r in reasons[step]))


def differences(before: Workflow, after: Workflow, root: str, step: str) -> list[str]:
    """Return what differs in a step of an exposure, in words."""
    known = step in before.exposures[root].plan.order
    old = split(before.changes(root, step)) if known else {}
    new = split(after.changes(root, step))
    return [
        f"{name} = {old.get(name, 'as usual')} -> {new.get(name, 'as usual')}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def split(changes: Iterable[str]) -> dict[str, str]:
    """Return sentences such as ``jump: gain = file`` by what stands left of the sign."""
    return {name: value for name, _, value in (change.partition(" = ") for change in changes)}


def as_text(found: Mapping[Change, list[str]], contexts: tuple[str, str], number: int) -> str:
    """Return the answer in words, for a run of a number of exposures."""
    changed = sum(map(len, found.values()))
    lines = [f"{contexts[0]} -> {contexts[1]}: {changed} of {number} exposures would change"]
    for change, roots in found.items():
        lines.append(
            f"\n{len(roots)} exposures from {change.step} on, and {change.later} steps more:"
        )
        lines += [f"  {reason}" for reason in change.reasons]
        lines += [f"  - {root}" for root in roots]
    return "\n".join(lines)
