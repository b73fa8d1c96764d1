"""Save the corrected ramp of one exposure under its final name."""

from snakewebb.run.console import job_log
from snakewebb.run.job import save_ramp

with job_log(snakemake.log[0]):
    save_ramp(snakemake.params.plan, snakemake.input.exposure[0], snakemake.output[0])
