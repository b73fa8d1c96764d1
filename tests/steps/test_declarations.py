"""What holds for the declaration of every step."""

import ast
import inspect
import json
import sys
from pathlib import Path

import pytest
from stdatamodels.jwst import datamodels

from snakewebb.pipelines import DETECTOR1, MIRI_RAMP, PIPELINES, merged
from snakewebb.run.parameters import check_value, step_parameters
from snakewebb.steps import all_steps
from snakewebb.steps.cores import MAXIMUM_CORES

STEPS = pytest.mark.parametrize("step", all_steps().values(), ids=lambda step: step.name)
PUBLISHED = Path(__file__).parents[3] / "shared" / "spec" / "steps.json"
WITHOUT_KEYWORD = {"msametfl", "msaoper", "pictureframe"}
"""Types of reference files that the data models keep without a keyword of their own."""
VALUE_OF = {"True": True, "False": False, "None": None, "": None}


def modules_of(name, known=()):
    """Return the names of a module of steps and of those whose functions it uses."""
    found = {*known, name}
    for value in vars(sys.modules[name]).values():
        other = getattr(value, "__module__", None) or ""
        if other.startswith("snakewebb.steps.") and other not in found:
            found |= modules_of(other, found)
    return found


def attributes_read(step):
    """Return the attributes of ``parameters`` and ``references`` that a step's modules read."""
    read = set()
    for name in modules_of(step.apply.__module__):
        for node in ast.walk(ast.parse(inspect.getsource(sys.modules[name]))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                read.add(f"{node.value.id}.{node.attr}")
    return read


@STEPS
def test_every_parameter_reaches_the_step(step):
    read = attributes_read(step) | {f"parameters.{r.named_by}" for r in step.references}
    read.add(f"parameters.{MAXIMUM_CORES.name}")  # looked after for all steps together

    assert [p.name for p in step.parameters if f"parameters.{p.name}" not in read] == []


@STEPS
def test_every_reference_is_read_by_the_step(step):
    read = attributes_read(step)

    assert [r.type for r in step.references if f"references.{r.type}" not in read] == []


@STEPS
def test_every_parameter_has_a_sentence_of_documentation_and_a_default_that_is_allowed(step):
    for parameter in step_parameters(step).values():
        assert parameter.doc.endswith(".")
        assert check_value(parameter, parameter.default) == parameter.default


@STEPS
def test_status_and_reference_models_are_those_of_the_data_models(step):
    schema = datamodels.RampModel().schema["properties"]["meta"]["properties"]

    assert step.status in schema["cal_step"]["properties"]
    for reference in step.references:
        assert reference.type in {*schema["ref_file"]["properties"], *WITHOUT_KEYWORD}
        for name in (reference.model, *dict(reference.models).values()):
            assert hasattr(datamodels, name)


@STEPS
def test_every_step_stands_in_a_pipeline_and_has_a_page(step):
    assert any(step.name in pipeline.steps for pipeline in PIPELINES.values())
    assert (Path(__file__).parents[2] / "docs" / "steps" / f"{step.name}.md").is_file()


def published_default(specification):
    """Return the default in a text such as ``float(default=4.0,min=0)``."""
    text = specification.partition("default=")[2].strip().rstrip(")").split(",")[0].strip()
    text = text.strip("'\"")
    if text in VALUE_OF:
        return VALUE_OF[text]
    try:
        return float(text)
    except ValueError:
        return text


@STEPS
def test_names_and_defaults_are_those_of_jwst(step):
    if not PUBLISHED.is_file():
        pytest.skip("the list of the parameters of jwst is not here")
    specifications = json.loads(PUBLISHED.read_text())["steps"]
    published = dict(specifications.get(f"{step.class_name}_trap_model", {}).get("parameters", {}))
    published |= specifications[step.class_name]["parameters"]
    published = {name: text.replace("default =", "default=") for name, text in published.items()}

    for parameter in step.parameters:
        assert parameter.name in published
        expected = published_default(published[parameter.name])
        if isinstance(parameter.default, str):
            expected = f"{expected:g}" if isinstance(expected, float) else expected
        assert (None if parameter.default == "" else parameter.default) == expected, parameter.name


def test_the_steps_of_all_instruments_stand_in_one_order():
    assert merged([("a", "c", "d"), ("a", "b", "d", "c", "e")]) == ("a", "b", "c", "d", "e")
    assert [name for name in DETECTOR1.steps if name in MIRI_RAMP and name != "refpix"] == [
        name for name in MIRI_RAMP if name != "refpix"
    ]
