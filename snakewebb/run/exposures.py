"""Which exposures a run has: from a table, or from glob patterns."""

import glob
from collections.abc import Sequence
from pathlib import Path

from snakewebb.errors import InputError, nearest, raise_all
from snakewebb.run.naming import root_of

COLUMN = "exposure"


def find_exposures(source: str | Path | Sequence[str]) -> dict[str, str]:
    """Return the path of each exposure by its root.

    Parameters
    ----------
    source : str, Path or sequence of str
        The path of a table (CSV) with a column ``exposure`` of paths, or glob patterns. Paths are
        relative to the working directory.

    Returns
    -------
    dict
        Path by root, in the order of the source.

    Raises
    ------
    InputError
        One error for every pattern without a match, missing file and double entry.
    """
    if isinstance(source, str | Path):
        name, paths = str(source), paths_of_table(Path(source))
    elif isinstance(source, Sequence) and all(isinstance(pattern, str) for pattern in source):
        name, paths = "exposures", paths_of_patterns(source)
    else:
        raise InputError(
            f"exposures must be the path of a table or a list of glob patterns; it is {source!r}"
        )
    if not paths:
        raise InputError(f"{name} names no exposure")
    return by_root(paths, name)


def paths_of_table(table: Path) -> list[str]:
    """Return the paths that a table of exposures lists."""
    import pandas as pd

    try:
        rows = pd.read_csv(table, comment="#", dtype=str, skipinitialspace=True)
    except FileNotFoundError:
        raise InputError(f"the table of exposures {table} does not exist") from None
    except (OSError, ValueError) as fault:
        raise InputError(f"the table of exposures {table} cannot be read: {fault}") from None
    if COLUMN not in rows:
        raise InputError(
            f"the table of exposures {table} has no column {COLUMN!r}, "
            f"only {', '.join(map(repr, rows))}; {nearest(COLUMN, rows)}"
        )
    blank = [str(i + 2) for i in rows.index[rows[COLUMN].isna()]]
    if blank:
        raise InputError(f"the table {table} names no exposure in line {', '.join(blank)}")
    return list(rows[COLUMN].str.strip())


def paths_of_patterns(patterns: Sequence[str]) -> list[str]:
    """Return the files that match glob patterns; one file may match several."""
    found: dict[str, None] = {}
    problems = []
    for pattern in patterns:
        matches = sorted(glob.glob(pattern, recursive=True))
        if not matches:
            problems.append(f"no file matches {pattern!r} of exposures (in {Path.cwd()})")
        found |= dict.fromkeys(matches)
    raise_all(problems, InputError)
    return list(found)


def by_root(paths: Sequence[str], source: str) -> dict[str, str]:
    """Return paths by root, or raise one error for all that are missing or double."""
    exposures: dict[str, str] = {}
    problems = []
    for path in paths:
        root = root_of(path)
        if not Path(path).is_file():
            problems.append(f"{source}: {path} does not exist (in {Path.cwd()})")
        elif root in exposures:
            same = exposures[root] == path
            problems.append(
                f"{source}: {path} is listed twice"
                if same
                else f"{source}: {exposures[root]} and {path} would have the same products"
            )
        exposures.setdefault(root, path)
    raise_all(problems, InputError)
    return exposures
