"""Measure whole runs in fresh processes, by turns with jwst 3.0.0, and write the results.

    python -m benchmarks                                       # everything
    python -m benchmarks nircam miri --runs 3                  # some cases
    python -m benchmarks series --programs snakewebb --runs 1  # one of the programs alone
    python -m benchmarks growth                                # how cost grows with size

Exposures and references are simulated. What is measured takes the place of earlier results for the
same case and program in ``benchmarks/results.json``, from which ``benchmarks/results.md`` and
``docs/pictures/performance.png`` are made.
"""

import argparse
import contextlib
import os
import tempfile
from datetime import date
from pathlib import Path

from benchmarks import report
from benchmarks.cases import CASES, SERIES, Case
from benchmarks.processes import COMMANDS, by_turns, keep_to, machine

GROWTH = "growth"


def measure_case(name, folder, programs, runs):
    """Return the costs of a case by program."""
    exposure, variables = CASES[name].make(folder)
    costs = by_turns(programs, exposure, folder, variables, CASES[name].steps, runs)
    for program, cost in costs.items():
        print(f"{name}: {program}: {report.cell(cost)}", flush=True)
    return costs


def measure_series(name, folder, runs):
    """Return the CPU seconds of a series by size."""
    seconds = {}
    for size, exposure in SERIES[name].items():
        inside = folder / str(size)
        inside.mkdir(parents=True, exist_ok=True)
        path, variables = Case(f"{size} {name}", exposure).make(inside)
        costs = by_turns(["snakewebb"], path, inside, variables, {}, runs)
        seconds[size] = costs["snakewebb"].cpu
        print(f"{size} {name}: {seconds[size]:.2f} s", flush=True)
    return seconds


@contextlib.contextmanager
def folder_for(name, parent):
    """Give the folder of a case: one that is kept if there is a parent, else a temporary one."""
    with tempfile.TemporaryDirectory() if parent is None else contextlib.nullcontext() as temporary:
        folder = Path(temporary) if parent is None else parent.resolve() / name
        folder.mkdir(parents=True, exist_ok=True)
        yield folder


def arguments():
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "cases", nargs="*", choices=[*CASES, GROWTH, []], help="which, default all", metavar="CASE"
    )
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each, at least one")
    parser.add_argument("--programs", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--cores", type=int, help="keep to so many cores, default all")
    parser.add_argument("--folder", type=Path, help="where to keep exposures and references")
    return parser.parse_args()


def main():
    """Measure what the command line says, and write the results after each case."""
    options = arguments()
    if options.cores:
        keep_to(options.cores)
    results = report.load(machine())
    for name in options.cases or [*CASES, GROWTH]:
        print(f"{name}: load of the machine {os.getloadavg()[0]:.1f}", flush=True)
        with folder_for(name, options.folder) as folder:
            if name == GROWTH:
                for kind in SERIES:
                    results[GROWTH][kind] = measure_series(kind, folder / kind, options.runs)
            else:
                costs = measure_case(name, folder, options.programs, options.runs)
                dated = {"runs": options.runs, "date": date.today().isoformat()}
                results["cases"][name] = results["cases"].get(name, {}) | costs | dated
        report.keep(results)


if __name__ == "__main__":
    main()
