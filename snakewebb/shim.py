"""The Python interface: classes with ``call`` and ``run``, made from the declarations."""

import functools
from typing import Any, ClassVar

from snakewebb.errors import ParameterError
from snakewebb.pipelines import PIPELINES, Pipeline
from snakewebb.run.parameters import OWN, Layer, keyword_layer, resolve, sections_of
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import Step

ATTRIBUTE = "attribute"


class Parameters:
    """Parameters as attributes, checked when they are set."""

    _target: ClassVar[Pipeline | Step]

    def __init__(self, **parameters: Any):
        object.__setattr__(self, "_said", {})
        object.__setattr__(self, "_section", OWN if self._is_pipeline() else self._target.name)
        for name, value in parameters.items():
            setattr(self, name, value)

    @classmethod
    def _is_pipeline(cls) -> bool:
        return isinstance(cls._target, Pipeline)

    def __setattr__(self, name: str, value: Any) -> None:
        layer = Layer(ATTRIBUTE, {self._section: {name: value}})
        settings = resolve(self._target, [layer])
        self._said[name] = settings.value(self._section, name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._said:
            return self._said[name]
        parameters = sections_of(self._target)[self._section]
        if name not in parameters:
            raise AttributeError(f"{type(self).__name__} has no parameter {name!r}")
        return parameters[name].default

    def __dir__(self):
        return [*super().__dir__(), *sections_of(self._target)[self._section]]


class Runnable(Parameters):
    """What steps and pipelines have in common: ``call`` and ``run``."""

    @classmethod
    def call(cls, exposure: Any, *, config_file: Any = None, **parameters: Any) -> Any:
        """Calibrate an exposure with parameters from CRDS, a parameter file and keywords.

        Parameters
        ----------
        exposure : str, Path or data model
            The exposure; a model is not changed.
        config_file : str or Path, optional
            A parameter file.
        **parameters
            What to set, above all else; for a pipeline ``steps={'jump': {...}}`` too.

        Returns
        -------
        data model, or pair of data models
            The result; nothing is written unless asked for.
        """
        from snakewebb.run.call import calibrate

        return calibrate(cls._target, exposure, parameters, config_file)

    def run(self, exposure: Any) -> Any:
        """Calibrate an exposure with the coded defaults and the attributes that were set.

        Parameters
        ----------
        exposure : str, Path or data model
            The exposure; a model is not changed.

        Returns
        -------
        data model, or pair of data models
            The result.
        """
        from snakewebb.run.call import calibrate

        return calibrate(self._target, exposure, self._keywords(), parameter_files=False)

    def _keywords(self) -> dict[str, Any]:
        return dict(self._said)


class StepBase(Runnable):
    """A step that is called by its name."""


class PipelineBase(Runnable):
    """A pipeline; its steps are attributes."""

    def __init__(self, *, steps: dict[str, dict[str, Any]] | None = None, **parameters: Any):
        made = {name: step_class(name)() for name in self._target.steps}
        object.__setattr__(self, "_steps", made)
        super().__init__(**parameters)
        layer = keyword_layer(self._target, {"steps": steps or {}})
        resolve(self._target, [layer])
        for name, values in (steps or {}).items():
            for parameter, value in values.items():
                setattr(getattr(self, name), parameter, value)

    def __getattr__(self, name: str) -> Any:
        steps = self.__dict__.get("_steps", {})
        step = names_and_aliases().get(name, name)
        return steps[step] if step in steps else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if names_and_aliases().get(name, name) in self._steps:
            raise ParameterError(f"{name} is a step: set its parameters, as in .{name}.skip = True")
        super().__setattr__(name, value)

    def __dir__(self):
        return [*super().__dir__(), *self._steps]

    def _keywords(self) -> dict[str, Any]:
        steps = {name: step._said for name, step in self._steps.items() if step._said}
        return {**self._said, "steps": steps}


@functools.cache
def step_class(name: str) -> type[StepBase]:
    """Return the class of a step."""
    return made_class(all_steps()[name], StepBase)


@functools.cache
def pipeline_class(name: str) -> type[PipelineBase]:
    """Return the class of a pipeline."""
    return made_class(PIPELINES[name], PipelineBase)


def made_class(target: Pipeline | Step, base: type[Runnable]):
    """Return a class made from a declaration, with a docstring that lists the parameters."""
    section = OWN if isinstance(target, Pipeline) else target.name
    lines = [target.title, "", "Parameters", "----------"]
    for parameter in sections_of(target)[section].values():
        lines += [f"{parameter.name} : default {parameter.default!r}", f"    {parameter.doc}"]
    attributes = {"_target": target, "__doc__": "\n".join(lines), "__module__": base.__module__}
    return type(target.class_name, (base,), attributes)


def all_classes() -> dict[str, type[Runnable]]:
    """Return every class of the Python interface by name."""
    steps = {step.class_name: step_class(name) for name, step in all_steps().items()}
    return {**steps, **{name: pipeline_class(name) for name in PIPELINES}}


def classes_of_package(package: str) -> dict[str, type[Runnable]]:
    """Return the classes that users import from the module of one step."""
    return {
        step.class_name: step_class(step.name)
        for step in all_steps().values()
        if step.package == package
    }
