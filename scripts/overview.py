"""Write the page of a run: a row for each exposure."""

from snakewebb.report.overview import write_overview
from snakewebb.run.console import job

with job(__doc__, "read") as said:
    write_overview(said.read[0], said.write[0])
