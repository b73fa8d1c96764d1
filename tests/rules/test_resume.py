"""A run that is killed anywhere goes on when the same command is given again."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from .conftest import FEW_STEPS, Starter, assert_same_product, planned_jobs

ENDURED = 600
"""Seconds that a busy machine may take to reach the point where a test kills."""


@pytest.fixture(scope="module")
def raw(small_run):
    return next(small_run.glob("*_nis_uncal.fits"))


@pytest.fixture(scope="module")
def undisturbed(raw, tmp_path_factory):
    """The products of a run that nobody disturbed."""
    folder = tmp_path_factory.mktemp("undisturbed")
    run = command_in(folder, raw)()
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "results"


def command_in(folder, raw):
    """Return what starts the run in a folder."""
    return Starter(folder, exposures=[str(raw)], steps=FEW_STEPS)


def children(pid):
    """Return the ids of all processes that a process has started, and those that these have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*"):
        for child in map(int, of_process(pid, f"task/{task.name}/children").split()):
            found += [child, *children(child)]
    return found


def of_process(pid, name):
    """Return what the system tells of a process, nothing if it has just ended."""
    try:
        return Path(f"/proc/{pid}/{name}").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def job_of(pid, step):
    """Return the id of the process that runs a step, once it is there."""
    end = time.monotonic() + ENDURED
    while time.monotonic() < end:
        for child in children(pid):
            if f"step\0{step}\0" in of_process(child, "cmdline"):
                return child
        time.sleep(0.01)
    raise TimeoutError(step)


def kill(which, run, job):
    """Kill a job, Snakemake, or all."""
    victims = {"job": [job], "snakemake": [run.pid], "all": [run.pid, *children(run.pid)]}
    for pid in victims[which]:
        with contextlib.suppress(ProcessLookupError):  # a child may have ended with its parent
            os.kill(pid, signal.SIGKILL)


@pytest.mark.parametrize("which", ["job", "snakemake", "all"])
def test_the_same_command_goes_on_where_a_killed_run_was(raw, undisturbed, tmp_path, which):
    start = command_in(tmp_path, raw)
    run = subprocess.Popen(
        start.command(), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    kill(which, run, job_of(run.pid, "saturation"))
    assert run.wait() != 0

    left = {rule for rule, _ in planned_jobs(start("--dry-run"))}
    again = start()

    assert again.returncode == 0, again.stdout + again.stderr
    assert "group_scale" not in left
    assert {"ramp_fit", "gain_scale"} <= left
    folders = (tmp_path / "results", undisturbed)
    ours, theirs = ({path.name for path in folder.iterdir()} for folder in folders)
    assert ours == theirs
    for product in undisturbed.glob("*.fits"):
        assert_same_product(tmp_path / "results" / product.name, product)
    assert planned_jobs(start("--dry-run")) == set()


def test_a_second_run_in_the_same_folder_is_refused_while_the_first_is_at_work(raw, tmp_path):
    start = command_in(tmp_path, raw)
    run = subprocess.Popen(
        start.command(), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        job_of(run.pid, "group_scale")
        second = start()
        assert second.returncode != 0
        assert "another run is at work in results" in second.stdout + second.stderr
    finally:
        kill("all", run, None)
        run.wait()
