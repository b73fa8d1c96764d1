"""Carry out a plan: in memory from the first step to the last, or one step on files.

Done here once for all steps: status keywords, reference names, missing references, saving,
provenance and the log.
"""

import contextlib
import dataclasses
import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import snakewebb
from snakewebb.errors import InputError
from snakewebb.pipelines import Pipeline
from snakewebb.run import crds, files, provenance
from snakewebb.run.contents import note_content
from snakewebb.run.hearing import hearing
from snakewebb.run.hooks import call_hooks, call_hooks_on_each
from snakewebb.run.memory import bounded
from snakewebb.run.naming import integrations_suffix, product_name, root_of
from snakewebb.run.parameters import ATTRIBUTE, DEFAULT, KEYWORD, OWN, Setting
from snakewebb.run.plan import Plan, load_plan
from snakewebb.run.references import Shelf, check
from snakewebb.steps import all_steps
from snakewebb.steps.cores import MAXIMUM_CORES, number_of_cores, threads
from snakewebb.steps.declaration import Extra, NotApplicable, Step
from snakewebb.steps.exposure_types import SCIENCE
from snakewebb.steps.layout import RAMP_DIMENSIONS, leave_out_interleaved

log = logging.getLogger("snakewebb")

Products = list[Any]
"""The open models of an exposure: a ramp; or a rate and its values per integration, or None."""

COMPLETE = "COMPLETE"
SKIPPED = "SKIPPED"
FAILED = "FAILED"


def carry_out(plan: Plan, model: Any) -> Products:
    """Carry out a whole plan in memory.

    Parameters
    ----------
    plan : Plan
        What to do.
    model : data model
        The exposure; it is changed.

    Returns
    -------
    list
        The open models of the result.
    """
    files.check_image(model.shape[-2:], model.meta.subarray, plan.name)
    check(plan.choices, model.shape[-2:], model.meta.subarray, plan.name)
    products = [model]
    shelf = Shelf(model)
    try:
        products = call_hooks(plan, OWN, "pre_hooks", products)
        for position, name in enumerate(plan.order):
            save_before(plan, name, products)
            products = run_step(plan, name, products, shelf, outlet_for(plan, name))
            shelf.keep(plan.choices_of(plan.order[position + 1 :]))
            if isinstance(plan.target, Pipeline):
                save_if_asked(plan, name, name, products)
        products[:1] = call_hooks(plan, OWN, "post_hooks", products[:1])
    finally:
        shelf.close()
    save_final(plan, products)
    return products


@dataclass(frozen=True)
class Outlet:
    """Where what a step makes besides its result is saved: folder and root of the names.

    Without `results`, what belongs to a result is not saved.
    """

    folder: Path
    root: str
    results: bool


def run_step(plan: Plan, name: str, products: Products, shelf: Shelf, outlet: Outlet) -> Products:
    """Run one step on the open models of an exposure, and note in them what it did."""
    step = all_steps()[name]
    started = time.perf_counter()
    call = call_hooks_on_each if step.input == "rate" else call_hooks
    with hearing() as warnings:
        products = call(plan, name, "pre_hooks", products)
        products, reason = attempted(plan, step, products, shelf, outlet)
    note(plan, step, products, SKIPPED if reason else COMPLETE)
    seconds = time.perf_counter() - started
    outcome = f"skipped, {reason}" if reason else f"complete in {seconds:.2f} s"
    log.info("%s: %s: %s", root_of(plan.name), name, outcome)
    provenance.record(plan, [f"{name}: {said}" for said in (*warnings, outcome)], products)
    return call(plan, name, "post_hooks", products)


def attempted(
    plan: Plan, step: Step, products: Products, shelf: Shelf, outlet: Outlet
) -> tuple[Products, str | None]:
    """Return what there is after a step, and why it was left out, if it was."""
    reason = reason_to_skip(plan, step, products)
    if reason is not None:
        return products, reason
    if step.input == "ramp" and step.output and step.exposures == SCIENCE:
        provenance.note_groups(products[0])
    choices = plan.choices[step.name]
    references = SimpleNamespace(**{kind: shelf.get(chosen) for kind, chosen in choices.items()})
    try:
        with threads(threads_for(plan, step)):
            products, extras = apply_to_all(step, products, references, plan)
        save_extras(extras, outlet)
    except NotApplicable as verdict:
        return products, str(verdict)
    except ValueError as fault:
        raise InputError(f"{plan.name}: {step.name}: {fault}") from fault
    return products, None


def reason_to_skip(plan: Plan, step: Step, products: Products) -> str | None:
    """Return why a step is left out before it is tried, or None."""
    if step.name not in plan.choices:
        return "as asked"
    instrument = products[0].meta.instrument.name
    if step.instruments and instrument not in step.instruments:
        return f"it is for {' and '.join(step.instruments)} only, not for {instrument}"
    alone_on_rates = step.rates and isinstance(plan.target, Step)
    if kind_of(products) != step.input and not alone_on_rates:
        return f"there is no {step.input}"
    for kind, choice in plan.choices[step.name].items():
        if choice.reference.required and choice.file is None:
            return f"there is no reference of type {kind} ({choice.origin})"
    return None


def kind_of(products: Products) -> str:
    """Return whether models are a ramp or rates."""
    return "ramp" if len(products[0].shape) == RAMP_DIMENSIONS else "rate"


def threads_for(plan: Plan, step: Step) -> int:
    """Return how many threads a step may use: those of the plan, unless the user said less."""
    said = plan.settings[step.name].get(MAXIMUM_CORES.name)
    if said is None or said.origin == DEFAULT or crds.is_parameter_file(said.origin):
        return plan.threads
    return min(plan.threads, number_of_cores(said.value))


def apply_to_all(
    step: Step, products: Products, references: Any, plan: Plan
) -> tuple[Products, list[Extra]]:
    """Apply a step to each model; a model that the step replaces is closed."""
    parameters = plan.settings.values_of(step.name)
    applied: Products = []
    extras: list[Extra] = []
    for model in products:
        if model is None:
            applied.append(None)
            continue
        if step.input == "ramp" and not step.interleaved:
            leave_out_interleaved(model)
        result = step.apply(model, references, parameters)
        results = result if isinstance(result, tuple) else (result,)
        extras += [each for each in results if isinstance(each, Extra)]
        news = [each for each in results if not isinstance(each, Extra)]
        if all(new is None for new in news):
            applied.append(model)
            continue
        for new in news:
            if new is not None:
                inherit(new, model)
        model.close()
        applied += news
    return applied, extras


def inherit(new: Any, model: Any) -> None:
    """Give a new model the provenance and the file name of the one it was made from."""
    provenance.inherit(new, model)
    new.meta.filename = model.meta.filename


def note(plan: Plan, step: Step, products: Products, status: str) -> None:
    """Write status, reference names, versions and the origin of parameters into the models."""
    for model in products:
        if model is None:
            continue
        setattr(model.meta.cal_step, step.status, status)
        model.meta.calibration_software_version = snakewebb.__version__
        provenance.note(plan, step.name, model)
        if status == COMPLETE:
            for kind, choice in plan.choices[step.name].items():
                note_reference(model, kind, choice.name)
        if plan.context:
            model.meta.ref_file.crds.context_used = plan.context
            model.meta.ref_file.crds.sw_version = crds.version()


def note_reference(model: Any, kind: str, name: str) -> None:
    """Write the name of a reference file; the ASDF tree holds types without a keyword, too."""
    model.meta.ref_file.instance.setdefault(kind, {})["name"] = name


def save_before(plan: Plan, name: str, products: Products) -> None:
    """Save the model as it is before a step, if the pipeline was asked to."""
    if not isinstance(plan.target, Pipeline) or name not in plan.target.saved_before:
        return
    parameter, suffix = plan.target.saved_before[name]
    if plan.settings.value(OWN, parameter) and not plan.skips(name):
        save_products(plan, OWN, suffix, products)


def save_if_asked(plan: Plan, section: str, suffix: str, products: Products) -> None:
    """Save the models after a step or pipeline if it has a reason to."""
    if asks_to_save(plan, section):
        values = plan.settings.values_of(section)
        save_products(plan, section, values.suffix or suffix, products)


def asks_to_save(plan: Plan, section: str) -> bool:
    """Tell whether the settings of a step or pipeline ask for its result to be saved."""
    values = plan.settings.values_of(section)
    implied = values.output_dir and not declined(plan.settings[section]["save_results"])
    return bool(values.save_results or values.output_file or implied)


def declined(save_results: Setting) -> bool:
    """Tell whether a Python caller says that nothing is to be saved."""
    return not save_results.value and save_results.origin in (KEYWORD, ATTRIBUTE)


def saves(plan: Plan, name: str) -> bool:
    """Tell whether the result of a step, or of the pipeline it is part of, is saved."""
    return asks_to_save(plan, name) or (OWN in plan.settings and asks_to_save(plan, OWN))


def outlet_for(plan: Plan, name: str) -> Outlet:
    """Return where what a step makes besides its result is saved."""
    outer = plan.settings[OWN]["output_file"].value if OWN in plan.settings else None
    given = Path(plan.settings.value(name, "output_file") or outer or "")
    folder = folder_of(plan, name) / given.parent
    return Outlet(folder, root_of(given.name or plan.name), saves(plan, name))


def save_final(plan: Plan, products: Products) -> None:
    """Save the result of the pipeline, or of the step that was called alone."""
    if isinstance(plan.target, Step):
        save_if_asked(plan, plan.target.name, plan.target.name, products)
        return
    save_if_asked(plan, OWN, plan.target.suffix_of(kind_of(products)), products)


def save_extras(extras: Iterable[Extra], outlet: Outlet) -> None:
    """Save and close what a step made besides its result."""
    for extra in extras:
        name = extra.name or product_name(outlet.root, extra.suffix, extra.extension)
        path = outlet.folder / (name if Path(name).suffix else f"{name}{extra.extension}")
        with contextlib.closing(extra.model):
            if outlet.results or not extra.with_result:
                log.info("saved %s", files.save(extra.model, path))


def folder_of(plan: Plan, section: str) -> Path:
    """Return the folder for the products of a step or, without a name, the pipeline."""
    outer = plan.settings[OWN]["output_dir"].value if OWN in plan.settings else None
    return Path(plan.settings.value(section, "output_dir") or outer or "")


def save_products(plan: Plan, section: str, suffix: str, products: Products) -> None:
    """Save models under the names that the settings of a section ask for."""
    values = plan.settings.values_of(section)
    folder = folder_of(plan, section)
    root = root_of(plan.name)
    if values.output_file:
        folder = folder / Path(values.output_file).parent
        root = root_of(values.output_file)
    for model, ending in zip(products, (suffix, integrations_suffix(suffix)), strict=False):
        if model is not None:
            path = folder / product_name(root, ending, values.output_ext)
            log.info("saved %s", files.save(model, path))


def run_job(
    step: str, plan_file: str, inputs: Sequence[str], outputs: Sequence[str], threads: int = 1
) -> None:
    """Run one step of a plan as a job of its own, on files.

    Parameters
    ----------
    step : str
        Name of the step.
    plan_file : str
        Where the plan of the exposure is.
    inputs, outputs : sequence of str
        The products before and after it, two where there are values per integration, and then
        what it makes besides.
    threads : int
        How many threads it may use.
    """
    plan = dataclasses.replace(load_plan(plan_file), threads=threads)
    with bounded(plan.memory):
        carry_out_step(plan, plan_file, step, inputs, outputs)


def carry_out_step(
    plan: Plan, plan_file: str, step: str, inputs: Sequence[str], outputs: Sequence[str]
) -> None:
    """Carry out one step of a plan on files; the rest as for `run_job`."""
    note_if_raw(plan, plan_file, inputs[0])
    with hearing() as warnings:
        products = [files.open_exposure(path, plan.kind_before(step)).model for path in inputs]
    provenance.record(plan, warnings, products)
    check(
        {step: plan.choices.get(step, {})},
        products[0].shape[-2:],
        products[0].meta.subarray,
        plan.name,
    )
    note_skipped(plan, plan.order[: plan.order.index(step)], products)
    shelf = Shelf(products[0])
    try:
        outlet = Outlet(Path(outputs[0]).parent, root_of(plan.name), results=True)
        products = run_step(plan, step, products, shelf, outlet)
    finally:
        shelf.close()
    save_all(products, outputs[: len(products)])


def run_stage(plan_file: str, exposure: str, outputs: Sequence[str], threads: int = 1) -> None:
    """Carry out a whole plan as one job.

    Parameters
    ----------
    plan_file : str
        Where the plan of the exposure is.
    exposure : str
        The raw exposure.
    outputs : sequence of str
        The products; all lie in one folder. Those that bear the name of a step are saved after it.
    threads : int
        How many threads it may use.
    """
    plan = dataclasses.replace(load_plan(plan_file), threads=threads)
    note_if_raw(plan, plan_file, exposure)
    root = root_of(plan.name)
    named = {Path(path).name for path in outputs}
    kept = [step for step in plan.jobs if product_name(root, step) in named]
    said = {OWN: {"save_results": True, "output_dir": str(Path(outputs[0]).parent)}}
    said |= {step: {"save_results": True} for step in kept}
    for section, values in said.items():
        for name, value in values.items():
            plan.settings[section][name] = Setting(value, "workflow")
    with bounded(plan.memory):
        with hearing() as warnings:
            model = files.open_exposure(exposure, all_steps()[plan.order[0]].input).model
        provenance.record(plan, warnings, [model])
        for product in carry_out(plan, model):
            if product is not None:
                product.close()


def note_if_raw(plan: Plan, plan_file: str, path: str) -> None:
    """Note the content of a raw exposure, by which later runs see whether it is still the same."""
    if path == plan.name:
        plans = Path(plan_file).parent
        note_content(path, plans / "content" / f"{root_of(path)}.json")


def save_ramp(plan_file: str, ramp: str, output: str) -> None:
    """Save the ramp that slopes are fitted to under its final name, as a job of its own."""
    plan = load_plan(plan_file)
    with bounded(plan.memory):
        carry_out_naming(plan, ramp, output)


def carry_out_naming(plan: Plan, ramp: str, output: str) -> None:
    """Save a ramp under its final name; the rest as for `save_ramp`."""
    products = [files.open_exposure(ramp, "ramp").model]
    fitted = any(all_steps()[name].output for name in plan.jobs)
    steps = plan.order if not fitted else plan.order[: plan.order.index(last_on_ramps(plan)) + 1]
    note_skipped(plan, steps, products)
    save_all(products, [output])


def last_on_ramps(plan: Plan) -> str:
    """Return the last step that takes a ramp and returns one."""
    steps = [all_steps()[name] for name in plan.order]
    return [step.name for step in steps if step.input == "ramp" and not step.output][-1]


def save_all(products: Products, paths: Iterable[str]) -> None:
    """Save and close models; there may be no values per integration."""
    for model, path in zip(products, paths, strict=True):
        if model is not None:
            files.save(model, path)
            model.close()


def note_skipped(plan: Plan, steps: Iterable[str], products: Products) -> None:
    """Note the steps that have no job."""
    for name in steps:
        if name not in plan.jobs:
            note(plan, all_steps()[name], products, SKIPPED)
