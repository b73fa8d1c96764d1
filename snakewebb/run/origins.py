"""The configuration of a run with the origin of each value, as it is written beside the results."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml

COMMAND_LINE = "the command line"
NOTE = "# What this run was configured with. Each comment says where the value below it is from.\n"


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every value of a tree with the keys that lead to it; an empty mapping is a value."""
    if isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*path, str(key)))
    else:
        yield path, tree


def origin_of(
    path: tuple[str, ...], value: Any, files: Iterable[tuple[str, Mapping[str, Any]]]
) -> str:
    """Return the last file that holds a value, or the command line if none does."""
    origin = COMMAND_LINE
    for name, tree in files:
        if dict(leaves(tree)).get(path, ...) == value:
            origin = name
    return origin


def as_text(config: Mapping[str, Any], files: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """Return a configuration as YAML with the origin of each value.

    Parameters
    ----------
    config : mapping
        The merged configuration.
    files : iterable of (str, mapping)
        Name and content of the files that it was merged from, the lowest first.
    """
    files = list(files)
    text = NOTE
    for key, tree in config.items():
        origins: dict[str, list[str]] = {}
        for path, value in leaves(tree, (str(key),)):
            origins.setdefault(origin_of(path, value, files), []).append(".".join(path))
        for origin, names in origins.items():
            text += f"\n# {', '.join(names)}: {origin}"
        text += f"\n{yaml.safe_dump({key: tree}, sort_keys=False, allow_unicode=True)}"
    return text
