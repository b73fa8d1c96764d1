"""Runs of the workflow in a process of its own, as a user starts it."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from astropy.io import fits

ROOT = Path(__file__).parents[2]
VOLATILE = {"DATE", "FILENAME"}
PARTS = ("snakewebb", "rules", "scripts", "config", "profiles", "envs")
"""Folders of the checkout that a run reads."""
LEFT_OUT = ("ipc", "superbias", "refpix", "linearity", "dark_current", "jump")
FEW_STEPS = {step: {"skip": True} for step in LEFT_OUT}
"""What a configuration says for a run to be short."""


class Starter:
    """Starts snakemake in a folder, with a configuration given as keywords."""

    def __init__(self, folder, checkout=ROOT, **usual):
        self.folder = folder
        self._checkout = checkout
        self._usual = {"results": "results", "quicklook": False, **usual}

    def __call__(self, *arguments, **config):
        return subprocess.run(
            self.command(*arguments, **config),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def command(self, *arguments, **config):
        """Write the configuration, and return the command line."""
        path = self.folder / "my.yaml"
        path.write_text(yaml.safe_dump({**self._usual, **config}))
        snakefile = str(self._checkout / "Snakefile")
        command = [sys.executable, "-m", "snakemake", "--snakefile", snakefile]
        return [*command, "--cores", "2", "--configfile", str(path), *arguments]


@pytest.fixture
def snakemake(tmp_path, small_run):
    """Start snakemake in an empty folder, as a user does."""
    return Starter(tmp_path)


@pytest.fixture
def settings_of_crds(small_run, monkeypatch):
    """Settings of CRDS, which are put back if a configuration changes them."""
    for name in ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL"):
        monkeypatch.setenv(name, os.environ[name])


def copy_checkout(folder):
    """Copy what a run reads of the checkout into a new folder, and return it."""
    for part in PARTS:
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(ROOT / "Snakefile", folder)
    return folder


def assert_same_product(ours, theirs):
    """Check that two products hold the same arrays bit by bit, and the same header but dates."""
    with fits.open(ours) as first, fits.open(theirs) as second:
        assert [hdu.name for hdu in first] == [hdu.name for hdu in second]
        for a, b in zip(first, second, strict=True):
            if a.data is not None and a.name != "ASDF":
                assert a.data.tobytes() == b.data.tobytes(), a.name
        cards = [
            {k: v for k, v in hdus[0].header.items() if k not in VOLATILE}
            for hdus in (first, second)
        ]
        assert cards[0] == cards[1]


def planned_jobs(dry_run):
    """Return the jobs that a dry run would execute, as pairs of rule and exposure."""
    text = dry_run.stdout + dry_run.stderr
    assert dry_run.returncode == 0, text
    jobs, rule = set(), None
    for line in text.splitlines():
        if found := re.match(r"(?:local)?rule (\w+):", line):
            rule = found[1]
            jobs.add((rule, ""))
        elif rule and (found := re.match(r" +wildcards: exposure=(\S+)", line)):
            jobs.discard((rule, ""))
            jobs.add((rule, found[1]))
    return jobs


def pretend_finished(start):
    """Make a run look finished without computing: empty products, marked as up to date."""
    plan = start("--dry-run")
    assert plan.returncode == 0, plan.stdout + plan.stderr
    for line in (plan.stdout + plan.stderr).splitlines():
        if line.startswith("    output: "):
            for product in line.removeprefix("    output: ").split(", "):
                path = start.folder / product
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    marked = start("--touch", "--forceall")
    assert marked.returncode == 0, marked.stdout + marked.stderr


def other_context(cache, replaced):
    """Write a context `jwst_0002.pmap` that selects other files, by name, and return its name."""
    for path in sorted((cache / "mappings" / "jwst").glob("*_0001.*map")):
        text = re.sub(r"_0001\.([pir]map)", r"_0002.\1", path.read_text())
        for old, new in replaced.items():
            text = text.replace(f"'{old}'", f"'{new}'")
        lines = [line for line in text.splitlines(keepends=True) if "'sha1sum'" not in line]
        digest = hashlib.sha1("".join(lines).encode()).hexdigest()
        lines.insert(lines.index("}\n"), f"    'sha1sum' : '{digest}',\n")
        path.with_name(path.name.replace("_0001.", "_0002.")).write_text("".join(lines))
    return "jwst_0002.pmap"
