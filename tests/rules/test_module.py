"""The workflow as a module of another workflow."""

import subprocess
import sys

from .conftest import ROOT, planned_jobs

OUTER = """
module snakewebb:
    snakefile: {snakefile!r}
    config: {config!r}

use rule * from snakewebb as webb_*

rule mine:
    default_target: True
    input: rules.webb_all.input
    output: "mine.txt"
    shell: "touch {{output}}"
"""


def test_another_workflow_can_use_its_rules_and_add_its_own(small_raw, tmp_path):
    config = {"exposures": [str(small_raw)], "results": "there", "quicklook": False}
    text = OUTER.format(snakefile=str(ROOT / "Snakefile"), config=config)
    (tmp_path / "Snakefile").write_text(text)
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run"]

    plan = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    root = small_raw.name.removesuffix("_uncal.fits")
    jobs = planned_jobs(plan)
    assert {("mine", ""), ("webb_dq_init", root), ("webb_gain_scale", root)} <= jobs
    assert (tmp_path / "there" / "plans" / f"{root}.json").is_file()
