"""The notebook of the documentation, run from the first cell to the last."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "docs" / "calibrating_step_by_step.ipynb"
FIGURES = 6
KEEP_FIGURES = """
for number in plt.get_fignums():
    plt.figure(number).savefig(f"{number}.png")
"""


@pytest.fixture(scope="module")
def notebook():
    return nbformat.read(NOTEBOOK, as_version=4)


def test_it_is_a_valid_notebook_without_outputs(notebook):
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]

    assert all(cell.execution_count is None and cell.outputs == [] for cell in code)
    assert NOTEBOOK.stat().st_size < 200_000


def test_all_cells_run_in_order_and_the_figures_are_made(notebook, tmp_path):
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    (tmp_path / "cells.py").write_text("\n".join([*cells, KEEP_FIGURES]))
    of_its_own = {k: v for k, v in os.environ.items() if not k.startswith("CRDS_")}
    environment = {"PYTHONPATH": str(ROOT), "MPLBACKEND": "Agg", "TMPDIR": str(tmp_path)}

    done = subprocess.run(
        [sys.executable, "-W", "error::UserWarning", "cells.py"],
        cwd=tmp_path,
        env=of_its_own | environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "5.0 from jwst_nircam_pars-jumpstep_0001.asdf" in done.stdout
    assert "rejection_threshold              5.0" in done.stdout
    assert len(list(tmp_path.glob("*.png"))) == FIGURES
