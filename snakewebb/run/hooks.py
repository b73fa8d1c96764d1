"""Hooks: functions that a Python caller has called before and after a step or pipeline."""

import logging
from typing import Any

from snakewebb.errors import InputError
from snakewebb.run.plan import Plan

log = logging.getLogger("snakewebb")


def call_hooks(plan: Plan, section: str, kind: str, products: list[Any]) -> list[Any]:
    """Give the models to the hooks of a step or pipeline; what a hook returns takes their place.

    Parameters
    ----------
    plan : Plan
        Holds the hooks.
    section : str
        Name of the step, or `OWN` for the pipeline.
    kind : str
        ``"pre_hooks"`` or ``"post_hooks"``.
    products : list of data model
        What each hook is given; None where there are no values per integration.

    Returns
    -------
    list of data model
        What there is after the hooks.

    Raises
    ------
    InputError
        If a hook returns anything else than models.
    """
    for hook in plan.settings[section][kind].value if section in plan.settings else ():
        result = hook(*products)
        log.debug("%s: called %s of %s", kind, described(hook), section or plan.target.class_name)
        if result is None:
            continue
        results = list(result) if isinstance(result, tuple | list) else [result]
        if not results or not all(hasattr(each, "meta") for each in results if each is not None):
            raise InputError(
                f"{plan.name}: {described(hook)} ({kind}) must return data models or nothing; "
                f"it returned {result!r}"
            )
        for model in products:
            if model is not None and not any(model is each for each in results):
                model.close()
        products = results
    return products


def call_hooks_on_each(plan: Plan, section: str, kind: str, products: list[Any]) -> list[Any]:
    """Give the models to the hooks one after the other, as steps on rates are applied to them.

    Parameters are those of `call_hooks`.
    """
    result: list[Any] = []
    for model in products:
        result += [None] if model is None else call_hooks(plan, section, kind, [model])
    return result


def described(value: Any) -> Any:
    """Return a value as a product can hold it: functions and models by their names."""
    if isinstance(value, tuple | list):
        return [described(each) for each in value]
    if hasattr(value, "meta"):
        return str(value.meta.filename or type(value).__name__)
    if callable(value):
        owner = getattr(value, "__self__", None)
        known = type(owner) if type(owner).__module__ != "builtins" else value
        name = getattr(known, "__qualname__", type(value).__qualname__)
        return f"{known.__module__}.{name}"
    return value
