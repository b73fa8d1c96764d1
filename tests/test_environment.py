"""The environments: every package pinned, and the same versions everywhere."""

import itertools
import re
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PIN = re.compile(r"([a-z0-9-]+)==([a-z0-9.]+)")
ADVICE = "run `make lock`"


def normal(requirement):
    """Return the name of the package that is required, as indexes compare it."""
    return re.sub(r"[-_.]+", "-", re.match(r"[\w.-]+", requirement).group()).lower()


def pins(lines):
    """Return version by package; every line must be an exact pin and nothing else."""
    matches = [PIN.fullmatch(line) for line in lines if not line.startswith("#")]
    assert all(matches), "a line is no exact pin"
    return dict(match.groups() for match in matches)


def lock(name):
    """Return the pins of a lock file."""
    return pins((ROOT / "envs" / name).read_text().splitlines())


@pytest.fixture(scope="module")
def project():
    """Return the tables of pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_that_the_project_asks_for_is_pinned(project):
    asked = [
        *project["project"]["dependencies"],
        *itertools.chain(*project["project"]["optional-dependencies"].values()),
        *project["build-system"]["requires"],
    ]
    assert {normal(each) for each in asked} - set(lock("lock.txt")) == set(), ADVICE


def test_the_environment_of_the_rules_has_the_versions_of_the_lock_file(project):
    environment = yaml.safe_load((ROOT / "envs" / "environment.yaml").read_text())
    versions = pins(environment["dependencies"][-1]["pip"])

    locked = lock("lock.txt")
    direct = {normal(each) for each in project["project"]["dependencies"]}
    assert versions == {name: locked[name] for name in direct}, ADVICE


def test_jwst_is_pinned_to_the_releases_that_we_compare_with():
    assert lock("peer.txt")["jwst"] == "3.0.0"
    assert lock("peer-2.0.1.txt")["jwst"] == "2.0.1"


def test_both_environments_read_and_write_data_models_with_the_same_versions():
    ours, peer = lock("lock.txt"), lock("peer.txt")
    for package in ("numpy", "scipy", "astropy", "stdatamodels", "crds"):
        assert ours[package] == peer[package], ADVICE
