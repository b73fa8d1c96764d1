"""Scripts that were written for jwst run after one line, in a process of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from snakewebb.pipelines import PIPELINES
from snakewebb.steps import all_steps

ROOT = Path(__file__).parents[2]
PUBLISHED = ROOT.parent / "shared" / "spec" / "steps.json"


def run(code, folder, path=()):
    """Run a script in a folder, with further folders to import from; return what it printed."""
    environment = {**os.environ, "PYTHONPATH": ":".join(map(str, (*path, ROOT)))}
    return subprocess.run(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def printed(code, folder, path=()):
    done = run(code, folder, path)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture
def installed_jwst(tmp_path):
    """A folder with packages called jwst and stpipe, as where jwst itself is installed."""
    for package in ("jwst", "stpipe"):
        folder = tmp_path / "site" / package
        folder.mkdir(parents=True)
        for module in ("__init__", "pipeline", "associations"):
            (folder / f"{module}.py").write_text(f"print('the real {package}')\n")
    return tmp_path / "site"


def test_every_import_of_jwst_gives_the_class_of_the_same_name(tmp_path):
    targets = [*all_steps().values(), *PIPELINES.values()]
    lines = ["import snakewebb.as_jwst, snakewebb.step, snakewebb.pipeline, importlib as i"]
    lines += [
        f"assert i.import_module('{t.jwst_module}').{t.class_name}"
        f" is snakewebb.{'pipeline' if t.class_name in PIPELINES else 'step'}.{t.class_name}"
        for t in targets
    ]
    lines += [
        f"from jwst.{s.package} import {s.class_name} as a; from jwst.step import {s.class_name}"
        f" as b; assert a is b is snakewebb.step.{s.class_name}"
        for s in all_steps().values()
    ]
    lines += [f"from jwst.pipeline import {name}; print({name}.__name__)" for name in PIPELINES]

    assert printed("\n".join(lines), tmp_path).split() == list(PIPELINES)


def test_the_modules_are_those_that_jwst_has_its_classes_in():
    if not PUBLISHED.is_file():
        pytest.skip("the list of the classes of jwst is not here")
    published = json.loads(PUBLISHED.read_text())
    classes = {**published["steps"], **published["pipelines"]}
    for target in (*all_steps().values(), *PIPELINES.values()):
        assert f"{target.jwst_module}.{target.class_name}" == classes[target.class_name]["class"]
    for name, pipeline in PIPELINES.items():
        assert pipeline.jwst_name == classes[name]["name"]


@pytest.mark.parametrize(
    "code",
    [
        "from jwst import datamodels; print(datamodels.RampModel.__module__)",
        "import jwst.datamodels as dm; print(dm.RampModel.__module__)",
        "from jwst.datamodels import RampModel; print(RampModel.__module__)",
        "from jwst.datamodels.ramp import RampModel; print(RampModel.__module__)",
    ],
)
def test_data_models_are_those_of_stdatamodels(tmp_path, code):
    module = printed(f"import snakewebb.as_jwst; {code}", tmp_path)

    assert module == "stdatamodels.jwst.datamodels.ramp"


def test_data_quality_flags_are_imported_as_notebooks_do(tmp_path):
    code = "import snakewebb.as_jwst; from jwst.datamodels import dqflags; print(dqflags.pixel)"

    assert "'DO_NOT_USE': 1" in printed(code, tmp_path)


def test_what_steps_and_pipelines_have_in_common_is_there(tmp_path):
    code = """
import snakewebb.as_jwst
import stpipe, jwst
from jwst.stpipe import Step, Pipeline, query_step_status
from jwst.pipeline import Detector1Pipeline
from jwst.step import JumpStep
from jwst.datamodels import RampModel

model = RampModel((1, 2, 3, 4))
model.meta.cal_step.jump = "SKIPPED"
print(query_step_status(model, "jump"), query_step_status(model, "superbias"))
print(issubclass(Detector1Pipeline, Pipeline), issubclass(Pipeline, Step), stpipe.Step is Step)
print(issubclass(JumpStep, Step), issubclass(JumpStep, Pipeline))
print(jwst.__version__)
"""
    lines = printed(code, tmp_path).splitlines()

    assert lines[:3] == ["SKIPPED None", "True True True", "True False"]
    assert lines[3].startswith("3.0.0+snakewebb.")


def test_it_stands_before_an_installed_jwst_whose_further_modules_are_not_found(
    tmp_path, installed_jwst
):
    code = (
        "import snakewebb.as_jwst, jwst.pipeline, stpipe; print(jwst.pipeline.Detector1Pipeline)\n"
        "try:\n    import jwst.associations\n"
        "except ModuleNotFoundError as fault:\n    print(fault)"
    )
    lines = printed(code, tmp_path, [installed_jwst]).splitlines()

    assert lines == [
        "<class 'snakewebb.shim.Detector1Pipeline'>",
        lines[1],
    ]
    assert lines[1].startswith("snakewebb has no counterpart of jwst.associations")


def test_a_data_model_module_that_does_not_exist_is_not_found(tmp_path):
    done = run("import snakewebb.as_jwst, jwst.datamodels.nothing", tmp_path)

    assert "ModuleNotFoundError: snakewebb has no counterpart" in done.stderr


@pytest.mark.parametrize("package", ["jwst", "stpipe"])
def test_it_refuses_where_jwst_has_been_imported(tmp_path, installed_jwst, package):
    done = run(f"import {package}; import snakewebb.as_jwst", tmp_path, [installed_jwst])

    assert done.stdout == f"the real {package}\n"
    assert f"ImportError: {package} has been imported already" in done.stderr
    assert "put `import snakewebb.as_jwst` before" in done.stderr


def test_importing_it_twice_is_once(tmp_path):
    code = (
        "import sys, snakewebb.as_jwst, jwst; before = list(sys.meta_path)\n"
        "del sys.modules['snakewebb.as_jwst']; import snakewebb.as_jwst\n"
        "print(before == sys.meta_path)"
    )

    assert printed(code, tmp_path) == "True"


def test_without_it_jwst_is_left_alone(tmp_path, installed_jwst):
    code = "import snakewebb, snakewebb.pipeline, snakewebb.step, jwst"

    assert printed(code, tmp_path, [installed_jwst]) == "the real jwst"
