"""A table of text as people and spreadsheets write it: read strictly, with all faults at once."""

import csv
from collections.abc import Sequence
from pathlib import Path

from snakewebb.errors import InputError, nearest, raise_all

COMMENT = "#"
OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs"}
SHOWN = 10
"""Columns that a message names."""

Rows = list[tuple[int, dict[str, str]]]
"""Number of the line and cells by column, of each row that is not blank."""


def read_table(path: Path, column: str) -> tuple[Rows, list[str]]:
    """Read a table (CSV, UTF-8); lines that start with ``#`` are comments.

    Parameters
    ----------
    path : Path
        The file.
    column : str
        The column that it must have.

    Returns
    -------
    rows : list of (int, dict)
        Line and cells by column, without the spaces around them.
    problems : list of str
        What is wrong with single rows.

    Raises
    ------
    InputError
        If the file, or its first line, cannot be understood.
    """
    records = records_of(path)
    if not records:
        raise InputError(f"the table {path} is empty; its first line names the columns")
    (_, names), *rest = records
    raise_all(problems_of_columns(names, column, path), InputError)
    rows, problems = [], []
    for line, cells in rest:
        if any(cells[len(names) :]):
            problems.append(
                f"{path}: line {line} has {len(cells)} cells, but there are {len(names)} columns; "
                "text with a comma in it needs quotes"
            )
        filled = [*cells, *[""] * len(names)]
        rows.append((line, dict(zip(names, filled, strict=False))))
    return rows, problems


def records_of(path: Path) -> list[tuple[int, list[str]]]:
    """Return the cells of each line that is neither blank nor a comment, with its number."""
    lines = text_of(path).splitlines(keepends=True)
    lines = ["\n" if line.lstrip().startswith(COMMENT) else line for line in lines]
    reader = csv.reader(lines, skipinitialspace=True, strict=True)
    records = []
    try:
        for record in reader:
            cells = [cell.strip() for cell in record]
            if any(cells):
                records.append((reader.line_num, cells))
    except csv.Error as fault:
        raise InputError(f"{path} cannot be read, in line {reader.line_num}: {fault}") from None
    return records


def text_of(path: Path) -> str:
    """Return the text of a file in UTF-8, with or without a mark at its start."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise InputError(
            f"the table {path} does not exist; glob patterns are a list, such as [{path}]"
        ) from None
    except OSError as fault:
        raise InputError(f"the table {path} cannot be read: {fault.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"the table {path} is no text in UTF-8; save it as such") from None


def problems_of_columns(names: Sequence[str], column: str, path: Path) -> list[str]:
    """Return what is wrong with the names of the columns."""
    twice = sorted({name for name in names if name and names.count(name) > 1})
    problems = [f"the table {path} has two columns {name!r}" for name in twice]
    if column in names:
        return problems
    for separator, called in OTHER_SEPARATORS.items():
        if len(names) == 1 and column in names[0].split(separator):
            return [f"the table {path} has {called} between its columns, not commas"]
    shown = ", ".join(repr(name[:40]) for name in names[:SHOWN])
    advice = nearest(column, [name[:40] for name in names[:SHOWN]])
    return [*problems, f"the table {path} has no column {column!r}, only {shown}; {advice}"]
