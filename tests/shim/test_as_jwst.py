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


def test_it_stands_before_an_installed_jwst_which_is_never_imported(tmp_path, installed_jwst):
    code = (
        "import snakewebb.as_jwst, jwst.pipeline, stpipe; print(jwst.pipeline.Detector1Pipeline)\n"
        "import jwst.associations\n"
        "try:\n    import jwst.sociations\n"
        "except ModuleNotFoundError as fault:\n    print(fault)"
    )
    lines = printed(code, tmp_path, [installed_jwst]).splitlines()

    assert lines[0] == "<class 'snakewebb.pipeline.Detector1Pipeline'>"
    assert lines[1].startswith("snakewebb has no counterpart of jwst.sociations")
    assert len(lines) == 2


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


STATEMENTS = (
    "import jwst; assert jwst.__version__.split('.')[0] == '3'; jwst.__path__",
    "import jwst.pipeline; jwst.pipeline.calwebb_detector1.Detector1Pipeline.call",
    "import jwst; jwst.datamodels.RampModel; jwst.pipeline.Detector1Pipeline",
    "from jwst import pipeline, datamodels; pipeline.Detector1Pipeline, datamodels.open",
    "from jwst.pipeline import calwebb_detector1 as c; c.jump_step.JumpStep.call",
    "from jwst.pipeline import calwebb_detector1 as c; c.ramp_fit_step.RampFitStep()",
    "from jwst.pipeline.calwebb_detector1 import Detector1Pipeline, dq_init_step",
    "from jwst.jump import jump_step; jump_step.JumpStep",
    "from jwst.stpipe import Step, Pipeline, query_step_status, record_step_status, crds_client",
    "from stpipe import Step, crds_client; crds_client.get_context_used",
    "from jwst.datamodels import dqflags; dqflags.pixel['JUMP_DET'], dqflags.group['SATURATED']",
    "from jwst import datamodels as d; d.dqflags.dqflags_to_mnemonics(5, d.dqflags.pixel)",
    "from jwst.datamodels import ImageModel, ReadnoiseModel, SaturationModel",
    "from jwst.step import JumpStep; assert 'rejection_threshold = float(' in JumpStep.spec",
    "from jwst.pipeline import Detector1Pipeline as D; assert 'jump' in D().step_defs; D.spec",
    "from jwst.jump import JumpStep; JumpStep().log.debug('a line')",
    # what the first cell of a notebook imports for its later stages
    "from jwst.pipeline import Detector1Pipeline, Image2Pipeline, Image3Pipeline, Spec2Pipeline",
    "from jwst.pipeline import calwebb_detector1, calwebb_spec2, calwebb_tso3",
    "from jwst.associations import asn_from_list; from jwst.associations import asn_from_list as a",
    "from jwst.associations.asn_from_list import asn_from_list",
    "from jwst.associations.lib.rules_level3_base import DMS_Level3_Base",
    "import jwst.associations, jwst.assign_wcs; from jwst.assign_wcs.util import anything",
    "from jwst.extract_1d import Extract1dStep as E; assert 'does not have' in repr(E.spec)",
    "from jwst.datamodels import ModelContainer as M; assert not isinstance([], M)",
)
"""How notebooks and scripts speak to jwst before they calibrate anything."""

MISSING = {
    "from jwst.pipeline import Spec2Pipeline; Spec2Pipeline.call('rate.fits')": (
        "jwst.pipeline.Spec2Pipeline.call yet; of the pipelines it has Detector1Pipeline"
    ),
    "from jwst.pipeline import calwebb_image2 as c; c.Image2Pipeline()": "calwebb_image2.Image2",
    "from jwst.associations import asn_from_list as a; a.asn_from_list([])": "asn_from_list yet",
    "import jwst.assign_wcs; jwst.assign_wcs.AssignWcsStep()": "jwst.assign_wcs.AssignWcsStep yet",
    "from jwst.associations.lib.dms_base import A\nclass B(A): pass": "dms_base.A yet",
    "from jwst.datamodels import ModelContainer; ModelContainer([])": "ModelContainer yet",
    "from jwst.pipeline import Detektor1Pipeline": "did you mean 'Detector1Pipeline'?",
    "import jwst.pipline": "did you mean 'pipeline'?",
    "from jwst.jump import JumbStep": "did you mean 'JumpStep'?",
    "from jwst.jump import jump": "no counterpart of jwst.jump.jump; did you mean 'jump_step'?",
    "from jwst.step import AssignWcsStep": "no counterpart of jwst.step.AssignWcsStep",
    "from stpipe import config_parser": "known: Pipeline, Step, crds_client",
}
"""What is not here, and what the error says; all are import errors."""

MISSING_NAMES = {
    "import jwst; jwst.pipline": "did you mean 'pipeline'?",
    "from jwst.pipeline import calwebb_detector1 as c; c.jumb_step": "did you mean 'jump_step'?",
    "from jwst.jump import JumpStep; JumpStep().rejection_treshold": "'rejection_threshold'?",
}
"""The same for attributes."""

RUN_ALL = """
import json, sys
import snakewebb.as_jwst
outcomes = {}
for statement in json.load(sys.stdin):
    try:
        exec(statement, {"__name__": "script"})
        outcomes[statement] = ["", ""]
    except Exception as fault:
        outcomes[statement] = [type(fault).__name__, str(fault)]
print(json.dumps(outcomes))
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The error of each statement, as name and text; all run in one process."""
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL],
        input=json.dumps([*STATEMENTS, *MISSING, *MISSING_NAMES]),
        cwd=tmp_path_factory.mktemp("statements"),
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_what_notebooks_import_and_look_at_is_there(outcomes, statement):
    assert outcomes[statement] == ["", ""]


@pytest.mark.parametrize("statement", MISSING)
def test_what_is_not_here_is_an_import_error_that_says_what_is(outcomes, statement):
    error, text = outcomes[statement]

    assert error in ("ImportError", "ModuleNotFoundError")
    assert MISSING[statement] in text


@pytest.mark.parametrize("statement", MISSING_NAMES)
def test_an_attribute_that_is_not_here_is_an_error_with_the_nearest(outcomes, statement):
    error, text = outcomes[statement]

    assert error == "AttributeError"
    assert MISSING_NAMES[statement] in text


PREAMBLE = """
import snakewebb.as_jwst
import glob, os
import numpy as np
from jwst import datamodels
"""

SCRIPTS = {
    "a dictionary of steps, some empty, some told what to do": """
from collections import defaultdict
from jwst.pipeline import Detector1Pipeline
steps = defaultdict(dict)
steps["group_scale"], steps["linearity"] = {}, {}
steps["persistence"]["skip"] = steps["ipc"]["skip"] = True
steps["jump"]["maximum_cores"] = "half"
steps["jump"]["expand_large_events"] = True
rate = Detector1Pipeline.call(uncal, output_dir="stage1", steps=steps, save_results=True)
assert rate.meta.cal_step.instance["ipc"] == "SKIPPED"
assert rate.meta.ref_file.instance["gain"]["name"].startswith("crds://")
with datamodels.open(sorted(glob.glob("stage1/*_rate.fits"))[0]) as saved:
    assert np.array_equal(saved.data, rate.data, equal_nan=True)
""",
    "an instance with attributes, which is run or called": """
from jwst.pipeline import calwebb_detector1
detector1 = calwebb_detector1.Detector1Pipeline()
detector1.output_dir, detector1.save_results = "run", True
detector1.jump.rejection_threshold = 6
for name in list(detector1.step_defs)[1:]:
    getattr(detector1, name).skip = True
one, other = detector1.run(uncal), detector1(uncal)
assert np.array_equal(one.data, other.data) and glob.glob("run/*_ramp.fits")
""",
    "an instance made of what CRDS says": """
from jwst.jump import JumpStep
step = JumpStep.from_config_section(JumpStep.get_config_from_reference(uncal))
assert step.rejection_threshold == 5.0
assert JumpStep.from_config_section(JumpStep.build_config(uncal)[0]).get_pars() == step.get_pars()
""",
    "one step after the other": """
from jwst.pipeline import calwebb_detector1 as c
with datamodels.RampModel(uncal) as raw:
    result = c.group_scale_step.GroupScaleStep.call(raw, output_dir="steps", save_results=False)
assert not os.path.exists("steps")
result = c.dq_init_step.DQInitStep.call(result, output_dir="steps", save_results=True)
result = c.saturation_step.SaturationStep.call("steps/" + result.meta.filename)
step = c.superbias_step.SuperBiasStep()
result = step.call(result, output_file="mine", save_results=False)
assert os.path.exists("mine_superbias.fits")
flags = datamodels.dqflags.pixel
assert np.count_nonzero(result.groupdq & flags["SATURATED"]) > 0
result.save("own_name.fits")
assert datamodels.open("own_name.fits").meta.cal_step.superbias == "COMPLETE"
""",
    "the settings for the log of older versions": """
import warnings
from jwst.group_scale import GroupScaleStep
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    GroupScaleStep.call(uncal, logcfg="pipeline-log.cfg")
    GroupScaleStep.call(uncal, configure_log=False)
assert ["logcfg is ignored" in str(each.message) for each in seen] == [True]
""",
    "questions to CRDS": """
import crds
from jwst.jump import JumpStep
from stpipe import crds_client
with datamodels.open(uncal) as raw:
    keys = raw.get_crds_parameters()
assert crds_client.get_context_used("jwst") == crds.get_context_name("jwst")
best = crds.getreferences(keys, reftypes=["gain"], observatory="jwst")["gain"]
assert crds_client.get_reference_file(keys, "gain", "jwst") == best
assert crds_client.get_multiple_reference_paths(keys, ["gain"], "jwst") == {"gain": best}
assert JumpStep().get_reference_file(uncal, "gain") == best
uri = "crds://" + os.path.basename(best)
assert crds_client.reference_uri_to_cache_path(uri, "jwst") == best
""",
    "own steps and functions as hooks": """
from jwst.pipeline import Detector1Pipeline
from jwst.stpipe import Step
class TimesStep(Step):
    spec = '''
    '''
    class_alias = "times"
    def process(self, input_data):
        with datamodels.open(input_data) as model:
            result = model.copy()
        result.data = result.data * 2.0
        self.log.info("doubled")
        return result
class EdgeStep(Step):
    class_alias = "edge"
    def process(self, input_data):
        input_data.groupdq[..., :3] |= datamodels.dqflags.group["DO_NOT_USE"]
        return input_data
seen = []
plain = Detector1Pipeline.call(uncal)
steps = {"gain_scale": {"post_hooks": [TimesStep, lambda model: seen.append(model.data.ndim)]}}
steps["ramp_fit"] = {"pre_hooks": [EdgeStep]}
rate = Detector1Pipeline.call(uncal, steps=steps)
assert seen == [2, 3] and np.isnan(rate.data[:, :3]).all()
assert np.array_equal(rate.data[:, 3:], 2 * plain.data[:, 3:], equal_nan=True)
""",
}
"""How notebooks and scripts calibrate, with ``uncal`` for the path of the exposure."""


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_calibrate_as_they_do_with_jwst(tmp_path, small_raw, script):
    printed(f"{PREAMBLE}\nuncal = {str(small_raw)!r}\n{SCRIPTS[script]}", tmp_path)
