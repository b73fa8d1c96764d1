"""Take one exposure through all steps of its pipeline."""

from snakewebb.run.console import job
from snakewebb.run.job import run_stage

with job(__doc__, "plan", "read") as said:
    run_stage(said.plan, said.read[0], said.write, said.threads)
