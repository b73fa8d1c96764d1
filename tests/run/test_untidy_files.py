"""Files that are not as tidy as the archive delivers them are processed, or refused clearly."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.errors import SnakewebbError
from snakewebb.pipeline import Detector1Pipeline, GuiderPipeline
from tests import flight

NAME = "jw09000002001_02101_00001_nis_uncal.fits"


def bare(hdus):
    """Leave out the ASDF extension, so that the keywords alone count."""
    del hdus["ASDF"]


def without(*keywords):
    """Return a change that deletes keywords."""

    def change(hdus):
        bare(hdus)
        for hdu in hdus:
            for key in keywords:
                hdu.header.remove(key, ignore_missing=True)

    return change


def having(**values):
    """Return a change that sets keywords of the primary header or of SCI, where they are."""

    def change(hdus):
        bare(hdus)
        for key, value in values.items():
            (hdus["SCI"] if key in hdus["SCI"].header else hdus[0]).header[key] = value

    return change


def without_extension(name):
    """Return a change that deletes an extension, which the ASDF extension still speaks of."""
    return lambda hdus: hdus.__delitem__(name)


def stored_as(kind):
    """Return a change that stores the raw numbers as another type."""

    def change(hdus):
        bare(hdus)
        hdus["SCI"] = fits.ImageHDU(hdus["SCI"].data.astype(kind), name="SCI")

    return change


def shaped(shape):
    """Return a change that gives the array of raw numbers other axes."""

    def change(hdus):
        bare(hdus)
        hdus["SCI"] = fits.ImageHDU(hdus["SCI"].data.reshape(shape).astype("f4"), name="SCI")

    return change


def with_extension(hdu):
    """Return a change that appends an extension."""

    def change(hdus):
        bare(hdus)
        hdus.append(hdu.copy())

    return change


def with_broken_asdf(hdus):
    """Replace the ASDF extension by one that holds none."""
    hdus["ASDF"] = fits.BinTableHDU(np.zeros(1, [("ASDF_METADATA", "u1", 20)]), name="ASDF")


IMAGE = fits.ImageHDU(np.zeros((3, 3), np.int16), name="MINE")
TABLE = fits.BinTableHDU(np.zeros(3, [("a", "i4")]), name="NOTES")

PROCESSED = {
    "no ASDF extension": bare,
    "broken ASDF extension": with_broken_asdf,
    "no GROUP table": without_extension("GROUP"),
    "no INT_TIMES table": without_extension("INT_TIMES"),
    "no NSAMPLES": without("NSAMPLES"),
    "no FILENAME": without("FILENAME"),
    "no FILTER, no PUPIL": without("FILTER", "PUPIL"),
    "no NINTS, no NGROUPS": without("NINTS", "NGROUPS"),
    "no size of the subarray": without("SUBSIZE1", "SUBSIZE2"),
    "no DATAMODL, no TELESCOP": without("DATAMODL", "TELESCOP"),
    "no FRMDIVSR": without("FRMDIVSR"),
    "no frames dropped": without("DRPFRMS1", "DRPFRMS3"),
    "no ZEROFRAM": without("ZEROFRAM"),
    "no integration range": without("INTSTART", "INTEND"),
    "no unit": without("BUNIT"),
    "a keyword that no schema knows": having(MYKEY="mine"),
    "a keyword with a sentence": having(MYTEXT="x" * 200),
    "32 bit integers": stored_as(">i4"),
    "32 bit floats": stored_as(">f4"),
    "64 bit floats": stored_as(">f8"),
    "another image": with_extension(IMAGE),
    "another table": with_extension(TABLE),
}

REFUSED = {
    "no INSTRUME": (without("INSTRUME"), "lacks the keyword INSTRUME"),
    "no DETECTOR": (without("DETECTOR"), "lacks the keyword DETECTOR"),
    "no date": (without("DATE-OBS"), "META.OBSERVATION.DATE' is UNDEFINED.*override_"),
    "a date in words": (having(**{"DATE-OBS": "yesterday"}), "Invalid date.*override_"),
    "no SUBARRAY": (without("SUBARRAY"), "SUBARRAY.NAME' value='UNDEFINED'.*override_"),
    "no READPATT": (without("READPATT"), "READPATT' value='UNDEFINED'.*override_"),
    "no start of rows": (without("SUBSTRT2"), "keyword SUBSTRT2, .* is missing"),
    "no start of columns": (without("SUBSTRT1"), "keyword SUBSTRT1, .* is missing"),
    "off the detector": (having(SUBSTRT1=3000), "SUBSTRT1 is 3000, .*not on the detector"),
    "part of the rows": (having(SUBSIZE2=2048), "64 rows, but SUBSIZE2 is 2048; give the whole"),
    "no readout directions": (without("FASTAXIS"), "FASTAXIS and SLOWAXIS"),
    "no such direction": (having(FASTAXIS=7), "axes 7 .* are not those of an image"),
    "no group time": (without("TGROUP"), "does not tell TGROUP"),
    "group time in words": (having(TGROUP="long"), "does not tell TGROUP"),
    "no group time at all": (having(TGROUP=0.0), "does not tell TGROUP, above zero"),
    "no frame time": (without("TFRAME"), "does not tell TFRAME"),
    "no frames": (having(NFRAMES=0), "does not tell NFRAMES, above zero"),
    "no number of frames": (without("NFRAMES"), "does not tell NFRAMES and GROUPGAP"),
    "small letters": (having(DETECTOR="nis"), "DETECTOR is 'nis'; .*in capitals, 'NIS'"),
    "a small exposure type": (having(EXP_TYPE="nis_image"), "in capitals, 'NIS_IMAGE'"),
    "another telescope": (having(INSTRUME="WFC3"), "INSTRUME is 'WFC3', which is none of FGS"),
    "one integration, no axis for it": (shaped((10, 64, 64)), "3 dimensions, not a ramp"),
    "an axis too many": (shaped((1, 2, 5, 64, 64)), "5 dimensions, not a ramp"),
    "no science array": (
        lambda hdus: hdus.__setitem__("SCI", fits.ImageHDU(name="SCI")),
        "0 dimensions, not a ramp",
    ),
}


@pytest.fixture
def untidy(small_run, tmp_path):
    """Return the function that writes a changed copy of a raw exposure."""

    def write(change):
        path = tmp_path / NAME
        with fits.open(small_run / NAME, memmap=False) as tidy:
            hdus = fits.HDUList([hdu.copy() for hdu in tidy])
        change(hdus)
        hdus.writeto(path)
        return path

    return write


@pytest.fixture(scope="module")
def expected(small_run):
    """Return the rate of the tidy exposure."""
    with Detector1Pipeline.call(small_run / NAME) as rate:
        return rate.data.copy()


@pytest.mark.parametrize("change", PROCESSED.values(), ids=PROCESSED)
def test_what_does_not_matter_to_the_rate_is_no_hindrance(untidy, expected, change):
    with Detector1Pipeline.call(untidy(change)) as rate:
        assert np.array_equal(rate.data, expected, equal_nan=True)


@pytest.mark.parametrize(("change", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_processed_is_named_with_the_file(untidy, change, said):
    path = untidy(change)

    with pytest.raises(SnakewebbError, match=said) as raised:
        Detector1Pipeline.call(path)

    assert str(path) in str(raised.value)


def test_an_exposure_of_unknown_type_is_one_of_science(untidy):
    with Detector1Pipeline.call(untidy(without("EXP_TYPE"))) as rate:
        assert rate.meta.cal_step.ramp_fit == "COMPLETE"
        assert np.isfinite(rate.data).mean() > 0.9


def compressed(path, content):
    path = path.with_suffix(".fits.gz")
    path.write_bytes(content)
    return path


def test_a_compressed_file_is_processed(untidy, expected):
    path = untidy(lambda hdus: None)

    with Detector1Pipeline.call(compressed(path, gzip.compress(path.read_bytes()))) as rate:
        assert np.array_equal(rate.data, expected, equal_nan=True)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: gzip.compress(content)[:-500], "is cut short"),
        (lambda content: gzip.compress(content[:-5000]), "is cut short"),
        (lambda content: gzip.compress(b"no FITS"), "is not a FITS file"),
        (lambda content: b"\x1f\x8b no gzip", "cannot be read"),
    ],
)
def test_a_damaged_compressed_file_is_named(untidy, damage, said):
    path = untidy(lambda hdus: None)
    path = compressed(path, damage(path.read_bytes()))

    with pytest.raises(SnakewebbError, match=said) as raised:
        Detector1Pipeline.call(path)

    assert str(path) in str(raised.value)


@flight.absent
@pytest.mark.parametrize("path", flight.HEADERS, ids=lambda path: path.stem)
def test_flight_headers_with_one_pixel_are_refused_for_it(path, monkeypatch):
    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "true")
    pipeline = GuiderPipeline if path.name.startswith("fgs") else Detector1Pipeline

    with pytest.raises(SnakewebbError, match="it has 1 rows, but SUBSIZE2 is") as raised:
        pipeline.call(path, skip=True)

    assert str(path) in str(raised.value)
