"""Show one exposure before and after calibration, its numbers, and with what it was made."""

from snakewebb.report.pieces import show
from snakewebb.run.console import job

with job(__doc__, "read", "benchmarks") as said:
    show(said.read[0], said.read[1:], said.benchmarks, *said.write)
