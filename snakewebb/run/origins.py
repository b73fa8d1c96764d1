"""The configuration of a run with the place of each value, as it is written beside the results."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from snakewebb.run.configuration import Places
from snakewebb.run.parameter_files import Keys

NOTE = "# What this run was configured with. Each comment says where the value below it stands.\n"


def leaves(tree: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Any]]:
    """Yield every value of a tree with the keys that lead to it; an empty mapping is a value."""
    if isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*keys, key))
    else:
        yield keys, tree


def as_text(config: Mapping[str, Any], places: Places) -> str:
    """Return a configuration as YAML, with the place where each value stands."""
    text = NOTE
    for key, tree in config.items():
        found = [(".".join(map(str, keys)), places.of(keys, v)) for keys, v in leaves(tree, (key,))]
        text += "".join(f"\n# {name}: {place}" for name, place in found)
        text += f"\n{yaml.safe_dump({key: tree}, sort_keys=False, allow_unicode=True)}"
    return text
