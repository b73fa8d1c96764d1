"""Compare the memory of the jobs of a finished run with what was predicted for them.

    python -m benchmarks.predictions --configfile demo/config.yaml

Prints the largest memory of each job, its prediction, and their ratio, which is to be between 0.5
and 1; the exit status tells whether it is for all.
"""

import argparse
import re
import sys
from pathlib import Path

from snakewebb.run.configuration import read
from snakewebb.run.run_config import with_defaults
from snakewebb.run.workflow import Workflow

MEASURED = re.compile(r"largest memory (\d+) MB")
LEAST, MOST = 0.5, 1.0


def compared(run):
    """Yield exposure, job, measured and predicted memory (MB) of every job that has ended."""
    for root in run.exposures:
        for log in sorted((run.results / "logs" / root).glob("*.log")):
            found = MEASURED.findall(log.read_text())
            if found:
                yield root, log.stem, int(found[-1]), prediction(run, root, log.stem).mem_mb


def prediction(run, root, job):
    """Return what was predicted for a job, which bears the name of its step or of the pipeline."""
    if job == "quicklook":
        return run.resources_of_picture(root)
    stages = {name for name, _, _ in run.stages()}
    return run.resources(root, None if job in stages else job)


def main():
    """Print the comparison; return 1 if any prediction is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--configfile", type=Path, required=True, help="configuration of the run")
    options = parser.parse_args()
    wrong = 0
    for root, job, measured, expected in compared(
        Workflow(with_defaults(read(options.configfile)[0]))
    ):
        ratio = measured / expected
        wrong += not LEAST <= ratio <= MOST
        print(f"{root:45} {job:20} {measured:6} {expected:6} {ratio:5.2f}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
