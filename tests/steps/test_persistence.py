"""Persistence, on exposures."""

import math
import threading
from types import SimpleNamespace

import asdf
import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.errors import ParameterError
from snakewebb.kernels.dq import DO_NOT_USE, HOT, PERSISTENCE, SATURATED
from snakewebb.pipelines import DETECTOR1
from snakewebb.step import PersistenceStep
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.flagging_window import UNIX_EPOCH, clock
from snakewebb.steps.persistence import STEP
from snakewebb.steps.window_file import WINDOW, WindowFile, read_windows

START = 60000.0
DAY = 86400
NO_REFERENCES = dict.fromkeys(("trapdensity", "trappars", "persat"))
SHAPE = (4, 5)
FAMILIES = [(180.0, -0.02, 420.0, -0.1), (80.0, -0.1, 10.0, -0.01)]


@pytest.fixture(autouse=True)
def no_parameter_files(monkeypatch):
    """Ask CRDS for nothing."""
    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "true")


def exposure(start=0, nints=1, corner=(1, 1), shape=SHAPE, name="a_linearity.fits", saturated=()):
    """Return an exposure of five groups of ten seconds that starts at some second."""
    model = datamodels.RampModel(np.full((nints, 5, *shape), 100, np.float32))
    model.data *= np.arange(1, 6, dtype=np.float32).reshape(-1, 1, 1)
    about = model.meta.exposure
    about.start_time, about.end_time = START + start / DAY, START + (start + 60 * nints) / DAY
    about.group_time, about.frame_time = 10.0, 2.0
    about.nresets_at_start = about.nresets_between_ints = 1
    about.type = "NRC_IMAGE"
    model.meta.instrument.name, model.meta.instrument.detector = "NIRCAM", "NRCA1"
    model.meta.subarray.xstart, model.meta.subarray.ystart = corner
    model.meta.filename = name
    for group, y, x in saturated:
        model.groupdq[0, group:, y, x] |= SATURATED
    return model


def references(shape=SHAPE, **changes):
    """Return the references of the trap model, cut to an image of some shape."""
    density = datamodels.TrapDensityModel(np.ones(shape, np.float32))
    full_well = datamodels.PersistenceSatModel(np.full(shape, 1000, np.float32))
    for model in (density, full_well):
        model.meta.subarray.ysize, model.meta.subarray.xsize = shape
        model.meta.subarray.ystart = model.meta.subarray.xstart = 1
    pars = datamodels.TrapParsModel()
    pars.trappars_table = np.array(FAMILIES, dtype=pars.get_dtype("trappars_table"))
    return {"trapdensity": density, "trappars": pars, "persat": full_well} | changes


def run(model, found=NO_REFERENCES, **parameters):
    """Apply the step with its defaults and some parameters; return what it returns."""
    values = {p.name: p.default for p in STEP.parameters} | parameters
    return STEP.apply(model, SimpleNamespace(**found), SimpleNamespace(**values))


def flagged(model):
    """Return, for each pixel, how many groups are flagged PERSISTENCE."""
    return np.count_nonzero(model.groupdq & PERSISTENCE, axis=(0, 1))


def save(extra):
    """Save a product of the step as the run layer does."""
    path = extra.model.path
    beside = path.with_name("beside.asdf")
    extra.model.save(beside)
    beside.replace(path)
    extra.model.close()


def windows_saved(model, path, **parameters):
    """Apply flagging windows and save them."""
    save(run(model, persistence_time=1000, save_persistence=str(path), **parameters))
    return model


# which of the two


def test_without_references_the_trap_model_does_not_apply():
    with pytest.raises(NotApplicable, match="no reference of type persat"):
        run(exposure(), references(persat=None))
    with pytest.raises(NotApplicable, match="persistence_time"):
        run(exposure())


def test_a_length_of_windows_chooses_them_and_leaves_the_values_as_they_are():
    model = exposure(saturated=[(2, 1, 1)])
    before = model.data.copy()

    assert run(model, references(), persistence_time=15) is None

    assert flagged(model).sum() == 2
    np.testing.assert_array_equal(model.data, before)


@pytest.mark.parametrize(
    ("parameters", "named"),
    [
        ({"dn_threshold": 3.0}, "dn_threshold = 3.0"),
        ({"persistence_dnu": True}, "persistence_dnu = True"),
        ({"save_persistence": "a.asdf"}, "save_persistence = 'a.asdf'"),
        ({"persistence_time": 5, "flag_pers_cutoff": 3}, "flag_pers_cutoff = 3"),
        ({"persistence_time": 5, "save_trapsfilled": False}, "save_trapsfilled = False"),
        ({"persistence_time": 5, "save_persistence": True}, "save_persistence = True"),
    ],
)
def test_parameters_of_both_together_are_refused_by_name(parameters, named):
    overrides = dict.fromkeys((f"override_{kind}" for kind in NO_REFERENCES), "N/A")

    with pytest.raises(ParameterError, match=f"{named}.*persistence_time"):
        PersistenceStep.call(exposure(), **parameters, **overrides)


@pytest.mark.parametrize("instrument", ["NIRCAM", "NIRISS", "NIRSPEC"])
def test_the_algorithm_chooses_the_place_in_the_pipeline(instrument):
    usual = DETECTOR1.order(instrument)

    traps, windows = (
        DETECTOR1.arranged(usual, lambda _, d=duration: SimpleNamespace(persistence_time=d))
        for duration in (None, 5)
    )

    assert "linearity persistence dark_current" in " ".join(traps)
    assert "persistence ramp_fit" in " ".join(windows)
    assert sorted(traps) == sorted(windows) == sorted(usual)


@pytest.mark.parametrize("name", ["input_trapsfilled", "persistence_array_file"])
def test_files_to_read_must_exist(name):
    with pytest.raises(ParameterError, match=f"{name}.*nowhere does not exist"):
        PersistenceStep.call(exposure(), **{name: "nowhere"})


# windows


def test_groups_are_timed_by_the_table_of_integrations():
    model = exposure(nints=2)
    table = np.zeros(4, model.get_dtype("int_times"))
    table["integration_number"] = [1, 2, 3, 4]
    table["int_start_MJD_UTC"] = START + np.array([0, 70, 140, 210]) / DAY
    model.int_times = table
    zero = (START - UNIX_EPOCH) * DAY

    assert clock(model)[1][:, 0] - zero == pytest.approx([10, 80], abs=1e-5)
    model.meta.exposure.integration_start = 3
    starts, times = clock(model)
    assert starts - zero == pytest.approx([140, 210], abs=1e-5)
    assert times[1] - zero == pytest.approx([220, 230, 240, 250, 260], abs=1e-5)


def test_without_the_table_integrations_follow_each_other_without_a_gap():
    times = clock(exposure(start=5, nints=2))[1] - (START - UNIX_EPOCH) * DAY

    assert times.ravel() == pytest.approx(5 + 10 * np.arange(1, 11), abs=1e-5)


@pytest.mark.parametrize(
    ("keyword", "message"), [("group_time", "TGROUP"), ("start_time", "EXPSTART")]
)
def test_an_exposure_without_times_is_refused(keyword, message):
    model = exposure()
    setattr(model.meta.exposure, keyword, None)

    with pytest.raises(ValueError, match=message):
        run(model, persistence_time=5)


def test_groups_in_windows_are_not_used_if_asked_for():
    model = exposure(saturated=[(3, 0, 0)])

    run(model, persistence_time=5, persistence_dnu=True)

    assert model.groupdq[0, 3, 0, 0] == SATURATED | PERSISTENCE | DO_NOT_USE
    assert model.groupdq[0, 4, 0, 0] == SATURATED


def test_the_threshold_opens_windows():
    model = exposure()

    run(model, persistence_time=1, dn_threshold=450)

    assert np.unique(model.groupdq[0, 4]).tolist() == [PERSISTENCE]
    assert not model.groupdq[0, :4].any()


def test_a_window_goes_on_in_the_next_exposure_of_the_same_detector(tmp_path):
    path = tmp_path / "windows.asdf"
    windows_saved(exposure(saturated=[(1, 2, 3)]), path)

    later, last = exposure(start=100), exposure(start=1010)
    for model in (later, last):
        run(model, persistence_time=1000, persistence_array_file=path)
    other = exposure(start=100)
    other.meta.instrument.detector = "NRCB1"
    run(other, persistence_time=1000, persistence_array_file=path)

    assert np.argwhere(flagged(later)).tolist() == [[2, 3]]
    assert flagged(last)[2, 3] == 1
    assert not flagged(other).any()


def test_the_file_is_laid_out_as_jwst_does(tmp_path):
    path = tmp_path / "windows.asdf"
    windows_saved(exposure(saturated=[(1, 2, 3)]), path)

    with asdf.open(path) as file:
        entry = file.tree["NRCA1"]
        assert entry["rows"].tolist() == [2]
        assert entry["cols"].tolist() == [3]
        assert entry["vals"] == pytest.approx([(START - UNIX_EPOCH) * DAY + 1020], abs=1e-5)
        assert entry["pers_time"] == 1000
        assert entry["filename"] == "a_linearity.fits"


def test_windows_of_another_length_do_not_count(tmp_path):
    path = tmp_path / "windows.asdf"
    windows_saved(exposure(saturated=[(1, 2, 3)]), path)
    later = exposure(start=100)

    run(later, persistence_time=900, persistence_array_file=path)

    assert not flagged(later).any()


def test_windows_are_filed_by_pixel_of_the_detector(tmp_path):
    path = tmp_path / "windows.asdf"
    windows_saved(exposure(corner=(11, 21), saturated=[(1, 2, 3)]), path)

    full = exposure(start=100, shape=(40, 30))
    apart = exposure(start=100, corner=(21, 21))
    for model in (full, apart):
        run(model, persistence_time=1000, persistence_array_file=path)

    assert np.argwhere(flagged(full)).tolist() == [[22, 13]]
    assert not flagged(apart).any()


def test_an_exposure_that_is_calibrated_again_does_not_see_its_own_windows(tmp_path):
    path = tmp_path / "windows.asdf"
    windows_saved(exposure(saturated=[(0, 0, 0), (4, 2, 3)]), path)

    again = windows_saved(exposure(saturated=[(4, 1, 1)]), path, persistence_array_file=path)

    assert np.argwhere(flagged(again)).tolist() == [[1, 1]]
    assert read_windows(path, "NRCA1", 1000)[["row", "column"]].tolist() == [(1, 1)]


def test_the_file_does_not_depend_on_the_order_of_calibration(tmp_path):
    first = exposure(saturated=[(1, 2, 3), (1, 0, 0)])
    second = exposure(start=100, saturated=[(1, 2, 3), (1, 1, 1)], name="b_linearity.fits")
    third = exposure(start=2000, saturated=[(1, 3, 3)], name="c_linearity.fits")
    for name, order in (("in.asdf", (first, second, third)), ("out.asdf", (third, first, second))):
        for model in order:
            windows_saved(model.copy(), tmp_path / name)

    found = [read_windows(tmp_path / name, "NRCA1", 1000) for name in ("in.asdf", "out.asdf")]
    np.testing.assert_array_equal(*found)
    assert len(found[0]) == 5


def test_the_entries_of_other_detectors_stay(tmp_path):
    path = tmp_path / "windows.asdf"
    other = exposure(saturated=[(1, 2, 3)])
    other.meta.instrument.detector = "NRCB1"

    windows_saved(other, path)
    windows_saved(exposure(saturated=[(1, 0, 0)]), path)

    assert [len(read_windows(path, name, 1000)) for name in ("NRCA1", "NRCB1")] == [1, 1]


def test_exposures_that_save_at_the_same_time_do_not_lose_windows(tmp_path):
    path, begun = tmp_path / "windows.asdf", threading.Barrier(8)

    def add(number):
        own = np.array([(2000 + number, number, 0)], dtype=WINDOW)
        others, span = np.empty(0, dtype=WINDOW), (1000 + number - 0.4, 1000 + number + 0.4)
        file = WindowFile(
            path, "NRCA1", str(number), duration=1000, own=own, others=others, span=span
        )
        beside = tmp_path / f"{number}.asdf"
        begun.wait()
        file.save(beside)
        beside.replace(path)
        file.close()

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert read_windows(path, "NRCA1", 1000)["row"].tolist() == list(range(8))


def test_another_file_is_refused(tmp_path):
    path = tmp_path / "notes.asdf"
    path.write_text("notes")
    with pytest.raises(ValueError, match="no file of persistence windows"):
        run(exposure(), persistence_time=5, persistence_array_file=path)
    asdf.AsdfFile({"roman": {"data": 3}}).write_to(path)
    with pytest.raises(ValueError, match="no file of persistence windows"):
        run(exposure(), persistence_time=5, persistence_array_file=path)


# the trap model


def state_of(path, data, end=START, detector="NRCA1"):
    """Save a state of the traps, and return its path."""
    state = datamodels.TrapsFilledModel(np.asarray(data, np.float32))
    state.meta.exposure.end_time = end
    state.meta.instrument.detector = detector
    state.save(path)
    return str(path)


def test_the_first_exposure_keeps_its_values_and_fills_traps():
    model = exposure()
    before = model.data.copy()

    (extra,) = run(model, references())

    np.testing.assert_array_equal(model.data, before)
    assert extra.suffix == "trapsfilled"
    assert extra.with_result
    assert extra.model.data.shape == (2, *SHAPE)
    assert (extra.model.data > 0).all()
    assert extra.model.meta.exposure.end_time == model.meta.exposure.end_time


def test_traps_release_charge_between_and_during_exposures(tmp_path):
    path = state_of(tmp_path / "x_trapsfilled.fits", np.full((2, *SHAPE), 100))
    model = exposure(start=20)

    _, subtracted = run(
        model, references(), input_trapsfilled=path, save_persistence=True, flag_pers_cutoff=30
    )

    left = 100 * np.array([math.exp(-0.1 * 20), math.exp(-0.01 * 20)])
    first = (left * (1 - np.exp([-0.1 * 10, -0.01 * 10]))).sum()
    assert subtracted.suffix == "output_pers"
    assert subtracted.model.data[0, 0] == pytest.approx(np.full(SHAPE, first), rel=1e-5)
    assert model.data[0, 0] == pytest.approx(np.full(SHAPE, 100 - first), rel=1e-5)
    assert (model.pixeldq == PERSISTENCE).all()


def test_pixels_are_flagged_from_the_cutoff_on(tmp_path):
    path = state_of(tmp_path / "x_trapsfilled.fits", np.full((2, *SHAPE), 100))
    model = exposure()
    model.pixeldq[0, 0] = HOT
    _, subtracted = run(model, references(), input_trapsfilled=path, save_persistence=True)
    largest = float(subtracted.model.data.max())

    for cutoff, expected in ((largest, PERSISTENCE), (largest * 1.0001, 0)):
        model = exposure()
        model.pixeldq[0, 0] = HOT
        run(model, references(), input_trapsfilled=path, flag_pers_cutoff=cutoff)
        assert model.pixeldq[1, 1] == expected
        assert model.pixeldq[0, 0] == HOT | expected
        assert not model.groupdq.any()


def test_the_state_of_a_subarray_is_that_of_the_detector(tmp_path):
    whole = np.arange(2 * 8 * 9, dtype=np.float32).reshape(2, 8, 9)
    path = state_of(tmp_path / "x_trapsfilled.fits", whole)
    found = references()
    for kind in ("trapdensity", "persat"):
        found[kind].meta.subarray.ysize, found[kind].meta.subarray.xsize = 8, 9

    (extra,) = run(exposure(corner=(3, 2)), found, input_trapsfilled=path)

    state = extra.model.data
    covered = np.zeros((8, 9), bool)
    covered[1:5, 2:7] = True
    left = whole * np.exp([-0.1 * 50, -0.01 * 50]).reshape(2, 1, 1)
    assert state[:, ~covered] == pytest.approx(left[:, ~covered], rel=1e-5)
    assert (state[:, covered] > left[:, covered]).all()
    assert extra.model.meta.subarray.name == "FULL"
    assert (extra.model.meta.subarray.xsize, extra.model.meta.subarray.ysize) == (9, 8)


@pytest.mark.parametrize("kind", ["trapdensity", "persat"])
def test_pixels_of_a_reference_that_is_not_to_be_used_capture_nothing(kind):
    found = references()
    found[kind].dq[1, 1] = DO_NOT_USE
    found[kind].dq[2, 2] = HOT

    (extra,) = run(exposure(), found)

    assert np.argwhere(extra.model.data[0] == 0).tolist() == [[1, 1]]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"end": START + 30 / DAY}, "of a later time: it ends 30.0 s after the exposure starts"),
        ({"detector": "NRCB1"}, "of detector NRCB1, the exposure of NRCA1"),
        ({"data": np.zeros((3, *SHAPE))}, r"shape \(3, 4, 5\)"),
        ({"data": np.zeros((2, 4, 4))}, r"shape \(2, 4, 4\)"),
        ({"end": None}, "EXPEND"),
    ],
)
def test_a_state_that_does_not_belong_to_the_exposure_is_refused(changes, message, tmp_path):
    path = state_of(tmp_path / "x_trapsfilled.fits", **{"data": np.zeros((2, *SHAPE))} | changes)

    with pytest.raises(ValueError, match=message):
        run(exposure(), references(), input_trapsfilled=path)


def test_an_exposure_that_does_not_tell_its_times_is_refused(tmp_path):
    model = exposure()
    model.meta.exposure.frame_time = model.meta.exposure.nresets_between_ints = None
    with pytest.raises(ValueError, match="TFRAME and NRESETS"):
        run(model, references())
    model = exposure()
    model.meta.exposure.start_time = None
    path = state_of(tmp_path / "x_trapsfilled.fits", np.zeros((2, *SHAPE)))
    with pytest.raises(ValueError, match="EXPSTART"):
        run(model, references(), input_trapsfilled=path)


def called(folder, monkeypatch, **parameters):
    """Call the step by its class in a folder; return the names of the files it makes."""
    monkeypatch.chdir(folder)
    overrides = {f"override_{kind}": model for kind, model in references().items()}
    PersistenceStep.call(exposure(), **overrides, **parameters).close()
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, []),
        ({"save_results": True}, ["a_persistence.fits", "a_trapsfilled.fits"]),
        ({"output_file": "b", "output_dir": "c"}, ["b_persistence.fits", "b_trapsfilled.fits"]),
        ({"save_results": True, "save_trapsfilled": False}, ["a_persistence.fits"]),
        ({"save_persistence": True}, ["a_output_pers.fits"]),
        ({"modify_input": True}, []),
    ],
)
def test_the_state_of_the_traps_is_saved_where_the_result_is(
    parameters, expected, tmp_path, monkeypatch
):
    assert called(tmp_path, monkeypatch, **parameters) == expected


def test_windows_are_saved_to_the_path_that_is_given(tmp_path, monkeypatch):
    parameters = {"persistence_time": 5, "save_persistence": "w", "output_dir": "products"}
    assert called(tmp_path, monkeypatch, **parameters) == ["a_persistence.fits", "w.asdf"]
    assert (tmp_path / "w.asdf").is_file()
