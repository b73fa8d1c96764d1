"""Why an exposure is, or a product was, calibrated as it is: values, files, and their origins."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import InputError, ParameterError, raise_all
from snakewebb.pipelines import PIPELINES, Pipeline
from snakewebb.run import crds, files, provenance
from snakewebb.run.call import kind_for, selection_keywords
from snakewebb.run.configuration import Places, read
from snakewebb.run.exposures import exposures_of_table
from snakewebb.run.headers import scan
from snakewebb.run.naming import root_of
from snakewebb.run.parameters import Layer
from snakewebb.run.plan import make_plan, target_named
from snakewebb.run.planning import pipeline_of
from snakewebb.run.provenance import Tree
from snakewebb.run.run_config import (
    checked_layers,
    groups_of,
    layers_of_words,
    set_crds_environment,
)
from snakewebb.steps.declaration import Step


def explain(
    path: str,
    pipeline: str | None = None,
    step: str | None = None,
    config: str | Path | None = None,
) -> Tree:
    """Return why an exposure would be, or a product was, calibrated as it is.

    Parameters
    ----------
    path : str
        An exposure, or a product of snakewebb if nothing else is said.
    pipeline, step : str, optional
        What would run; with both, or a step and a configuration, the step within the pipeline.
    config : str or Path, optional
        A configuration of the workflow.

    Returns
    -------
    dict
        See `provenance.of_plan`; for a product also ``config``, which makes it again.
    """
    if not Path(path).is_file():
        raise InputError(f"{path} does not exist")
    asked = target_asked_for(pipeline, step)
    content, places = (read(config)[0], Places([config])) if config else ({}, Places())
    scan(path)  # refuses what is not FITS
    told = None if asked or config else provenance.of_product(path)
    if told is not None:
        return {**told, "config": provenance.config_of(told)}
    if asked is None or (isinstance(asked, Step) and config):
        target: Pipeline | Step = pipeline_of(path, content.get("pipeline"))
    else:
        target = asked
    layers = layers_of(content, places, target, path) if isinstance(target, Pipeline) else []
    set_crds_environment(content.get("crds") or {})
    tree = of_exposure(path, target, layers)
    return only(tree, target_named(step)) if step and isinstance(target, Pipeline) else tree


def target_asked_for(pipeline: str | None, step: str | None) -> Pipeline | Step | None:
    """Return what is named to run: the pipeline, or the step alone."""
    if step and not pipeline:
        target = target_named(step)
        if isinstance(target, Pipeline):
            raise ParameterError(f"{step} is a pipeline: name it by --pipeline")
        return target
    return target_named(pipeline) if pipeline else None


def layers_of(
    config: Mapping[str, Any], places: Places, target: Pipeline, exposure: str
) -> list[Layer]:
    """Return what a configuration says about a pipeline.

    It is checked, but for what a run needs besides.
    """
    whole = {**config, "exposures": [exposure], "results": "results"}
    layers = checked_layers(whole, PIPELINES.values(), places)[target.class_name]
    return [*layers, *words_about(config, target, exposure)]


def words_about(config: Mapping[str, Any], target: Pipeline, exposure: str) -> list[Layer]:
    """Return what the table of exposures says about an exposure, and about its group."""
    table = config.get("exposures")
    if not isinstance(table, str):
        return []
    rows, problems = exposures_of_table(Path(table))
    raise_all(problems, InputError)
    root = root_of(exposure)
    row = next((each for each in rows if root_of(each.path) == root), None)
    if row is None:
        return []
    return layers_of_words(target, groups_of(config).get(row.group, {}), row)


def of_exposure(path: str, target: Pipeline | Step, layers: Iterable[Layer]) -> Tree:
    """Return what is planned for an exposure, and how CRDS selects its reference files."""
    files.check_exposure(path, kind_for(target, path))
    exposure = selection_keywords(path)
    from_crds = crds.parameter_layers(target, exposure)
    plan = make_plan(target, exposure, path, [*from_crds, *layers])
    tree = provenance.of_plan(plan)
    for of_step in tree["references"].values():
        for kind, chosen in of_step.items():
            if chosen["origin"].startswith("CRDS"):
                chosen["selected_by"] = crds.selected_by(exposure, kind)
    return tree


def only(tree: Tree, step: Pipeline | Step) -> Tree:
    """Return of a plan what concerns one step."""
    if step.name not in tree["status"]:
        raise ParameterError(f"{tree['target']} has no step {step.name} for this exposure")
    kept = {
        key: {step.name: tree[key][step.name]} for key in ("status", "parameters", "references")
    }
    return {**tree, **kept}


def as_text(tree: Tree) -> str:
    """Return a tree as a table to read."""
    context = f", CRDS context {tree['context']}" if tree["context"] else ""
    lines = [f"{tree['exposure']}: {tree['target']} of snakewebb {tree['version']}{context}"]
    for section, parameters in tree["parameters"].items():
        status = tree["status"].get(section)
        lines += ["", f"{section}: {status}" if status else section]
        rows = [*rows_of_references(tree["references"].get(section, {})), *rows_of(parameters)]
        width = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:2]]
        lines += [f"  {name:{width[0]}}  {value:{width[1]}}  {why}" for name, value, why in rows]
    if "config" in tree:
        import yaml

        kind = "configuration" if "steps" in tree["config"] else "parameter file"
        lines += ["", f"# A {kind} that makes it again, without its hooks if it had any:"]
        lines += [yaml.safe_dump(tree["config"], sort_keys=False).rstrip()]
    return "\n".join(lines)


def rows_of(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, value and origin of each parameter, but of overrides that nobody gave."""
    for name, entry in parameters.items():
        if name.startswith("override_") and entry["value"] is None:
            continue
        instead = "; ".join(
            f"{e['value']} ({e['origin']})" for e in entry.get("overrode", ())[::-1]
        )
        yield name, str(entry["value"]), entry["origin"] + (f", over {instead}" if instead else "")


def rows_of_references(references: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield type, name and what chose it, of each reference file."""
    for kind, chosen in references.items():
        by = ", ".join(
            f"{k.removeprefix('meta.')}={v}" for k, v in chosen.get("selected_by", {}).items()
        )
        yield f"reference {kind}", chosen["file"], chosen["origin"] + (f" by {by}" if by else "")
