"""The steps: parameters, references, and how each kernel meets a data model.

Every module of this package that holds a ``STEP`` is a step; nothing else lists them.
"""

import functools
import importlib
import pkgutil

from snakewebb.steps.declaration import Step


@functools.cache
def all_steps() -> dict[str, Step]:
    """Return the declarations of all steps by name."""
    modules = (
        importlib.import_module(f"{__name__}.{found.name}")
        for found in pkgutil.iter_modules(__path__)
    )
    steps = [module.STEP for module in modules if hasattr(module, "STEP")]
    return {step.name: step for step in steps}


@functools.cache
def names_and_aliases() -> dict[str, str]:
    """Return the name of the step for every name that users may write for it."""
    known = {}
    for step in all_steps().values():
        for name in (step.name, step.class_name, *step.aliases):
            known[name] = step.name
    return known
