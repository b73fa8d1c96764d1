"""The examples of the page on the Python interface, run as a reader would."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from stdatamodels.jwst import datamodels

from snakewebb.run import crds

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "python.md").read_text()
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
RAW = "jw00017001001_01101_00001_nrca1_uncal.fits"


@pytest.fixture
def folder(here):
    """The folder of a reader: the exposure, three reference files, and the files of the page."""
    with datamodels.open(RAW) as raw:
        chosen = crds.fetched(raw.get_crds_parameters(), ["saturation", "gain", "linearity"])
    for kind, path in chosen.items():
        shutil.copyfile(path, f"my_{kind}.fits")
    for language, text in BLOCK.findall(PAGE):
        if language == "yaml":
            (here / text.split()[1]).write_text(text)
    return here


def test_all_examples_of_the_page_run_in_order(folder):
    examples = [text for language, text in BLOCK.findall(PAGE) if language == "python"]
    assert len(examples) > 10
    code = "\n".join([f"import sys; sys.path.insert(0, {str(ROOT)!r})", *examples])

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "did you mean 'rejection_threshold'?" in done.stdout
    assert "INFO:snakewebb:jw00017001001_01101_00001_nrca1: jump: complete" in done.stderr
