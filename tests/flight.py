"""Flight data that lie beside the project, for the tests that use them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"
HEADERS = sorted((SHARED / "flight" / "headers").glob("*.fits"))
ACQUISITION = SHARED / "flight" / "jw01019001001_gs-acq1_2022117003102_uncal.fits"
CACHE = SHARED / "crds"

absent = pytest.mark.skipif(
    not ACQUISITION.is_file(), reason="the flight data are not at ../shared/data/flight"
)


def environment(cache=CACHE):
    """Return the environment in which a process finds the context of the flight data."""
    return os.environ | {
        "CRDS_PATH": str(cache),
        "CRDS_CONTEXT": "jwst_0676.pmap",
        "CRDS_READONLY_CACHE": "1",
        "CRDS_SERVER_URL": "https://crds.invalid",
    }


def references(paths):
    """Return the names of the reference files that exposures find; see `flight_references`."""
    command = [sys.executable, "-m", "tests.flight_references", *map(str, paths)]
    return answer_of(command, environment())


def answer_of(command, variables):
    """Return the JSON that a program prints last."""
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])
