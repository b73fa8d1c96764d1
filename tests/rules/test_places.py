"""The workflow runs from any place, and writes nothing into the checkout."""

import os
import shutil
import subprocess
import sys

import pytest

from .conftest import FEW_STEPS, Starter, copy_checkout


@pytest.fixture
def checkout(tmp_path):
    """A copy of the checkout, in a folder with a space in its name."""
    return copy_checkout(tmp_path / "a checkout")


def test_paths_with_spaces_another_directory_and_a_checkout_that_is_only_read(
    checkout, small_run, tmp_path
):
    raw = next(small_run.glob("*_nis_uncal.fits"))
    folder = tmp_path / "my run"
    (folder / "my data").mkdir(parents=True)
    shutil.copy(raw, folder / "my data")
    (tmp_path / "my env").symlink_to(sys.prefix)
    interpreter = str(tmp_path / "my env" / "bin" / "python")
    before = {path: path.stat().st_mtime_ns for path in checkout.rglob("*")}
    exposures = ["my data/*_uncal.fits"]
    start = Starter(folder, checkout, exposures=exposures, results="my results", steps=FEW_STEPS)
    command = [interpreter, *start.command(quicklook=True)[1:], "--directory", str(folder)]
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}

    run = subprocess.run(
        command,
        cwd=tmp_path,
        env={**environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    root = raw.name.removesuffix("_uncal.fits")
    assert (folder / "my results" / f"{root}_rate.fits").is_file()
    assert (folder / "my results" / "quicklook" / f"{root}.png").is_file()
    assert {path: path.stat().st_mtime_ns for path in checkout.rglob("*")} == before
