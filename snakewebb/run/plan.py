"""What will be done with one exposure: its steps, their parameters and reference files.

A plan is made from the header alone, before anything is computed. The Python interface and
every job of the workflow carry out the same plan.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snakewebb.errors import InputError, ParameterError, nearest, raise_all
from snakewebb.pipelines import MEMORY, PIPELINES, Pipeline, pipeline_for
from snakewebb.run import crds
from snakewebb.run.parameter_files import read_parameter_file
from snakewebb.run.parameters import (
    KEYWORD,
    OWN,
    Layer,
    Setting,
    Settings,
    keyword_layer,
    resolve,
)
from snakewebb.run.references import Choice, Choices, choose
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import Step
from snakewebb.steps.exposure_types import ANY, kind_of_type


@dataclass(frozen=True)
class Plan:
    """The ordered steps for one exposure, with every setting and choice of reference file."""

    target: Pipeline | Step
    name: str
    order: tuple[str, ...]
    settings: Settings
    choices: Choices
    context: str
    threads: int = 1

    def skips(self, step: str) -> bool:
        """Tell whether a step was asked to be left out."""
        return step not in self.choices

    @property
    def memory(self) -> int | None:
        """The bound on the memory of the run in MB, if there is one."""
        return self.settings.value(OWN, MEMORY.name) if OWN in self.settings else None

    def choices_of(self, steps: Iterable[str]) -> list[Choice]:
        """Return the reference files that some steps read."""
        return [each for step in steps for each in self.choices.get(step, {}).values()]

    @property
    def jobs(self) -> tuple[str, ...]:
        """The steps that are worth a job: those not left out, and the one that ends the chain.

        Steps on rates have none where the ramp is not fitted.
        """
        kind, jobs = all_steps()[self.order[0]].input, []
        for name in self.order:
            step = all_steps()[name]
            if step.input != kind:
                continue
            if not self.skips(name):
                jobs.append(name)
                kind = step.output or kind
            elif name == self.order[-1]:
                jobs.append(name)
        return tuple(jobs)

    def kind_before(self, step: str) -> str:
        """Return whether the exposure is a ramp or a rate before a step."""
        earlier = (all_steps()[n] for n in self.order[: self.order.index(step)] if n in self.jobs)
        kinds = [all_steps()[self.order[0]].input, *(each.output for each in earlier)]
        return [kind for kind in kinds if kind][-1]

    def to_json(self) -> str:
        """Return the plan as text."""
        tree = {
            "target": self.target.class_name,
            "name": self.name,
            "order": self.order,
            "context": self.context,
            "settings": {
                section: {
                    name: {"value": s.value, "origin": s.origin, "overrode": s.overrode}
                    for name, s in of_section.items()
                }
                for section, of_section in self.settings.items()
            },
            "references": {
                step: {kind: {"file": c.file, "origin": c.origin} for kind, c in of_step.items()}
                for step, of_step in self.choices.items()
            },
        }
        return json.dumps(tree, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """Return the plan that a text holds."""
        tree = json.loads(text)
        steps = all_steps()
        settings = Settings(
            {
                section: {
                    name: Setting(s["value"], s["origin"], tuple(map(tuple, s["overrode"])))
                    for name, s in of_section.items()
                }
                for section, of_section in tree["settings"].items()
            }
        )
        choices = {
            step: {
                kind: Choice(steps[step].reference(kind), c["file"], c["origin"])
                for kind, c in of_step.items()
            }
            for step, of_step in tree["references"].items()
        }
        return cls(
            target_named(tree["target"]),
            tree["name"],
            tuple(tree["order"]),
            settings,
            choices,
            tree["context"],
        )


def target_named(name: str) -> Pipeline | Step:
    """Return the pipeline or step of a class name, or of any other name that it has.

    Raises
    ------
    ParameterError
        If there is none.
    """
    for pipeline in PIPELINES.values():
        if name in (pipeline.class_name, pipeline.name, pipeline.jwst_name):
            return pipeline
    if name in names_and_aliases():
        return all_steps()[names_and_aliases()[name]]
    known = [*PIPELINES, *(each.jwst_name for each in PIPELINES.values()), *names_and_aliases()]
    raise ParameterError(f"unknown pipeline or step {name!r}; {nearest(name, known)}")


def user_layers(
    target: Pipeline | Step,
    keywords: Mapping[str, Any],
    config_file: str | Path | None,
    origin: str = KEYWORD,
) -> list[Layer]:
    """Return what a user said: the parameter file, and above it the keywords.

    What is wrong with the file as a whole is reported with the rest, when they are resolved.
    """
    try:
        from_file = read_parameter_file(config_file, target) if config_file else []
    except ParameterError as fault:
        from_file = [Layer(str(config_file), {}, problems=tuple(fault.problems))]
    return [*from_file, keyword_layer(target, keywords, origin)]


def make_plan(
    target: Pipeline | Step,
    exposure: Mapping[str, Any],
    name: str,
    layers: Iterable[Layer],
    *,
    fetch: bool = True,
) -> Plan:
    """Make the plan for one exposure.

    Parameters
    ----------
    target : Pipeline or Step
        What is to run.
    exposure : mapping
        The exposure's selection keywords, as ``model.get_crds_parameters()`` gives them.
    name : str
        The exposure, for errors and the log.
    layers : iterable of Layer
        What was said about parameters, the lowest first.
    fetch : bool
        Whether reference files that are not in the cache of CRDS are fetched now.

    Returns
    -------
    Plan
        The steps in order, their settings and reference files.
    """
    order = order_for(target, exposure, name)
    settings = resolve(target, layers)
    if isinstance(target, Pipeline):
        order = target.arranged(order, settings.values_of)
    active = [all_steps()[step] for step in order if not settings.value(step, "skip")]
    if settings.values_of(OWN if isinstance(target, Pipeline) else target.name).skip:
        active = []
    check_together(active, settings, name)
    check_folders(settings)
    choices = choose(active, settings, exposure, name, fetch=fetch)
    uses_crds = any(c.origin.startswith("CRDS") for s in choices.values() for c in s.values())
    return Plan(target, name, order, settings, choices, crds.context() if uses_crds else "")


def check_together(steps: Iterable[Step], settings: Settings, name: str) -> None:
    """Check values of parameters that may contradict each other.

    Raises
    ------
    ParameterError
        One error for all steps.
    """
    problems = [
        f"{name}: {step.name}: {problem}"
        for step in steps
        for problem in step.contradictions(settings.values_of(step.name))
    ]
    raise_all(problems, ParameterError)


def check_folders(settings: Settings) -> None:
    """Check that products can be saved where the settings say, before anything is computed.

    Raises
    ------
    ParameterError
        One error for all folders that cannot be made.
    """
    folders = {s: of["output_dir"].value for s, of in settings.items() if "output_dir" in of}
    problems = [
        f"{section}: output_dir must be a folder, but {folder} is a file"
        for section, folder in folders.items()
        if folder and is_no_folder(folder)
    ]
    raise_all(problems, ParameterError)


def is_no_folder(path: str | Path) -> bool:
    """Tell whether no folder can be at a path, because it is, or is within, something else."""
    whole = Path(path).absolute()
    there = next(each for each in (whole, *whole.parents) if each.exists())
    return not there.is_dir()


def order_for(target: Pipeline | Step, exposure: Mapping[str, Any], name: str) -> tuple[str, ...]:
    """Return the names of the steps for an exposure, in order."""
    check_kind(target, exposure.get("meta.exposure.type"), name)
    if isinstance(target, Step):
        return (target.name,)
    instrument = str(exposure.get("meta.instrument.name", "")).upper()
    order = target.order(instrument)
    if not order:
        raise InputError(
            f"{name}: {target.class_name} does not calibrate exposures of {instrument!r}; "
            f"it calibrates those of {', '.join(target.orders)}"
        )
    return order


def check_kind(target: Pipeline | Step, exposure_type: str | None, name: str) -> None:
    """Refuse an exposure of a guider at work where one of science is expected, and vice versa."""
    kind = kind_of_type(exposure_type)
    if target.exposures in (kind, ANY):
        return
    if isinstance(target, Step):
        hint = f"the steps for it are {', '.join(steps_for(kind))}"
    else:
        hint = f"use {pipeline_for(exposure_type).class_name}"
    raise InputError(
        f"{name}: {target.class_name} does not calibrate exposures of type {exposure_type}; {hint}"
    )


def steps_for(kind: str) -> list[str]:
    """Return the names of the classes of the steps that take a kind of exposures."""
    return [s.class_name for s in all_steps().values() if s.exposures in (kind, ANY)]


def load_plan(path: str | Path) -> Plan:
    """Read a plan."""
    try:
        return Plan.from_json(Path(path).read_text())
    except (OSError, ValueError, KeyError) as fault:
        raise ParameterError(f"the plan {path} cannot be read: {fault}") from fault
