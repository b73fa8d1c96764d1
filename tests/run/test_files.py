"""Exposures in, products out."""

import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.errors import InputError
from snakewebb.run import files
from snakewebb.run.files import appearing_whole, check_exposure, open_exposure, save


def raw_model():
    model = datamodels.Level1bModel((1, 3, 8, 8))
    model.data[:] = 7
    model.meta.instrument.name = "NIRCAM"
    model.meta.instrument.detector = "NRCA1"
    return model


@pytest.fixture
def raw(tmp_path):
    path = tmp_path / "jw1_uncal.fits"
    raw_model().save(path)
    return path


def test_a_raw_exposure_opens_as_a_ramp_of_float32(raw):
    model = open_exposure(raw, "ramp").model

    assert isinstance(model, datamodels.RampModel)
    assert model.data.dtype == np.float32
    assert (model.data == 7).all()
    assert model.groupdq.shape == (1, 3, 8, 8)
    assert model.pixeldq.shape == (8, 8)


def test_a_model_of_the_caller_is_copied():
    callers = raw_model()

    model = open_exposure(callers, "ramp").model
    model.data += 1
    model.meta.instrument.name = "NIRISS"

    assert (callers.data == 7).all()
    assert callers.data.dtype == np.uint16
    assert callers.meta.instrument.name == "NIRCAM"


def faulty(raw, fault):
    path = raw.with_name("faulty_uncal.fits")
    if fault == "not FITS":
        path.write_text("SIMPLE, but no FITS file")
    elif fault == "cut short":
        path.write_bytes(raw.read_bytes()[:-5000])
    elif fault == "empty":
        path.touch()
    elif fault == "rate":
        datamodels.ImageModel((8, 8)).save(path)
    elif fault == "no SCI":
        fits.PrimaryHDU().writeto(path)
    elif fault == "no instrument":
        model = raw_model()
        model.meta.instrument.name = None
        model.save(path)
    return path


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("absent", "does not exist"),
        ("not FITS", "is not a FITS file"),
        ("empty", "is not a FITS file"),
        ("cut short", "is cut short"),
        ("rate", "holds an image of 2 dimensions, not a ramp"),
        ("no SCI", "has no SCI extension"),
        ("no instrument", "lacks the keyword INSTRUME"),
    ],
)
def test_a_faulty_exposure_is_named_with_what_is_wrong(raw, fault, said):
    path = faulty(raw, fault)

    with pytest.raises(InputError, match=said) as raised:
        check_exposure(path, "ramp")

    assert str(path) in str(raised.value)


def test_what_is_no_exposure_at_all_is_refused():
    with pytest.raises(InputError, match="is no exposure"):
        open_exposure(42, "ramp")


def test_a_file_appears_whole(tmp_path):
    path = tmp_path / "new" / "product.fits"

    with appearing_whole(path) as beside:
        beside.write_text("half")
        assert not path.exists()

    assert path.read_text() == "half"
    assert [p.name for p in path.parent.iterdir()] == ["product.fits"]


def test_a_file_that_cannot_be_finished_does_not_appear(tmp_path):
    path = tmp_path / "product.fits"
    path.write_text("old")

    def write():
        with appearing_whole(path) as beside:
            beside.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()

    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["product.fits"]


def test_a_saved_product_bears_its_own_name(tmp_path):
    path = save(raw_model(), tmp_path / "jw1_jump.fits")

    assert fits.getheader(path)["FILENAME"] == "jw1_jump.fits"


def test_a_file_without_asdf_extension_opens(raw):
    with fits.open(raw) as hdus:
        del hdus["ASDF"]
        hdus.writeto(raw.with_name("bare_uncal.fits"))

    model = open_exposure(raw.with_name("bare_uncal.fits"), "ramp").model

    assert (model.data == 7).all()
    assert model.meta.instrument.name == "NIRCAM"


def test_threads_that_check_files_leave_the_filters_of_warnings_as_they_were(raw):
    before, interval = list(warnings.filters), sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda _: check_exposure(raw, "ramp"), range(100)))
    finally:
        sys.setswitchinterval(interval)

    assert list(warnings.filters) == before


def test_for_keywords_alone_the_science_is_not_read(raw, monkeypatch):
    monkeypatch.setattr(files, "read_array", lambda path, hdu: pytest.fail("read"))

    with files.opened_for_keywords(raw) as model:
        assert model.meta.instrument.detector == "NRCA1"


def test_a_product_is_written_as_its_model_writes_it(tmp_path):
    model = datamodels.CubeModel((2, 3, 4))
    model.data[...] = np.nan
    model.dq[...] = np.arange(24, dtype=np.uint32).reshape(2, 3, 4) << 27
    flags = model.dq.copy()

    model.save(tmp_path / "own.fits")
    save(model, tmp_path / "ours.fits")

    assert (model.dq == flags).all()
    with fits.open(tmp_path / "own.fits") as own, fits.open(tmp_path / "ours.fits") as ours:
        assert [hdu.name for hdu in own] == [hdu.name for hdu in ours]
        for hdu in own[1:-1]:
            assert repr(hdu.header) == repr(ours[hdu.name].header)
            assert hdu.data.tobytes() == ours[hdu.name].data.tobytes()
        assert (ours["DQ"].data == flags).all()
    with datamodels.open(tmp_path / "ours.fits") as read:
        assert (read.dq == flags).all()
