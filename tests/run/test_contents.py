"""Whether a raw exposure is another one than before, its content tells, and not its date."""

import os
import shutil

import pytest
from astropy.io import fits

from snakewebb.run.contents import identity, note_content
from snakewebb.run.headers import read_header
from snakewebb.run.remembered import Remembered


@pytest.fixture
def raw(small_raw, tmp_path):
    """A copy of a raw exposure."""
    return str(shutil.copy(small_raw, tmp_path / "raw_uncal.fits"))


@pytest.fixture
def note(tmp_path):
    """Where the jobs that read it note its content."""
    return tmp_path / "notes" / "raw.json"


@pytest.fixture
def identify(raw, note, tmp_path):
    """Tell the identity of the exposure as a plan does."""

    def now():
        remembered = Remembered(tmp_path / "remembered.json")
        found = identity(raw, read_header(raw), note, remembered)
        remembered.save()
        return found

    return now


def touch(path, seconds):
    """Give a file another date."""
    date = os.stat(path).st_mtime + seconds
    os.utime(path, (date, date))


def change(path, value):
    """Change one read of an exposure."""
    with fits.open(path, mode="update") as hdus:
        hdus["SCI"].data[0, 0, 0, 0] = value


def test_a_touched_exposure_is_the_same(raw, note, identify):
    before = identify()
    note_content(raw, note)
    touch(raw, 10)

    assert identify() == before


def test_an_exposure_of_other_content_and_the_same_header_is_another(raw, note, identify):
    before = identify()
    note_content(raw, note)
    change(raw, 7)
    other = identify()
    note_content(raw, note)
    touch(raw, 10)

    assert other != before
    assert identify() == other


@pytest.mark.parametrize("read", [True, False])
def test_an_exposure_that_is_put_back_is_the_old_one(raw, note, identify, tmp_path, read):
    original = shutil.copy(raw, tmp_path / "original.fits")
    before = identify()
    note_content(raw, note)
    change(raw, 7)
    identify()
    if read:
        note_content(raw, note)
    shutil.copy(original, raw)
    touch(raw, 20)

    assert identify() == before


def test_an_exposure_of_another_header_is_another_even_after_a_touch(raw, note, identify):
    before = identify()
    note_content(raw, note)
    fits.setval(raw, "TARGNAME", value="another")
    other = identify()
    note_content(raw, note)
    touch(raw, 10)

    assert other != before
    assert identify() == other
