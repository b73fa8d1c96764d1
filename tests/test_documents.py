"""The generated files are those that the declarations give."""

import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from snakewebb.documents import documents, schema

ROOT = Path(__file__).parents[1]


def test_no_generated_file_is_stale():
    stale = [str(p) for p, text in documents(ROOT).items() if p.read_text() != text]

    assert stale == [], "run `make docs`"


def test_the_default_configuration_follows_the_schema():
    jsonschema.validate(yaml.safe_load((ROOT / "config" / "config.yaml").read_text()), schema())


@pytest.mark.parametrize(
    "config", [{"exposures": "x", "results": "y", "steps": {"jump": {"skip": "no"}}}, {}]
)
def test_the_schema_refuses_a_wrong_configuration(config):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(config, schema())


def keys(node):
    """Yield every key of a tree."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from keys(value)


def test_the_schema_holds_no_defaults_since_snakemake_would_write_them_into_the_configuration():
    assert "default" not in set(keys(schema()))


def test_every_difference_from_jwst_names_a_test_of_its_own_that_exists():
    rows = (ROOT / "docs" / "differences.md").read_text().splitlines()
    named = [found for row in rows for found in re.findall(r"`(tests/\S+\.py)::(\w+)`", row)]

    assert len(named) > 20
    assert len(set(named)) == len(named)
    assert [n for n in named if f"def {n[1]}(" not in (ROOT / n[0]).read_text()] == []
