"""Persistence: corrected by a model of charge traps, or flagged for some time."""

from snakewebb.steps.declaration import Parameter, Step
from snakewebb.steps.flagging_window import flag_windows
from snakewebb.steps.reference_types import PERSAT, TRAPDENSITY, TRAPPARS
from snakewebb.steps.trap_model import correct

OF_WINDOWS = ("dn_threshold", "persistence_array_file", "persistence_dnu")
OF_TRAPS = ("input_trapsfilled", "flag_pers_cutoff", "save_trapsfilled")


def apply(model, references, parameters):
    """Flag windows of time if their length is given; else correct by the model of traps."""
    if parameters.persistence_time is not None:
        return flag_windows(model, parameters)
    return correct(model, references, parameters)


def contradictions(parameters):
    """Return which parameters do not go together, since each belongs to one algorithm only."""
    windows = parameters.persistence_time is not None
    foreign = [name for name in (OF_TRAPS if windows else OF_WINDOWS) if is_set(parameters, name)]
    saving = parameters.save_persistence
    if saving is True if windows else isinstance(saving, str):
        foreign.append("save_persistence")
    if not foreign:
        return []
    names = " and ".join(f"{name} = {getattr(parameters, name)!r}" for name in foreign)
    if windows:
        return [f"{names}: for the trap model only, and persistence_time asks for flagging windows"]
    return [f"{names}: for flagging windows only, and their length, persistence_time, is not given"]


def besides(parameters, kinds):
    """Return the suffix of the state of the traps, if it will be saved."""
    modelled = parameters.persistence_time is None and {r.type for r in REFERENCES} <= set(kinds)
    return ("trapsfilled",) if modelled and parameters.save_trapsfilled else ()


def is_set(parameters, name):
    """Tell whether a parameter has another value than its default."""
    default = next(p.default for p in PARAMETERS if p.name == name)
    return getattr(parameters, name) != default


def corrects(parameters, exposure_type):
    """Tell whether the model of traps is asked for."""
    return parameters.persistence_time is None


REFERENCES = tuple(
    reference.optional().asked_for_if(corrects) for reference in (TRAPDENSITY, TRAPPARS, PERSAT)
)

PARAMETERS = (
    Parameter(
        "persistence_time",
        int,
        None,
        "Length of a flagging window. It chooses the flagging windows instead of the trap model.",
        unit="s",
        minimum=1,
    ),
    Parameter(
        "dn_threshold",
        float,
        None,
        "Windows: signal above which a group opens one, besides saturation.",
        unit="DN",
    ),
    Parameter(
        "persistence_array_file",
        str,
        None,
        "Windows: path of an ASDF file with those that earlier exposures opened.",
        file=True,
    ),
    Parameter(
        "persistence_dnu",
        bool,
        False,
        "Windows: whether groups in them are flagged DO_NOT_USE too.",
    ),
    Parameter(
        "save_persistence",
        bool | str,
        None,
        "Windows: path of an ASDF file to add those of this exposure to. Trap model: true saves "
        "what was subtracted, as `_output_pers`.",
        pixels=False,
    ),
    Parameter(
        "input_trapsfilled",
        str,
        None,
        "Trap model: path of the `_trapsfilled` product of the exposure before on this detector.",
        file=True,
    ),
    Parameter(
        "flag_pers_cutoff",
        float,
        40.0,
        "Trap model: pixels that it takes as much from, in any group, or more, are flagged.",
        unit="DN",
    ),
    Parameter(
        "save_trapsfilled",
        bool,
        True,
        "Trap model: whether the traps that are filled at the end are saved beside the result.",
        pixels=False,
    ),
)

STEP = Step(
    name="persistence",
    class_name="PersistenceStep",
    package="persistence",
    title="Correct or flag what earlier light left in the detector.",
    apply=apply,
    status="persistence",
    kernels=("blocks", "charge_traps", "ordered_planes", "outputs", "persistence_windows"),
    parameters=PARAMETERS,
    references=REFERENCES,
    contradictions=contradictions,
    besides=besides,
    skip=True,
)
