"""What the Snakemake rules ask: the plan of every exposure, and the files of every step."""

import dataclasses
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError, SnakewebbError, nearest, raise_all
from snakewebb.pipelines import DETECTOR1, PIPELINES, Pipeline, pipeline_for
from snakewebb.run import crds, files, parameter_files
from snakewebb.run.configuration import CONFIGURATION, Places
from snakewebb.run.digest import file_digest, source_digest
from snakewebb.run.exposures import find_exposures
from snakewebb.run.naming import integrations_suffix, product_name
from snakewebb.run.parameters import OWN, Layer, resolve
from snakewebb.run.plan import Plan, make_plan, save_plan, user_layers
from snakewebb.run.references import check
from snakewebb.steps import all_steps, names_and_aliases
from snakewebb.steps.declaration import Parameter

ALL = "all"
NOTHING = "none"
CONFIG_KEYS = {
    "exposures": "path of a table of exposures, or a list of glob patterns",
    "results": "folder of the products",
    "pipeline": "class of the pipeline for all exposures; without it, the type of each chooses",
    "keep": "steps whose products are kept: all, none or a list",
    "granularity": "step: a job for each step; stage: one for each exposure, faster",
    "quicklook": "whether a picture of each exposure is made",
    "crds": "path, context and server_url, instead of the environment variables",
    "config_file": "parameter file",
    "steps": "parameters of steps",
}
CRDS_VARIABLES = {
    "path": "CRDS_PATH",
    "context": "CRDS_CONTEXT",
    "server_url": "CRDS_SERVER_URL",
}
STEP, STAGE = "step", "stage"
NAMED_BY_WORKFLOW = ("output_file", "output_dir", "output_ext", "suffix")
MEGABYTE = 2**20


@dataclass(frozen=True)
class Planned:
    """One exposure of the run: where it is, its plan, and the bytes of its ramp as float32."""

    path: str
    pipeline: Pipeline
    plan: Plan
    ramp_bytes: int


class Workflow:
    """The run that a configuration describes.

    Parameters
    ----------
    config : mapping
        The merged configuration; see ``config/README.md``.
    files : iterable of str or Path
        The files that it is merged from, the lowest first, by which its values are traced.

    Raises
    ------
    SnakewebbError
        One error for everything that is wrong with configuration, exposures and parameters; if
        there is nothing, one for everything that is wrong with references; before anything is
        computed.
    """

    def __init__(self, config: Mapping[str, Any], files: Iterable[str | Path] = ()):
        problems: list[str] = []
        paths: dict[str, str] = {}
        pipelines: dict[str, Pipeline] = {}
        layers: dict[str, list[Layer]] = {}
        with noted(problems):
            paths = find_exposures(config["exposures"]) if config.get("exposures") else {}
        for root, path in paths.items():
            with noted(problems):
                pipelines[root] = pipeline_of(path, config.get("pipeline"))
        with noted(problems):
            layers = checked_layers(config, pipelines.values(), Places(files))
        raise_all(problems, SnakewebbError)
        set_crds_environment(config.get("crds") or {})
        self.config = config
        self.results = Path(config["results"])
        self.exposures = plan_all(paths, pipelines, layers)

    def write_plans(self) -> None:
        """Write the plans where the jobs find them."""
        for root, planned in self.exposures.items():
            save_plan(planned.plan, Path(self.plan_file(root)))

    def plan_file(self, root: str) -> str:
        """Return where the plan of an exposure is."""
        return str(self.results / "plans" / f"{root}.json")

    @cached_property
    def kept(self) -> frozenset[str]:
        """The steps whose products stay."""
        keep = self.config.get("keep", NOTHING)
        kept = set(all_steps()) if keep == ALL else set() if keep == NOTHING else set(keep)
        for planned in self.exposures.values():
            settings = planned.plan.settings
            kept |= {s for s in planned.plan.jobs if settings.value(s, "save_results")}
        return frozenset(names_and_aliases().get(step, step) for step in kept)

    def product(self, root: str, suffix: str) -> str:
        """Return the path of a product."""
        return str(self.results / product_name(root, suffix))

    def after(self, root: str, step: str) -> list[str]:
        """Return the products that an exposure has after a step."""
        plan = self.exposures[root].plan
        ends = step == plan.order[-1] and rates_after(plan, step)
        suffix = self.exposures[root].pipeline.suffix if ends else step
        pair = (suffix, integrations_suffix(suffix))
        return [self.product(root, each) for each in (pair if pair_after(plan, step) else pair[:1])]

    def before(self, root: str, step: str) -> list[str]:
        """Return the products that a step of an exposure starts from."""
        planned = self.exposures[root]
        earlier = [
            job
            for job in planned.plan.jobs
            if planned.plan.order.index(job) < planned.plan.order.index(step)
        ]
        return self.after(root, earlier[-1]) if earlier else [planned.path]

    def ramp(self, root: str) -> list[str]:
        """Return the ramp that slopes are fitted to."""
        planned = self.exposures[root]
        on_ramps = [job for job in planned.plan.jobs if not rates_after(planned.plan, job)]
        return self.after(root, on_ramps[-1]) if on_ramps else [planned.path]

    def final(self, root: str) -> list[str]:
        """Return the products that the run is asked for, for one exposure."""
        plan, pipeline = self.exposures[root].plan, self.exposures[root].pipeline
        fitted = rates_after(plan, plan.jobs[-1]) if plan.jobs else False
        finals = self.after(root, plan.order[-1]) if fitted else []
        for parameter, suffix in pipeline.saved_before.values():
            if plan.settings.value(OWN, parameter):
                finals.append(self.product(root, suffix))
        if not fitted:
            finals.append(self.product(root, pipeline.suffix_of("ramp")))
        kept = [path for s in plan.jobs if s in self.kept for path in self.after(root, s)]
        besides = [path for s in plan.jobs for path in self.besides(root, s)]
        return list(dict.fromkeys([*finals, *kept, *besides]))

    @property
    def by_stage(self) -> bool:
        """Whether one job takes an exposure through all steps."""
        return self.config.get("granularity", STEP) == STAGE

    def suffixes_of_stage(self, pipeline: str) -> list[str]:
        """Return the suffixes of the products of each exposure that takes a pipeline.

        They must be the same for all of them.

        Raises
        ------
        ParameterError
            If exposures have different products.
        """
        found = {
            tuple(Path(product).name.removeprefix(f"{root}_") for product in self.final(root))
            for root, planned in self.exposures.items()
            if planned.pipeline.class_name == pipeline
        }
        if len(found) > 1:
            raise ParameterError(
                "granularity: stage needs the same products of all exposures, but some have "
                f"{' and others '.join(map(', '.join, sorted(found)))}; use granularity: step"
            )
        return list(found.pop()) if found else [f"{PIPELINES[pipeline].suffix}.fits"]

    def references_of_stage(self, root: str) -> list[str]:
        """Return the reference files that all steps of an exposure read, each once."""
        jobs = self.exposures[root].plan.jobs
        return list(dict.fromkeys(file for step in jobs for file in self.references(root, step)))

    def changes_of_stage(self, root: str) -> dict[str, Any]:
        """Return what makes the steps of an exposure run again."""
        return {step: self.changes(root, step) for step in self.exposures[root].plan.order}

    def references(self, root: str, step: str) -> list[str]:
        """Return the reference files that a step of an exposure reads, and other files."""
        plan = self.exposures[root].plan
        if plan.skips(step):
            return []
        named = [plan.settings.value(step, p.name) for p in own_parameters(step) if p.file]
        return [
            *(choice.file for choice in plan.choices[step].values() if choice.file),
            *filter(None, named),
        ]

    def besides(self, root: str, step: str) -> list[str]:
        """Return what a step of an exposure makes besides its result."""
        plan = self.exposures[root].plan
        if step not in plan.jobs or plan.skips(step):
            return []
        kinds = [kind for kind, choice in plan.choices[step].items() if choice.file]
        suffixes = all_steps()[step].besides(plan.settings.values_of(step), kinds)
        return [self.product(root, suffix) for suffix in suffixes]

    def with_more_of(self, step: str) -> str:
        """Return a pattern of the exposures of which a step makes more than its result, or ""."""
        return "|".join(re.escape(root) for root in self.exposures if self.besides(root, step))

    def changes(self, root: str, step: str) -> dict[str, Any]:
        """Return what makes a step of an exposure run again when it is not the same as before.

        The values of the parameters that change pixels, reference files by name (those from CRDS
        never change) or content (the user's may), and the source of the step.
        """
        plan = self.exposures[root].plan
        parameters = {
            p.name: value_or_digest(p, plan.settings.value(step, p.name))
            for p in own_parameters(step)
            if p.pixels
        }
        choices = plan.choices.get(step)
        return {
            "skip": choices is None,
            "parameters": parameters,
            "references": {
                kind: choice.name
                if choice.origin.startswith("CRDS") or not choice.file
                else file_digest(choice.file)
                for kind, choice in (choices or {}).items()
            },
            "source": source_digest(step),
        }

    def memory(self, root: str) -> int:
        """Return the MB that a job on an exposure may need at most."""
        return 500 + 3 * self.exposures[root].ramp_bytes // MEGABYTE


def own_parameters(step: str) -> list[Parameter]:
    """Return the parameters of a step but those that name a reference file, which is a choice."""
    declaration = all_steps()[step]
    of_references = {reference.named_by for reference in declaration.references}
    return [p for p in declaration.parameters if p.name not in of_references]


def value_or_digest(parameter: Parameter, value: Any) -> Any:
    """Return the value of a parameter, or the digest of the file that it names."""
    return file_digest(value) if parameter.file and value is not None else value


def rates_after(plan: Plan, step: str) -> bool:
    """Tell whether an exposure is one of rates after a step."""
    return any(all_steps()[name].output for name in jobs_until(plan, step))


def pair_after(plan: Plan, step: str) -> bool:
    """Tell whether an exposure is a pair after a step: its rate, and those of integrations."""
    return any(all_steps()[name].with_integrations for name in jobs_until(plan, step))


def jobs_until(plan: Plan, step: str) -> list[str]:
    """Return the steps that have a job, up to one of them."""
    until = plan.order[: plan.order.index(step) + 1]
    return [name for name in until if name in plan.jobs]


@contextmanager
def noted(problems: list[str]) -> Iterator[None]:
    """Note what went wrong among the problems, and go on."""
    try:
        yield
    except SnakewebbError as fault:
        problems += fault.problems


def plan_all(
    paths: Mapping[str, str],
    pipelines: Mapping[str, Pipeline],
    layers: Mapping[str, Iterable[Layer]],
) -> dict[str, Planned]:
    """Make the plan of every exposure, or raise one error for all that is wrong."""
    problems: list[str] = []
    planned: dict[str, Planned] = {}
    for root, pipeline in pipelines.items():
        with noted(problems):
            planned[root] = plan_exposure(pipeline, paths[root], layers[pipeline.class_name])
    problems += [p for each in planned.values() for p in problems_of_shared_files(each.plan)]
    raise_all(list(dict.fromkeys(problems)), SnakewebbError)
    return planned


def pipeline_of(path: str, named: str | None) -> Pipeline:
    """Return the pipeline that is named, or else the one for the type of an exposure."""
    if named in PIPELINES:
        return PIPELINES[named]
    return pipeline_for(files.check_exposure(path, "ramp").get("EXP_TYPE"))


def checked_layers(
    config: Mapping[str, Any], pipelines: Iterable[Pipeline], places: Places
) -> dict[str, list[Layer]]:
    """Return what a configuration says about each pipeline of a run, by class name.

    Raises
    ------
    ParameterError
        One error for all that is wrong with its keys, steps, parameters and files.
    """
    run = {pipeline.class_name: pipeline for pipeline in pipelines}
    problems = problems_of_config(config, places)
    layers: dict[str, list[Layer]] = {}
    with noted(problems):
        layers = layers_by_pipeline(config, run or {DETECTOR1.class_name: DETECTOR1}, places)
    for name, spoken in layers.items():
        with noted(problems):
            resolve(PIPELINES[name], spoken)
    raise_all(list(dict.fromkeys(problems)), ParameterError)
    return layers


def layers_by_pipeline(
    config: Mapping[str, Any], run: Mapping[str, Pipeline], places: Places
) -> dict[str, list[Layer]]:
    """Return what a configuration says about each pipeline of a run, by class name.

    It may speak of steps and parameters that only some of the pipelines have.
    """
    known = {p.name for each in PIPELINES.values() for p in each.parameters}
    said = {key: value for key, value in config.items() if key in known}
    said["steps"] = config.get("steps") or {}
    file = config.get("config_file")
    owner = owner_of(file)
    layers: dict[str, list[Layer]] = {}
    for name, pipeline in run.items():
        fits = file if owner not in run or owner == name else None
        *below, spoken = user_layers(pipeline, said, fits, origin=CONFIGURATION)
        spoken = traced(spoken, places)
        others = [other for other in run.values() if other is not pipeline]
        layers[name] = [
            without_others(layer, pipeline, others, first=not layers) for layer in (*below, spoken)
        ]
    return layers


def owner_of(file: str | Path | None) -> str:
    """Return the class that a parameter file is for, or an empty text if it does not say."""
    try:
        return parameter_files.load(Path(file)).class_name if file else ""
    except ParameterError:
        return ""  # it is read again, by what reports its faults


def traced(layer: Layer, places: Places) -> Layer:
    """Return a layer of a configuration that knows where each value stands."""
    of_all = [places.of_section(section, values) for section, values in layer.values.items()]
    return dataclasses.replace(layer, places={k: v for each in of_all for k, v in each.items()})


def without_others(
    layer: Layer, pipeline: Pipeline, others: Iterable[Pipeline], *, first: bool
) -> Layer:
    """Return a layer without the steps and parameters that only other pipelines have.

    What no pipeline has, only the first of the run keeps, to be reported once.
    """
    steps = {step for other in others for step in other.steps} - set(pipeline.steps)
    names = {p.name for other in others for p in other.parameters}
    names -= {p.name for p in pipeline.parameters}

    def concerns(section: str) -> bool:
        step = names_and_aliases().get(section, section)
        return section == OWN or (step not in steps if first else step in pipeline.steps)

    values = {name: of_it for name, of_it in layer.values.items() if concerns(name)}
    if OWN in values:
        values[OWN] = {name: v for name, v in values[OWN].items() if name not in names}
    return dataclasses.replace(layer, values=values)


def plan_exposure(pipeline: Pipeline, path: str, layers: Iterable[Layer]) -> Planned:
    """Make the plan of one exposure from its headers, and check its reference files."""
    files.check_exposure(path, all_steps()[pipeline.steps[0]].input)
    shape = files.shape_of(path)
    with files.opened_for_keywords(path) as header:
        keys = header.get_crds_parameters()
        from_crds = crds.parameter_layers(pipeline, keys)
        plan = make_plan(pipeline, keys, path, [*from_crds, *layers])
        files.check_image(shape[-2:], header.meta.subarray, path)
        check(plan.choices, shape[-2:], header.meta.subarray, path)
    size = 4
    for length in shape:
        size *= length
    return Planned(path, pipeline, plan, size)


def problems_of_config(config: Mapping[str, Any], places: Places) -> list[str]:
    """Return what is wrong with the keys of a configuration, and with what the workflow reads."""
    known = {*CONFIG_KEYS, *(p.name for each in PIPELINES.values() for p in each.parameters)}
    problems = [
        f"unknown key {key!r} ({places.of((key,), value)}); {nearest(key, known)}"
        for key, value in config.items()
        if key not in known
    ]

    def at(key: str) -> str:
        return f"{config[key]!r} ({places.of((key,), config[key])})"

    problems += [
        f"the configuration lacks {key!r}: the {CONFIG_KEYS[key]}"
        for key in ("exposures", "results")
        if not config.get(key)
    ]
    if config.get("granularity", STEP) not in (STEP, STAGE):
        problems.append(f"granularity must be step or stage; it is {at('granularity')}")
    named = config.get("pipeline")
    if named and named not in PIPELINES:
        problems.append(f"unknown pipeline {at('pipeline')}; {nearest(str(named), PIPELINES)}")
    problems += problems_of_keep(config.get("keep", NOTHING), places)
    problems += problems_of_crds(config.get("crds") or {})
    problems += problems_of_names(config.get("steps") or {}, places)
    return problems


def problems_of_keep(keep: Any, places: Places) -> list[str]:
    """Return what is wrong with the steps to keep."""
    if keep in (ALL, NOTHING):
        return []
    if not isinstance(keep, list):
        return [f"keep must be {ALL}, {NOTHING} or a list of steps; it is {keep!r}"]
    known = names_and_aliases()
    return [
        f"unknown step {step!r} in keep ({places.of(('keep',), keep)}); {nearest(str(step), known)}"
        for step in keep
        if step not in known
    ]


def problems_of_crds(crds_config: Any) -> list[str]:
    """Return what is wrong with the settings of CRDS."""
    if not isinstance(crds_config, Mapping):
        return [f"crds must hold {', '.join(CRDS_VARIABLES)}; it is {crds_config!r}"]
    return [
        f"unknown key {key!r} in crds; {nearest(str(key), CRDS_VARIABLES)}"
        for key in crds_config
        if key not in CRDS_VARIABLES
    ]


def problems_of_names(steps: Any, places: Places) -> list[str]:
    """Return which parameters would rename products that the rules name."""
    return [
        f"steps.{step}.{name} ({places.of(('steps', step, name), values[name])}): the workflow "
        "names its products itself; set `results` for the folder, and `keep` for what stays"
        for step, values in (steps.items() if isinstance(steps, Mapping) else ())
        if isinstance(values, Mapping)
        for name in NAMED_BY_WORKFLOW
        if values.get(name) is not None
    ]


def problems_of_shared_files(plan: Plan) -> list[str]:
    """Return which files steps would both read and write, in an order that nobody knows."""
    problems = []
    for step in set(plan.jobs) & set(plan.choices):
        values = {p: plan.settings.value(step, p.name) for p in all_steps()[step].parameters}
        paths = {p: Path(value).absolute() for p, value in values.items() if isinstance(value, str)}
        problems += [
            f"steps.{step}: {read.name} and {written.name} both name {values[read]}; jobs run in "
            "no fixed order, so save in one run and read in another"
            for read in paths
            for written in paths
            if read.file and not written.file and paths[read] == paths[written]
        ]
    return problems


def set_crds_environment(crds_config: Mapping[str, Any]) -> None:
    """Set the environment variables of CRDS that the configuration holds."""
    for key, value in crds_config.items():
        if value is not None:
            os.environ[CRDS_VARIABLES[key]] = str(value)
