"""Fetch one reference file into the cache of CRDS."""

from snakewebb.run import crds
from snakewebb.run.console import job

with job(__doc__) as said:
    crds.fetch(said.write[0])
