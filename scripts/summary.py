"""List the products of a run in a table."""

from pathlib import Path

from snakewebb.run.console import job
from snakewebb.run.summary import write_summary

with job(__doc__, "read") as said:
    write_summary(Path(said.read[0]).read_text().splitlines(), said.write[0])
