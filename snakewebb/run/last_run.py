"""What differs since the last run in a folder: why steps run again, in words."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakewebb.run.differences import Sentences, as_lines, change_of, together
from snakewebb.run.files import appearing_whole
from snakewebb.run.remembered import read_tree
from snakewebb.run.workflow import Workflow, with_exposure

MOST = 3
"""How many exposures are named for which the same differs."""


def note(run: Workflow) -> None:
    """Note what the steps of a run depend on, for the next one."""
    exposures = {root: (each.mode, each.identity) for root, each in run.exposures.items()}
    tree = {"modes": run.depends_of_modes(), "exposures": exposures}
    with appearing_whole(place(run)) as beside:
        beside.write_text(json.dumps(tree))


def news(run: Workflow) -> list[str]:
    """Return what differs from the last run in the same folder, as lines of text."""
    tree = read_tree(place(run))
    changes = {
        root: change_of(run.chain(root).jobs, noted(tree, root, run), run.depends(root))
        for root in run.exposures
        if root in tree.get("exposures", {})
    }
    lines = as_lines(together(changes), MOST)
    return [f"Changed since the last run in {run.results}:", *lines] if lines else []


def noted(tree: Mapping[str, Any], root: str, run: Workflow) -> Sentences:
    """Return what the steps of an exposure depended on in the last run."""
    mode, identity = tree["exposures"][root]
    depends, first = tree["modes"][str(mode)], run.chain(root).first
    if first is None:
        return depends
    return {**depends, first: with_exposure(depends.get(first, []), identity)}


def place(run: Workflow) -> Path:
    """Return where it is noted what the steps of a run depend on."""
    return run.results / "plans" / "depends.json"
