"""What the rules share: the plans of the run, and functions that look files up in them."""

from snakemake.exceptions import WorkflowError

from snakewebb.errors import SnakewebbError
from snakewebb.run.workflow import Workflow

# The last file says the last word, and the command line more than the file of this workflow
CONFIG_FILES = sorted(workflow.configfiles, key=workflow.overwrite_configfiles.__contains__)

try:
    RUN = Workflow(config, CONFIG_FILES)
except SnakewebbError as fault:
    raise WorkflowError(str(fault)) from None
RUN.write_plans()


def before(step):
    """Return the input function for the products that a step starts from."""
    return lambda wildcards: RUN.before(wildcards.exposure, step)


def references(step):
    """Return the input function for the reference files of a step."""
    return ancient(lambda wildcards: RUN.references(wildcards.exposure, step))


def changes(step):
    """Return the function for what makes a step run again."""
    return lambda wildcards: RUN.changes(wildcards.exposure, step)


def kept(step, path):
    """Return a path that is temporary unless the products of the step are to stay."""
    return path if step in RUN.kept else temp(path)


def plan(wildcards):
    """Return where the plan of an exposure is."""
    return RUN.plan_file(wildcards.exposure)


def memory(wildcards):
    """Return the MB that a job on an exposure may need."""
    return RUN.memory(wildcards.exposure)


def pictures():
    """Return the quick looks that are asked for."""
    folder = f"{config['results']}/quicklook"
    roots = RUN.exposures if config["quicklook"] else ()
    return [f"{folder}/{root}.png" for root in roots]
