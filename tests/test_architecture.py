"""Imports go one way: kernels ← steps ← run ← the Python interface and the rules."""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import PIPE

import pytest

from snakewebb.steps import all_steps

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "snakewebb"
KERNELS = {path.stem for path in (PACKAGE / "kernels").glob("*.py")} - {"__init__"}
CONSTANTS = {"dq"}

LAYERS = {
    "errors": set(),
    "kernels": {"kernels"},
    "steps": {"kernels", "steps"},
    "pipelines": {"steps"},
    "run": {"errors", "steps", "pipelines", "run"},
    "report": {"errors", "kernels", "steps", "run", "report"},
}
"""What a layer of the package may import of the package; the rest stands above them all."""

THIRD_PARTY = {"kernels": {"numpy", "scipy"}, "steps": {"numpy", "asdf", "astropy", "stdatamodels"}}
SLOW_TO_IMPORT = {"asdf", "astropy", "crds", "matplotlib", "pandas", "snakemake", "stdatamodels"}


@dataclass(frozen=True)
class Import:
    """One imported name, and where it stands."""

    file: Path
    line: int
    name: str

    @property
    def top(self):
        return self.name.partition(".")[0]

    @property
    def layer(self):
        """The layer of the package that it comes from, empty for the package itself."""
        return f"{self.name}.".split(".")[1]

    def __repr__(self):
        return f"{self.file.relative_to(ROOT)}:{self.line} imports {self.name}"


def imports_of(path):
    """Return all imports of a file; ``from a import b`` counts as ``a.b``."""
    tree = ast.parse(path.read_text())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found += [Import(path, node.lineno, name) for name in names]
    return found


def imports_in(*folders):
    """Return all imports of all files of some folders."""
    files = [path for folder in folders for path in sorted(folder.rglob("*.py"))]
    assert files
    return [each for path in files for each in imports_of(path)]


def imports_of_layer(layer):
    """Return all imports of a layer, be it one module or a folder of modules."""
    module = PACKAGE / f"{layer}.py"
    return imports_of(module) if module.exists() else imports_in(PACKAGE / layer)


def third_party(imports):
    """Return those imports that are neither ours nor of the standard library."""
    ours = {"snakewebb", *sys.stdlib_module_names}
    return [each for each in imports if each.top not in ours]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_only_itself_and_those_below_it(layer):
    allowed = LAYERS[layer] | {""}
    ours = [each for each in imports_of_layer(layer) if each.top == "snakewebb"]
    assert [each for each in ours if each.layer not in allowed] == []


@pytest.mark.parametrize("layer", THIRD_PARTY)
def test_a_layer_uses_only_the_libraries_it_is_allowed(layer):
    foreign = third_party(imports_of_layer(layer))
    assert [each for each in foreign if each.top not in THIRD_PARTY[layer]] == []


def test_kernels_know_nothing_of_logs_files_and_processes():
    forbidden = {"logging", "os", "pathlib", "io", "sys", "subprocess", "multiprocessing"}
    found = imports_of_layer("kernels")
    assert [each for each in found if each.top in forbidden] == []


def test_nothing_imports_jwst_or_its_frame():
    found = imports_in(PACKAGE)
    assert [each for each in found if each.top in {"jwst", "stpipe", "stcal"}] == []


def test_slow_libraries_are_imported_when_they_are_needed():
    code = "import sys; from snakewebb.pipeline import Detector1Pipeline; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, stdout=PIPE).stdout
    assert SLOW_TO_IMPORT & set(modules.decode().split()) == set()


def modules_imported(path):
    """Return the files of the kernels, and of the helpers of steps, that a file imports."""
    parts = [
        each.name.split(".") for each in imports_of(path) if each.layer in ("kernels", "steps")
    ]
    files = {PACKAGE / part[1] / f"{part[2]}.py" for part in parts if len(part) > 2}
    return {file for file in files if file.exists()}


def kernels_reached(step_module):
    """Return the kernels that a step and its helpers import, and those that these import."""
    reached, new = set(), {step_module}
    while new:
        reached |= new
        new = {file for each in new for file in modules_imported(each)} - reached
    return {file.stem for file in reached if file.parent.name == "kernels"} - CONSTANTS


@pytest.mark.parametrize("step", all_steps().values(), ids=lambda step: step.name)
def test_a_step_declares_the_kernels_it_reaches_since_their_change_must_rerun_it(step):
    module = PACKAGE / "steps" / f"{step.name}.py"
    assert set(step.kernels) == kernels_reached(module)


def test_every_kernel_serves_a_step():
    served = {kernel for step in all_steps().values() for kernel in step.kernels}
    assert KERNELS - CONSTANTS - served == set()


def test_each_script_is_called_by_a_rule_and_holds_one_call():
    scripts = {path.name: path for path in (ROOT / "scripts").glob("*.py")}
    rules = "".join(path.read_text() for path in (ROOT / "rules").glob("*.smk"))
    assert set(re.findall(r"\$SNAKEWEBB_SCRIPTS/(\w+\.py)", rules)) == set(scripts)
    for path in scripts.values():
        docstring, *imports, call = ast.parse(path.read_text()).body
        assert isinstance(docstring, ast.Expr)
        assert all(isinstance(each, ast.ImportFrom) for each in imports)
        assert len(call.body) == 1, path
