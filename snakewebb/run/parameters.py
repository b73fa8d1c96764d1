"""Which value each parameter has, and where the value came from.

Values come in layers, the lowest first: the coded defaults, the CRDS parameter files of the
steps, that of the pipeline, the user's parameter file, and last what the user says by keyword
or in the configuration. One resolver serves the Python interface and the workflow.
"""

import dataclasses
import logging
import math
import numbers
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from snakewebb.errors import ParameterError, nearest, raise_all
from snakewebb.pipelines import Pipeline
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import (
    COMMON_PARAMETERS,
    UNUSED_PARAMETERS,
    Parameter,
    Reference,
    Step,
)

log = logging.getLogger(__name__)

OWN = ""
"""The section of a layer that holds the parameters of the pipeline itself."""

DEFAULT = "default"


@dataclass(frozen=True)
class Layer:
    """Values from one place: ``values[section][parameter]``, a section being a step or `OWN`."""

    origin: str
    values: Mapping[str, Mapping[str, Any]]
    strict: bool = True


@dataclass(frozen=True)
class Setting:
    """The value of one parameter, where it came from, and what it took the place of."""

    value: Any
    origin: str
    overrode: tuple[tuple[Any, str], ...] = ()


class Settings(dict[str, dict[str, Setting]]):
    """The setting of every parameter, by section and name."""

    def value(self, section: str, name: str) -> Any:
        """Return one value."""
        return self[section][name].value

    def values_of(self, section: str) -> SimpleNamespace:
        """Return the values of a section as attributes."""
        return SimpleNamespace(**{name: s.value for name, s in self[section].items()})


def sections_of(target: Pipeline | Step) -> dict[str, dict[str, Parameter]]:
    """Return every parameter that a pipeline or step accepts, by section and name."""
    if isinstance(target, Step):
        return {target.name: step_parameters(target)}
    steps = all_steps()
    own = {p.name: p for p in (*COMMON_PARAMETERS, *target.parameters)}
    return {OWN: own, **{name: step_parameters(steps[name]) for name in target.steps}}


def step_parameters(step: Step) -> dict[str, Parameter]:
    """Return the parameters of a step by name: its own, the common ones and the overrides."""
    common = [
        dataclasses.replace(p, default=step.skip) if p.name == "skip" else p
        for p in COMMON_PARAMETERS
    ]
    overrides = [override_parameter(reference) for reference in step.references]
    return {p.name: p for p in (*common, *step.parameters, *overrides)}


def override_parameter(reference: Reference) -> Parameter:
    """Return the parameter that replaces one type of reference file."""
    return Parameter(
        f"override_{reference.type}",
        object,
        None,
        f"File used instead of the best reference of type `{reference.type}`, or `N/A` for none.",
    )


def default_layer(target: Pipeline | Step) -> Layer:
    """Return the coded defaults; a step that is called by name is not skipped by default."""
    values = {
        section: {name: p.default for name, p in parameters.items()}
        for section, parameters in sections_of(target).items()
    }
    if isinstance(target, Step):
        values[target.name]["skip"] = False
    return Layer(DEFAULT, values)


def keyword_layer(
    target: Pipeline | Step, keywords: Mapping[str, Any], origin: str = "keyword argument"
) -> Layer:
    """Return what a user said by keywords, for a pipeline with ``steps=`` within them."""
    own = {name: value for name, value in keywords.items() if name != "steps"}
    if isinstance(target, Step):
        if "steps" in keywords:
            raise ParameterError(f"{target.class_name} is a step and takes no 'steps' ({origin})")
        return Layer(origin, {target.name: own})
    steps = keywords.get("steps") or {}
    if not isinstance(steps, Mapping):
        raise ParameterError(
            f"'steps' ({origin}) must map steps to their parameters, as in "
            f"{{'jump': {{'rejection_threshold': 12}}}}; it is {steps!r}"
        )
    return Layer(origin, {OWN: own, **steps})


def read_parameter_file(
    path: str | Path, target: Pipeline | Step, *, origin: str = "", strict: bool = True
) -> list[Layer]:
    """Read a parameter file into layers, the lowest first.

    Parameters
    ----------
    path : str or Path
        An ASDF file of a step or pipeline, or a YAML fragment that holds ``steps:``.
    target : Pipeline or Step
        What the parameters are for.
    origin : str, optional
        The name by which the values are traced; default the path.
    strict : bool
        Whether an unknown step or parameter is an error; else it is logged and ignored.

    Returns
    -------
    list of Layer
        The files that it names by ``config_file`` come before it.

    Raises
    ------
    ParameterError
        If the file cannot be read, or is for another class.
    """
    path = Path(path)
    origin = origin or str(path)
    tree = load_tree(path)
    check_class(tree, target, path)
    if isinstance(target, Step):
        return [Layer(origin, {target.name: tree.get("parameters") or {}}, strict)]
    layers = []
    values: dict[str, Mapping[str, Any]] = {OWN: tree.get("parameters") or {}}
    for entry in step_entries(tree, path):
        name = step_name(entry)
        values[name] = entry.get("parameters") or {}
        if entry.get("config_file") and name in names_and_aliases():
            step = all_steps()[names_and_aliases()[name]]
            nested = path.parent / entry["config_file"]
            layers += read_parameter_file(nested, step, strict=strict)
    return [*layers, Layer(origin, values, strict)]


def step_entries(tree: Mapping[str, Any], path: Path) -> list[Mapping[str, Any]]:
    """Return the entries of the steps in a parameter file, a list or a mapping by name."""
    steps = tree.get("steps") or []
    if isinstance(steps, Mapping):
        return [{"name": name, "parameters": values} for name, values in steps.items()]
    if isinstance(steps, list) and all(isinstance(entry, Mapping) for entry in steps):
        return steps
    raise ParameterError(f"{path}: 'steps' must be a list of steps, each with its parameters")


def load_tree(path: Path) -> Mapping[str, Any]:
    """Return the content of an ASDF or YAML parameter file as plain values."""
    import yaml

    try:
        with open(path, "rb") as file:
            is_asdf = file.read(5) == b"#ASDF"
        if is_asdf:
            import asdf

            with asdf.open(path, memmap=False, lazy_load=False) as opened:
                tree = plain(opened.tree)
        else:
            tree = yaml.safe_load(path.read_text())
    except FileNotFoundError:
        raise ParameterError(f"parameter file {path} does not exist") from None
    except Exception as fault:
        raise ParameterError(f"parameter file {path} cannot be read: {fault}") from fault
    if not isinstance(tree, Mapping) or not {"parameters", "steps", "class"} & set(tree):
        raise ParameterError(
            f"{path} is no parameter file: it must hold 'class' and 'parameters', or 'steps'"
        )
    return tree


def plain(node: Any) -> Any:
    """Return a tree of ordinary dicts and lists."""
    if isinstance(node, Mapping):
        return {key: plain(value) for key, value in node.items()}
    if isinstance(node, str | bytes) or not isinstance(node, Iterable):
        return node
    return [plain(value) for value in node]


def class_named_in(path: str | Path) -> str:
    """Return the name of the class that a parameter file says it is for, or an empty text."""
    return str(load_tree(Path(path)).get("class", "")).rpartition(".")[2]


def check_class(tree: Mapping[str, Any], target: Pipeline | Step, path: Path) -> None:
    """Refuse a parameter file that says it is for another class."""
    named = str(tree.get("class", "")).rpartition(".")[2]
    if named and named != target.class_name:
        raise ParameterError(
            f"{path} holds the parameters of {named}, not of {target.class_name}; "
            f"its 'class' must end in {target.class_name}"
        )


def step_name(entry: Mapping[str, Any]) -> str:
    """Return the name that an entry of a pipeline's parameter file gives to its step."""
    by_class = str(entry.get("class", "")).rpartition(".")[2]
    return names_and_aliases().get(by_class) or str(entry.get("name") or by_class or "?")


def resolve(target: Pipeline | Step, layers: Iterable[Layer]) -> Settings:
    """Return the setting of every parameter.

    Parameters
    ----------
    target : Pipeline or Step
        What is about to run.
    layers : iterable of Layer
        What was said, the lowest first, without the defaults.

    Returns
    -------
    Settings
        Value and origin of each parameter.

    Raises
    ------
    ParameterError
        One error for all unknown names and values that are not allowed.
    """
    accepted = sections_of(target)
    settings = Settings({section: {} for section in accepted})
    problems: list[str] = []
    for layer in (default_layer(target), *layers):
        for section, name, value in entries(layer, accepted, problems):
            parameter = accepted[section][name]
            try:
                checked = check_value(parameter, value)
            except ValueError as fault:
                where = f"{section}.{name}" if section else name
                problems.append(f"{where} = {value!r} ({layer.origin}): {fault}")
                continue
            settings[section][name] = over(settings[section].get(name), checked, layer.origin)
    raise_all(problems, ParameterError)
    return settings


def over(below: Setting | None, value: Any, origin: str) -> Setting:
    """Return a setting that takes the place of the one below it."""
    if below is None:
        return Setting(value, origin)
    return Setting(value, origin, (*below.overrode, (below.value, below.origin)))


def entries(layer: Layer, accepted: Mapping[str, Mapping[str, Parameter]], problems: list[str]):
    """Yield section, name and value of what a layer says; note the unknown among the problems."""
    only_step = next(iter(accepted)) if len(accepted) == 1 else None
    for written, values in layer.values.items():
        section = names_and_aliases().get(written, written)
        if section not in accepted:
            known = nearest(written, set(accepted) - {OWN})
            report(f"unknown step {written!r} ({layer.origin}); {known}", layer, problems)
            continue
        if not isinstance(values, Mapping):
            problems.append(
                f"{written!r} ({layer.origin}) must map parameters to values; it is {values!r}"
            )
            continue
        for name, value in values.items():
            if name in accepted[section]:
                if name == "skip" and only_step and not layer.strict:
                    continue
                yield section, name, value
            elif name in UNUSED_PARAMETERS:
                refuse_hooks(section, name, value, layer, problems)
            else:
                report(unknown_parameter(section, name, layer, accepted), layer, problems)


def report(problem: str, layer: Layer, problems: list[str]) -> None:
    """Note a problem of the user's making; only log one in a file that the user did not write."""
    if layer.strict:
        problems.append(problem)
    else:
        log.warning("%s; ignored", problem)


def refuse_hooks(section: str, name: str, value: Any, layer: Layer, problems: list[str]) -> None:
    """Refuse hooks: they would run arbitrary code."""
    if name.endswith("_hooks") and value:
        problems.append(f"{section or 'pipeline'}.{name} ({layer.origin}): hooks are not run")


def unknown_parameter(section: str, name: str, layer: Layer, accepted) -> str:
    """Return the sentence that says what a name could have meant."""
    owner = f"step {section!r}" if section else "the pipeline"
    known = accepted[section]
    if name.startswith("override_"):
        types = [n.removeprefix("override_") for n in known if n.startswith("override_")]
        return (
            f"{owner} reads no reference of type {name.removeprefix('override_')!r} "
            f"({name}, {layer.origin}); its reference types: {', '.join(types) or 'none'}"
        )
    return f"{owner} has no parameter {name!r} ({layer.origin}); {nearest(name, known)}"


def check_value(parameter: Parameter, value: Any) -> Any:
    """Return a value as the parameter's type.

    Raises
    ------
    ValueError
        If it is of another type, beyond the limits or not among the choices; the text says what
        is allowed.
    """
    if value is None or (value == "" and parameter.type in (str, bool | str)):
        if parameter.optional:
            return None
        if value is None:
            raise ValueError(f"must be {allowed(parameter)}")
    if parameter.many:
        if not isinstance(value, list | tuple):
            raise ValueError(f"must be a list, each {allowed(parameter)}")
        return [check_one(parameter, element) for element in value]
    return check_one(parameter, value)


def check_one(parameter: Parameter, value: Any) -> Any:
    """Return one value as the parameter's type, or raise ValueError."""
    try:
        typed = CONVERTERS[parameter.type](value)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"must be {allowed(parameter)}") from None
    too_low = parameter.minimum is not None and typed < parameter.minimum
    too_high = parameter.maximum is not None and typed > parameter.maximum
    if too_low or too_high or (parameter.choices and typed not in parameter.choices):
        raise ValueError(f"must be {allowed(parameter)}")
    if parameter.file and not Path(typed).is_file():
        raise ValueError("there is no such file")
    return typed


def to_bool(value: Any) -> bool:
    """Return a truth value; strings and numbers are none."""
    if type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise TypeError


def to_int(value: Any) -> int:
    """Return a whole number."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool):
        number = float(value)
        if number.is_integer():
            return int(number)
    raise TypeError


def to_float(value: Any) -> float:
    """Return a number that is not NaN."""
    if isinstance(value, numbers.Real) and not isinstance(value, bool) and not math.isnan(value):
        return float(value)
    raise TypeError


def to_str(value: Any) -> str:
    """Return a text; a path and a whole number may stand for one."""
    if isinstance(value, str | Path | int) and not isinstance(value, bool):
        return str(value)
    raise TypeError


def to_reference(value: Any) -> Any:
    """Return the path of a reference file as text, or an open reference model as it is."""
    if isinstance(value, str | Path):
        return str(value)
    if hasattr(value, "meta") and hasattr(value, "get_primary_array_name"):
        return value
    raise TypeError


def to_bool_or_str(value: Any) -> bool | str:
    """Return a truth value, or a text."""
    return to_bool(value) if type(value).__name__ in ("bool", "bool_") else to_str(value)


CONVERTERS = {
    bool: to_bool,
    int: to_int,
    float: to_float,
    str: to_str,
    bool | str: to_bool_or_str,
    object: to_reference,
}

NOUNS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool | str: "true, false or a text",
    object: "the path of a reference file, an open reference model or 'N/A'",
}


def allowed(parameter: Parameter) -> str:
    """Return the words that say which values a parameter may have."""
    if parameter.choices:
        words = "one of " + ", ".join(repr(choice) for choice in parameter.choices)
    else:
        words = NOUNS[parameter.type]
        if parameter.minimum is not None:
            words += f", at least {parameter.minimum:g}"
        if parameter.maximum is not None:
            words += f", at most {parameter.maximum:g}"
    if parameter.optional and None not in parameter.choices:
        words += ", or nothing"
    return words
