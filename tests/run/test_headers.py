"""Headers that are read without arrays say the same as a library for FITS and the data models."""

import gzip
import shutil

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import JwstDataModel

from snakewebb.errors import InputError
from snakewebb.run.headers import keyword_places, read_header, scan
from tests import flight

VALUES = {
    "TEXT": "O'Neill / it's",
    "EMPTYTXT": "",
    "WHOLE": -12,
    "REAL": 1.5e-7,
    "YES": True,
    "NO": False,
    "NONE": None,
}


@pytest.fixture
def written(tmp_path):
    """A FITS file with all kinds of values and extensions."""
    primary = fits.PrimaryHDU()
    for keyword, value in VALUES.items():
        primary.header[keyword] = (value, "a comment")
    primary.header["HISTORY"] = "TEXT    = 'no value'"
    table = fits.BinTableHDU.from_columns(
        [fits.Column("a", "PJ()", array=np.array([[1, 2], [3]], dtype=object))], name="TABLE"
    )
    image = fits.ImageHDU(np.zeros((2, 3, 5, 7), np.int16), name="SCI")
    empty = fits.ImageHDU(name="EMPTY")
    path = tmp_path / "x_uncal.fits"
    fits.HDUList([primary, table, image, empty]).writeto(path)
    return path


def test_values_are_those_of_a_library_for_fits(written):
    cards = scan(written)[0].cards

    assert {keyword: cards[keyword] for keyword in VALUES} == VALUES
    assert {type(cards[k]) for k in ("YES", "NO")} == {bool}


def test_names_shapes_and_ends_are_those_of_a_library_for_fits(written):
    with fits.open(written) as hdus:
        expected = [
            (hdu.name if index else "", hdu.fileinfo()["datLoc"] + hdu.fileinfo()["datSpan"])
            for index, hdu in enumerate(hdus)
        ]
        shape = hdus["SCI"].shape

    found = scan(written)

    assert [(extension.name, extension.end) for extension in found] == expected
    assert found[2].shape == shape


def test_a_compressed_file_has_the_same_header(written, tmp_path):
    with open(written, "rb") as plain, gzip.open(tmp_path / "x.fits.gz", "wb") as compressed:
        shutil.copyfileobj(plain, compressed)

    assert read_header(tmp_path / "x.fits.gz") == read_header(written)


def test_a_file_that_is_not_fits_is_refused(tmp_path):
    (tmp_path / "x.fits").write_text("SIMPLE, but no FITS")

    with pytest.raises(InputError, match="is not a FITS file"):
        scan(tmp_path / "x.fits")


def same_as_data_model(path):
    """Check that a header has the values that the data model of a file has, and no others."""
    with JwstDataModel(path) as model:
        of_model = model.get_crds_parameters()
    keys = read_header(path).keys
    assert {key: of_model.get(key) for key in keys} == keys
    with fits.open(path) as hdus:
        for (name, keyword), place in keyword_places().items():
            if place not in keys and place in of_model and (name or "PRIMARY") in hdus:
                assert keyword not in hdus[name or 0].header


def test_keys_are_those_of_the_data_model(small_run):
    for path in small_run.glob("*_uncal.fits"):
        same_as_data_model(path)


@flight.absent
def test_keys_of_a_flight_exposure_are_those_of_the_data_model():
    same_as_data_model(flight.ACQUISITION)


def test_the_digest_changes_with_any_value_of_any_header(written):
    before = read_header(written).digest
    for name, keyword in (("PRIMARY", "WHOLE"), ("SCI", "BUNIT")):
        with fits.open(written, mode="update") as hdus:
            hdus[name].header[keyword] = 7
        after = read_header(written).digest
        assert after != before
        before = after
