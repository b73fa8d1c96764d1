"""Count rates from the slopes of ramps."""

import numpy as np

from snakewebb.kernels import ramp_fit as kernel
from snakewebb.kernels.dq import DO_NOT_USE
from snakewebb.steps.cores import MAXIMUM_CORES, number_of_cores
from snakewebb.steps.declaration import Parameter, Step
from snakewebb.steps.readout import readout
from snakewebb.steps.reference_types import GAIN, READNOISE

ALGORITHMS = {"OLS_C": kernel.fit_ramps}
"""How to fit, by the name that users write."""


def apply(model, references, parameters):
    """Return the rates of the exposure and of each integration."""
    exposure = model.meta.exposure
    first, stop = group_range(parameters.firstgroup, parameters.lastgroup, model.data.shape[1])
    span = span_of_groups(model, first, stop)
    rates = ALGORITHMS[parameters.algorithm](
        model.data[:, span],
        model.groupdq[:, span],
        model.pixeldq,
        references.gain.data,
        references.readnoise.data,
        **readout(exposure),
        dark_current=model.average_dark_current if model.hasattr("average_dark_current") else None,
        zeroframe=model.zeroframe if exposure.zero_frame else None,
        groups=(max(first - span.start, 0), min(stop, span.stop) - span.start),
        suppress_one_group=parameters.suppress_one_group,
        workers=number_of_cores(parameters.maximum_cores),
    )
    return products(model, *rates)


def group_range(first, last, ngroups):
    """Return the first group to use and the one after the last.

    A limit that is None or outside the ramp is that of the ramp; limits that leave less than two
    groups are no limits.
    """
    first = max(first or 0, 0)
    last = ngroups - 1 if last is None else min(last, ngroups - 1)
    return (first, last + 1) if first < last else (0, ngroups)


def span_of_groups(model, first, stop):
    """Return the groups that ramps are cut to if only some, `first` to `stop`, are to be used.

    Ramps of MIRI lose the groups at their beginning that no pixel can use, and such a one at their
    end, with all their flags. Two groups are left at least.
    """
    ngroups = model.groupdq.shape[1]
    start, end = 0, ngroups
    if model.meta.instrument.name == "MIRI":
        while start < first or (start < ngroups and is_unused(model.groupdq[:, start])):
            start += 1
        end -= stop < ngroups or is_unused(model.groupdq[:, -1])
    return slice(start, end) if end - start > 1 else slice(0, ngroups)


def is_unused(groupdq):
    """Return whether no pixel can use a group, in any integration."""
    return bool((groupdq & np.uint8(DO_NOT_USE)).all())


def products(model, rate, rateints):
    """Return the models of the rates of an exposure and of its integrations."""
    from stdatamodels.jwst.datamodels import CubeModel, ImageModel

    models = ImageModel(**rate._asdict()), CubeModel(**rateints._asdict())
    for each in models:
        each.update(model)
        each.meta.bunit_data = each.meta.bunit_err = "DN/s"
    if model.hasattr("int_times"):
        models[1].int_times = model.int_times.copy()
    return models


STEP = Step(
    name="ramp_fit",
    class_name="RampFitStep",
    package="ramp_fitting",
    title="Fit straight lines to the ramps to get count rates and their errors.",
    apply=apply,
    status="ramp_fit",
    kernels=(
        "blocks",
        "ordered_planes",
        "plane_median",
        "ramp_fit",
        "ramp_fit_integration",
        "ramp_fit_segments",
        "ramp_fit_weights",
    ),
    parameters=(
        Parameter(
            "algorithm",
            str,
            "OLS_C",
            "How to fit: OLS_C is the optimally weighted least-squares fit.",
            choices=tuple(ALGORITHMS),
        ),
        Parameter(
            "suppress_one_group",
            bool,
            True,
            "Give no rate to saturated ramps with only one good group.",
        ),
        Parameter("firstgroup", int, None, "First group to use, counted from zero."),
        Parameter("lastgroup", int, None, "Last group to use, counted from zero."),
        MAXIMUM_CORES,
    ),
    references=(READNOISE, GAIN),
    output="rate",
)
