"""Time and memory of planning many exposures: ``python -m benchmarks.scale``.

    python -m benchmarks.scale [--exposures N] [--granularity step|stage] [--runs N] [--folder F]

Makes that many small raw exposures, each a file of its own with its own date and number, and lets
Snakemake plan (dry run) twelve jobs for each of them, or one at ``--granularity stage``. The first
run reads all headers; later ones remember them. Printed are the seconds of wall clock and of
processor, and the largest resident memory.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

from snakewebb.demo import PROGRAMMES, SERVED, environment, make_cache, make_exposure

ROOT = Path(__file__).parents[1]
STEPS = {"charge_migration": {"skip": False}}
"""Makes twelve of the eleven steps that a NIRCam exposure takes as a rule."""
CARD = 80


def make_exposures(number, folder):
    """Write raw exposures that differ in number and date, from one that is simulated."""
    template = make_exposure(PROGRAMMES["small"][0], folder / "template")
    content = template.read_bytes()
    raw = folder / "raw"
    raw.mkdir()
    for index in range(number):
        day = f"{2023 + index % 3}-{index % 12 + 1:02d}-{index % 28 + 1:02d}"
        name = f"jw{index:011d}_02101_00001_nrca1_uncal.fits"
        (raw / name).write_bytes(with_card(content, "DATE-OBS", f"'{day}'"))
    return raw


def with_card(content, keyword, value):
    """Return the content of a FITS file with another value of one keyword."""
    start = content.index(f"{keyword:8}= ".encode())
    card = f"{keyword:8}= {value:20}".ljust(CARD).encode()
    return content[:start] + card + content[start + CARD :]


def measure(folder, variables):
    """Return wall clock, processor time and largest memory (MB) of one dry run, and its report."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "2", "--dry-run", "--configfile", "my.yaml"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    with open(folder / "report.txt", "w") as report:
        subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **variables, "PYTHONPATH": str(ROOT)},
            stdout=report,
            stderr=subprocess.STDOUT,
            check=True,
        )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def number_of_jobs(report):
    """Return how many jobs a dry run would execute."""
    line = next(line for line in report.read_text().splitlines() if line.startswith("total"))
    return int(line.split()[1])


def main():
    """Make the exposures and measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--exposures", type=int, default=1000, help="how many")
    parser.add_argument("--granularity", choices=("step", "stage"), default="step")
    parser.add_argument("--runs", type=int, default=2, help="dry runs; the first reads headers")
    parser.add_argument("--folder", type=Path, help="where to make them, default a temporary one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        context = make_cache(SERVED["small"], folder / "crds")
        make_exposures(options.exposures, folder)
        config = {"exposures": ["raw/*_uncal.fits"], "results": "results", "quicklook": False}
        config |= {"granularity": options.granularity, "steps": STEPS}
        (folder / "my.yaml").write_text(yaml.safe_dump(config))
        for run in range(options.runs):
            wall, cpu, memory = measure(folder, environment(folder / "crds", context))
            print(
                f"{options.exposures} exposures by {options.granularity}, run {run + 1}: "
                f"{number_of_jobs(folder / 'report.txt')} jobs, {wall:.1f} s, "
                f"{cpu:.1f} s of processor, {memory:.0f} MB",
                flush=True,
            )


if __name__ == "__main__":
    main()
