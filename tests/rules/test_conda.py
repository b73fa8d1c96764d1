"""`--sdm conda`: a stand-in for conda shows what Snakemake asks for, and in what its jobs run."""

import os
import sys

import pytest
import yaml

from .conftest import ROOT

CONDA = """#!/bin/sh
case "$*" in
  --version) echo "conda 24.7.1" ;;
  "info --json") echo '{{"conda_prefix": "{prefix}", "platform": "linux-64"}}' ;;
  "config --get channel_priority --json") echo '{{"get": {{"channel_priority": "strict"}}}}' ;;
  "env create "*)
    while [ $# -gt 0 ]; do
      case "$1" in --file=*) file=${{1#--file=}} ;; --file) file=$2 ;; --prefix) env=$2 ;; esac
      shift
    done
    cp "$file" "{prefix}/asked_for.yaml"
    mkdir -p "$env/bin"
    printf '#!/bin/sh\\necho in the environment >> "{prefix}/started"\\nexec "{python}" "$@"\\n' \\
      > "$env/bin/python"
    chmod +x "$env/bin/python" ;;
  "clean -y --tarballs") ;;
  *) echo "not expected: $*" >&2; exit 1 ;;
esac
"""
ACTIVATE = 'PATH="$1/bin:$PATH"\n'


@pytest.fixture
def conda(tmp_path, monkeypatch):
    """A command `conda` whose environments run the Python of the tests; return its folder."""
    prefix = tmp_path / "conda"
    (prefix / "bin").mkdir(parents=True)
    command = prefix / "bin" / "conda"
    command.write_text(CONDA.format(prefix=prefix, python=sys.executable))
    command.chmod(0o755)
    (prefix / "bin" / "activate").write_text(ACTIVATE)
    monkeypatch.setenv("PATH", f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}")
    return prefix


def test_jobs_run_in_the_environment_of_the_rules_if_asked_to(
    conda, snakemake, small_raw, tmp_path
):
    run = snakemake("--sdm", "conda", "--until", "group_scale", exposures=[str(small_raw)])

    assert run.returncode == 0, run.stdout + run.stderr
    asked = yaml.safe_load((conda / "asked_for.yaml").read_text())
    assert asked == yaml.safe_load((ROOT / "envs" / "environment.yaml").read_text())
    assert (conda / "started").read_text().splitlines() == ["in the environment"]
    assert list((tmp_path / "results").glob("*_group_scale.fits"))
