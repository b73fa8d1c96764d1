"""What steps and pipelines have in common, by the names that jwst gives it in ``jwst.stpipe``."""

from typing import Any

from snakewebb.shim import PipelineBase as Pipeline
from snakewebb.shim import Runnable as Step

__all__ = ["Pipeline", "Step", "query_step_status", "record_step_status"]


def query_step_status(model: Any, step: str) -> str | None:
    """Return what a model says about a step.

    Parameters
    ----------
    model : data model
        An open product.
    step : str
        Name of the step in ``model.meta.cal_step``.

    Returns
    -------
    str or None
        ``"COMPLETE"``, ``"SKIPPED"`` or ``"FAILED"``; None if the step has not been reached.
    """
    return getattr(model.meta.cal_step, step, None)


def record_step_status(
    model: Any, step: str, success: bool = True, status: str | None = None
) -> None:
    """Write into a model what a user's own step did.

    Parameters
    ----------
    model : data model
        An open product.
    step : str
        Name of the step in ``model.meta.cal_step``.
    success : bool
        ``"COMPLETE"`` if true, else ``"FAILED"``.
    status : str, optional
        What to write instead.
    """
    setattr(model.meta.cal_step, step, status or ("COMPLETE" if success else "FAILED"))
