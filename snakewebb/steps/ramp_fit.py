"""Count rates from the slopes of ramps."""

import numpy as np

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET
from snakewebb.kernels.ramp_fit import fit_ramps
from snakewebb.kernels.ramp_fit_details import fit_details
from snakewebb.kernels.ramp_fit_likelihood import fit_ramps_by_likelihood
from snakewebb.steps.cores import MAXIMUM_CORES
from snakewebb.steps.declaration import Extra, Parameter, Step
from snakewebb.steps.readout import readout
from snakewebb.steps.reference_types import GAIN, READNOISE

FEWEST_GROUPS_FOR_LIKELIHOOD = 4
"""Groups of an integration from which on the algorithm LIKELY is used."""

SLICED = ("MIR_MRS", "NRS_IFU")
"""Types of exposure that always go through an integral field unit."""

LAMPS = ("NRS_AUTOWAVE", "NRS_LAMP")
"""Types of exposure that go through one if the lamp is set so."""


def apply(model, references, parameters):
    """Return the rates of the exposure and of each integration, and details of the fit."""
    exposure, ngroups = model.meta.exposure, model.data.shape[1]
    data, groupdq = model.data, model.groupdq
    groups = slice(*group_range(parameters.firstgroup, parameters.lastgroup, ngroups))
    likely = parameters.algorithm == "LIKELY" and ngroups >= FEWEST_GROUPS_FOR_LIKELIHOOD
    if model.meta.instrument.name == "MIRI" and not likely:
        data, groupdq, groups = without_unusable_ends(data, groupdq, groups)
    dark_current = model.average_dark_current if model.hasattr("average_dark_current") else None
    arrays = data, groupdq, model.pixeldq, references.gain.data, references.readnoise.data
    options = {
        **readout(exposure),
        "dark_current": dark_current,
        "zeroframe": model.zeroframe if exposure.zero_frame else None,
        "groups": (groups.start, groups.stop),
        "suppress_one_group": parameters.suppress_one_group,
    }
    if likely:
        *rates, chi_squared = fit_ramps_by_likelihood(*arrays, **options)
        extra = goodness(model, chi_squared, parameters.opt_name) if parameters.save_opt else None
    else:
        rates = fit_ramps(*arrays, **options)
        extra = None
        if parameters.save_opt:
            extra = details(model, fit_details(*arrays, **options), parameters.opt_name)
    models = products(model, *rates)
    note_gain_factor(models, references.gain)
    return (*models, *([extra] if extra else []))


def group_range(first, last, ngroups):
    """Return the first group to use and the one after the last.

    A limit that is None or outside the ramp is that of the ramp; limits that leave less than two
    groups are no limits.
    """
    first = max(first or 0, 0)
    last = ngroups - 1 if last is None else min(last, ngroups - 1)
    return (first, last + 1) if first < last else (0, ngroups)


def without_unusable_ends(data, groupdq, groups):
    """Return ramps of MIRI without the groups at their ends that no pixel can use.

    All of them are cut off at the beginning, and one at the end. A jump cannot be known in a group
    that becomes the first one.

    Parameters
    ----------
    data, groupdq : ndarray, shape (nints, ngroups, ny, nx)
        Ramps and their flags.
    groups : slice
        Groups to use.

    Returns
    -------
    data, groupdq, groups
        The same of the groups that are left; what is given, if these are less than two.
    """
    usable = np.array([not (flags & DO_NOT_USE).all() for flags in groupdq.swapaxes(0, 1)])
    usable[: groups.start] = usable[groups.stop :] = False
    start = int(usable.argmax())
    end = len(usable) - (not usable[-1])
    if not usable.any() or end - start < 2:
        return data, groupdq, groups
    flags = groupdq[:, start:end]
    if start > 0 and (flags[:, 0] & JUMP_DET).any():
        flags = flags.copy()
        flags[:, 0] &= np.uint8(~JUMP_DET & 0xFF)
    return data[:, start:end], flags, slice(0, min(groups.stop, end) - start)


def products(model, rate, rateints):
    """Return the models of the rates of an exposure and of its integrations."""
    from stdatamodels.jwst.datamodels import CubeModel, IFUImageModel, ImageModel

    image = IFUImageModel if has_slices(model.meta) else ImageModel
    models = image(**rate._asdict()), CubeModel(**rateints._asdict())
    for each in models:
        each.update(model)
        each.meta.bunit_data = each.meta.bunit_err = "DN/s"
    if model.hasattr("int_times"):
        models[1].int_times = model.int_times.copy()
    return models


def note_gain_factor(models, gain):
    """Write the factor of the gain that rates are scaled by, if the gain reference names one."""
    factor = gain.meta.exposure.gain_factor
    if factor is not None:
        for model in models:
            model.meta.exposure.gain_factor = factor


def has_slices(meta):
    """Return whether an exposure was taken through an integral field unit."""
    by_lamp = meta.exposure.type in LAMPS and meta.instrument.lamp_mode == "IFU"
    return by_lamp or meta.exposure.type in SLICED


def details(model, fit, name):
    """Return the fits of segments as a further product."""
    from stdatamodels.jwst.datamodels import RampFitOutputModel

    return further(RampFitOutputModel(**fit._asdict()), model, "fitopt", name)


def goodness(model, chi_squared, name):
    """Return chi squared of the fits as a further product."""
    from stdatamodels.jwst.datamodels import ImageModel

    return further(ImageModel(chi_squared), model, "likely_chisq", name)


def further(product, model, suffix, name):
    """Return a further product with the header of an exposure, under a name if it has one."""
    product.update(model)
    return Extra(product, suffix, f"{name.removesuffix('.fits')}_{suffix}" if name else None)


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
        "ramp_fit_details",
        "ramp_fit_integration",
        "ramp_fit_likelihood",
        "ramp_fit_segments",
        "ramp_fit_weights",
        "tridiagonal",
    ),
    parameters=(
        Parameter(
            "algorithm",
            str,
            "OLS_C",
            "How to fit: OLS_C by weighted least squares, LIKELY by likelihood, from 4 groups on.",
            choices=("OLS_C", "LIKELY"),
        ),
        Parameter(
            "save_opt",
            bool,
            False,
            "Save the fits of segments as `_fitopt`, or chi squared of LIKELY as `_likely_chisq`.",
            pixels=False,
        ),
        Parameter(
            "opt_name",
            str,
            "",
            "Name of that file, without its suffix, instead of the exposure's.",
            pixels=False,
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
    with_integrations=True,
)
