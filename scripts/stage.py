"""Take one exposure through all steps."""

from snakewebb.run.console import job_log
from snakewebb.run.job import run_stage

with job_log(snakemake.log[0]):
    run_stage(
        snakemake.params.plan,
        snakemake.input.exposure,
        snakemake.output,
        snakemake.params.kept,
    )
