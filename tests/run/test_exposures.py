"""Which exposures a run has."""

import pytest

from snakewebb.errors import InputError, raise_all
from snakewebb.run.exposures import find_exposures


def found_in(source):
    """Return the exposures of a source, or raise what is wrong with them."""
    exposures, problems = find_exposures(source)
    raise_all(problems, InputError)
    return exposures


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("a_uncal.fits", "b_uncal.fits"):
        (tmp_path / name).touch()
    return tmp_path


def table(folder, text):
    (folder / "exposures.csv").write_text(text)
    return "exposures.csv"


def test_a_table_lists_exposures_by_path(folder):
    source = table(folder, "exposure,target\na_uncal.fits,M 31\nb_uncal.fits,M 33\n")

    found = found_in(source)
    assert {root: exposure.path for root, exposure in found.items()} == {
        "a": "a_uncal.fits",
        "b": "b_uncal.fits",
    }


def test_glob_patterns_find_each_exposure_once(folder):
    assert list(found_in(["a*_uncal.fits", "*_uncal.fits"])) == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("path\na_uncal.fits\n", "has no column 'exposure'"),
        ("exposure\n", "names no exposure"),
        ("", "is empty"),
        ("# nothing\n", "is empty"),
        ("exposure;label\na_uncal.fits;x\n", "semicolons between its columns"),
        ("label\texposure\nx\ta_uncal.fits\n", "tabs between its columns"),
        ("Exposure\na_uncal.fits\n", "did you mean 'Exposure'"),
        ("exposure,label,label\na_uncal.fits,x,y\n", "two columns 'label'"),
        ("exposure,label\na_uncal.fits,x,y\n", "line 2 has 3 cells, but there are 2 columns"),
        ('exposure,label\n"a_uncal.fits,x\n', "cannot be read, in line 2"),
        ("exposure\na_uncal.fits\na_uncal.fits\n", "listed twice"),
        ("exposure\na_uncal.fits\n./a_uncal.fits\n", "the same products"),
        ("exposure\nc_uncal.fits\n", "c_uncal.fits does not exist"),
        ("exposure,target\n,M 31\n", "line 2"),
    ],
)
def test_a_faulty_table_is_named_with_what_is_wrong(folder, text, fault):
    with pytest.raises(InputError, match=fault) as raised:
        found_in(table(folder, text))

    assert "exposures.csv" in str(raised.value)


def test_all_faults_of_a_table_are_reported_at_once(folder):
    source = table(
        folder, "exposure,x\nc_uncal.fits\na_uncal.fits\na_uncal.fits\n,no\na_uncal.fits,1,2\n"
    )

    with pytest.raises(InputError, match="5 problems"):
        found_in(source)


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_a_table_in_another_encoding_is_refused(folder, encoding):
    (folder / "exposures.csv").write_bytes("exposure,label\na_uncal.fits,ä\n".encode(encoding))

    with pytest.raises(InputError, match="no text in UTF-8"):
        found_in("exposures.csv")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffexposure,label\na_uncal.fits,M31 #2\n",
        " exposure , label \r\n a_uncal.fits , M31 #2 \r\n",
        '# mine\n\nexposure,label,mine\n"a_uncal.fits","M31 #2"\n,,\n',
    ],
)
def test_spaces_blank_lines_comments_and_what_spreadsheets_write_do_not_matter(folder, text):
    (folder / "exposures.csv").write_bytes(text.encode())

    found = found_in("exposures.csv")
    assert {root: each.label for root, each in found.items()} == {"a": "M31 #2"}


def test_a_pattern_without_match_and_a_table_that_is_not_there_are_errors(folder):
    with pytest.raises(InputError, match=r"no file matches 'z\*.fits'"):
        found_in(["z*.fits"])
    with pytest.raises(InputError, match=r"none.csv does not exist"):
        found_in("none.csv")
    with pytest.raises(InputError, match="must be the path of a table or a list"):
        found_in({"a": 1})
