"""What a product says about how it was made: every parameter and reference file, and their origin.

It stands in ``meta.snakewebb`` of the product, in the ASDF extension of its file, and is the same
tree that a plan has before the run.
"""

import copy
import datetime
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import snakewebb
from snakewebb.errors import InputError
from snakewebb.pipelines import Pipeline
from snakewebb.run.hooks import described
from snakewebb.run.parameters import OWN, Setting
from snakewebb.run.plan import Plan, target_named
from snakewebb.run.references import Choice
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Step
from snakewebb.steps.group_flags import flagged_per_group

Tree = dict[str, Any]

ASKED_FOR = "to run"
LEFT_OUT = "left out"


def of_plan(plan: Plan) -> Tree:
    """Return all that is planned for an exposure, as plain values."""
    return {
        "exposure": plan.name,
        "version": snakewebb.__version__,
        "target": plan.target.class_name,
        "context": plan.context,
        "status": {name: LEFT_OUT if plan.skips(name) else ASKED_FOR for name in plan.order},
        "parameters": {
            section or plan.target.name: of_settings(plan.settings[section])
            for section in plan.settings
            if section == OWN or section in plan.order
        },
        "references": {name: of_choices(plan.choices.get(name, {})) for name in plan.order},
    }


def of_settings(settings: Mapping[str, Setting]) -> Tree:
    """Return the value and origin of each parameter, and what it took the place of."""
    return {name: of_setting(setting) for name, setting in settings.items()}


def of_setting(setting: Setting) -> Tree:
    """Return one value, its origin, and what it took the place of."""
    tree = {"value": described(setting.value), "origin": setting.origin}
    if setting.overrode:
        tree["overrode"] = [
            {"value": described(value), "origin": origin} for value, origin in setting.overrode
        ]
    return tree


def of_choices(choices: Mapping[str, Choice]) -> Tree:
    """Return the name of each reference file, and what chose it."""
    return {kind: {"file": c.name, "origin": c.origin} for kind, c in choices.items()}


def note(plan: Plan, step: str, model: Any) -> None:
    """Write into a model with what a step was carried out or skipped."""
    noted = notes_of(model)
    noted["version"] = snakewebb.__version__
    noted["target"] = plan.target.class_name
    noted["made_from"] = plan.name
    if OWN in plan.settings:
        noted["parameters"][plan.target.name] = of_settings(plan.settings[OWN])
    noted["parameters"][step] = of_settings(plan.settings[step])
    noted["references"][step] = of_choices(plan.choices.get(step, {}))


def notes_of(model: Any) -> Tree:
    """Return the notes in a model, to be added to."""
    notes: Tree = model.meta.instance.setdefault("snakewebb", {"parameters": {}, "references": {}})
    return notes


def note_groups(model: Any) -> None:
    """Write into a ramp how many pixels of each group are flagged, which its slopes do not tell."""
    notes_of(model)["flagged_per_group"] = flagged_per_group(model.groupdq)


def record(plan: Plan, lines: Sequence[str], models: Iterable[Any]) -> None:
    """Add lines to the log that models carry in ``cal_logs``, as in products of jwst."""
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for model in models:
        if model is None or not lines:
            continue
        if not model.hasattr("cal_logs"):
            model.cal_logs = {}
        log = model.cal_logs.instance.setdefault(plan.target.jwst_name, [])
        log.extend(f"{now} {line}" for line in lines)


def inherit(new: Any, model: Any) -> None:
    """Give a new model a copy of what the one says that it was made from."""
    if "snakewebb" in model.meta.instance:
        new.meta.instance["snakewebb"] = copy.deepcopy(model.meta.instance["snakewebb"])
    if model.hasattr("cal_logs"):
        new.cal_logs = copy.deepcopy(model.cal_logs.instance)


def of_product(path: str | Path) -> Tree | None:
    """Return what a product says about how it was made, or None if it does not say.

    Parameters
    ----------
    path : str or Path
        The product.
    """
    from stdatamodels.jwst.datamodels import JwstDataModel

    try:
        with JwstDataModel(path) as model:
            return of_meta(model.meta.instance, path)
    except OSError as fault:
        raise InputError(f"{path} cannot be read: {fault}") from None


def of_meta(meta: Mapping[str, Any], path: str | Path) -> Tree | None:
    """Return what the ``meta`` of a product says about how it was made, or None.

    Parameters
    ----------
    meta : mapping
        The tree of that name in the ASDF extension of the product.
    path : str or Path
        The product.
    """
    if "snakewebb" not in meta:
        return None
    noted = meta["snakewebb"]
    target = target_named(noted["target"])
    statuses = meta.get("cal_step", {})
    context = meta.get("ref_file", {}).get("crds", {}).get("context_used")
    names = in_order(noted["parameters"], target)
    parameters = {
        name: {key: with_value(entry) for key, entry in noted["parameters"][name].items()}
        for name in names
    }
    return {
        "exposure": str(path),
        "version": noted["version"],
        "target": target.class_name,
        "made_from": noted["made_from"],
        "context": context or "",
        "status": {n: statuses.get(all_steps()[n].status, "") for n in names if n in all_steps()},
        "parameters": parameters,
        "references": noted["references"],
    }


def in_order(names: Iterable[str], target: Pipeline | Step) -> list[str]:
    """Return a pipeline and its steps in the order of the pipeline, after steps called before."""
    order = [target.name, *(target.steps if isinstance(target, Pipeline) else ())]
    return sorted(names, key=lambda name: order.index(name) if name in order else -1)


def with_value(entry: Tree) -> Tree:
    """Return an entry whose value None, which ASDF does not keep, is put back."""
    whole = {"value": None, **entry}
    if "overrode" in entry:
        whole["overrode"] = [with_value(each) for each in entry["overrode"]]
    return whole


def config_of(tree: Tree) -> Tree:
    """Return what makes the same pixels again, whatever parameter files CRDS has.

    Parameters
    ----------
    tree : dict
        What a product says about itself.

    Returns
    -------
    dict
        A configuration of the workflow; of a step that was called alone, its parameter file.
    """
    target = target_named(tree["target"])
    if isinstance(target, Step):
        return {"class": target.class_name, "parameters": values_of(target.name, tree)}
    return {
        "exposures": [tree["made_from"]],
        "results": "results",
        "pipeline": target.class_name,
        **({"crds": {"context": tree["context"]}} if tree["context"] else {}),
        "steps": {name: values_of(name, tree) for name in tree["status"] if name in target.steps},
    }


def values_of(step: str, tree: Tree) -> Tree:
    """Return the values that a step's pixels depend on."""
    said = tree["parameters"][step]
    if said["skip"]["value"]:
        return {"skip": True}
    kept = ["skip", *(p.name for p in all_steps()[step].parameters if p.pixels)]
    values = {name: said[name]["value"] for name in kept if name in said}
    for kind, chosen in tree["references"].get(step, {}).items():
        override = said.get(f"override_{kind}", {}).get("value")
        if override is not None:
            values[f"override_{kind}"] = override
        elif not chosen["origin"].startswith("CRDS"):
            values[f"override_{kind}"] = chosen["file"]
    return values
