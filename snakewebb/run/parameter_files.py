"""Parameter files: ASDF as CRDS ships them, or YAML as a user writes it; read and written."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError, nearest
from snakewebb.pipelines import PIPELINES, Pipeline
from snakewebb.run.parameters import OWN, Layer
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import Step

CONTENT = ("class", "parameters", "steps")
KEYS = frozenset({*CONTENT, "name", "asdf_library", "history", "meta"})
KEYS_OF_STEP = frozenset({"class", "name", "parameters", "config_file"})
END_OF_TREE = b"\n..."
DEEPEST = 8
TO_FILL_IN = "<SPECIFY>"
ASKED_BY_CRDS = ("author", "origin", "pedigree", "reftype", "telescope", "useafter")

Keys = tuple[str | int, ...]


@dataclass(frozen=True)
class ParameterFile:
    """The content of a parameter file as plain values, and the line of each key."""

    path: Path
    origin: str
    tree: Mapping[str, Any]
    lines: Mapping[Keys, int]

    @property
    def class_name(self) -> str:
        """The name of the class that the file says it is for, or an empty text."""
        return last_part(self.tree.get("class"))

    def place(self, *keys: str | int) -> str:
        """Return the origin of a value: the file, and the line if that is known."""
        line = self.lines.get(keys)
        return f"{self.origin}, line {line}" if line else self.origin


@dataclass(frozen=True)
class Section:
    """What a parameter file says about one step, or `OWN` about the pipeline itself."""

    name: str
    values: Mapping[str, Any]
    places: Mapping[str | None, str]
    config_file: Any


def read_parameter_file(
    path: str | Path,
    target: Pipeline | Step,
    *,
    origin: str = "",
    strict: bool = True,
    depth: int = 0,
) -> list[Layer]:
    """Read a parameter file into layers, the lowest first.

    Parameters
    ----------
    path : str or Path
        An ASDF file of a step or pipeline, or a YAML fragment that holds ``steps:``.
    target : Pipeline or Step
        What the parameters are for.
    origin : str, optional
        The name by which the values are traced; default the path, with the line of each value.
    strict : bool
        Whether an unknown step or parameter is an error; else it is logged and ignored.
    depth : int
        How many files name this one, each the next.

    Returns
    -------
    list of Layer
        The files that it names by ``config_file`` come before it.

    Raises
    ------
    ParameterError
        If the file cannot be read, or is for another class.
    """
    file = load(Path(path), origin)
    check_class(file, target)
    if depth > DEEPEST:
        raise ParameterError(f"{path}: parameter files name each other by config_file in a circle")
    sections = sections_for(target, file)
    layers = []
    for each in sections:
        if each.config_file and (each.name == OWN or each.name in all_steps()):
            owner = all_steps().get(each.name, target)
            nested = file.path.parent / str(each.config_file)
            layers += read_parameter_file(nested, owner, strict=strict, depth=depth + 1)
    values = {each.name: each.values for each in sections}
    places = {(s.name, key): place for s in sections for key, place in s.places.items()}
    problems = tuple(unknown_keys(file)) if strict else ()
    return [*layers, Layer(file.origin, values, strict, places=places, problems=problems)]


def sections_for(target: Pipeline | Step, file: ParameterFile) -> list[Section]:
    """Return what a file says to a pipeline, or of all that only what concerns a step.

    Raises
    ------
    ParameterError
        If it says nothing about the step, or speaks of one twice.
    """
    own = target.name if isinstance(target, Step) else OWN
    sections = list(sections_of(file, own))
    if isinstance(target, Step):
        sections = [each for each in sections if each.name == own]
        if not sections and not file.class_name:
            raise ParameterError(f"{file.path} says nothing about {target.class_name}")
    names = [each.name for each in sections]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise ParameterError(f"{file.path} speaks more than once of {', '.join(double)}")
    return sections


def sections_of(file: ParameterFile, own: str) -> Iterator[Section]:
    """Yield what a file says, section by section; steps are a list, or a mapping by name."""
    if "parameters" in file.tree:
        yield section(file, own, file.tree["parameters"], ("parameters",), ("parameters",))
    steps = file.tree.get("steps") or []
    if isinstance(steps, Mapping):
        for name, values in steps.items():
            known = names_and_aliases().get(name, str(name))
            yield section(file, known, values, ("steps", name), ("steps", name))
        return
    if not isinstance(steps, list) or not all(isinstance(entry, Mapping) for entry in steps):
        raise ParameterError(
            f"{file.path}: 'steps' must be a list of steps, each with its parameters"
        )
    for number, entry in enumerate(steps):
        keys: Keys = ("steps", number, "parameters")
        named: Keys = ("steps", number, "class" if "class" in entry else "name")
        values = entry.get("parameters")
        yield section(file, step_name(entry), values, keys, named, entry.get("config_file"))


def section(
    file: ParameterFile, name: str, values: Any, keys: Keys, named: Keys, config_file: Any = None
) -> Section:
    """Return what stands under some keys of a file; another file may be named among it.

    The section is named under the keys `named`.
    """
    if values is not None and not isinstance(values, Mapping):
        raise ParameterError(
            f"{'.'.join(map(str, keys))} ({file.place(*keys)}) must map parameters to values; "
            f"it is {values!r}"
        )
    values = dict(values or {})
    config_file = values.pop("config_file", config_file)
    places = {None: file.place(*named), **{key: file.place(*keys, key) for key in values}}
    return Section(name, values, places, config_file)


def unknown_keys(file: ParameterFile) -> Iterator[str]:
    """Yield what is wrong with the keys of a file and of its entries for steps."""
    nodes: list[tuple[Mapping[str, Any], frozenset[str], Keys]] = [(file.tree, KEYS, ())]
    steps = file.tree.get("steps")
    if isinstance(steps, list):
        entries = enumerate(steps)
        nodes += [(e, KEYS_OF_STEP, ("steps", n)) for n, e in entries if isinstance(e, Mapping)]
    for node, known, keys in nodes:
        for key in node:
            if key not in known:
                yield f"unknown key {key!r} ({file.place(*keys, key)}); {nearest(str(key), known)}"


def check_class(file: ParameterFile, target: Pipeline | Step) -> None:
    """Refuse a parameter file that says it is for another class."""
    named = file.class_name
    if not named or named == target.class_name:
        return
    known = [*PIPELINES, *(step.class_name for step in all_steps().values())]
    if named in known:
        advice = f"its 'class' must end in {target.class_name}"
        if isinstance(target, Pipeline):
            advice += f", or name it by 'config_file' under 'steps' of a file for {target.name}"
    else:
        advice = f"there is no class {named}; {nearest(named, known)}"
    raise ParameterError(
        f"{file.path} holds the parameters of {named}, not of {target.class_name}; {advice}"
    )


def step_name(entry: Mapping[str, Any]) -> str:
    """Return the name that an entry of a pipeline's parameter file gives to its step."""
    by_class = last_part(entry.get("class"))
    name = str(entry.get("name") or by_class or "?")
    return names_and_aliases().get(by_class) or names_and_aliases().get(name, name)


def last_part(dotted: Any) -> str:
    """Return the last part of a dotted path."""
    return str(dotted or "").rpartition(".")[2]


def load(path: Path, origin: str = "") -> ParameterFile:
    """Read a parameter file.

    Parameters
    ----------
    path : Path
        The file.
    origin : str, optional
        The name by which the values are traced, without lines; default the path.

    Returns
    -------
    ParameterFile
        Its content.

    Raises
    ------
    ParameterError
        If it does not exist, is damaged or no parameter file.
    """
    if path.suffix == ".cfg":
        raise ParameterError(
            f"{path} is of the old kind that jwst itself gives up; write it as YAML: "
            "'class: JumpStep', and under 'parameters:' a line 'rejection_threshold: 4.0' for each"
        )
    try:
        text = path.read_bytes().split(END_OF_TREE)[0]
        tree, lines = tree_of(path, text), lines_of(text)
    except FileNotFoundError:
        raise ParameterError(f"parameter file {path} does not exist") from None
    except Exception as fault:
        raise ParameterError(f"parameter file {path} cannot be read: {fault}") from fault
    if not isinstance(tree, Mapping) or not tree.keys() & set(CONTENT):
        raise ParameterError(
            f"{path} is no parameter file: it must hold 'class' and 'parameters', or 'steps'"
        )
    return ParameterFile(path, origin or str(path), tree, {} if origin else lines)


def tree_of(path: Path, text: bytes) -> Any:
    """Return the content of an ASDF or YAML file as plain values."""
    if text.startswith(b"#ASDF"):
        import asdf

        with asdf.open(path, memmap=False, lazy_load=False) as opened:
            return plain(opened.tree)
    import yaml

    return yaml.safe_load(text)


def plain(node: Any) -> Any:
    """Return a tree of ordinary dicts and lists."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, str | bytes) or not isinstance(node, Iterable):
        return node
    return [plain(value) for value in node]


def lines_of(text: bytes) -> dict[Keys, int]:
    """Return the line, counted from 1, of each key in a YAML text.

    Raises
    ------
    ValueError
        If a key stands twice in one mapping, where YAML would let the later one win.
    """
    import yaml

    lines: dict[Keys, int] = {}

    def visit(node: Any, keys: Keys) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                place = (*keys, key.value)
                line = key.start_mark.line + 1
                if place in lines:
                    raise ValueError(f"{key.value!r} stands in line {lines[place]} and {line}")
                lines[place] = line
                visit(value, place)
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                visit(value, (*keys, number))

    visit(yaml.compose(text, Loader=yaml.SafeLoader), ())
    return lines


def write_parameter_file(
    path: str | Path,
    target: Pipeline | Step,
    values: Mapping[str, Any],
    *,
    include_metadata: bool = False,
) -> None:
    """Write a parameter file (ASDF) that snakewebb and jwst read.

    Parameters
    ----------
    path : str or Path
        Where to write it.
    target : Pipeline or Step
        What the values are for.
    values : mapping
        The values; those of the steps of a pipeline by name under ``steps``.
    include_metadata : bool
        Whether to add what CRDS asks of a reference file, to be filled in.
    """
    import asdf

    tree = entry_of(target, target.class_name, values)
    if isinstance(target, Pipeline):
        steps = values.get("steps", {})
        tree["steps"] = [entry_of(all_steps()[name], name, steps[name]) for name in steps]
    if include_metadata:
        tree["meta"] = metadata_of(tree["class"])
    asdf.AsdfFile(tree).write_to(path)


def entry_of(target: Pipeline | Step, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a class in a parameter file."""
    parameters = {key: value for key, value in values.items() if key != "steps"}
    return {
        "class": f"{target.jwst_module}.{target.class_name}",
        "name": name,
        "parameters": {key: listed(value) for key, value in parameters.items()},
    }


def listed(value: Any) -> Any:
    """Return a value as a file holds it: hooks, which it cannot hold, are left out."""
    return list(value) if isinstance(value, list) else [] if isinstance(value, tuple) else value


def metadata_of(class_name: str) -> dict[str, Any]:
    """Return what CRDS asks of a parameter reference file, to be filled in."""
    import datetime

    now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    return {
        "date": now,
        "description": f"Parameters for calibration step {class_name}",
        "instrument": {"name": TO_FILL_IN},
        **dict.fromkeys(ASKED_BY_CRDS, TO_FILL_IN),
    }
