"""The profiles: what Snakemake does unless told otherwise."""

import re

import pytest
import yaml

from .conftest import ROOT

OF_STEPS = ("detector1.smk", "guider.smk")
RULE = re.compile(r"^ *(?:rule|use rule \w+ as) (\w+)", re.MULTILINE)


def profile(name):
    return yaml.safe_load((ROOT / "profiles" / name / "config.yaml").read_text())


def test_on_a_cluster_all_rules_for_an_exposure_are_in_one_group():
    rules = [
        rule for name in OF_STEPS for rule in RULE.findall((ROOT / "rules" / name).read_text())
    ]

    assert len(rules) > 20
    assert profile("slurm")["groups"] == dict.fromkeys([*rules, "quicklook"], "{exposure}")


@pytest.mark.parametrize("option", ["keep-going", "nolock", "rerun-incomplete"])
def test_a_run_on_a_cluster_goes_on_and_resumes_as_one_on_this_machine(option):
    assert profile("slurm")[option] is profile("default")[option] is True
