"""The environments: every package pinned, and the same versions everywhere."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

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
    extras = project["project"]["optional-dependencies"].values()
    asked = [
        *project["project"]["dependencies"],
        *(each for extra in extras for each in extra),
        *project["build-system"]["requires"],
    ]
    assert {normal(each) for each in asked} - set(lock("lock.txt")) == set(), ADVICE


@pytest.fixture(scope="module")
def environment():
    """Return Python of the environment of the rules, and version by package."""
    tree = yaml.safe_load((ROOT / "envs" / "environment.yaml").read_text())
    python, pip, packages = tree["dependencies"]
    assert pip == "pip"
    return python, pins(packages["pip"])


def test_the_environment_of_the_rules_has_the_versions_of_the_lock_file(environment):
    locked = lock("lock.txt")

    for name, version in environment[1].items():
        assert version == locked[name], ADVICE


def test_the_environment_of_the_rules_has_the_python_that_the_lock_file_is_for(
    environment, project
):
    oldest = project["project"]["requires-python"].removeprefix(">=")

    assert environment[0] == f"python ={oldest}", ADVICE


def test_the_environment_of_the_rules_lacks_nothing_that_its_packages_need(environment, project):
    python, versions = environment
    wanted = {normal(each) for each in project["project"]["dependencies"]}
    markers = {"python_version": python.removeprefix("python ="), "extra": ""}
    for name in versions:
        for text in metadata.requires(name) or ():
            requirement = Requirement(text)
            if not requirement.marker or requirement.marker.evaluate(markers):
                wanted.add(normal(requirement.name))

    assert wanted - {"pip", "setuptools"} <= set(versions), ADVICE


def test_the_container_holds_all_that_the_rules_read():
    recipe = (ROOT / "envs" / "Containerfile").read_text()
    copied = {
        word for line in recipe.splitlines() if line.startswith("COPY ") for word in line.split()
    }
    tracked = ("Snakefile", "config", "envs", "profiles", "rules", "scripts", "snakewebb")

    assert copied.issuperset(tracked)
    assert "--constraint /opt/snakewebb/envs/lock.txt" in recipe


def test_jwst_is_pinned_to_the_releases_that_we_compare_with():
    assert lock("peer.txt")["jwst"] == "3.0.0"
    assert lock("peer-2.0.1.txt")["jwst"] == "2.0.1"


def test_both_environments_read_and_write_data_models_with_the_same_versions():
    ours, peer = lock("lock.txt"), lock("peer.txt")
    for package in ("numpy", "scipy", "astropy", "stdatamodels", "crds"):
        assert ours[package] == peer[package], ADVICE
