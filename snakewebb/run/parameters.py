"""Which value each parameter has, and where the value came from.

Values come in layers, the lowest first: the coded defaults, the CRDS parameter files of the
steps, that of the pipeline, the user's parameter file, and last what the user says by keyword
or in the configuration. One resolver serves the Python interface and the workflow.
"""

import dataclasses
import importlib
import logging
import math
import numbers
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from snakewebb.errors import ParameterError, nearest, raise_all
from snakewebb.pipelines import Pipeline
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import (
    COMMON_PARAMETERS,
    HOOK_PARAMETERS,
    UNUSED_PARAMETERS,
    Hook,
    Parameter,
    Reference,
    Step,
)

log = logging.getLogger(__name__)

OWN = ""
"""The section of a layer that holds the parameters of the pipeline itself."""

DEFAULT = "default"
KEYWORD = "keyword argument"
ATTRIBUTE = "attribute"


@dataclass(frozen=True)
class Layer:
    """Values from one place.

    Parameters
    ----------
    origin : str
        The place: a file, or who said it.
    values : mapping
        ``values[section][parameter]``, a section being a step or `OWN`.
    strict : bool
        Whether an unknown step or parameter is an error; else it is logged and ignored.
    trusted : bool
        Whether the values may name code to run, as only those of a Python caller may.
    places : mapping
        The origin of single values by section and parameter, and of sections by section and None,
        where it is known better.
    problems : tuple of str
        What is wrong with the place itself, to be reported with the values.
    """

    origin: str
    values: Mapping[str, Mapping[str, Any]]
    strict: bool = True
    trusted: bool = False
    places: Mapping[tuple[str, str | None], str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def origin_of(self, section: str, name: str | None = None) -> str:
        """Return where one value, or a whole section, comes from."""
        return self.places.get((section, name), self.origin)


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
    own = {p.name: p for p in (*COMMON_PARAMETERS, *HOOK_PARAMETERS, *target.parameters)}
    return {OWN: own, **{name: step_parameters(steps[name]) for name in target.steps}}


def step_parameters(step: Step) -> dict[str, Parameter]:
    """Return the parameters of a step by name: its own, the common ones and the overrides."""
    common = [
        dataclasses.replace(p, default=step.skip) if p.name == "skip" else p
        for p in COMMON_PARAMETERS
    ]
    overrides = [override_parameter(reference) for reference in step.references]
    return {p.name: p for p in (*common, *HOOK_PARAMETERS, *step.parameters, *overrides)}


def override_parameter(reference: Reference) -> Parameter:
    """Return the parameter that replaces one type of reference file."""
    return Parameter(
        f"override_{reference.type}",
        object,
        None,
        f"File used instead of the best reference of type `{reference.type}`, or `N/A` for none.",
        file=True,
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
    target: Pipeline | Step, keywords: Mapping[str, Any], origin: str = KEYWORD
) -> Layer:
    """Return what a user said by keywords, for a pipeline with ``steps=`` within them."""
    trusted = origin == KEYWORD
    own = {name: value for name, value in keywords.items() if name != "steps"}
    if isinstance(target, Step):
        if "steps" in keywords:
            raise ParameterError(f"{target.class_name} is a step and takes no 'steps' ({origin})")
        return Layer(origin, {target.name: own}, trusted=trusted)
    steps = keywords.get("steps") or {}
    if not isinstance(steps, Mapping):
        raise ParameterError(
            f"'steps' ({origin}) must map steps to their parameters, as in "
            f"{{'jump': {{'rejection_threshold': 12}}}}; it is {steps!r}"
        )
    return Layer(origin, {OWN: own, **steps}, trusted=trusted)


def resolve(
    target: Pipeline | Step, layers: Iterable[Layer], *, check_files: bool = True
) -> Settings:
    """Return the setting of every parameter.

    Parameters
    ----------
    target : Pipeline or Step
        What is about to run.
    layers : iterable of Layer
        What was said, the lowest first, without the defaults.
    check_files : bool
        Whether the files that are named must exist.

    Returns
    -------
    Settings
        Value and origin of each parameter.

    Raises
    ------
    ParameterError
        One error for all unknown names, values that are not allowed and missing files.
    """
    resolution = Resolution(target)
    for layer in (default_layer(target), *layers):
        resolution.add(layer)
    if check_files:
        resolution.miss_files()
    raise_all(resolution.problems, ParameterError)
    return resolution.settings


def dotted(section: str, name: str) -> str:
    """Return the full name of a parameter, as errors and tables give it."""
    return f"{section}.{name}" if section else name


def over(below: Setting | None, value: Any, origin: str) -> Setting:
    """Return a setting that takes the place of the one below it."""
    if below is None:
        return Setting(value, origin)
    return Setting(value, origin, (*below.overrode, (below.value, below.origin)))


class Resolution:
    """Settings in the making: takes layer upon layer, and collects what is wrong.

    Parameters
    ----------
    target : Pipeline or Step
        What the settings are for.
    """

    def __init__(self, target: Pipeline | Step):
        self.target = target
        self.accepted = sections_of(target)
        self.settings = Settings({section: {} for section in self.accepted})
        self.problems: list[str] = []

    def add(self, layer: Layer) -> None:
        """Put a layer above those before."""
        self.problems += layer.problems
        for written, values in layer.values.items():
            section = names_and_aliases().get(written, written)
            if section not in self.accepted:
                known = nearest(str(written), set(self.accepted) - {OWN})
                place = layer.origin_of(written)
                self._report(f"unknown step {written!r} ({place}); {known}", layer)
            elif isinstance(values, Mapping):
                for name, value in values.items():
                    self._add_one(layer, section, name, value, layer.origin_of(written, name))
            elif values is not None:
                self.problems.append(
                    f"{written!r} ({layer.origin_of(written)}) must map parameters to values; "
                    f"it is {values!r}"
                )

    def miss_files(self) -> None:
        """Note the files that are named but missing, save for steps that are left out."""
        for section, settings in self.settings.items():
            if settings["skip"].value:
                continue
            for name, setting in settings.items():
                if self.accepted[section][name].file and is_missing(setting.value):
                    self.problems.append(
                        f"{dotted(section, name)} ({setting.origin}): the file {setting.value} "
                        "does not exist"
                    )

    def _add_one(self, layer: Layer, section: str, name: str, value: Any, origin: str) -> None:
        parameter = self.accepted[section].get(name)
        if parameter is None:
            if name not in UNUSED_PARAMETERS:
                self._report(self._unknown(section, name, origin), layer)
            return
        if name == "skip" and isinstance(self.target, Step) and not layer.strict:
            return  # who calls a step by its name is not told to skip it
        if parameter.type is Hook and value and not layer.trusted:
            self.problems.append(
                f"{dotted(section, name)} ({origin}): hooks are code, which is not run on the word "
                "of a file; give them as keywords in Python"
            )
            return
        try:
            checked = check_value(parameter, value)
        except ValueError as fault:
            self.problems.append(f"{dotted(section, name)} = {value!r} ({origin}): {fault}")
            return
        below = self.settings[section].get(name)
        self.settings[section][name] = over(below, checked, origin)

    def _report(self, problem: str, layer: Layer) -> None:
        """Note a problem of the user's making; only log one in a file of somebody else."""
        if layer.strict:
            self.problems.append(problem)
        else:
            log.warning("%s; ignored", problem)

    def _unknown(self, section: str, name: str, origin: str) -> str:
        """Return the sentence that says what the name of a parameter could have meant."""
        owner = f"step {section!r}" if section else f"the pipeline {self.target.class_name}"
        known = self.accepted[section]
        if section and str(name).startswith("override_"):
            types = [n.removeprefix("override_") for n in known if n.startswith("override_")]
            return (
                f"{owner} reads no reference of type {name.removeprefix('override_')!r} "
                f"({name}, {origin}); its reference types: {', '.join(types) or 'none'}"
            )
        return f"{owner} has no parameter {name!r} ({origin}); {self._meant(section, name)}"

    def _meant(self, section: str, name: str) -> str:
        """Return what the name of a parameter could have meant."""
        if section:
            return nearest(str(name), self.accepted[section])
        if name in names_and_aliases():
            return f"it is a step: say steps={{{name!r}: {{...}}}}"
        owners = [other for other in self.accepted if other and name in self.accepted[other]]
        if owners:
            return f"it is a parameter of {', '.join(owners)}: say steps={{{owners[0]!r}: {{...}}}}"
        return nearest(str(name), self.accepted[section])


def is_missing(file: Any) -> bool:
    """Tell whether a value names a file that does not exist."""
    return isinstance(file, str) and file.upper() != "N/A" and not Path(file).is_file()


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
        typed = [check_one(parameter, element) for element in value]
        return tuple(typed) if parameter.type is Hook else typed
    return check_one(parameter, value)


def check_one(parameter: Parameter, value: Any) -> Any:
    """Return one value as the parameter's type, or raise ValueError."""
    try:
        typed = CONVERTERS[parameter.type](value)
    except (TypeError, OverflowError):
        raise ValueError(f"must be {allowed(parameter)}") from None
    too_low = parameter.minimum is not None and typed < parameter.minimum
    too_high = parameter.maximum is not None and typed > parameter.maximum
    if too_low or too_high or (parameter.choices and typed not in parameter.choices):
        raise ValueError(f"must be {allowed(parameter)}")
    if parameter.pattern and not re.fullmatch(parameter.pattern, typed):
        raise ValueError(f"must be {allowed(parameter)}")
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


def to_hook(value: Any) -> Callable:
    """Return what is to be called: a function, or ``run`` of a step; imported if it is a path."""
    if isinstance(value, str):
        value = imported(value)
    if isinstance(value, type):
        value = value()
    value = getattr(value, "run", value)
    if callable(value):
        return value
    raise TypeError


def imported(path: str) -> Any:
    """Return what an import path such as ``package.module.function`` names."""
    module, _, name = path.rpartition(".")
    if not all(part.isidentifier() for part in path.split(".")) or not module:
        raise TypeError
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as fault:
        raise ValueError(f"cannot be imported: {fault}") from fault


CONVERTERS: Mapping[Any, Callable[[Any], Any]] = {
    bool: to_bool,
    int: to_int,
    float: to_float,
    str: to_str,
    bool | str: to_bool_or_str,
    object: to_reference,
    Hook: to_hook,
}

NOUNS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a text",
    bool | str: "true, false or a text",
    object: "the path of a reference file, an open reference model or 'N/A'",
    Hook: "a function, a step or the import path of one; commands of a shell are not run",
}


def allowed(parameter: Parameter) -> str:
    """Return the words that say which values a parameter may have."""
    if parameter.choices:
        words = "one of " + ", ".join(repr(choice) for choice in parameter.choices)
    else:
        words = NOUNS[parameter.type]
        if parameter.pattern:
            words += f" that matches {parameter.pattern}"
        if parameter.minimum is not None:
            words += f", at least {parameter.minimum:g}"
        if parameter.maximum is not None:
            words += f", at most {parameter.maximum:g}"
    if parameter.optional and None not in parameter.choices:
        words += ", or nothing"
    return words
