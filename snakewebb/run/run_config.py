"""What the configuration of a run says: its keys, their check, and its layers of parameters."""

import dataclasses
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError, nearest, noted, raise_all
from snakewebb.pipelines import DETECTOR1, PIPELINES, Pipeline
from snakewebb.run import parameter_files
from snakewebb.run.configuration import CONFIGURATION, Places, read
from snakewebb.run.exposures import Exposure
from snakewebb.run.parameter_files import Keys
from snakewebb.run.parameters import OWN, Layer, keyword_layer, resolve
from snakewebb.run.plan import is_no_folder, user_layers
from snakewebb.steps import names_and_aliases

DEFAULTS = Path(__file__).parents[2] / "config" / "config.yaml"
ALL = "all"
NOTHING = "none"
CONFIG_KEYS = {
    "exposures": "path of a table of exposures, or a list of glob patterns",
    "results": "folder of the products",
    "pipeline": "class of the pipeline for all exposures; without it, the type of each chooses",
    "keep": "steps whose products are kept: all, none or a list",
    "threads": "threads that each job may use, in all",
    "granularity": "step: a job for each step; stage: one for each exposure, faster; "
    "a change of it runs all again",
    "quicklook": "whether a picture and a page of each exposure, and one of the run, are made",
    "crds": "path, context and server_url, instead of the environment variables",
    "config_file": "parameter file",
    "steps": "parameters of steps",
    "groups": "parameters of the exposures of a group of the table: steps, and of the pipeline",
}
CRDS_VARIABLES = {
    "path": "CRDS_PATH",
    "context": "CRDS_CONTEXT",
    "server_url": "CRDS_SERVER_URL",
}
KINDS: dict[str, tuple[type, str]] = {
    "results": (str, "the path of a folder"),
    "quicklook": (bool, "true or false, which --config spells True or False"),
    "config_file": (str, "the path of a file"),
    "pipeline": (str, "the name of a class"),
}
STEP, STAGE = "step", "stage"
NAMED_BY_WORKFLOW = ("output_file", "output_dir", "output_ext", "suffix")


def with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration above the defaults."""
    return {**read(DEFAULTS)[0], **config}


def pipeline_named(named: Any) -> Pipeline | None:
    """Return the pipeline that a configuration names, or None if it names none that there is."""
    return PIPELINES.get(named) if isinstance(named, str) else None


def groups_of(config: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return what a configuration says about each group, as far as it can be understood."""
    groups = config.get("groups")
    said = groups.items() if isinstance(groups, Mapping) else ()
    return {group: of_group for group, of_group in said if isinstance(of_group, Mapping)}


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
    if named and isinstance(named, str) and named not in PIPELINES:
        problems.append(f"unknown pipeline {at('pipeline')}; {nearest(named, PIPELINES)}")
    threads = config.get("threads", 1)
    if type(threads) is not int or threads < 1:
        problems.append(f"threads must be a whole number, at least 1; it is {at('threads')}")
    problems += problems_of_types(config, places)
    results = config.get("results")
    if isinstance(results, str) and is_no_folder(results):
        problems.append(f"results must be the path of a folder, but {at('results')} is a file")
    problems += problems_of_groups(config.get("groups") or {}, places)
    problems += problems_of_keep(config.get("keep", NOTHING), places)
    problems += problems_of_crds(config.get("crds") or {})
    problems += problems_of_names(config.get("steps") or {}, places)
    return problems


def problems_of_types(config: Mapping[str, Any], places: Places) -> list[str]:
    """Return which values are not of the kind that their key needs."""
    return [
        f"{key} must be {noun}; it is {config[key]!r} ({places.of((key,), config[key])})"
        for key, (kinds, noun) in KINDS.items()
        if config.get(key) is not None and not isinstance(config[key], kinds)
    ]


def problems_of_groups(groups: Any, places: Places) -> list[str]:
    """Return what is wrong with the shape of what is said about groups."""
    if isinstance(groups, Mapping) and all(isinstance(v, Mapping) for v in groups.values()):
        found = [
            problems_of_names(said.get("steps") or {}, places, ("groups", group))
            for group, said in groups.items()
        ]
        return [problem for of_group in found for problem in of_group]
    return [f"groups must map groups to what is said about them, such as steps; it is {groups!r}"]


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
        if not isinstance(step, str) or step not in known
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


def problems_of_names(steps: Any, places: Places, above: Keys = ()) -> list[str]:
    """Return which parameters would rename products that the rules name."""
    return [
        f"steps.{step}.{name} ({places.of((*above, 'steps', step, name), values[name])}): the "
        "workflow names its products itself; set `results` for the folder, and `keep` for what "
        "stays"
        for step, values in (steps.items() if isinstance(steps, Mapping) else ())
        if isinstance(values, Mapping)
        for name in NAMED_BY_WORKFLOW
        if values.get(name) is not None
    ]


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
    named = config.get("config_file")
    file = named if isinstance(named, str) else None  # what else it is, is reported as a problem
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


def layers_of_words(
    pipeline: Pipeline, of_group: Mapping[str, Any], exposure: Exposure
) -> list[Layer]:
    """Return what is said about the group of an exposure, and above it about the exposure alone.

    Parameters of steps that the pipeline lacks are for other exposures of the table.
    """
    steps: dict[str, dict[str, Any]] = {}
    for name, value in exposure.said:
        step, _, parameter = name.partition(".")
        steps.setdefault(step, {})[parameter] = list(value) if type(value) is tuple else value
    layers = [
        keyword_layer(pipeline, of_group, f"group {exposure.group}"),
        keyword_layer(pipeline, {"steps": steps}, exposure.origin),
    ]
    others = [each for each in PIPELINES.values() if each is not pipeline]
    return [without_others(layer, pipeline, others, first=True) for layer in layers]


def set_crds_environment(crds_config: Mapping[str, Any]) -> None:
    """Set the environment variables of CRDS that the configuration holds."""
    for key, value in crds_config.items():
        if value is not None:
            os.environ[CRDS_VARIABLES[key]] = str(value)
