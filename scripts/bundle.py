"""Pack the files of CRDS that a run needs."""

from pathlib import Path

from snakewebb.run.bundle import pack
from snakewebb.run.console import job

with job(__doc__, "read", "cache") as said:
    pack(Path(said.read[0]).read_text().splitlines(), Path(said.cache), Path(said.write[0]))
