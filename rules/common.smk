"""What the rules share: the plans of the run, and functions that look files up in them."""

import gc
import inspect
import re
import sys
from pathlib import Path

from snakemake.io import remove_flag

CHECKOUT = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(CHECKOUT))

from snakewebb.errors import SnakewebbError
from snakewebb.run import last_run
from snakewebb.run.begun import Begun
from snakewebb.run.console import end_with, tell, tell_jobs
from snakewebb.run.digest import digest_of_sources
from snakewebb.run.resources import SNAKEMAKE
from snakewebb.run.run_config import with_defaults
from snakewebb.run.workflow import Workflow

# A graph of ten thousand jobs holds millions of objects that stay: looking for those that do not
# takes a fifth of the time.
gc.set_threshold(1_000_000, 50, 50)

# The last file says the last word, and the command line more than the file of this workflow
CONFIG_FILES = sorted(workflow.configfiles, key=workflow.overwrite_configfiles.__contains__)

try:
    CONFIG = with_defaults(config)  # as a module of another workflow it reads no file
    RUN = Workflow(CONFIG, CONFIG_FILES) if workflow.is_main_process else Begun(CONFIG)
except SnakewebbError as fault:
    end_with(fault)
if workflow.is_main_process:
    tell(last_run.news(RUN))
    if not workflow.modifier.is_main_snakefile():  # that has its own onstart
        RUN.write_plans()
        last_run.note(RUN)


def begin():
    """Make ready for the jobs of a run."""
    try:
        RUN.begin()
        last_run.note(RUN)
    except SnakewebbError as fault:
        end_with(fault)
    for job in workflow.dag.jobs:
        for product in job.output:
            if str(product) in RUN.kept_before:
                remove_flag(product, "temp")


THREADS = CONFIG["threads"]
CONDA = "conda" in map(str, workflow.deployment_settings.deployment_method)
tell_jobs("python" if CONDA else sys.executable, CHECKOUT)
if CONDA:  # Snakemake takes PYTHONPATH away from jobs in such an environment
    shell.prefix('export PYTHONPATH="$(dirname "$SNAKEWEBB_SCRIPTS")"; ')


PLAN = RUN.pattern_of_plans


def quick(function):
    """Return a function with its signature at hand, which Snakemake asks for at every call."""
    function.__signature__ = inspect.signature(function)
    return function


@quick
def raw(wildcards):
    """Return the raw exposure; whether it has changed, its content tells and not its date."""
    return ancient(RUN.exposures[wildcards.exposure].path)


def before(step):
    """Return the input function for the products that a step starts from."""

    @quick
    def products(wildcards):
        first = RUN.chain(wildcards.exposure).first == step
        return raw(wildcards) if first else RUN.before(wildcards.exposure, step)

    return products


def references(step):
    """Return the input function for the reference files of a step."""
    return ancient(quick(lambda wildcards: RUN.references(wildcards.exposure, step)))


def changes(step):
    """Return the function for what makes a step run again."""
    return quick(lambda wildcards: RUN.changes(wildcards.exposure, step))


def kept(step, path):
    """Return a path that is temporary unless the products of the step are to stay."""
    return path if step in RUN.kept else temp(path)


def with_snakemake(megabytes):
    """Return the MB of a job with those of Snakemake itself, which on a cluster runs in the job."""
    return megabytes + SNAKEMAKE if workflow.non_local_exec else megabytes


def memory(step=None):
    """Return the function for the MB of memory that a job needs at an attempt."""

    @quick
    def megabytes(wildcards, attempt):
        return with_snakemake(RUN.resources(wildcards.exposure, step).at(attempt).mem_mb)

    return megabytes


def minutes(step=None):
    """Return the function for the minutes that a job takes at an attempt."""

    @quick
    def minutes_of(wildcards, attempt):
        return RUN.resources(wildcards.exposure, step).at(attempt).runtime

    return minutes_of


def disk(step=None):
    """Return the function for the MB that a job writes."""
    return quick(lambda wildcards: RUN.resources(wildcards.exposure, step).disk_mb)


def of_picture(name):
    """Return the function for what drawing an exposure needs of one kind, at an attempt."""

    @quick
    def needed(wildcards, attempt):
        value = getattr(RUN.resources_of_picture(wildcards.exposure).at(attempt), name)
        return with_snakemake(value) if name == "mem_mb" else value

    return needed


def source(module):
    """Return what makes a picture, page or table anew if it differs: what it is made by."""
    return f"source = {digest_of_sources(f'snakewebb.{module}', layers=('snakewebb.report',))}"


def looked_at():
    """Return what is made to look at: the page of the run, which needs all exposures drawn."""
    return [f"{CONFIG['results']}/overview.html"] if CONFIG["quicklook"] else []
