"""What the configuration of a run says: its keys, their check, and its layers of parameters."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import ParameterError, nearest, raise_all
from snakewebb.pipelines import PIPELINES, Pipeline
from snakewebb.run.exposures import Exposure
from snakewebb.run.parameters import OWN, Layer, class_named_in, keyword_layer
from snakewebb.run.plan import user_layers
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
    "granularity": "step: a job for each step; stage: one for each exposure, faster",
    "quicklook": "whether a picture of each exposure is made",
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
    "quicklook": (bool, "true or false"),
    "config_file": (str, "the path of a file"),
    "pipeline": (str, "the name of a class"),
}
STEP, STAGE = "step", "stage"
NAMED_BY_WORKFLOW = (
    "the workflow names its products itself; "
    "set `results` for the folder, and `keep` for what stays"
)
LEFT_TO_WORKFLOW = {
    **dict.fromkeys(("output_file", "output_dir", "output_ext", "suffix"), NAMED_BY_WORKFLOW),
    "maximum_cores": "set `threads`, which counts for all steps",
}


def with_defaults(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration above the defaults."""
    return {**read_config(DEFAULTS), **config}


def read_config(path: str | Path) -> dict[str, Any]:
    """Return what a configuration file says."""
    import yaml

    try:
        said = yaml.safe_load(Path(path).read_text()) or {}
    except (OSError, yaml.YAMLError) as fault:
        raise ParameterError(f"the configuration {path} cannot be read: {fault}") from None
    if not isinstance(said, dict):
        raise ParameterError(f"the configuration {path} must map keys to values")
    return said


def check_config(config: Mapping[str, Any]) -> None:
    """Check the keys of a configuration and what the workflow itself reads of it."""
    known = {*CONFIG_KEYS, *(p.name for each in PIPELINES.values() for p in each.parameters)}
    problems = [
        f"unknown key {key!r} in the configuration; {nearest(key, known)}"
        for key in config
        if key not in known
    ]
    problems += [
        f"the configuration lacks {key!r}: the {CONFIG_KEYS[key]}"
        for key in ("exposures", "results")
        if not config.get(key)
    ]
    if config.get("granularity", STEP) not in (STEP, STAGE):
        problems.append(f"granularity must be step or stage; it is {config['granularity']!r}")
    named = config.get("pipeline")
    if named and named not in PIPELINES:
        problems.append(f"unknown pipeline {named!r}; {nearest(str(named), PIPELINES)}")
    problems += problems_of_types(config)
    threads = config.get("threads", 1)
    if type(threads) is not int or threads < 1:
        problems.append(f"threads must be a whole number, at least 1; it is {threads!r}")
    problems += problems_of_groups(config.get("groups") or {})
    problems += problems_of_keep(config.get("keep", NOTHING))
    problems += problems_of_crds(config.get("crds") or {})
    problems += problems_of_names(config.get("steps") or {})
    raise_all(problems, ParameterError)


def problems_of_types(config: Mapping[str, Any]) -> list[str]:
    """Return which values are not of the kind that their key needs."""
    return [
        f"{key} must be {noun}; it is {config[key]!r}"
        for key, (kinds, noun) in KINDS.items()
        if config.get(key) is not None and not isinstance(config[key], kinds)
    ]


def problems_of_groups(groups: Any) -> list[str]:
    """Return what is wrong with the shape of what is said about groups."""
    if isinstance(groups, Mapping) and all(isinstance(v, Mapping) for v in groups.values()):
        found = [problems_of_names(v.get("steps") or {}) for v in groups.values()]
        return [problem for of_group in found for problem in of_group]
    return [f"groups must map groups to what is said about them, such as steps; it is {groups!r}"]


def problems_of_keep(keep: Any) -> list[str]:
    """Return what is wrong with the steps to keep."""
    if keep in (ALL, NOTHING):
        return []
    if not isinstance(keep, list):
        return [f"keep must be {ALL}, {NOTHING} or a list of steps; it is {keep!r}"]
    known = names_and_aliases()
    return [
        f"unknown step {step!r} in keep; {nearest(str(step), known)}"
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


def problems_of_names(steps: Any) -> list[str]:
    """Return which parameters would take the place of what the workflow decides."""
    if not isinstance(steps, Mapping):
        return [f"steps must map steps to their parameters; it is {steps!r}"]
    return [
        f"steps.{step}.{name}: {reason}"
        for step, values in steps.items()
        if isinstance(values, Mapping)
        for name, reason in LEFT_TO_WORKFLOW.items()
        if values.get(name) is not None
    ]


def layers_by_pipeline(
    config: Mapping[str, Any], pipelines: Iterable[Pipeline]
) -> dict[str, list[Layer]]:
    """Return what the configuration says about each pipeline of a run, by class name.

    It may speak of steps and parameters that only some of the pipelines have.
    """
    run = {pipeline.class_name: pipeline for pipeline in pipelines}
    said = {key: value for key, value in config.items() if key not in CONFIG_KEYS}
    said["steps"] = config.get("steps") or {}
    file = config.get("config_file")
    owner = class_named_in(file) if file else ""
    layers = {}
    for name, pipeline in run.items():
        fits = file if owner not in run or owner == name else None
        spoken = user_layers(pipeline, said, fits, origin="configuration")
        others = [other for other in run.values() if other is not pipeline]
        layers[name] = [without_others(layer, pipeline, others) for layer in spoken]
    return layers


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
    return [without_others(layer, pipeline, others) for layer in layers]


def without_others(layer: Layer, pipeline: Pipeline, others: Iterable[Pipeline]) -> Layer:
    """Return a layer without the steps and parameters that only other pipelines have."""
    steps = {step for other in others for step in other.steps} - set(pipeline.steps)
    names = {p.name for other in others for p in other.parameters}
    names -= {p.name for p in pipeline.parameters}
    values = {
        section: of_section
        for section, of_section in layer.values.items()
        if names_and_aliases().get(section, section) not in steps
    }
    if OWN in values:
        values[OWN] = {name: v for name, v in values[OWN].items() if name not in names}
    return Layer(layer.origin, values, layer.strict)


def set_crds_environment(crds_config: Mapping[str, Any]) -> None:
    """Set the environment variables of CRDS that the configuration holds."""
    for key, value in crds_config.items():
        if value is not None:
            os.environ[CRDS_VARIABLES[key]] = str(value)
