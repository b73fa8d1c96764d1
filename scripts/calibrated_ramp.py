"""Save the corrected ramp of one exposure under its final name."""

from snakewebb.run.console import job
from snakewebb.run.job import save_ramp

with job(__doc__, "plan", "read") as said:
    save_ramp(said.plan, said.read[0], said.write[0])
