"""Runs of the workflow in a process of its own, as a user starts it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture
def snakemake(tmp_path, small_run):
    """Start snakemake in an empty folder with a configuration given as keywords."""

    def start(*arguments, **config):
        path = tmp_path / "my.yaml"
        path.write_text(yaml.safe_dump({"results": "results", "quicklook": False, **config}))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--cores", "2", "--configfile", str(path), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env={**os.environ}, check=False
        )

    return start
