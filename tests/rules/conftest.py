"""Runs of the workflow in a process of its own, as a user starts it."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from astropy.io import fits

ROOT = Path(__file__).parents[2]
VOLATILE = {"DATE", "FILENAME"}


def starter(folder):
    """Return how to start snakemake in a folder, with a configuration given as keywords."""

    def start(*arguments, **config):
        path = folder / "my.yaml"
        path.write_text(yaml.safe_dump({"results": "results", "quicklook": False, **config}))
        command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
        command += ["--cores", "2", "--configfile", str(path), *arguments]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)

    return start


@pytest.fixture
def snakemake(tmp_path, small_run):
    """Start snakemake in an empty folder, as a user does."""
    return starter(tmp_path)


def assert_same_product(ours, theirs):
    """Check that two products hold the same arrays bit by bit, and the same header but dates."""
    with fits.open(ours) as first, fits.open(theirs) as second:
        assert [hdu.name for hdu in first] == [hdu.name for hdu in second]
        for a, b in zip(first, second, strict=True):
            if a.data is not None and a.name != "ASDF":
                assert a.data.tobytes() == b.data.tobytes(), a.name
        cards = [
            {k: v for k, v in hdus[0].header.items() if k not in VOLATILE}
            for hdus in (first, second)
        ]
        assert cards[0] == cards[1]
