"""Which exposures a run has: from a table, or from glob patterns."""

import glob
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from snakewebb.errors import InputError
from snakewebb.run.naming import root_of
from snakewebb.run.table import read_table

COLUMN = "exposure"
LABEL = "label"
GROUP = "group"


@dataclass(frozen=True)
class Exposure:
    """One raw exposure.

    Parameters
    ----------
    path : str
        Where it is.
    label : str
        What people call it.
    group : str
        The group that it belongs to; the configuration may say more of it.
    said : tuple of (str, object)
        Parameters for this exposure alone, such as ``("jump.rejection_threshold", 5.0)``.
    origin : str
        Where that was said.
    """

    path: str
    label: str = ""
    group: str = ""
    said: tuple[tuple[str, Any], ...] = ()
    origin: str = ""


def find_exposures(source: str | Path | Sequence[str]) -> tuple[dict[str, Exposure], list[str]]:
    """Return each exposure by its root, and what is wrong with single ones.

    Parameters
    ----------
    source : str, Path or sequence of str
        The path of a table (CSV) with a column ``exposure`` of paths, or glob patterns. Paths are
        relative to the working directory. Further columns of the table may be ``label``,
        ``group``, and parameters such as ``jump.rejection_threshold``, where a blank says nothing;
        any other column without a dot is the user's own.

    Returns
    -------
    exposures : dict
        Exposure by root, in the order of the source: those that there are.
    problems : list of str
        Every pattern without a match, missing file, double entry and unreadable row.

    Raises
    ------
    InputError
        If the source itself cannot be understood, or names nothing.
    """
    if isinstance(source, str | Path):
        name, (found, problems) = str(source), exposures_of_table(Path(source))
    elif isinstance(source, Sequence) and all(isinstance(pattern, str) for pattern in source):
        paths, problems = paths_of_patterns(source)
        name, found = "exposures", [Exposure(path) for path in paths]
    else:
        raise InputError(
            f"exposures must be the path of a table or a list of glob patterns; it is {source!r}"
        )
    if not found and not problems:
        raise InputError(
            f"{name} names no exposure; give a configuration with `exposures` (--configfile), or "
            "fill in the table"
        )
    exposures, of_paths = by_root(found, name)
    return exposures, [*problems, *of_paths]


def exposures_of_table(table: Path) -> tuple[list[Exposure], list[str]]:
    """Return the exposures that a table lists, and what is wrong with its rows."""
    if table.name.lower().endswith((".fits", ".fits.gz")):
        raise InputError(
            f"exposures names {table}, which is no table: list exposures as in "
            f"`exposures: [{table}]`, or give the path of a table (CSV)"
        )
    rows, problems = read_table(table, COLUMN)
    problems += [f"{table}: line {line} names no exposure" for line, row in rows if not row[COLUMN]]
    return [exposure_of(row, table) for _, row in rows if row[COLUMN]], problems


def exposure_of(row: dict[str, str], table: Path) -> Exposure:
    """Return the exposure that a row describes."""
    said = tuple((name, value_of(text)) for name, text in row.items() if "." in name and text)
    label, group = row.get(LABEL, ""), row.get(GROUP, "")
    return Exposure(row[COLUMN], label, group, said, f"the table {table}")


def value_of(text: str) -> Any:
    """Return the value that a cell holds, written as in the configuration."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return tuple(value) if isinstance(value, list) else value


def paths_of_patterns(patterns: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the files that match glob patterns, each once, and which patterns match none."""
    found: dict[str, None] = {}
    problems = []
    for pattern in patterns:
        matches = sorted(glob.glob(pattern, recursive=True))
        if not matches:
            problems.append(f"no file matches {pattern!r} of exposures (in {Path.cwd()})")
        found |= dict.fromkeys(matches)
    return list(found), problems


def by_root(found: Sequence[Exposure], source: str) -> tuple[dict[str, Exposure], list[str]]:
    """Return the exposures that there are, by root, and which ones are missing or double."""
    exposures: dict[str, Exposure] = {}
    problems = []
    for exposure in found:
        path, root = exposure.path, root_of(exposure.path)
        if not Path(path).is_file():
            problems.append(f"{source}: {path} does not exist (in {Path.cwd()})")
            continue
        if root in exposures:
            same = exposures[root].path == path
            problems.append(
                f"{source}: {path} is listed twice"
                if same
                else f"{source}: {exposures[root].path} and {path} would have the same products"
            )
        exposures.setdefault(root, exposure)
    return exposures, problems
