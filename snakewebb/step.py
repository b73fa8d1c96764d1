"""The steps by name: ``from snakewebb.step import JumpStep``."""

from snakewebb.shim import step_class
from snakewebb.steps import all_steps

_NAMES = {step.class_name: step.name for step in all_steps().values()}
__all__ = sorted(_NAMES)


def __getattr__(name: str):
    if name in _NAMES:
        return step_class(_NAMES[name])
    raise AttributeError(f"there is no step {name!r}; there are {', '.join(__all__)}")
