"""Time and memory of a fresh process."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-peer" / "bin" / "python"
CALL = str(ROOT / "benchmarks" / "call.py")
COMMANDS = {
    "snakewebb": [sys.executable, CALL, "snakewebb"],
    "jwst": [str(PEER), CALL, "jwst"],
    "floor of snakewebb": [sys.executable, "-m", "benchmarks.floor", "snakewebb"],
    "floor": [sys.executable, "-m", "benchmarks.floor", "plain"],
}
"""What can be measured; each takes an exposure, a folder for products and parameters of steps."""

MEGABYTE = 1024


class Cost(NamedTuple):
    """What a process took: seconds on the clock and of the processor, and its largest memory."""

    wall: float
    cpu: float
    megabytes: float


def measure(command, variables):
    """Return the cost of a command.

    Parameters
    ----------
    command : list of str
        What to run, from the root of the repository.
    variables : dict of str
        Environment variables beside those of this process.

    Returns
    -------
    Cost

    Raises
    ------
    RuntimeError
        If it fails; what it wrote is in the message.
    """
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env={**os.environ, "PYTHONPATH": path, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{said.decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / MEGABYTE)


def by_turns(programs, exposure, folder, variables, steps, runs):
    """Return the median costs of programs that run one after the other, again and again.

    Parameters
    ----------
    programs : sequence of str
        Keys of `COMMANDS`.
    exposure, folder : pathlib.Path
        What they read, and where they write.
    variables : dict of str
        Their environment.
    steps : dict
        Parameters of steps.
    runs : int
        How often each runs; the first run of each, which fills the caches of the disk, is one more.

    Returns
    -------
    dict of Cost
        By program.
    """
    costs = {program: [] for program in programs}
    for run in range(runs + 1):
        for program in programs:
            with tempfile.TemporaryDirectory(dir=folder) as products:
                arguments = [str(exposure), products, json.dumps(steps)]
                cost = measure([*COMMANDS[program], *arguments], variables)
            if run:
                costs[program].append(cost)
    return {program: median(of_program) for program, of_program in costs.items()}


def median(costs):
    """Return the medians of several costs, each by itself."""
    return Cost(*map(statistics.median, zip(*costs, strict=True)))


def keep_to(cores):
    """Let this process, and all that it starts, run on a number of cores."""
    mine = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, mine[:cores])


def machine():
    """Return in words what this process runs on."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.partition(": ")[2] for line in lines if "model name" in line), "unknown")
    gigabytes = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores, {gigabytes:.0f} GB, "
        f"{platform.system()}, Python {platform.python_version()}"
    )
