"""Which value a parameter has, and where it came from."""

import os.path

import asdf
import pytest

from snakewebb.errors import ParameterError
from snakewebb.pipelines import DETECTOR1
from snakewebb.run.parameter_files import read_parameter_file
from snakewebb.run.parameters import (
    OWN,
    Layer,
    check_value,
    keyword_layer,
    resolve,
)
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Parameter

JUMP = all_steps()["jump"]


def said(**steps):
    return keyword_layer(DETECTOR1, {"steps": steps})


def test_without_a_word_every_parameter_has_its_coded_default():
    setting = resolve(DETECTOR1, [])["jump"]["rejection_threshold"]

    assert (setting.value, setting.origin) == (4.0, "default")


def test_a_later_layer_stands_above_an_earlier_one_and_remembers_it():
    layers = [
        Layer("pars-jumpstep.asdf", {"jump": {"rejection_threshold": 5.0}}, strict=False),
        said(jump={"rejection_threshold": 12}),
    ]

    setting = resolve(DETECTOR1, layers)["jump"]["rejection_threshold"]

    assert setting.value == 12.0
    assert setting.origin == "keyword argument"
    assert setting.overrode == ((4.0, "default"), (5.0, "pars-jumpstep.asdf"))


def test_all_unknown_names_are_reported_at_once_with_the_nearest_known():
    layer = said(jmup={}, jump={"rejection_treshold": 3}, saturation={"skip": "yes"})

    with pytest.raises(ParameterError) as fault:
        resolve(DETECTOR1, [layer])

    assert "unknown step 'jmup' (keyword argument); did you mean 'jump'?" in str(fault.value)
    assert "did you mean 'rejection_threshold'?" in str(fault.value)
    assert "saturation.skip = 'yes' (keyword argument): must be true or false" in str(fault.value)


def test_an_override_of_a_type_that_the_step_does_not_read_names_its_types():
    with pytest.raises(ParameterError, match="its reference types: gain, readnoise"):
        resolve(DETECTOR1, [said(jump={"override_jump": "x.fits"})])


def test_dark_is_another_name_of_dark_current():
    settings = resolve(DETECTOR1, [said(dark={"skip": True})])

    assert settings.value("dark_current", "skip") is True


def test_unknown_names_in_a_file_of_crds_are_ignored():
    layer = Layer("pars.asdf", {"not_a_step": {}, "jump": {"not_a_parameter": 1}}, strict=False)

    resolve(DETECTOR1, [layer])


def test_a_step_called_by_name_ignores_the_skip_of_crds_but_not_that_of_the_caller():
    crds = Layer("pars.asdf", {"jump": {"skip": True}}, strict=False)

    assert resolve(JUMP, [crds]).value("jump", "skip") is False
    assert resolve(JUMP, [crds, keyword_layer(JUMP, {"skip": True})]).value("jump", "skip") is True


@pytest.mark.parametrize("strict", [True, False])
def test_hooks_named_by_a_file_are_refused_but_empty_lists_of_them_are_not(strict):
    resolve(DETECTOR1, [Layer("my.yaml", {"jump": {"pre_hooks": []}}, strict)])
    with pytest.raises(ParameterError, match=r"jump.pre_hooks \(my.yaml\): hooks are code"):
        resolve(DETECTOR1, [Layer("my.yaml", {"jump": {"pre_hooks": ["os.abort"]}}, strict)])


def test_hooks_of_a_python_caller_are_functions_or_import_paths():
    settings = resolve(DETECTOR1, [said(jump={"pre_hooks": [print, "os.path.join"]})])

    assert settings.value("jump", "pre_hooks") == (print, os.path.join)


@pytest.mark.parametrize(
    ("hooks", "fault"),
    [
        ("os.path.join", "must be a list"),
        ([3], "a function, a step or the import path"),
        (["ds9 {0}"], "commands of a shell are not run"),
        (["os.no_such_function"], "cannot be imported: module 'os' has no attribute"),
        (["no_such_module.f"], "cannot be imported: No module named"),
    ],
)
def test_a_hook_that_cannot_be_called_is_an_error_before_anything_runs(hooks, fault):
    with pytest.raises(ParameterError, match=fault):
        resolve(DETECTOR1, [said(jump={"post_hooks": hooks})])


def test_a_pipeline_takes_no_step_parameter_at_its_own_level():
    with pytest.raises(ParameterError, match="has no parameter 'rejection_threshold'"):
        resolve(DETECTOR1, [keyword_layer(DETECTOR1, {"rejection_threshold": 3})])


@pytest.mark.parametrize(
    ("parameter", "value", "typed"),
    [
        (Parameter("a", float, 1.0, ""), 3, 3.0),
        (Parameter("a", int, 1, ""), 3.0, 3),
        (Parameter("a", str, "1", ""), 4, "4"),
        (Parameter("a", str, None, ""), "", None),
        (Parameter("a", float, None, ""), None, None),
        (Parameter("a", int, None, "", many=True), (1, 2), [1, 2]),
        (Parameter("a", str, "x", "", choices=("x", "y")), "y", "y"),
    ],
)
def test_a_value_is_given_the_type_of_its_parameter(parameter, value, typed):
    checked = check_value(parameter, value)

    assert checked == typed
    assert type(checked) is type(typed)


@pytest.mark.parametrize(
    ("parameter", "value", "allowed"),
    [
        (Parameter("a", float, 1.0, ""), "9", "must be a number"),
        (Parameter("a", float, 1.0, ""), True, "must be a number"),
        (Parameter("a", float, 1.0, ""), float("nan"), "must be a number"),
        (Parameter("a", float, 1.0, ""), None, "must be a number"),
        (Parameter("a", float, 1.0, "", minimum=0), -1, "at least 0"),
        (Parameter("a", int, 1, "", maximum=5), 6, "at most 5"),
        (Parameter("a", int, 1, ""), 1.5, "must be a whole number"),
        (Parameter("a", int, 1, ""), float("inf"), "must be a whole number"),
        (Parameter("a", bool, True, ""), 1, "must be true or false"),
        (Parameter("a", str, "x", "", choices=("x", "y")), "z", "one of 'x', 'y'"),
        (Parameter("a", int, None, "", many=True), 3, "must be a list"),
        (Parameter("a", object, None, ""), 3, "path of a reference file"),
    ],
)
def test_a_value_that_is_not_allowed_says_what_is(parameter, value, allowed):
    with pytest.raises(ValueError, match=allowed):
        check_value(parameter, value)


def test_a_yaml_fragment_with_only_steps_is_a_parameter_file(tmp_path):
    path = tmp_path / "mine.asdf"
    path.write_text(
        "steps:\n- class: jwst.jump.jump_step.JumpStep\n"
        "  parameters:\n    rejection_threshold : 12\n"
    )

    setting = resolve(DETECTOR1, read_parameter_file(path, DETECTOR1))["jump"][
        "rejection_threshold"
    ]

    assert (setting.value, setting.origin) == (12.0, f"{path}, line 4")


def test_any_dotted_path_that_ends_in_a_known_class_names_the_step(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "steps:\n- class: jwst.linearity.saturation_step.SaturationStep\n"
        "  parameters: {skip: true}\n"
    )

    assert resolve(DETECTOR1, read_parameter_file(path, DETECTOR1)).value("saturation", "skip")


def test_a_step_in_a_pipeline_file_may_name_a_file_of_its_own_which_stands_below(tmp_path):
    tree = {
        "class": "jwst.jump.jump_step.JumpStep",
        "name": "jump",
        "parameters": {"rejection_threshold": 7.0, "flag_4_neighbors": False},
    }
    asdf.AsdfFile(tree).write_to(tmp_path / "jump.asdf")
    pipeline = {
        "class": "jwst.pipeline.calwebb_detector1.Detector1Pipeline",
        "name": "calwebb_detector1",
        "parameters": {"save_calibrated_ramp": True},
        "steps": [
            {
                "class": "jwst.jump.jump_step.JumpStep",
                "name": "jump",
                "config_file": "jump.asdf",
                "parameters": {"rejection_threshold": 8.0},
            }
        ],
    }
    asdf.AsdfFile(pipeline).write_to(tmp_path / "pipeline.asdf")

    settings = resolve(DETECTOR1, read_parameter_file(tmp_path / "pipeline.asdf", DETECTOR1))

    assert settings.value(OWN, "save_calibrated_ramp") is True
    assert settings.value("jump", "rejection_threshold") == 8.0
    assert settings["jump"]["flag_4_neighbors"].origin.startswith(
        f"{tmp_path / 'jump.asdf'}, line "
    )


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (None, "does not exist"),
        ("steps: [", "cannot be read"),
        ("a: 1", "is no parameter file"),
        ("[1, 2]", "is no parameter file"),
        ("steps: 3", "'steps' must be a list"),
        ("class: jwst.jump.JumpStep\nparameters: {}", "not of Detector1Pipeline"),
    ],
)
def test_a_bad_parameter_file_is_named_with_what_is_wrong(tmp_path, content, fault):
    path = tmp_path / "bad.yaml"
    if content is not None:
        path.write_text(content)

    with pytest.raises(ParameterError, match=fault) as raised:
        read_parameter_file(path, DETECTOR1)

    assert str(path) in str(raised.value)
