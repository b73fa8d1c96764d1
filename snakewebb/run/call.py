"""Calibrate one exposure in memory: from what the caller said to the result."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakewebb.pipelines import Pipeline
from snakewebb.run import crds
from snakewebb.run.files import dimensions, open_exposure
from snakewebb.run.job import carry_out
from snakewebb.run.plan import make_plan, user_layers
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Step
from snakewebb.steps.layout import RAMP_DIMENSIONS


def calibrate(
    target: Pipeline | Step,
    source: Any,
    keywords: Mapping[str, Any],
    config_file: str | Path | None = None,
    *,
    parameter_files: bool = True,
) -> Any:
    """Calibrate an exposure.

    Parameters
    ----------
    target : Pipeline or Step
        What to run.
    source : str, Path or data model
        The exposure; a model is not changed.
    keywords : mapping
        What the caller set.
    config_file : str or Path, optional
        The caller's parameter file.
    parameter_files : bool
        Whether CRDS is asked for parameter files.

    Returns
    -------
    data model, or pair of data models
        A pair where the target itself fits ramps: the rate, and the values per integration.
    """
    layers = user_layers(target, keywords, config_file)
    first = target if isinstance(target, Step) else all_steps()[target.steps[0]]
    alone_on_rates = (
        isinstance(target, Step) and first.rates and dimensions(source) != RAMP_DIMENSIONS
    )
    exposure = open_exposure(source, "rate" if alone_on_rates else first.input)
    keys = exposure.model.get_crds_parameters()
    from_crds = crds.parameter_layers(target, keys) if parameter_files else []
    plan = make_plan(target, keys, exposure.name, [*from_crds, *layers])
    products = carry_out(plan, exposure.model)
    return result_of(target, products)


def result_of(target: Pipeline | Step, products: list[Any]) -> Any:
    """Return what the caller gets of the open models of a result."""
    if isinstance(target, Step) and target.output and len(products) > 1:
        return tuple(products)
    for extra in products[1:]:
        if extra is not None:
            extra.close()
    return products[0]
