"""List the products of a run in a table."""

from snakewebb.run.console import job_log
from snakewebb.run.summary import write_summary

with job_log(snakemake.log[0]):
    write_summary(snakemake.input.products, snakemake.output[0])
