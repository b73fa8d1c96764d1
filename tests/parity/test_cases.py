"""The cases cover every parameter that changes numbers.

A case that sets a parameter away from its default compares it with jwst.
"""

from snakewebb.pipelines import PIPELINES
from snakewebb.steps import all_steps
from tests.parity.cases import CASES, TRAPS

ALL = (*CASES, *(case for following in TRAPS for case in following))

NOT_COMPARED = {("persistence", "input_trapsfilled")}
"""Set by a test of its own, ``test_charge_traps_agree_from_exposure_to_exposure``."""

DEFAULTS = {
    (step, parameter.name): parameter.default
    for pipeline in PIPELINES.values()
    for step in pipeline.steps
    for parameter in all_steps()[step].parameters
    if parameter.pixels
}


SET = {
    (step, parameter)
    for case in ALL
    for step, values in case.steps.items()
    for parameter, value in values.items()
    if (step, parameter) in DEFAULTS and value != DEFAULTS[step, parameter]
}


def test_every_parameter_that_changes_numbers_is_compared():
    assert DEFAULTS.keys() - SET == NOT_COMPARED


def test_names_of_cases_are_their_own():
    names = [case.name for case in ALL]
    assert len(names) == len(set(names))
