"""Steps that users write in Python: parameters from their ``spec``, and how they are run."""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError, nearest, raise_all
from snakewebb.run.hooks import call_hooks
from snakewebb.run.job import save_if_asked
from snakewebb.run.parameters import Settings
from snakewebb.run.plan import Plan
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Parameter, Reference, Step

WORDS: dict[str, tuple[type, bool]] = {
    "boolean": (bool, False),
    "integer": (int, False),
    "float": (float, False),
    "string": (str, False),
    "option": (str, False),
    "input_file": (str, False),
    "output_file": (str, False),
    "list": (str, True),
    "force_list": (str, True),
    "string_list": (str, True),
    "bool_list": (bool, True),
    "int_list": (int, True),
    "float_list": (float, True),
}
"""The types of a ``spec``: of the value, and whether it is a list."""


def declaration_of(cls: type, spec: str, reference_types: Iterable[str]) -> Step:
    """Return the declaration of a step that a user has written.

    Parameters
    ----------
    cls : type
        Its class; an attribute `class_alias` names it.
    spec : str
        Its parameters, one a line: ``threshold = float(default=1.0, min=0)  # meaning``.
    reference_types : iterable of str
        Types of reference files that can be overridden.

    Raises
    ------
    ParameterError
        One error for all lines that are none.
    """
    name = getattr(cls, "class_alias", None) or cls.__name__.lower()
    return Step(
        name=name,
        class_name=cls.__name__,
        package=cls.__module__,
        title=(cls.__doc__ or name).strip().partition("\n")[0],
        apply=vars(cls)["process"],
        status=name,
        parameters=tuple(parameters_of(spec)),
        references=tuple(reference(kind) for kind in reference_types),
    )


def reference(kind: str) -> Reference:
    """Return the declaration of a type of reference file, that of a step of ours if there is."""
    known = {each.type: each for step in all_steps().values() for each in step.references}
    return known.get(kind) or Reference(kind, "ReferenceFileModel", f"Reference of type {kind}.")


def parameters_of(spec: str) -> list[Parameter]:
    """Return the parameters that the lines of a ``spec`` declare."""
    parameters: list[Parameter] = []
    problems: list[str] = []
    for line in map(str.strip, spec.splitlines()):
        if not line or line.startswith("#"):
            continue
        try:
            parameters.append(parameter_of(line))
        except (SyntaxError, ValueError) as fault:
            problems.append(f"spec: {line!r} declares no parameter: {fault}")
    raise_all(problems, ParameterError)
    return parameters


def parameter_of(line: str) -> Parameter:
    """Return the parameter that ``name = type(default=…, min=…)  # meaning`` declares."""
    match ast.parse(line).body:
        case [ast.Assign(targets=[ast.Name(name)], value=ast.Call(ast.Name(word)) as call)]:
            pass
        case _:
            raise ValueError("write it as name = float(default=1.0)  # meaning")
    if word not in WORDS:
        raise ValueError(f"unknown type {word!r}; {nearest(word, WORDS)}")
    kind, many = WORDS[word]
    given = [literal(node) for node in call.args]
    said = {str(each.arg): literal(each.value) for each in call.keywords}
    limits = dict(zip(("min", "max"), given, strict=False)) | said if kind in (int, float) else {}
    return Parameter(
        name,
        kind,
        said.get("default"),
        line[call.end_col_offset :].strip(" #"),
        minimum=None if many else limits.get("min"),
        maximum=None if many else limits.get("max"),
        choices=tuple(given) if word == "option" else (),
        many=many,
    )


def literal(node: ast.expr) -> Any:
    """Return the value that a piece of a ``spec`` stands for; a bare word is a text."""
    if isinstance(node, ast.Call):  # list(1, 2)
        return [literal(each) for each in node.args]
    return node.id if isinstance(node, ast.Name) else ast.literal_eval(node)


def run_own(step: Any, settings: Settings, *exposures: Any) -> Any:
    """Run a step that a user has written: hooks, its `process`, hooks, and saving if asked.

    Parameters
    ----------
    step : object
        Its method `process` takes the exposure and returns a model, or several.
    settings : Settings
        Its parameters.
    *exposures : str, Path or data model
        What `process` is given, as it is; opened, or copied, if there are hooks before it.

    Returns
    -------
    object
        What `process` returned, or the hooks after it.
    """
    target = step._target
    plan = Plan(target, name_of(exposures[0]), (), settings, {}, "")
    if settings.value(target.name, "skip"):
        return exposures if len(exposures) > 1 else exposures[0]
    with_hooks = settings.value(target.name, "pre_hooks")
    products = [opened(each) for each in exposures] if with_hooks else list(exposures)
    result = step.process(*call_hooks(plan, target.name, "pre_hooks", products))
    products = list(result) if isinstance(result, tuple) else [result]
    products = call_hooks(plan, target.name, "post_hooks", products)
    save_if_asked(plan, target.name, target.name, products)
    return tuple(products) if len(products) > 1 else products[0]


def opened(exposure: Any) -> Any:
    """Return an open model that may be changed."""
    from stdatamodels.jwst import datamodels

    if isinstance(exposure, datamodels.JwstDataModel):
        return exposure.copy()
    with datamodels.open(exposure) as model:
        return model.copy()


def name_of(exposure: Any) -> str:
    """Return the name of an exposure, from which those of products are made."""
    if isinstance(exposure, str | Path):
        return str(exposure)
    return getattr(getattr(exposure, "meta", None), "filename", None) or type(exposure).__name__
