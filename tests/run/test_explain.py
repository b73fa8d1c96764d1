"""``python -m snakewebb explain``: each value and file with its origin, before a run and after."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml
from stdatamodels.jwst import datamodels

from snakewebb.__main__ import main
from snakewebb.errors import InputError, ParameterError
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.run.explain import as_text, explain
from snakewebb.step import LinearityStep, SuperBiasStep

CONFIGURATION = """\
save_calibrated_ramp: true
config_file: pars.yaml
steps:
  jump: {rejection_threshold: 9}
  superbias: {skip: true}
"""
PARAMETER_FILE = """\
steps:
- class: JumpStep
  parameters:
    flag_4_neighbors: false
    rejection_threshold: 8
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my.yaml").write_text(CONFIGURATION)
    (tmp_path / "pars.yaml").write_text(PARAMETER_FILE)
    return tmp_path


def test_each_value_has_its_origin_and_what_it_took_the_place_of(small_raw, here):
    tree = explain(str(small_raw), config="my.yaml")

    jump = tree["parameters"]["jump"]
    assert jump["rejection_threshold"] == {
        "value": 9.0,
        "origin": "my.yaml, line 4",
        "overrode": [
            {"value": 4.0, "origin": "default"},
            {"value": 5.0, "origin": "jwst_nircam_pars-jumpstep_0001.asdf"},
            {"value": 8.0, "origin": "pars.yaml, line 5"},
        ],
    }
    assert jump["flag_4_neighbors"]["origin"] == "pars.yaml, line 4"
    assert jump["sat_expand"] == {"value": 2, "origin": "default"}
    own = tree["parameters"]["detector1pipeline"]["save_calibrated_ramp"]
    assert (own["value"], own["origin"]) == (True, "my.yaml, line 1")


def test_each_reference_file_says_how_it_was_chosen(small_raw):
    tree = explain(str(small_raw))

    gain = tree["references"]["jump"]["gain"]
    assert gain["file"].startswith("crds://jwst_nircam_gain_")
    assert gain["origin"] == f"CRDS {tree['context']}"
    assert gain["selected_by"]["meta.instrument.detector"] == "NRCA1"


def test_a_step_left_out_is_named_and_has_no_reference_files(small_raw, here):
    tree = explain(str(small_raw), config="my.yaml")

    assert tree["status"]["superbias"] == "left out"
    assert tree["status"]["jump"] == "to run"
    assert tree["references"]["superbias"] == {}


def test_a_step_alone_and_a_step_within_the_pipeline_are_told_apart(small_raw, here):
    alone = explain(str(small_raw), step="refpix")
    within = explain(str(small_raw), pipeline="Detector1Pipeline", step="RefPixStep")

    assert alone["target"] == "RefPixStep"
    assert alone["parameters"]["refpix"]["side_smoothing_length"]["value"] == 11
    assert within["target"] == "Detector1Pipeline"
    assert within["parameters"].keys() == {"refpix"}
    assert within["parameters"]["refpix"]["side_smoothing_length"]["value"] == 21


def test_with_a_configuration_a_step_is_the_one_within_its_pipeline(small_raw, here):
    tree = explain(str(small_raw), step="refpix", config="my.yaml")

    assert tree["target"] == "Detector1Pipeline"
    assert tree["parameters"].keys() == {"refpix"}
    assert tree["parameters"]["refpix"]["side_smoothing_length"]["value"] == 21
    of_jump = explain(str(small_raw), step="jump", config="my.yaml")["parameters"]["jump"]
    assert of_jump["rejection_threshold"]["value"] == 9.0


def test_with_a_configuration_the_table_and_the_groups_speak_too(small_raw, here):
    Path("table.csv").write_text(
        f"exposure,group,refpix.odd_even_columns\n{small_raw},faint,false\n"
    )
    Path("my.yaml").write_text(
        "exposures: table.csv\nresults: r\n"
        "groups: {faint: {steps: {jump: {rejection_threshold: 4.5}}}}\n"
    )

    parameters = explain(str(small_raw), config="my.yaml")["parameters"]

    jump, refpix = parameters["jump"], parameters["refpix"]
    assert jump["rejection_threshold"]["value"] == 4.5
    assert jump["rejection_threshold"]["origin"] == "group faint"
    assert refpix["odd_even_columns"]["value"] is False
    assert refpix["odd_even_columns"]["origin"] == "the table table.csv"


def test_a_file_that_is_not_fits_is_refused_in_our_words(here):
    for asked in ({}, {"config": "my.yaml"}, {"step": "jump"}):
        with pytest.raises(InputError, match=r"my\.yaml is not a FITS file"):
            explain("my.yaml", **asked)


def test_a_product_tells_the_same_as_the_plan_before_it(small_raw, here):
    said = {"jump": {"rejection_threshold": 9.0}, "ipc": {"override_ipc": "N/A"}}
    before = explain(str(small_raw))
    Detector1Pipeline.call(small_raw, output_file="it", steps=said)

    after = explain("it_rate.fits")

    assert explain("it_rateints.fits")["parameters"] == after["parameters"]
    assert after["parameters"].keys() == before["parameters"].keys()
    assert after["context"] == before["context"]
    jump = after["parameters"]["jump"]["rejection_threshold"]
    assert (jump["value"], jump["origin"]) == (9.0, "keyword argument")
    assert jump["overrode"] == [
        {"value": 4.0, "origin": "default"},
        {"value": 5.0, "origin": "jwst_nircam_pars-jumpstep_0001.asdf"},
    ]
    del after["parameters"]["jump"]["rejection_threshold"]
    del before["parameters"]["jump"]["rejection_threshold"]
    assert after["parameters"]["jump"] == before["parameters"]["jump"]
    assert after["status"]["jump"] == "COMPLETE"
    assert after["references"]["ipc"]["ipc"] == {"file": "N/A", "origin": "keyword argument"}


def test_the_configuration_of_a_product_makes_it_again(small_raw, here, monkeypatch):
    said = {"jump": {"rejection_threshold": 9.0}, "dark": {"skip": True}}
    Detector1Pipeline.call(small_raw, output_file="it", config_file="pars.yaml", steps=said)
    config = explain("it_rate.fits")["config"]

    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "true")
    again = Detector1Pipeline.call(small_raw, steps=config["steps"])

    with datamodels.open("it_rate.fits") as it:
        for name in ("data", "dq", "err", "var_poisson", "var_rnoise"):
            np.testing.assert_array_equal(getattr(again, name), getattr(it, name))
    (here / "again.yaml").write_text(yaml.safe_dump(config))
    assert explain(str(small_raw), config="again.yaml")["status"]["dark_current"] == "left out"


def test_the_product_of_steps_one_by_one_tells_of_all_of_them(small_raw, here):
    first = SuperBiasStep.call(small_raw)
    LinearityStep.call(first, output_file="it")

    tree = explain("it_linearity.fits")

    assert list(tree["parameters"]) == ["superbias", "linearity"]
    assert tree["status"] == {"superbias": "COMPLETE", "linearity": "COMPLETE"}


def test_the_text_has_a_line_for_each_parameter(small_raw, here):
    text = as_text(explain(str(small_raw), config="my.yaml"))

    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "superbias: left out" in lines
    assert any(line.startswith("reference gain crds://jwst_nircam_gain") for line in lines)
    assert (
        "rejection_threshold 9.0 my.yaml, line 4, over "
        "8 (pars.yaml, line 5); 5.0 (jwst_nircam_pars-jumpstep_0001.asdf); 4.0 (default)"
    ).replace("over 8 ", "over 8.0 ") in lines


def test_the_command_prints_text_or_a_tree_for_machines(small_raw, capsys):
    assert main(["explain", str(small_raw), "--step", "jump"]) == 0
    assert "rejection_threshold" in capsys.readouterr().out

    assert main(["explain", str(small_raw), "--step", "jump", "--json"]) == 0
    tree = json.loads(capsys.readouterr().out)
    assert tree["parameters"]["jump"]["rejection_threshold"]["value"] == 5.0


@pytest.mark.parametrize(
    ("keywords", "fault"),
    [
        ({"pipeline": "Detector2Pipeline"}, "did you mean 'Detector1Pipeline'"),
        ({"step": "jumb"}, "did you mean 'jump'"),
        ({"step": "Detector1Pipeline"}, "name it by --pipeline"),
        ({"config": "none.yaml"}, "none.yaml does not exist"),
        ({"config": "list.yaml"}, "must map keys to values"),
        ({"config": "broken.yaml"}, "cannot be read"),
        ({"config": "unknown.yaml"}, "unknown key 'stepz'.*did you mean 'steps'"),
    ],
)
def test_what_is_wrong_in_the_question_is_said(small_raw, here, keywords, fault):
    (here / "list.yaml").write_text("[1]")
    (here / "broken.yaml").write_text("steps: [")
    (here / "unknown.yaml").write_text("stepz: {}")

    with pytest.raises(ParameterError, match=fault):
        explain(str(small_raw), **keywords)


def test_a_file_that_does_not_exist_is_an_error_of_one_line(capsys):
    assert main(["explain", "none.fits"]) == 1
    assert capsys.readouterr().err == "error: none.fits does not exist\n"


def test_a_file_that_is_no_exposure_is_refused(here):
    (here / "text.fits").write_text("no exposure")

    with pytest.raises(InputError, match=r"text\.fits"):
        explain("text.fits")
