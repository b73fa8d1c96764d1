"""The picture of the rules in the README is that of the rules there are."""

import re

from snakewebb.pipelines import PIPELINES
from snakewebb.steps import all_steps

from .conftest import ROOT

PICTURE = ROOT / "docs" / "pictures" / "dag.svg"
OF_ALL = {"quicklook", "overview", "summary", "all"}
SHOWN = {"NIRISS", "MIRI", "FGS"}


def steps_of_a_usual_run():
    """Return the steps that exposures of the instruments of the picture take."""
    orders = [pipeline.orders for pipeline in PIPELINES.values()]
    named = {step for order in orders for instrument in SHOWN for step in order.get(instrument, ())}
    return {name for name in named if not all_steps()[name].skip}


def test_the_picture_names_the_rules_of_a_usual_run_and_no_others():
    drawn = set(re.findall(r"<text[^>]*>(\w+)</text>", PICTURE.read_text()))
    assert drawn == steps_of_a_usual_run() | OF_ALL, "run `make dag`"


def test_what_the_picture_names_are_rules():
    text = "".join(path.read_text() for path in (*ROOT.glob("rules/*.smk"), ROOT / "Snakefile"))
    rules = set(re.findall(r"^rule (\w+):|^use rule \w+ as (\w+) with:", text, re.MULTILINE))
    assert steps_of_a_usual_run() | OF_ALL <= {first or second for first, second in rules}


def test_the_readme_shows_it():
    assert "(docs/pictures/dag.svg)" in (ROOT / "README.md").read_text()
