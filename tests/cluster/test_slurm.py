"""A run on a cluster: Slurm on this machine, a job that is cancelled, a node that is drained."""

import dataclasses
import subprocess
import sys
from types import SimpleNamespace

import pytest

from snakewebb.demo import SERVED, make_exposure
from snakewebb.run.naming import root_of
from snakewebb.run.resources import SNAKEMAKE
from snakewebb.run.workflow import Workflow
from tests.rules.conftest import FEW_STEPS, ROOT, Starter, assert_same_product, planned_jobs

from . import slurm

WHY_NOT = slurm.why_not()
pytestmark = [pytest.mark.cluster, pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)]

ENDURED = 900
"""Seconds that a busy machine may take for the run."""
STEPS = ("saturation", "ramp_fit", "gain_scale")
LEFT_OUT = {**FEW_STEPS, "group_scale": {"skip": True}, "dq_init": {"skip": True}}
QUICK = ("--slurm-status-command", "squeue", "--slurm-init-seconds-before-status-checks", "1")


@pytest.fixture(scope="module")
def raws(small_run):
    """Six small exposures, which differ in their noise."""
    model = SERVED["small"][-1]
    roots = [f"jw09000002001_02101_0000{number}_nis" for number in range(2, 8)]
    copies = [
        dataclasses.replace(model, root=root, seed=seed) for seed, root in enumerate(roots, 1)
    ]
    return [str(make_exposure(copy, small_run / "six")) for copy in copies]


@pytest.fixture(scope="module")
def settings(raws):
    return {"exposures": raws, "steps": LEFT_OUT}


@pytest.fixture(scope="module")
def local(settings, tmp_path_factory):
    """The products of a run without a cluster."""
    start = Starter(tmp_path_factory.mktemp("local"), **settings)
    run = start()
    assert run.returncode == 0, run.stdout + run.stderr
    return start.folder / "results"


@pytest.fixture(scope="module")
def disturbed(settings, tmp_path_factory):
    """A run on the cluster, of which one job is cancelled while the node is drained."""
    start = Starter(tmp_path_factory.mktemp("cluster"), **settings)
    start.command()  # writes the configuration
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--profile", str(ROOT / "profiles" / "slurm"), "--configfile", "my.yaml", *QUICK]
    log = start.folder / "log"
    with slurm.running(), open(log, "w") as told:
        run = subprocess.Popen(command, cwd=start.folder, stdout=told, stderr=told)
        try:
            victim = slurm.until(lambda: slurm.jobs_that_are("RUNNING"), ENDURED)[0]
            slurm.update("drain")
            subprocess.run(["scancel", victim["id"]], check=True)
            slurm.until(lambda: slurm.state() == "drained", ENDURED)
            waiting = slurm.jobs_that_are("PENDING")
            slurm.update("resume")
            status = run.wait(ENDURED)
        finally:
            run.kill()
            run.wait()
        jobs = slurm.jobs()
    assert status == 0, log.read_text()
    return SimpleNamespace(start=start, jobs=jobs, victim=victim, waiting=waiting)


def of_exposure(jobs, root):
    return [job for job in jobs if root in job["comment"]]


def minutes(job):
    return int(job["time"].split(":")[-2])


def megabytes(job):
    return int(job["memory"].removesuffix("M"))


def test_the_products_are_those_of_a_run_without_cluster_bit_by_bit(disturbed, local):
    results = disturbed.start.folder / "results"

    names = {path.name for path in local.iterdir()}
    assert sum(name.endswith(".fits") for name in names) == 2 * 6
    assert {path.name for path in results.iterdir()} == names
    for product in local.glob("*.fits"):
        assert_same_product(results / product.name, product)


def test_all_steps_of_an_exposure_are_one_slurm_job(disturbed, raws):
    completed = [job for job in disturbed.jobs if job["state"] == "COMPLETED"]

    assert len(disturbed.jobs) == len(raws) + 1  # that was cancelled
    assert len(completed) == len(raws)
    for raw in raws:
        (job,) = of_exposure(completed, root_of(raw))
        assert all(step in job["comment"] for step in STEPS)


def test_the_job_has_the_memory_of_its_largest_step_and_the_time_of_all(disturbed, raws, settings):
    run = Workflow({**settings, "results": str(disturbed.start.folder / "results")})
    for raw in raws:
        needs = [run.resources(root_of(raw), step) for step in STEPS]
        job = of_exposure(disturbed.jobs, root_of(raw))[0]
        assert megabytes(job) == max(need.mem_mb for need in needs) + SNAKEMAKE
        assert minutes(job) == sum(need.runtime for need in needs)


def test_a_job_that_is_cancelled_is_sent_again_with_more_memory_and_time(disturbed):
    first, second = [job for job in disturbed.jobs if job["comment"] == disturbed.victim["comment"]]

    assert (first["state"], second["state"]) == ("CANCELLED", "COMPLETED")
    assert megabytes(second) - SNAKEMAKE == (megabytes(first) - SNAKEMAKE) * 3 // 2
    assert minutes(second) == 2 * minutes(first)


def test_jobs_wait_while_the_node_is_drained(disturbed):
    ended = {job["id"] for job in disturbed.jobs if job["state"] == "COMPLETED"}

    assert disturbed.waiting
    assert {job["id"] for job in disturbed.waiting} <= ended


def test_nothing_is_left_to_do_after_it(disturbed):
    assert planned_jobs(disturbed.start("--dry-run")) == set()
