"""Run one calibration step on one exposure."""

from snakewebb.run.console import job
from snakewebb.run.job import run_job

with job(__doc__, "plan", "step", "read") as said:
    run_job(said.step, said.plan, said.read, said.write, said.threads)
