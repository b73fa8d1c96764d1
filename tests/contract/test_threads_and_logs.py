"""Several calls at once, and what they say to the log."""

import logging
import multiprocessing
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from threading import Thread

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.pipeline import Detector1Pipeline
from snakewebb.step import JumpStep, SuperBiasStep

ROOT = Path(__file__).parents[2]
ARRAYS = ("data", "dq", "err", "var_poisson", "var_rnoise")


@pytest.fixture(scope="module")
def exposures(small_run):
    found = sorted(small_run.glob("*_uncal.fits"))
    assert len(found) >= 4
    return found[:4]


@pytest.fixture(scope="module")
def one_after_the_other(exposures):
    return [Detector1Pipeline.call(exposure) for exposure in exposures]


def test_four_threads_at_once_give_the_same_products(exposures, one_after_the_other, caplog):
    caplog.set_level(logging.INFO, "snakewebb")
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(Detector1Pipeline.call, exposures))

    for expected, found in zip(one_after_the_other, at_once, strict=True):
        for name in ARRAYS:
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert found.meta.ref_file.gain.name == expected.meta.ref_file.gain.name
        assert steps_in_log(found) == steps_in_log(expected)
    for exposure in exposures:
        root = exposure.name.removesuffix("_uncal.fits")
        of_it = [text for text in caplog.messages if text.startswith(f"{root}: ")]
        steps = [text.split(": ")[1] for text in of_it]
        assert len(set(steps)) == len(steps)
        assert {"dq_init", "jump", "ramp_fit"} <= set(steps)


def steps_in_log(product):
    """Return the steps that the log of a product names, in order."""
    return [line.split(" ")[1] for line in product.cal_logs.calwebb_detector1]


def told_by(exposure):
    """Calibrate an exposure in another process; return its arrays and the lines of its log."""
    lines = []
    logger = logging.getLogger("snakewebb")
    logger.setLevel(logging.INFO)
    handler = logging.Handler()
    handler.emit = lambda record: lines.append(record.getMessage())
    logger.addHandler(handler)
    try:
        rate = Detector1Pipeline.call(exposure)
    finally:
        logger.removeHandler(handler)
    return {name: np.array(getattr(rate, name)) for name in ARRAYS}, lines


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_at_once_give_the_same_products(method, exposures, one_after_the_other):
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        at_once = list(pool.map(told_by, exposures[:2]))

    for exposure, expected, (arrays, lines) in zip(
        exposures[:2], one_after_the_other[:2], at_once, strict=True
    ):
        for name in ARRAYS:
            np.testing.assert_array_equal(arrays[name], getattr(expected, name))
        assert {line.partition(":")[0] for line in lines} == {
            exposure.name.removesuffix("_uncal.fits")
        }


def test_calls_classes_and_instances_go_to_other_processes():
    pipe = Detector1Pipeline(steps={"jump": {"rejection_threshold": 12}})

    again = pickle.loads(pickle.dumps(pipe))

    assert type(again) is Detector1Pipeline
    assert again.jump.rejection_threshold == 12.0
    assert again.jump.parent is again
    assert pickle.loads(pickle.dumps(JumpStep.call)) == JumpStep.call


def test_every_step_says_one_line(small_raw, caplog):
    caplog.set_level(logging.INFO, "snakewebb")

    Detector1Pipeline.call(small_raw, steps={"ipc": {"skip": True}})

    said = [record for record in caplog.records if record.name.startswith("snakewebb")]
    order = Detector1Pipeline._target.order("NIRCAM")
    assert sorted(record.getMessage().split(": ")[1] for record in said) == sorted(order)
    assert {record.levelname for record in said} == {"INFO"}
    assert any(record.getMessage().endswith("ipc: skipped, as asked") for record in said)


def without_asdf(small_raw, folder):
    """Write the exposure with an ASDF extension that does not match; return its path."""
    path = folder / small_raw.name
    with fits.open(small_raw) as hdus:
        names = [hdu.name for hdu in hdus]
        del hdus[names.index("GROUP")]
        hdus.writeto(path)
    return path


def test_products_carry_the_warnings_of_their_run(small_raw, tmp_path, caplog):
    path = without_asdf(small_raw, tmp_path)

    def doubtful(model):
        logging.getLogger("snakewebb.mine").warning("this is %s", "doubtful")

    result = SuperBiasStep.call(path, pre_hooks=[doubtful])

    lines = [line.partition(" ")[2] for line in result.cal_logs.superbias]
    assert lines[0].startswith(f"WARNING: {path}: its ASDF extension is not used")
    assert lines[1] == "superbias: WARNING: this is doubtful"
    assert lines[2].startswith("superbias: complete in ")
    assert [r.levelname for r in caplog.records if r.levelname == "WARNING"] == ["WARNING"] * 2


def test_warnings_of_another_thread_are_not_in_the_product(small_raw):
    def elsewhere(model):
        thread = Thread(target=logging.getLogger("snakewebb").warning, args=["elsewhere"])
        thread.start()
        thread.join()

    result = SuperBiasStep.call(small_raw, pre_hooks=[elsewhere])

    assert len(list(result.cal_logs.superbias)) == 1
    assert not logging.getLogger("snakewebb").handlers


def test_warnings_of_another_thread_during_a_run_are_shown_once(small_raw):
    code = """
import logging, threading
from snakewebb.step import SuperBiasStep
def elsewhere(model):
    thread = threading.Thread(target=logging.getLogger("snakewebb").warning, args=["elsewhere"])
    thread.start()
    thread.join()
SuperBiasStep.call(raw, pre_hooks=[elsewhere])
"""
    assert in_a_process(code, small_raw) == ("", "elsewhere\n")


def test_warnings_of_a_run_are_shown_once_without_any_configuration(small_raw):
    code = """
import logging
from snakewebb.step import JumpStep, SuperBiasStep
def doubtful(model):
    logging.getLogger("snakewebb.mine").warning("doubtful")
def run_within(model):
    JumpStep.call(model, pre_hooks=[doubtful])
SuperBiasStep.call(raw, pre_hooks=[run_within])
"""
    assert in_a_process(code, small_raw) == ("", "doubtful\n")


def in_a_process(code, small_raw):
    """Run a script that knows the path of an exposure; return what it printed on both streams."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); raw = {str(small_raw)!r}\n"
    done = subprocess.run(
        [sys.executable, "-c", start + code], capture_output=True, text=True, check=True
    )
    return done.stdout, done.stderr


def test_a_call_prints_nothing(small_raw):
    code = "from snakewebb.step import JumpStep; JumpStep.call(raw)"

    assert in_a_process(code, small_raw) == ("", "")


def test_warnings_are_shown_without_any_configuration(small_raw, tmp_path):
    code = "import logging; import snakewebb.step; logging.getLogger('snakewebb.run').warning('so')"

    assert in_a_process(code, small_raw)[1] == "so\n"


def test_importing_configures_no_logger_and_starts_nothing(small_raw):
    code = """
import logging, threading
before = list(logging.getLogger().handlers), logging.getLogger().level
import snakewebb.as_jwst, snakewebb.pipeline, snakewebb.step, snakewebb.run.job
ours = [n for n in logging.Logger.manager.loggerDict if n.startswith("snakewebb")]
print([logging.getLogger(n).handlers for n in ours if logging.getLogger(n).handlers])
print(before == (logging.getLogger().handlers, logging.getLogger().level), threading.active_count())
"""

    assert in_a_process(code, small_raw)[0] == "[]\nTrue 1\n"


def test_the_lines_are_there_for_who_asks(small_raw):
    code = """
import logging
logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
from snakewebb.step import SuperBiasStep
SuperBiasStep.call(raw)
"""

    lines = in_a_process(code, small_raw)[1].splitlines()

    assert [line for line in lines if ": superbias: complete in " in line] == lines


def test_no_main_guard_is_needed_whatever_the_number_of_cores(small_raw):
    code = """
from snakewebb.step import JumpStep, RampFitStep
rate, _ = RampFitStep.call(JumpStep.call(raw, maximum_cores="all"), maximum_cores="all")
print(rate.meta.cal_step.ramp_fit)
"""

    assert in_a_process(code, small_raw)[0] == "COMPLETE\n"
