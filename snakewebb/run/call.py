"""Calibrate one exposure in memory: from what the caller said to the result."""

import dataclasses
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakewebb.pipelines import MEMORY, Pipeline
from snakewebb.run import crds, provenance
from snakewebb.run.files import dimensions, no_exposure, open_exposure, opened_for_keywords
from snakewebb.run.hearing import hearing
from snakewebb.run.job import carry_out
from snakewebb.run.memory import bounded
from snakewebb.run.parameters import OWN, Layer, Settings, resolve
from snakewebb.run.plan import make_plan
from snakewebb.steps import all_steps
from snakewebb.steps.cores import available
from snakewebb.steps.declaration import Step
from snakewebb.steps.layout import RAMP_DIMENSIONS


def calibrate(
    target: Pipeline | Step,
    source: Any,
    layers: Iterable[Layer],
    *,
    parameter_files: bool = True,
) -> Any:
    """Calibrate an exposure.

    Parameters
    ----------
    target : Pipeline or Step
        What to run.
    source : str, Path, data model or HDUList
        The exposure; what is open already is not changed.
    layers : iterable of Layer
        What the caller said, the lowest first.
    parameter_files : bool
        Whether CRDS is asked for parameter files.

    Returns
    -------
    data model, or pair of data models
        A pair where the target itself fits ramps: the rate, and the values per integration.
    """
    layers = list(layers)
    settings = resolve(target, layers)  # what the caller got wrong is said before anything is read
    memory = settings.value(OWN, MEMORY.name) if OWN in settings else None
    with bounded(memory):
        return calibrated(target, source, layers, parameter_files)


def calibrated(target: Pipeline | Step, source: Any, layers: list[Layer], parameter_files: bool):
    """Calibrate an exposure; the rest as for `calibrate`."""
    with hearing() as warnings:
        exposure = open_exposure(source, kind_for(target, source))
    try:
        keys = exposure.model.get_crds_parameters()
        with hearing() as further:
            from_crds = crds.parameter_layers(target, keys) if parameter_files else []
        plan = make_plan(target, keys, exposure.name, [*from_crds, *layers])
        plan = dataclasses.replace(plan, threads=available())
        provenance.record(plan, [*warnings, *further], [exposure.model])
        products = carry_out(plan, exposure.model)
    except BaseException:
        exposure.model.close()
        raise
    return result_of(target, products)


def kind_for(target: Pipeline | Step, source: Any) -> str:
    """Return whether a pipeline or step takes an exposure as a ramp or as a rate."""
    first = target if isinstance(target, Step) else all_steps()[target.steps[0]]
    alone_on_rates = first is target and first.rates and dimensions(source) != RAMP_DIMENSIONS
    return "rate" if alone_on_rates else first.input


def selection_keywords(source: Any) -> dict[str, Any]:
    """Return the keywords of an exposure by which CRDS selects files, read from its header.

    Parameters
    ----------
    source : str, Path or data model
        The exposure.
    """
    from stdatamodels.jwst.datamodels import JwstDataModel

    if isinstance(source, JwstDataModel):
        return source.get_crds_parameters()
    if not isinstance(source, str | Path):
        raise no_exposure(source)
    with opened_for_keywords(source) as header:
        return header.get_crds_parameters()


def settings_for(
    target: Pipeline | Step, source: Any, layers: Iterable[Layer], *, parameter_files: bool = True
) -> Settings:
    """Return the settings with which an exposure would be calibrated."""
    keys = selection_keywords(source) if parameter_files else {}
    from_crds = crds.parameter_layers(target, keys) if parameter_files else []
    return resolve(target, [*from_crds, *layers], check_files=False)


def best_reference(step: Step, source: Any, kind: str, override: Any = None) -> str:
    """Return the path of the reference file of a type for an exposure, or ``"N/A"``."""
    required = step.reference(kind).required
    if override is not None:
        return str(override)
    return crds.best_references(selection_keywords(source), {kind: required}, str(source))[kind]


def result_of(target: Pipeline | Step, products: list[Any]) -> Any:
    """Return what the caller gets of the open models of a result."""
    if isinstance(target, Step) and target.output and len(products) > 1:
        return tuple(products)
    for extra in products[1:]:
        if extra is not None:
            extra.close()
    return products[0]
