"""Run one calibration step on one exposure."""

from snakewebb.run.console import job_log
from snakewebb.run.job import run_job

with job_log(snakemake.log[0]):
    run_job(
        snakemake.params.step,
        snakemake.params.plan,
        snakemake.input.exposure,
        snakemake.output,
    )
