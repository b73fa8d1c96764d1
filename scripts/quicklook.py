"""Draw one exposure before and after calibration."""

from snakewebb.quicklook import draw
from snakewebb.run.console import job_log

with job_log(snakemake.log[0]):
    draw(snakemake.input.exposure, snakemake.input.products[0], snakemake.output[0])
