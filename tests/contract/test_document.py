"""Every example of jwst's page "Running the JWST pipeline: Python Interface", run as it stands.

Only its typing errors are corrected: missing and doubled brackets, ``'rejection_threshold'=12.0``,
a class imported from the module of another, and one exposure in the place of two. What it calls
``override_jump`` is no reference type of that step; see promise 16.
"""

import os
import shutil
import sys

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.run import crds

RAW = "jw00017001001_01101_00001_nrca1_uncal.fits"
NAME = RAW.removesuffix("_uncal.fits")
FINAL = {f"{NAME}_rate.fits", f"{NAME}_rateints.fits"}
JUMP_FILE = """\
steps:
- class: jwst.jump.jump_step.JumpStep
  parameters:
    rejection_threshold : 12
"""
SATURATION_FILE = """\
steps:
- class: jwst.saturation.saturation_step.SaturationStep
  parameters:
    override_saturation: 'new_saturation_ref_file.fits'
"""
SKIP_FILE = """\
steps:
- class: jwst.linearity.linearity_step.LinearityStep
  parameters:
    skip: true
"""


@pytest.fixture
def run(here):
    """Return a function that runs an example as after ``import snakewebb.as_jwst``."""
    before = list(sys.meta_path)
    import snakewebb.as_jwst

    snakewebb.as_jwst.install()
    with datamodels.open(RAW) as raw:
        chosen = crds.fetched(raw.get_crds_parameters(), ["saturation", "gain"])
    for kind, path in chosen.items():
        shutil.copyfile(path, f"new_{kind}_ref_file.fits")

    def run_example(code):
        names = {}
        exec(code, names)
        return names["result"]

    yield run_example
    sys.meta_path[:] = before
    for name in [name for name in sys.modules if name.partition(".")[0] in ("jwst", "stpipe")]:
        del sys.modules[name]


@pytest.fixture
def new_files(written):
    """Return the names of the products that an example has written."""
    return lambda: {name for name in written() if not name.startswith(("new_", "my_config_file"))}


def threshold_of(result):
    return result.meta.snakewebb.parameters.jump.rejection_threshold.value


def test_default_parameters_and_reference_files(run, new_files):
    result = run("""
# running a full pipeline stage, input is path to file
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits')
""")
    assert isinstance(result, datamodels.ImageModel)

    result = run("""
# running a single pipeline step, input is datamodel object
from jwst.linearity import LinearityStep
import stdatamodels.jwst.datamodels as dm
input_model = dm.open('jw00017001001_01101_00001_nrca1_uncal.fits')
result = LinearityStep.call(input_model)
""")
    assert result.meta.cal_step.linearity == "COMPLETE"
    assert new_files() == set()


def test_keyword_arguments(run, new_files):
    result = run("""
from jwst.pipeline import Detector1Pipeline
# configuring a pipeline and the steps within the pipeline with keyword arguments
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                                save_results=False,
                                steps={'jump': {'rejection_threshold': 12.0, 'save_results':True}})
""")
    assert threshold_of(result) == 12.0

    result = run("""
from jwst.jump import JumpStep
# configuring a pipeline step with keyword arguments
result = JumpStep.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                       save_results=True, rejection_threshold=12.0)
""")
    assert threshold_of(result) == 12.0
    assert new_files() == {f"{NAME}_jump.fits"}


def test_a_parameter_file_of_the_pipeline(run, here):
    result = run("""
from jwst.pipeline import Detector1Pipeline
pipe = Detector1Pipeline(steps={'jump': {'rejection_threshold': 9}})
pipe.export_config('calwebb_detector1.asdf')
# passing a custom parameter file to a pipeline
result = Detector1Pipeline.call("jw00017001001_01101_00001_nrca1_uncal.fits",\\
                                config_file='calwebb_detector1.asdf')
""")

    assert threshold_of(result) == 9.0


def test_step_parameters_as_arguments(run):
    result = run("""
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                                 steps={'jump': {'rejection_threshold':12.0}})
""")
    assert threshold_of(result) == 12.0

    result = run("""
from jwst.jump import JumpStep
result = JumpStep.call('jw00017001001_01101_00001_nrca1_uncal.fits', rejection_threshold=12.0)
""")
    assert threshold_of(result) == 12.0


WITH_FILE = """
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                                 config_file='my_config_file.asdf')
"""


def test_step_parameters_in_a_parameter_file(run, here):
    (here / "my_config_file.asdf").write_text(JUMP_FILE)

    assert threshold_of(run(WITH_FILE)) == 12.0


def test_disabling_all_step_parameters_of_crds(run, monkeypatch):
    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "")

    result = run("""
import os
os.environ["STPIPE_DISABLE_CRDS_STEPPARS"] = 'True'
from jwst.jump import JumpStep
result = JumpStep.call('jw00017001001_01101_00001_nrca1_uncal.fits')
""")

    assert threshold_of(result) == 4.0
    assert os.environ["STPIPE_DISABLE_CRDS_STEPPARS"] == "True"


def test_overriding_reference_files_as_arguments(run):
    result = run("""
# To override a reference file of a step within a pipeline
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                                 steps={"saturation" : {"override_saturation":
                                                         'new_saturation_ref_file.fits'}})
""")
    assert result.meta.ref_file.saturation.name == "new_saturation_ref_file.fits"

    result = run("""
# To override a reference file for multiple steps within a pipeline
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                                 steps={"saturation": {"override_saturation":
                                                       'new_saturation_ref_file.fits'},
                                        "jump" : {"override_gain": 'new_gain_ref_file.fits'}})
""")
    used = result.meta.snakewebb.references
    assert used.saturation.saturation.file == "new_saturation_ref_file.fits"
    assert used.jump.gain.file == "new_gain_ref_file.fits"

    result = run("""
# To override a reference file when running a standalone step
from jwst.saturation import SaturationStep
result = SaturationStep.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                     override_saturation='new_saturation_ref_file.fits')
""")
    assert result.meta.ref_file.saturation.name == "new_saturation_ref_file.fits"


@pytest.mark.parametrize("module", ["saturation", "linearity"])
def test_overriding_reference_files_in_a_parameter_file(run, here, module):
    text = SATURATION_FILE.replace("jwst.saturation.", f"jwst.{module}.")
    (here / "my_config_file.asdf").write_text(text)

    result = run(WITH_FILE)

    assert result.meta.ref_file.saturation.name == "new_saturation_ref_file.fits"


def test_skipping_a_step(run, here):
    result = run("""
# To set a step parameter on a step within a pipeline
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits',
                                steps={"saturation": {"skip": True}})
""")
    assert result.meta.cal_step.saturation == "SKIPPED"

    (here / "my_config_file.asdf").write_text(SKIP_FILE)
    assert run(WITH_FILE).meta.cal_step.linearity == "SKIPPED"


@pytest.mark.parametrize(
    ("argument", "names"),
    [
        ("save_results=True", FINAL),
        (
            "output_file='detector_1_final_result'",
            {"detector_1_final_result_rate.fits", "detector_1_final_result_rateints.fits"},
        ),
        ("output_dir='calibrated'", {f"calibrated/{name}" for name in FINAL}),
        ("steps={'saturation': {'save_results': True}}", {f"{NAME}_saturation.fits"}),
        (
            "steps={'saturation': {'output_file': 'saturation_result'}}",
            {"saturation_result_saturation.fits"},
        ),
        ("steps={'dark': {'output_dir': 'calibrated'}}", {f"calibrated/{NAME}_dark_current.fits"}),
    ],
)
def test_saving_results_of_a_pipeline_and_of_its_steps(run, new_files, argument, names):
    run(f"""
from jwst.pipeline import Detector1Pipeline
result = Detector1Pipeline.call('jw00017001001_01101_00001_nrca1_uncal.fits', {argument})
""")

    assert new_files() == names


@pytest.mark.parametrize(
    ("step", "argument", "name"),
    [
        ("saturation.SaturationStep", "save_results=True", f"{NAME}_saturation.fits"),
        (
            "saturation.SaturationStep",
            "output_file='saturation_result'",
            "saturation_result_saturation.fits",
        ),
        (
            "dark_current.DarkCurrentStep",
            "output_dir='calibrated'",
            f"calibrated/{NAME}_dark_current.fits",
        ),
    ],
)
def test_saving_the_result_of_a_step(run, new_files, step, argument, name):
    module, step_class = step.split(".")
    run(f"""
from jwst.{module} import {step_class}
result = {step_class}.call('jw00017001001_01101_00001_nrca1_uncal.fits', {argument})
""")

    assert new_files() == {name}


def test_run_instead_of_call(run, new_files):
    result = run("""
from jwst.pipeline import Detector1Pipeline
pipe = Detector1Pipeline()
pipe.jump.rejection_threshold = 12
pipe.ramp_fit.skip = True
result = pipe.run('jw00017001001_01101_00001_nrca1_uncal.fits')
""")

    assert threshold_of(result) == 12.0
    assert result.meta.cal_step.ramp_fit == "SKIPPED"
    assert np.isfinite(result.data).any()
    assert new_files() == set()
