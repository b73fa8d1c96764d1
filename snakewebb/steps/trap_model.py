"""Persistence by the model of charge traps: references and products around the kernel."""

import numpy as np

from snakewebb.kernels import charge_traps as kernel
from snakewebb.kernels.dq import DO_NOT_USE, PERSISTENCE
from snakewebb.steps.declaration import Extra, NotApplicable
from snakewebb.steps.layout import first_pixel
from snakewebb.steps.readout import SECONDS_PER_DAY


def correct(model, references, parameters):
    """Subtract persistence, flag where it is large, and return the state of the traps."""
    families = trap_families(references)
    density, full_well = density_and_full_well(references)
    reference = references.trapdensity.meta.subarray
    part, whole = place_on_detector(model, reference)
    before = filled_before(model, parameters.input_trapsfilled, families, whole)
    group_time, reset_times = times(model.meta.exposure, len(model.data))
    noted = np.empty_like(model.data) if parameters.save_persistence else None
    _, after, largest = kernel.correct_persistence(
        model.data,
        model.groupdq,
        before[:, *part],
        density,
        full_well,
        families,
        group_time=group_time,
        reset_times=reset_times,
        out=model.data,
        persistence=noted,
    )
    model.pixeldq[largest >= np.float32(parameters.flag_pers_cutoff)] |= PERSISTENCE
    extras = []
    if parameters.save_trapsfilled:
        duration = model.data.shape[0] * model.data.shape[1] * group_time + sum(reset_times[1:])
        state, _ = kernel.release(before, families, duration)
        state[:, *part] = after
        extras.append(Extra(trapsfilled(state, model, reference), "trapsfilled", with_result=True))
    if noted is not None:
        extras.append(Extra(subtracted(noted, model), "output_pers"))
    return tuple(extras) or None


def trap_families(references):
    """Return the families of traps, or raise NotApplicable where there is no model of them."""
    for kind in ("trapdensity", "trappars", "persat"):
        if getattr(references, kind) is None:
            raise NotApplicable(
                f"there is no reference of type {kind}, which the trap model needs; "
                "flagging windows (persistence_time) need none"
            )
    return [
        kernel.Family(
            float(row["capture0"]),
            time_constant(row["capture1"]),
            float(row["capture2"]),
            time_constant(row["decay_param"]),
        )
        for row in references.trappars.trappars_table
    ]


def time_constant(rate):
    """Return the seconds of an exponential from its rate, whatever the sign."""
    return 1 / abs(float(rate)) if rate else np.inf


def density_and_full_well(references):
    """Return both images, without traps where one of them is not to be used."""
    density, full_well = references.trapdensity, references.persat
    unusable = ((density.dq | full_well.dq) & DO_NOT_USE) != 0
    return np.where(unusable, np.float32(0), density.data), full_well.data


def place_on_detector(model, reference):
    """Return the part of the detector that an exposure covers, and the shape of the detector.

    Parameters
    ----------
    model : RampModel
        The exposure.
    reference : ``meta.subarray`` of a reference
        It tells the size of the images that were cut to the exposure.
    """
    ny, nx = model.data.shape[-2:]
    whole = (reference.ysize or ny, reference.xsize or nx)
    if whole == (ny, nx):
        return (slice(None), slice(None)), whole
    y, x = np.subtract(first_pixel(model.meta.subarray), first_pixel(reference))
    return (slice(y, y + ny), slice(x, x + nx)), whole


def filled_before(model, path, families, whole):
    """Return the traps that are filled when an exposure starts, all over the detector.

    Raises
    ------
    ValueError
        If the state of the traps is not that of the same detector, not of the same families and
        size, or of a later time.
    """
    if path is None:
        return np.zeros((len(families), *whole), dtype=np.float32)
    from stdatamodels.jwst.datamodels import TrapsFilledModel

    with TrapsFilledModel(path) as state:
        check_state(state, path, model, (len(families), *whole))
        seconds = (start_of(model) - state.meta.exposure.end_time) * SECONDS_PER_DAY
        if seconds < 0:
            raise ValueError(
                f"input_trapsfilled {path} is of a later time: it ends {-seconds:.1f} s after the "
                "exposure starts; give the product of the exposure before"
            )
        return kernel.release(state.data, families, seconds)[0]


def check_state(state, path, model, shape):
    """Raise ValueError if a state of traps does not fit an exposure."""
    theirs, ours = state.meta.instrument.detector, model.meta.instrument.detector
    if theirs and theirs != ours:
        raise ValueError(
            f"input_trapsfilled {path} is of detector {theirs}, the exposure of {ours}"
        )
    if state.data.shape != shape:
        raise ValueError(
            f"input_trapsfilled {path} has the shape {state.data.shape}; the trap families and "
            f"the detector are {shape}"
        )
    if state.meta.exposure.end_time is None:
        raise ValueError(f"input_trapsfilled {path} does not tell when its exposure ended (EXPEND)")


def start_of(model):
    """Return when an exposure starts, in days."""
    if model.meta.exposure.start_time is None:
        raise ValueError("the exposure does not tell when it started (EXPSTART)")
    return model.meta.exposure.start_time


def times(exposure, nints):
    """Return the time of a group and those of the resets before each integration, in seconds."""
    needed = {
        "TGROUP": exposure.group_time,
        "TFRAME": exposure.frame_time,
        "NRSTSTRT": exposure.nresets_at_start,
        "NRESETS": exposure.nresets_between_ints,
    }
    if missing := [keyword for keyword, value in needed.items() if value is None]:
        raise ValueError(f"the exposure does not tell {' and '.join(missing)}")
    at_start = exposure.nresets_at_start * exposure.frame_time
    between = exposure.nresets_between_ints * exposure.frame_time
    return exposure.group_time, [at_start] + [between] * (nints - 1)


def trapsfilled(state, model, reference):
    """Return the product that holds the state of the traps at the end of an exposure."""
    from stdatamodels.jwst.datamodels import TrapsFilledModel

    product = TrapsFilledModel(data=state)
    product.update(model)
    place = product.meta.subarray
    place.name = "FULL"
    place.xstart, place.ystart = reference.xstart or 1, reference.ystart or 1
    place.ysize, place.xsize = state.shape[-2:]
    return product


def subtracted(persistence, model):
    """Return the product that holds what was subtracted from each group."""
    from stdatamodels.jwst.datamodels import RampModel

    product = RampModel()
    product.data = persistence
    product.update(model)
    for table in ("group", "int_times"):
        if model.hasattr(table):
            setattr(product, table, getattr(model, table))
    return product
