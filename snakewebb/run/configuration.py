"""Configurations of the workflow: what they hold, and the file and line where each value stands."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError
from snakewebb.run.parameter_files import Keys, lines_of
from snakewebb.run.parameters import OWN

CONFIGURATION = "configuration"


class Places:
    """Where the values of a configuration stand.

    Parameters
    ----------
    files : iterable of str or Path
        The files that it is merged from, the lowest first.
    """

    def __init__(self, files: Iterable[str | Path] = ()):
        self._found: dict[Keys, list[tuple[Any, str]]] = {}
        for file in files:
            content, lines = read(file)
            for keys, line in lines.items():
                found = value_under(content, keys), f"{shortened(file)}, line {line}"
                self._found.setdefault(keys, []).append(found)

    def of(self, keys: Keys, value: Any) -> str:
        """Return where a value stands: the highest file that holds it, or else its keys."""
        for held, place in reversed(self._found.get(keys, [])):
            if held == value:
                return place
        return f"{CONFIGURATION}, {'.'.join(map(str, keys))}"

    def of_section(self, section: str, values: Any) -> dict[tuple[str, str | None], str]:
        """Return where a section of the configuration and each of its values stands."""
        keys: Keys = () if section == OWN else ("steps", section)
        of_all: dict[tuple[str, str | None], str] = {(section, None): self.of(keys, values)}
        if isinstance(values, Mapping):
            of_all |= {(section, name): self.of((*keys, name), v) for name, v in values.items()}
        return of_all


def read(file: str | Path) -> tuple[Mapping[str, Any], Mapping[Keys, int]]:
    """Return the content of a configuration, and the line of each key.

    Raises
    ------
    ParameterError
        If it cannot be read or is no mapping.
    """
    import yaml

    try:
        text = Path(file).read_bytes()
        content, lines = yaml.safe_load(text) or {}, lines_of(text)
    except FileNotFoundError:
        raise ParameterError(f"the configuration {file} does not exist") from None
    except (OSError, ValueError, yaml.YAMLError) as fault:
        raise ParameterError(f"the configuration {file} cannot be read: {fault}") from None
    if not isinstance(content, Mapping):
        raise ParameterError(f"the configuration {file} must map keys to values")
    return content, lines


def value_under(content: Any, keys: Keys) -> Any:
    """Return what stands under keys, one within the other."""
    for key in keys:
        if isinstance(content, list) and isinstance(key, int):
            content = content[key]
        else:
            content = content.get(key) if isinstance(content, Mapping) else None
    return content


def shortened(file: str | Path) -> str:
    """Return a path, relative to the working directory if it is within."""
    path, here = Path(file).absolute(), Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(file)
