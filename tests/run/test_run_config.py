"""The configuration: what is refused by us and by the schema, what is written beside results."""

import jsonschema
import pytest
import yaml

from snakewebb.documents import schema
from snakewebb.errors import SnakewebbError
from snakewebb.pipelines import DETECTOR1
from snakewebb.run.configuration import Places, read
from snakewebb.run.origins import as_text
from snakewebb.run.run_config import DEFAULTS, checked_layers

RIGHT = {"exposures": ["raw/*.fits"], "results": "results"}


def refused_by_us(config):
    """Return what is wrong with a configuration, as a run would say it, or an empty text."""
    try:
        checked_layers(config, [DETECTOR1], Places())
    except SnakewebbError as fault:
        return str(fault)
    return ""


def refused_by_schema(config):
    return not jsonschema.Draft202012Validator(schema()).is_valid(config)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"exposure": "x"}, "did you mean 'exposures'?"),
        ({"results": 1}, "results must be the path of a folder"),
        ({"pipeline": "Detector2"}, "did you mean 'Detector1Pipeline'?"),
        ({"keep": ["jmup"]}, "did you mean 'jump'?"),
        ({"keep": "some"}, "keep must be all, none or a list"),
        ({"granularity": "steps"}, "granularity must be step or stage"),
        ({"threads": 0}, "threads must be a whole number, at least 1"),
        ({"threads": True}, "threads must be a whole number"),
        ({"quicklook": "yes"}, "quicklook must be true or false"),
        ({"crds": {"contxt": "x"}}, "did you mean 'context'?"),
        ({"groups": {"faint": 3}}, "groups must map groups"),
        ({"steps": {"jmup": {}}}, "did you mean 'jump'?"),
        ({"steps": {"jump": {"rejection_treshold": 4}}}, "did you mean 'rejection_threshold'?"),
        ({"steps": {"jump": {"rejection_threshold": "4"}}}, "must be a number"),
        ({"steps": {"jump": {"rejection_threshold": -1}}}, "at least 0"),
        ({"steps": {"jump": {"output_dir": "x"}}}, "set `results`"),
    ],
)
def test_what_is_wrong_is_refused_by_the_run_and_by_the_schema(wrong, said):
    assert said in refused_by_us(RIGHT | wrong)
    assert refused_by_schema(RIGHT | wrong)


@pytest.mark.parametrize(
    "right",
    [
        {},
        read(DEFAULTS)[0],
        {"keep": ["jump"], "granularity": "stage", "threads": 2},
        {"groups": {"faint": {"steps": {"jump": {"rejection_threshold": 4.5}}}}},
        {"steps": {"jump": {"rejection_threshold": 5}, "ipc": {"skip": True}}},
        {"steps": {"jump": {"maximum_cores": "half"}}},
    ],
)
def test_what_is_right_is_taken_by_the_run_and_by_the_schema(right):
    assert refused_by_us(RIGHT | right) == ""
    assert not refused_by_schema(RIGHT | right)


def test_all_that_is_wrong_is_said_at_once():
    said = refused_by_us(RIGHT | {"kept": 1, "threads": 0, "quicklook": 3})

    assert said.startswith("3 problems")


def test_editors_find_the_schema_of_the_defaults():
    first = DEFAULTS.read_text().splitlines()[0]

    assert first == "# yaml-language-server: $schema=schema.json"
    assert (DEFAULTS.parent / "schema.json").is_file()


def test_the_merged_configuration_says_where_each_value_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "defaults.yaml").write_text("results: results\nkeep: none\nsteps: {}\n")
    (tmp_path / "my.yaml").write_text("steps:\n  jump: {rejection_threshold: 5.0}\n")
    steps = {"jump": {"rejection_threshold": 5.0}}
    config = {"results": "results", "keep": "all", "steps": steps}

    text = as_text(config, Places(["defaults.yaml", "my.yaml"]))

    assert yaml.safe_load(text) == config
    assert "# results: defaults.yaml, line 1\nresults: results\n" in text
    assert "# steps.jump.rejection_threshold: my.yaml, line 2\nsteps:\n" in text
    assert "# keep: configuration, keep\nkeep: all\n" in text  # said on the command line
