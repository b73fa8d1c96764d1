"""What was found out about files, kept from run to run while their size and date stay the same."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from snakewebb.run.files import appearing_whole

FOLDER = Path(".snakemake") / "snakewebb"
"""Where a run keeps what it remembers, in the folder that Snakemake makes for the same end."""


class Remembered:
    """Findings about files, by kind of finding and path."""

    def __init__(self, path: Path = FOLDER / "files.json"):
        self._path = path
        self._findings: dict[str, dict[str, Any]] = read_tree(path)
        self._changed = False

    def about(self, kind: str, file: str, find_out: Callable[[str], Any]) -> Any:
        """Return a finding about a file, as remembered or found out now; plain values only."""
        state = state_of(file)
        of_kind = self._findings.setdefault(kind, {})
        known = of_kind.get(file)
        if known is None or known[0] != state:
            known = of_kind[file] = [state, find_out(file)]
            self._changed = True
        return known[1]

    def save(self) -> None:
        """Keep what is new for the next run, where the folder can be written."""
        if self._changed and os.access(Path.cwd(), os.W_OK):
            with appearing_whole(self._path) as beside:
                beside.write_text(json.dumps(self._findings))
            self._changed = False


def read_tree(path: Path) -> dict[str, Any]:
    """Return what a file holds, nothing if it is not there or cannot be read."""
    try:
        tree = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return tree if isinstance(tree, dict) else {}


def state_of(path: str) -> list[int]:
    """Return size and date of a file."""
    status = os.stat(path)
    return [status.st_size, status.st_mtime_ns]
