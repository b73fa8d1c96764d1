"""Parameters in the words of jwst: ``rejection_threshold = float(default=4.0, min=0)``."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from snakewebb.pipelines import Pipeline
from snakewebb.run.parameters import OWN, sections_of
from snakewebb.steps.declaration import Hook, Parameter, Step

WORDS: Mapping[Any, str] = {
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    bool | str: "string",
    object: "is_string_or_datamodel",
    Hook: "list",
}


def specification(parameter: Parameter) -> str:
    """Return the type, default and limits of a parameter."""
    default = f"default={parameter.default!r}"
    if parameter.type is Hook:
        return "list(default=list())"
    if parameter.choices:
        return f"option({', '.join(map(repr, parameter.choices))}, {default})"
    word = WORDS[parameter.type]
    if parameter.many:
        word = {"integer": "int_list", "float": "float_list"}.get(word, f"{word}_list")
    limits = (("min", parameter.minimum), ("max", parameter.maximum))
    further = "".join(f", {name}={limit:g}" for name, limit in limits if limit is not None)
    return f"{word}({default}{further})"


def specifications(target: Pipeline | Step) -> dict[str, Any]:
    """Return the specification of every parameter, those of the steps of a pipeline under steps."""
    of_all = {
        section: {name: specification(p) for name, p in parameters.items()}
        for section, parameters in sections_of(target).items()
    }
    if isinstance(target, Step):
        return of_all[target.name]
    own = of_all.pop(OWN)
    return {**own, "steps": of_all}


def lines(target: Pipeline | Step) -> Iterator[str]:
    """Yield a line for each parameter, with its documentation; the steps of a pipeline follow."""
    for section, parameters in sections_of(target).items():
        if section and isinstance(target, Pipeline):
            yield f"[[{section}]]"
        yield from map(line, parameters.values())


def line(parameter: Parameter) -> str:
    """Return the specification of a parameter with its name and documentation."""
    return f"{parameter.name} = {specification(parameter)}  # {parameter.doc}"


def text(parameters: Iterable[Parameter]) -> str:
    """Return a line for each parameter, as scripts print it from the attribute ``spec``."""
    return "\n".join(["", *(f"    {line(parameter)}" for parameter in parameters), ""])
