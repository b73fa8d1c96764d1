"""Draw one exposure before and after calibration."""

from snakewebb.quicklook import draw
from snakewebb.run.console import job

with job(__doc__, "read") as said:
    draw(said.read[0], said.read[1], said.write[0])
