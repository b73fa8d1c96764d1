"""What differs between two plans of an exposure, in words, and how many exposures share it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Sentences = Mapping[str, Sequence[str]]
"""What each step depends on, by step, as `Chain.changes` tells it."""

USUAL = "as usual"


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


def change_of(jobs: Sequence[str], before: Sentences, after: Sentences) -> Change | None:
    """Return what differs for one exposure, or None.

    Parameters
    ----------
    jobs : sequence of str
        The steps that have a job, in order.
    before, after : mapping
        What each step depends on; ``after`` in the order of the steps.
    """
    reasons = {step: differences(before.get(step, ()), after[step]) for step in after}
    changed = [step for step in after if reasons[step]]
    if not changed:
        return None
    order = list(after)
    later = [job for job in jobs if order.index(job) > order.index(changed[0])]
    return Change(changed[0], len(later), tuple(r for step in changed for r in reasons[step]))


def differences(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """Return what differs between what a step depends on, in words."""
    old, new = split(before), split(after)
    return [
        f"{name} = {old.get(name, USUAL)} -> {new.get(name, USUAL)}"
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]


def split(changes: Iterable[str]) -> dict[str, str]:
    """Return sentences such as ``jump: gain = file`` by what stands left of the sign."""
    return {name: value for name, _, value in (change.partition(" = ") for change in changes)}


def together(changes: Mapping[str, Change | None]) -> dict[Change, list[str]]:
    """Return the roots of the exposures for which the same differs, by what differs."""
    found: dict[Change, list[str]] = {}
    for root, change in changes.items():
        if change:
            found.setdefault(change, []).append(root)
    return found


def as_lines(found: Mapping[Change, Sequence[str]], most: int | None = None) -> list[str]:
    """Return what differs as lines of text, with the exposures, at most so many of each kind."""
    lines = []
    for change, roots in found.items():
        noun = "exposure" if len(roots) == 1 else "exposures"
        lines.append(f"{len(roots)} {noun} from {change.step} on, and {change.later} steps more:")
        lines += [f"  {reason}" for reason in change.reasons]
        lines += [f"  - {root}" for root in roots[:most]]
        if most is not None and len(roots) > most:
            lines.append(f"  - and {len(roots) - most} more")
    return lines
