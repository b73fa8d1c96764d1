"""A bound on memory changes where arrays lie, and nothing else."""

import sys
import time

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.errors import InputError
from snakewebb.kernels.blocks import empty
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.run import memory, workflow
from snakewebb.run.memory import LEAST, Scratch, bounded, resident
from snakewebb.run.workflow import Workflow

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux only")
MEGABYTE = 2**20


def filled(scratch, megabytes):
    array = scratch.empty((megabytes, MEGABYTE // 4), np.float32)
    array[...] = np.arange(megabytes, dtype=np.float32)[:, np.newaxis]
    return array


def test_what_is_released_leaves_the_memory_and_keeps_its_values():
    scratch = Scratch()
    array = filled(scratch, 64)
    before = resident()

    scratch.release()

    assert before - resident() > 48 * MEGABYTE
    assert (array == np.arange(64)[:, np.newaxis]).all()


def test_only_large_arrays_lie_in_files():
    scratch = Scratch()
    large = scratch.empty(LEAST, np.uint8)
    small = scratch.empty(LEAST - 1, np.uint8)

    assert large.base is not None
    assert small.base is None


def test_within_a_bound_large_arrays_lie_in_files_and_outlive_it():
    with bounded(1000):
        array = empty((2, LEAST), np.uint8)
        array[...] = 3
    assert array.base is not None
    assert (array == 3).all()
    assert empty((2, LEAST), np.uint8).base is None


def test_a_process_above_the_bound_gives_pages_back(monkeypatch):
    monkeypatch.setattr(memory, "FULL", 0)
    before = resident()
    with bounded(1000):
        array = empty((64, MEGABYTE), np.uint8)
        array[...] = 1
        ends = time.monotonic() + 10
        while resident() - before > 16 * MEGABYTE and time.monotonic() < ends:
            time.sleep(0.01)
        assert resident() - before <= 16 * MEGABYTE
    assert (array == 1).all()


def test_a_file_that_finds_no_room_is_an_error_that_names_the_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(memory.tempfile, "tempdir", str(tmp_path / "missing"))
    with pytest.raises(InputError, match=r"no room for 1 MB in .*missing.*TMPDIR"):
        Scratch().empty(LEAST, np.uint8)


def test_a_system_that_does_not_tell_of_memory_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "RESIDENT", tmp_path / "statm")
    with pytest.raises(InputError, match="on Linux only"), bounded(1000):
        pass


def test_an_exposure_calibrated_within_a_bound_has_the_same_pixels(
    small_raw, tmp_path, monkeypatch
):
    monkeypatch.setattr(memory, "FULL", 0)  # so pages are given back all the time
    monkeypatch.setattr(memory, "LEAST", 1)
    for name, bound in (("free", None), ("bounded", 256)):
        options = {"save_results": True, "output_dir": str(tmp_path / name)}
        Detector1Pipeline.call(str(small_raw), memory=bound, **options).close()

    products = sorted((tmp_path / "free").glob("*.fits"))
    assert len(products) == 2
    for path in products:
        with fits.open(path) as free, fits.open(tmp_path / "bounded" / path.name) as bounded_:
            for name in ("SCI", "DQ", "ERR", "VAR_POISSON", "VAR_RNOISE"):
                assert free[name].data.tobytes() == bounded_[name].data.tobytes()


def test_the_configuration_bounds_each_job_and_what_it_asks_for(small_raw, tmp_path, monkeypatch):
    monkeypatch.setattr(workflow, "predicted", lambda steps, shape, size, bound: bound)
    root = small_raw.name.removesuffix("_uncal.fits")
    config = {"exposures": [str(small_raw)], "results": str(tmp_path), "memory": 256}
    run = Workflow(config)

    assert run.exposures[root].plan.memory == 256
    assert run.resources(root) == 256
