"""The Python interface: classes with ``call`` and ``run``, made from the declarations."""

import functools
import logging
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from snakewebb.errors import ParameterError, nearest
from snakewebb.pipelines import PIPELINES, Pipeline
from snakewebb.run import own_steps, specification
from snakewebb.run.parameter_files import load, read_parameter_file, write_parameter_file
from snakewebb.run.parameters import (
    ATTRIBUTE,
    DEFAULT,
    OWN,
    Layer,
    Setting,
    Settings,
    keyword_layer,
    resolve,
    sections_of,
)
from snakewebb.run.plan import target_named, user_layers
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import COMMON_PARAMETERS, HOOK_PARAMETERS, Step

UNIVERSAL = frozenset(p.name for p in (*COMMON_PARAMETERS, *HOOK_PARAMETERS))


class Parameters:
    """Parameters as attributes, checked when they are set."""

    _target: ClassVar[Pipeline | Step]
    _section: ClassVar[str]
    _own: ClassVar[bool] = False
    _said: dict[str, Setting]

    def __setattr__(self, name: str, value: Any) -> None:
        if self._own and name not in sections_of(self._target)[self._section]:
            self.__dict__[name] = value  # what a user's own step remembers is no parameter
            return
        layer = Layer(ATTRIBUTE, {self._section: {name: value}}, trusted=True)
        self._take(resolve(self._target, [layer], check_files=False))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._said:
            return self._said[name].value
        parameters = sections_of(self._target)[self._section]
        if name not in parameters:
            raise AttributeError(
                f"{type(self).__name__} has no parameter {name!r}; {nearest(name, self._known())}"
            )
        return parameters[name].default

    def _known(self) -> list[str]:
        """Return the names of what can be set."""
        return list(sections_of(self._target)[self._section])

    def __dir__(self):
        return [*super().__dir__(), *sections_of(self._target)[self._section]]

    def _take(self, settings: Settings) -> None:
        """Take the settings that are no defaults."""
        said = settings[self._section]
        self._said.update({name: s for name, s in said.items() if s.origin != DEFAULT})

    def _values(self) -> dict[str, dict[str, Setting]]:
        """Return what was set, by section."""
        return {self._section: self._said}


class Runnable(Parameters):
    """What steps and pipelines have in common.

    A user's own step is a class derived from this one with a method ``process``, which is given
    the exposure and returns a model, and an attribute ``spec`` that declares its parameters.
    """

    parent: Any
    name: str
    spec: ClassVar[str] = ""
    reference_file_types: ClassVar[list[str]] = []

    def __init_subclass__(cls, **keywords: Any):
        """Declare a user's own step; refuse what a class cannot change rather than ignore it."""
        super().__init_subclass__(**keywords)
        said = vars(cls).keys()
        if "_target" in said:
            return
        if hasattr(cls, "_target") and not cls._own:
            cls._refuse_to_replace({"process", "spec"} & said)
        elif "process" in said:
            cls._target = own_steps.declaration_of(cls, cls.spec, cls.reference_file_types)
            cls._section, cls._own = cls._target.name, True
        if hasattr(cls, "_target"):
            cls._refuse_to_fix(sections_of(cls._target)[cls._section].keys() & said)

    @classmethod
    def _refuse_to_replace(cls, names: set[str]) -> None:
        """Raise an error if a class has methods or attributes that would never be used."""
        if names:
            raise TypeError(
                f"{cls.__name__} has its own {' and '.join(sorted(names))}, but cannot replace "
                f"what {cls._target.class_name} does: derive it from Step, and give it to a step "
                f"as post_hooks=[{cls.__name__}]"
            )

    @classmethod
    def _refuse_to_fix(cls, names: set[str]) -> None:
        """Raise an error if a class sets parameters, which only instances do."""
        if names:
            raise TypeError(
                f"{cls.__name__} sets {', '.join(sorted(names))} for all its instances; "
                f"give parameters to each: {cls._target.class_name}({min(names)}=...)"
            )

    def __init__(self, name: str | None = None, parent: Any = None, **parameters: Any):
        if not hasattr(type(self), "_target"):
            raise TypeError(f"{type(self).__name__} stands for all steps; take one of them by name")
        self.__dict__.update(name=name or self._target.class_name, parent=parent, _said={})
        layer = keyword_layer(self._target, parameters)
        self._take(resolve(self._target, [layer], check_files=False))

    @classmethod
    def call(
        cls,
        exposure: Any,
        *,
        config_file: str | Path | None = None,
        logcfg: Any = None,
        configure_log: bool = False,
        **parameters: Any,
    ) -> Any:
        """Calibrate an exposure with parameters from CRDS, a parameter file and keywords.

        Parameters
        ----------
        exposure : str, Path, data model or astropy.io.fits.HDUList
            The exposure; what is open already is not changed, and stays open.
        config_file : str or Path, optional
            A parameter file.
        logcfg, configure_log : object, optional
            Accepted for scripts written for jwst, without effect: the log goes to the logger
            ``snakewebb``, which the `logging` module configures.
        **parameters
            What to set, above all else; for a pipeline ``steps={'jump': {...}}`` too.

        Returns
        -------
        data model, or pair of data models
            The result; nothing is written unless asked for.
        """
        from snakewebb.run.call import calibrate

        if logcfg is not None:
            warnings.warn("logcfg is ignored: configure the logger 'snakewebb'", stacklevel=2)
        layers = user_layers(cls._target, parameters, config_file)
        if cls._own:
            made = cls()
            made._take(resolve(cls._target, layers))
            return made.run(exposure)
        return calibrate(cls._target, exposure, layers)

    def run(self, exposure: Any, *further: Any) -> Any:
        """Calibrate an exposure with the coded defaults and the attributes that were set.

        Parameters
        ----------
        exposure : str, Path, data model or astropy.io.fits.HDUList
            The exposure; what is open already is not changed, and stays open.
        *further : object
            What ``process`` of a user's own step takes besides; no other step takes any.

        Returns
        -------
        data model, or pair of data models
            The result.
        """
        from snakewebb.run.call import calibrate

        if self._own:
            settings = resolve(self._target, [self._layer()])
            return own_steps.run_own(self, settings, exposure, *further)
        if further:
            raise TypeError(f"{self._target.class_name} takes one exposure, not {1 + len(further)}")
        return calibrate(self._target, exposure, [self._layer()], parameter_files=False)

    def __call__(self, exposure: Any, *further: Any) -> Any:
        """Calibrate an exposure as `run` does; scripts for older versions of jwst say it so."""
        return self.run(exposure, *further)

    @property
    def log(self) -> logging.Logger:
        """The logger of the package."""
        return logging.getLogger("snakewebb")

    @classmethod
    def from_cmdline(cls, args: Sequence[str]) -> Any:
        """Calibrate an exposure as the command ``strun`` does: the result is saved.

        Parameters
        ----------
        args : sequence of str
            The words of the command line: a class or a parameter file, the path of an exposure,
            and ``--parameter=value`` or ``--steps.jump.rejection_threshold=12``.

        Returns
        -------
        Step or Pipeline
            An instance with the values that were used; none for ``--help``, which prints the
            parameters.
        """
        from snakewebb.run.call import calibrate, settings_for
        from snakewebb.run.cmdline import COMMAND_LINE, LOGGING, parse

        command = parse(args)
        made = all_classes()[command.target.class_name]
        if "help" in command.options:
            return made.print_configspec()
        if ignored := command.options.keys() & LOGGING:
            warnings.warn(f"{', '.join(sorted(ignored))}: configure `logging`", stacklevel=2)
        from_crds = "disable-crds-steppars" not in command.options
        parameters = {"save_results": True, **command.parameters}
        layers = user_layers(command.target, parameters, command.config_file, COMMAND_LINE)
        calibrate(command.target, command.exposure, layers, parameter_files=from_crds)
        used = settings_for(command.target, command.exposure, layers, parameter_files=from_crds)
        instance = made()
        instance._take(used)
        if "save-parameters" in command.options:
            instance.export_config(command.options["save-parameters"])
        return instance

    def save_model(self, model: Any, suffix: str | None = None, force: bool = False) -> str | None:
        """Save a model where the result of this step or pipeline is saved.

        Parameters
        ----------
        model : data model
            What to save.
        suffix : str, optional
            Instead of the suffix of the result.
        force : bool
            Whether to save it although results are not saved.

        Returns
        -------
        str or None
            The path, or None if nothing is saved.
        """
        from snakewebb.run import files
        from snakewebb.run.naming import product_name, root_of

        if not (force or self.save_results or self.output_file or self.output_dir):
            return None
        own = self._target.suffix if isinstance(self._target, Pipeline) else self._target.name
        given = Path(self.output_file or model.meta.filename)
        name = product_name(root_of(given), suffix or self.suffix or own, self.output_ext)
        folder = self.output_dir or getattr(self.parent, "output_dir", None) or ""
        parent = given.parent if self.output_file else Path()
        return str(files.save(model, Path(folder) / parent / name))

    @classmethod
    def from_config_file(
        cls, config_file: str | Path, parent: Any = None, name: str | None = None
    ) -> Any:
        """Return an instance with the values of a parameter file.

        Parameters
        ----------
        config_file : str or Path
            The file; on a base class, it must say which class it is for.
        parent : object, optional
            The pipeline that the step belongs to.
        name : str, optional
            A name for the instance.
        """
        if not hasattr(cls, "_target"):
            named = target_named(load(Path(config_file)).class_name)
            cls = all_classes()[named.class_name]
        made = cls(name, parent)
        layers = read_parameter_file(config_file, cls._target)
        made._take(resolve(cls._target, layers, check_files=False))
        return made

    @classmethod
    def from_config_section(
        cls,
        config: Mapping[str, Any],
        parent: Any = None,
        name: str | None = None,
        config_file: Any = None,
    ) -> Any:
        """Return an instance with the values that `build_config` returned, changed or not."""
        values = {key: v for key, v in config.items() if key not in ("class", "name")}
        return cls(name or config.get("name"), parent, **values)

    @classmethod
    def build_config(
        cls, input: Any, *, config_file: str | Path | None = None, **parameters: Any
    ) -> tuple[dict[str, Any], str | Path | None]:
        """Return what `call` would use beyond the coded defaults, without running.

        Parameters
        ----------
        input : str, Path or data model
            The exposure.
        config_file : str or Path, optional
            A parameter file.
        **parameters
            As in `call`.

        Returns
        -------
        config : dict
            Values by name; those of the steps of a pipeline under ``steps``.
        config_file : str, Path or None
            The parameter file.
        """
        from snakewebb.run.call import settings_for

        layers = user_layers(cls._target, parameters, config_file)
        return cls._nested(settings_for(cls._target, input, layers)), config_file

    @classmethod
    def get_config_from_reference(cls, dataset: Any, disable: bool | None = None) -> dict[str, Any]:
        """Return the values that CRDS has for an exposure, none if `disable` is true."""
        from snakewebb.run.call import settings_for

        return cls._nested(
            resolve(cls._target, []) if disable else settings_for(cls._target, dataset, [])
        )

    @classmethod
    def get_config_reftype(cls) -> str:
        """Return the type of the parameter files in CRDS."""
        return f"pars-{cls._target.class_name.lower()}"

    @classmethod
    def load_spec_file(cls) -> dict[str, Any]:
        """Return type, default and limits of every parameter, as ``float(default=4.0, min=0)``."""
        return specification.specifications(cls._target)

    @classmethod
    def print_configspec(cls) -> None:
        """Print type, default, limits and meaning of every parameter."""
        print(*specification.lines(cls._target), sep="\n")

    def get_pars(self, full_spec: bool = True) -> dict[str, Any]:
        """Return the value of every parameter by name.

        Parameters
        ----------
        full_spec : bool
            Whether the parameters that all steps have are among them.
        """
        names = [n for n in sections_of(self._target)[self._section] if self._counts(n, full_spec)]
        return {name: getattr(self, name) for name in names}

    def get_ref_override(self, reference_file_type: str) -> Any:
        """Return what replaces a reference file, or None."""
        return getattr(self, f"override_{reference_file_type}")

    def get_reference_file(self, input_file: Any, reference_file_type: str) -> str:
        """Return the path of the reference file of a type for an exposure, or ``"N/A"``."""
        from snakewebb.run.call import best_reference

        override = self.get_ref_override(reference_file_type)
        return best_reference(self._target, input_file, reference_file_type, override)

    def _counts(self, name: str, full_spec: bool) -> bool:
        """Tell whether a parameter is one of those that `get_pars` returns."""
        if name.startswith("override_"):
            return name in self._said
        return full_spec or name not in UNIVERSAL

    def update_pars(self, parameters: Mapping[str, Any]) -> None:
        """Set parameters; those of the steps of a pipeline stand under ``steps``."""
        layer = keyword_layer(self._target, parameters)
        layer = Layer(ATTRIBUTE, layer.values, trusted=True)
        self._take(resolve(self._target, [layer], check_files=False))

    def export_config(self, filename: str | Path, include_metadata: bool = False) -> None:
        """Write the values of all parameters to a parameter file (ASDF).

        Parameters
        ----------
        filename : str or Path
            Where to write it.
        include_metadata : bool
            Whether to add what CRDS asks of a reference file, to be filled in.
        """
        write_parameter_file(
            filename, self._target, self.get_pars(), include_metadata=include_metadata
        )

    @classmethod
    def _nested(cls, settings: Settings) -> dict[str, Any]:
        """Return the values that are no defaults, those of steps under ``steps``."""
        values = {
            section: {name: s.value for name, s in of_section.items() if s.origin != DEFAULT}
            for section, of_section in settings.items()
        }
        own = values.pop(cls._section)
        return own if isinstance(cls._target, Step) else {**own, "steps": values}

    def _layer(self) -> Layer:
        """Return what was set as a layer that remembers where each value comes from."""
        said = self._values()
        values = {section: {n: s.value for n, s in v.items()} for section, v in said.items()}
        places = {(section, n): s.origin for section, v in said.items() for n, s in v.items()}
        return Layer(ATTRIBUTE, values, trusted=True, places=places)


class PipelineBase(Runnable):
    """A pipeline; its steps are attributes."""

    def __init__(self, name: str | None = None, parent: Any = None, **parameters: Any):
        if hasattr(type(self), "_target"):
            made = {step: step_class(step)(step, self) for step in self._target.steps}
            self.__dict__["_steps"] = made
        super().__init__(name, parent, **parameters)

    def __getattr__(self, name: str) -> Any:
        steps = self.__dict__.get("_steps", {})
        step = names_and_aliases().get(name, name)
        return steps[step] if step in steps else super().__getattr__(name)

    def __setattr__(self, name: str, value: Any) -> None:
        if names_and_aliases().get(name, name) in self._steps:
            raise ParameterError(
                f"{name} is a step: set its parameters, as in .{name}.skip = True; "
                "own steps are given to it in pre_hooks or post_hooks"
            )
        if not self._own and name not in self._known():
            raise ParameterError(
                f"{type(self).__name__} has no parameter or step {name!r} ({ATTRIBUTE}); "
                f"{nearest(name, self._known())}"
            )
        super().__setattr__(name, value)

    def _known(self) -> list[str]:
        return [*super()._known(), *self._steps]

    def __dir__(self):
        return [*super().__dir__(), *self._steps]

    def get_pars(self, full_spec: bool = True) -> dict[str, Any]:
        """Return the value of every parameter by name, those of the steps under ``steps``.

        Parameters
        ----------
        full_spec : bool
            Whether the parameters that all steps have are among them.
        """
        steps = {name: step.get_pars(full_spec) for name, step in self._steps.items()}
        return {**super().get_pars(full_spec), "steps": steps}

    def _take(self, settings: Settings) -> None:
        super()._take(settings)
        for step in self._steps.values():
            step._take(settings)

    def _values(self) -> dict[str, dict[str, Setting]]:
        return {**super()._values(), **{name: step._said for name, step in self._steps.items()}}


PUBLIC = {Runnable: "snakewebb.step", PipelineBase: "snakewebb.pipeline"}
"""The module from which classes are imported, by which they go to other processes."""


@functools.cache
def step_class(name: str) -> type[Runnable]:
    """Return the class of a step."""
    return made_class(all_steps()[name], Runnable)


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
    attributes = {"_target": target, "_section": section, "__doc__": "\n".join(lines)}
    attributes |= {"__module__": PUBLIC[base], "spec": specification.text(target.parameters)}
    if isinstance(target, Pipeline):
        steps = {name: step_class(name) for name in target.steps}
        attributes |= {"class_alias": target.jwst_name, "step_defs": steps}
        attributes["reference_file_types"] = []
    else:
        attributes["class_alias"] = target.name
        attributes["reference_file_types"] = [reference.type for reference in target.references]
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
