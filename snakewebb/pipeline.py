"""The pipelines by name: ``from snakewebb.pipeline import Detector1Pipeline``."""

from snakewebb.pipelines import PIPELINES
from snakewebb.shim import pipeline_class

__all__ = list(PIPELINES)


def __getattr__(name: str):
    if name in PIPELINES:
        return pipeline_class(name)
    raise AttributeError(f"there is no pipeline {name!r}; there are {', '.join(PIPELINES)}")
