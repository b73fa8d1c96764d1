"""Time `Detector1Pipeline.call` as a fresh process, by turns with jwst 3.0.0.

    python -m benchmarks [--runs N] [--folder FOLDER]

Each run imports, reads, calibrates and writes the final products of a simulated NIRCam full frame
of 10 groups; the medians of wall time and peak memory, and their ratios, are printed.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from snakewebb.demo import PROGRAMMES, SERVED, environment, make_cache, make_exposure

ROOT = Path(__file__).parents[1]
PEER = ROOT / ".venv-peer" / "bin" / "python"
CALL = """
from {package}.pipeline import Detector1Pipeline
if __name__ == "__main__":
    Detector1Pipeline.call({exposure!r}, save_results=True, output_dir={output!r}, steps={steps!r})
"""
CASES = {
    "as CRDS says": {},
    "with snowballs": {"jump": {"expand_large_events": True}},
}
MEGABYTE = 1024


def measure(python, script, variables):
    """Return the seconds and the peak memory in MB of a run of a script."""
    started = time.perf_counter()
    process = subprocess.Popen(
        [python, script],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{python} {script} ended with status {process.returncode}")
    return time.perf_counter() - started, usage.ru_maxrss / MEGABYTE


def compare(case, exposure, folder, variables, runs):
    """Print the medians of a case for both, run by turns."""
    scripts = {}
    for package, python in (("snakewebb", sys.executable), ("jwst", str(PEER))):
        script = folder / f"{package}_call.py"
        output = str(folder / package)
        Path(output).mkdir(exist_ok=True)
        script.write_text(
            CALL.format(package=package, exposure=str(exposure), output=output, steps=CASES[case])
        )
        scripts[package] = (python, script)
    results = {package: [] for package in scripts}
    for run in range(runs + 1):
        for package, (python, script) in scripts.items():
            result = measure(python, script, variables)
            if run:  # the first one fills the caches of the disk
                results[package].append(result)
    ours, peers = (
        [statistics.median(values) for values in zip(*results[package], strict=True)]
        for package in ("snakewebb", "jwst")
    )
    print(
        f"{case}: {ours[0]:.1f} s and {ours[1]:.0f} MB, "
        f"jwst {peers[0]:.1f} s and {peers[1]:.0f} MB: "
        f"{peers[0] / ours[0]:.1f} times the time, {peers[1] / ours[1]:.1f} times the memory"
    )


def main():
    """Make the exposure, and measure all cases."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="counted runs of each")
    parser.add_argument("--folder", type=Path, help="where to keep exposure and references")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        context = make_cache(SERVED["benchmark"], folder / "crds")
        exposure = make_exposure(PROGRAMMES["benchmark"][0], folder)
        for case in CASES:
            compare(case, exposure, folder, environment(folder / "crds", context), options.runs)


if __name__ == "__main__":
    main()
