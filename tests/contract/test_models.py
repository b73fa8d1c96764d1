"""What a caller gives stays as it was, and nothing stays open or grows."""

import gc
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.errors import SnakewebbError
from snakewebb.kernels import picture_frame as frame_kernel
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.shim import step_class
from snakewebb.step import GainScaleStep, GuiderCdsStep, SuperBiasStep
from snakewebb.steps import all_steps
from snakewebb.steps.exposure_types import GUIDER
from tests.guiding import Guiding, write_references_for
from tests.steps import scenes

ROOT = Path(__file__).parents[2]
MEMORY = """
import sys
import numpy as np
from stdatamodels.jwst.datamodels import RampModel, SuperBiasModel
from snakewebb.step import SuperBiasStep

model = RampModel(np.ones((1, 4, 64, 64), np.float32))
model.meta.instrument.name, model.meta.instrument.detector = "NIRCAM", "NRCA1"
sub = model.meta.subarray
sub.xstart, sub.ystart, sub.xsize, sub.ysize = 1, 1, 64, 64
model.save("raw_uncal.fits")
SuperBiasModel(data=np.ones((64, 64), np.float32)).save("superbias.fits")

def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1])

for number in range(220):
    SuperBiasStep.call("raw_uncal.fits", override_superbias="superbias.fits").close()
    if number == 19:
        before = memory()
print(memory() / before)
"""


@pytest.fixture(scope="module")
def rate_file(small_run):
    """The path of a rate."""
    raw = next(small_run.glob("*02101_00001_nrca1_uncal.fits"))
    Detector1Pipeline.call(raw, output_dir=str(small_run)).close()
    return small_run / raw.name.replace("_uncal", "_rate")


def content(model):
    """Return all that a model holds, by name, without what it holds by reference."""
    flat = model.to_flat_dict(include_arrays=True)
    assert "data" in flat
    return {name: np.array(value, copy=True) for name, value in flat.items()}


def assert_same(before, after):
    assert before.keys() == after.keys()
    for name, value in before.items():
        np.testing.assert_array_equal(after[name], value, err_msg=name)


@pytest.fixture(scope="module")
def guided(tmp_path_factory):
    """The paths of an exposure of a guider and of its images, and the references of its steps."""
    folder = tmp_path_factory.mktemp("guider")
    guiding = Guiding("FGS_ACQ2")
    raw, references = guiding.write(folder), write_references_for(guiding, folder)
    GuiderCdsStep(output_dir=str(folder), **references["guider_cds"]).run(raw).close()
    return raw, Path(str(raw).replace("_uncal", "_guider_cds")), references


@pytest.fixture
def given(small_raw, rate_file, guided):
    """Return what a step is called with: the path of an exposure, and keywords."""

    def of_step(step):
        ramp, rate, references = guided if step.exposures == GUIDER else (small_raw, rate_file, {})
        return ramp if step.input == "ramp" else rate, references.get(step.name, {})

    return of_step


@pytest.mark.parametrize("name", all_steps())
def test_the_callers_model_is_not_changed_by_any_step_and_stays_open(name, given):
    step = all_steps()[name]
    source, keywords = given(step)
    with datamodels.open(source) as model:
        before = content(model)

        result = step_class(name)(**keywords).run(model)

        assert_same(before, content(model))
        for each in result if isinstance(result, tuple) else (result,):
            assert not np.shares_memory(each.data, model.data)
            assert name in SCENES or getattr(each.meta.cal_step, step.status) == "COMPLETE"


def settling():
    """Return ramps of MIRI, and what the reset does to their first groups."""
    model = scenes.ramp((2, 6, 4, 4), instrument="MIRI")
    table = datamodels.RSCDModel()
    row = (model.meta.subarray.name, model.meta.exposure.readpatt, 1, 2)
    columns = ("subarray", "S17"), ("readpatt", "S12"), ("group_skip1", "i4"), ("group_skip", "i4")
    table.rscd_group_skip_table = np.array([row], dtype=list(columns))
    anomaly = datamodels.ResetModel(data=np.full((2, 3, 4, 4), 5, np.float32))
    anomaly.dq = np.ones((4, 4), np.uint32)
    return model, SimpleNamespace(rscd=table, reset=anomaly)


def of_another_gain():
    """Return rates that were read with a gain of their own."""
    model = datamodels.ImageModel(data=np.full((4, 4), 3, np.float32))
    model.err = model.var_poisson = model.var_rnoise = np.ones((4, 4), np.float32)
    model.meta.instrument.name, model.meta.exposure.gain_factor = "NIRSPEC", 2.0
    model.meta.subarray.xstart = model.meta.subarray.ystart = 1001
    return model, SimpleNamespace()


def framed():
    """Return a full frame of NIRSpec in which a picture frame grows, and its pattern."""
    model, references = scenes.picture_frame()
    pattern = datamodels.PictureFrameModel(data=references.pictureframe.data)
    model.meta.subarray.xstart = model.meta.subarray.ystart = 1
    return model, SimpleNamespace(**{**vars(references), "pictureframe": pattern})


SCENES = {
    "emicorr": scenes.interference,
    "firstframe": scenes.bright_early,
    "lastframe": scenes.bright_early,
    "refpix": scenes.reference_pixels((1, 1, 64, 2048)),
    "persistence": scenes.charge_traps,
    "clean_flicker_noise": scenes.flicker(),
    "jump": scenes.jumps(),
    "ramp_fit": scenes.saturated_early,
    "group_scale": scenes.interleaved_reference_pixels,
    "gain_scale": of_another_gain,
    "picture_frame": framed,
    "reset": settling,
    "rscd": settling,
}


@pytest.mark.parametrize("name", SCENES)
def test_the_callers_model_is_not_changed_by_a_step_that_finds_work(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, references = SCENES[name]()
    if name == "group_scale":  # of groups that are sums, read with reference pixels in between
        model.meta.exposure.nframes, model.meta.exposure.frame_divisor = 3, 1
        model.meta.subarray.xstart = model.meta.subarray.ystart = 1
    step = step_class(name)()
    if name == "picture_frame":  # of a detector that is small
        monkeypatch.setattr(frame_kernel, "SIDE", 64)
        monkeypatch.setattr(frame_kernel, "EDGE", (slice(4, 60), slice(12, 52)))
        monkeypatch.setattr(frame_kernel, "MIDDLE", slice(13, 51))
        step.mask_science_regions = False
    for reference in all_steps()[name].references:
        given = getattr(references, reference.type, None)
        is_model = isinstance(given, datamodels.JwstDataModel)
        placed = is_model and reference.subarray and given.meta.hasattr("subarray")
        if placed and not given.meta.subarray.xstart:
            given.meta.subarray.xstart = model.meta.subarray.xstart
            given.meta.subarray.ystart = model.meta.subarray.ystart
        setattr(step, f"override_{reference.type}", given if is_model else "N/A")
    before = content(model)

    result = step.run(model)

    assert_same(before, content(model))
    for each in result if isinstance(result, tuple) else (result,):
        assert each is None or getattr(each.meta.cal_step, all_steps()[name].status) == "COMPLETE"


def test_a_path_a_model_and_an_open_file_give_the_same(small_raw):
    with datamodels.open(small_raw) as model, fits.open(small_raw) as hdus:
        sources = [str(small_raw), small_raw, model, hdus]
        results = [Detector1Pipeline.call(source) for source in sources]

    for result in results[1:]:
        np.testing.assert_array_equal(result.data, results[0].data)
        np.testing.assert_array_equal(result.dq, results[0].dq)
        assert result.meta.filename == results[0].meta.filename


def test_an_open_file_is_not_changed_and_stays_open(small_raw, rate_file):
    with fits.open(small_raw) as raw, fits.open(rate_file) as rate:
        before = raw["SCI"].data.copy(), rate["SCI"].data.copy()

        SuperBiasStep.call(raw).data[:] = 0
        GainScaleStep.call(rate).data[:] = 0

        np.testing.assert_array_equal(raw["SCI"].data, before[0])
        np.testing.assert_array_equal(rate["SCI"].data, before[1])
        assert "ASDF" in raw


def test_an_open_file_that_is_no_exposure_is_refused():
    with pytest.raises(SnakewebbError, match="has no SCI extension"):
        SuperBiasStep.call(fits.HDUList([fits.PrimaryHDU()]))


@pytest.mark.filterwarnings("error::ResourceWarning")
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("target", "said"),
    [
        (SuperBiasStep, {}),
        (SuperBiasStep, {"override_superbias": "none.fits"}),
        (SuperBiasStep, {"pre_hooks": [lambda model: 3]}),
        (Detector1Pipeline, {}),
        (Detector1Pipeline, {"steps": {"jump": {"post_hooks": [lambda model: 3]}}}),
    ],
)
def test_files_are_closed_even_after_an_error(small_raw, target, said):
    gc.collect()
    before = open_files()
    try:
        target.call(small_raw, **said).close()
    except SnakewebbError:
        assert said
    else:
        assert not said
    gc.collect()

    assert open_files() == before


def open_files():
    """Return what this process has open, other than what is none of ours."""
    folder = Path("/proc/self/fd")
    if not folder.is_dir():
        pytest.skip("only Linux tells which files are open")
    found = {str(link.resolve()) for link in folder.iterdir()}
    return {name for name in found if name.endswith((".fits", ".asdf", ".pmap", ".rmap"))}


def test_200_calls_take_no_more_memory_than_20(tmp_path):
    if not Path("/proc/self/statm").is_file():
        pytest.skip("only Linux tells the memory in use")

    done = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}){MEMORY}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert float(done.stdout) < 1.05
