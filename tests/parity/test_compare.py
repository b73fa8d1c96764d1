"""The comparison finds what is wrong, and only that."""

import numpy as np
import pytest
from astropy.io import fits

from tests.parity.compare import Row, compare_products
from tests.parity.report import overview, report, table

SHAPE = (2, 3, 4, 5)
DROPPED = object()


def ramp():
    """Return the arrays of a ramp product."""
    return {
        "SCI": np.full(SHAPE, 1000, np.float32),
        "PIXELDQ": np.zeros(SHAPE[-2:], np.uint32),
        "GROUPDQ": np.zeros(SHAPE, np.uint8),
    }


def rate(shape=(200, 1000)):
    """Return the arrays of a rate product, of signal to noise 10."""
    return {
        "SCI": np.full(shape, 10, np.float32),
        "ERR": np.full(shape, 1, np.float32),
        "DQ": np.zeros(shape, np.uint32),
        "VAR_POISSON": np.full(shape, 1, np.float32),
    }


def write(path, contents):
    """Write arrays and tables as a product."""
    hdus = [
        fits.BinTableHDU(array, name=name) if array.dtype.names else fits.ImageHDU(array, name=name)
        for name, array in contents.items()
    ]
    fits.HDUList([fits.PrimaryHDU(), *hdus]).writeto(path)


@pytest.fixture
def compare(tmp_path):
    """Return the function that compares two sets of arrays; it gives rows by array."""

    def compare(ours, peer, columns=slice(None)):
        write(tmp_path / "ours.fits", ours)
        write(tmp_path / "peer.fits", peer)
        files = tmp_path / "ours.fits", tmp_path / "peer.fits"
        rows = compare_products(*files, "case", "product", columns)
        return {row.array: row for row in rows}

    return compare


def faults(rows):
    """Return the arrays that do not agree."""
    return {row.array for row in rows.values() if row.fault}


@pytest.mark.parametrize("product", [ramp, rate])
def test_a_product_agrees_with_itself(compare, product):
    contents = product()
    contents["SCI"][..., 0, 0] = np.nan
    contents["SCI"][..., 0, 1] = np.inf
    rows = compare(contents, contents)
    assert list(rows) == list(contents)
    assert faults(rows) == set()
    assert all(row.identical for row in rows.values())


@pytest.mark.parametrize(
    ("value", "off", "agrees"),
    [
        (0, 0.0019, True),
        (0, 0.0021, False),
        (100, 0.0019, True),
        (100, 0.0021, False),
        (50_000, 0.49, True),
        (50_000, 0.51, False),
        (-50_000, 0.49, True),
    ],
)
def test_ramps_may_differ_by_a_hundred_thousandth_or_two_thousandths_of_a_dn(
    compare, value, off, agrees
):
    ours, peer = ramp(), ramp()
    peer["SCI"][:] = value
    ours["SCI"][:] = value
    ours["SCI"][1, 2, 3, 4] += off
    rows = compare(ours, peer)
    assert faults(rows) == (set() if agrees else {"SCI"})
    assert not rows["SCI"].identical
    assert rows["SCI"].absolute == pytest.approx(off, abs=0.005)
    assert rows["SCI"].outside == (not agrees)


@pytest.mark.parametrize(
    ("value", "off", "agrees"),
    [(10, 0.9e-3, True), (10, 1.1e-3, False), (1e5, 0.9, True), (1e5, 1.1, False)],
)
def test_rates_may_differ_by_a_hundred_thousandth_or_a_thousandth_of_their_error(
    compare, value, off, agrees
):
    ours, peer = rate((4, 5)), rate((4, 5))
    for product in (ours, peer):
        product["SCI"][:] = value
    peer["SCI"][2, 2] += off
    assert faults(compare(ours, peer)) == (set() if agrees else {"SCI"})


@pytest.mark.parametrize("array", ["ERR", "VAR_POISSON"])
@pytest.mark.parametrize(("off", "agrees"), [(0.9e-4, True), (1.1e-4, False)])
def test_errors_and_variances_may_differ_by_a_ten_thousandth(compare, array, off, agrees):
    ours, peer = rate((4, 5)), rate((4, 5))
    ours[array][2, 2] += off
    rows = compare(ours, peer)
    assert faults(rows) == (set() if agrees else {array})
    assert rows[array].relative == pytest.approx(off, rel=0.01)


def test_an_error_of_zero_must_be_zero(compare):
    ours, peer = rate((4, 5)), rate((4, 5))
    peer["ERR"][2, 2] = 0
    ours["ERR"][2, 2] = 1e-9
    assert faults(compare(ours, peer)) == {"ERR"}


@pytest.mark.parametrize(("value", "agrees"), [(9e-13, True), (2e-12, False)])
def test_a_variance_may_be_zero_or_what_rounding_leaves_of_it(compare, value, agrees):
    ours, peer = rate((4, 5)), rate((4, 5))
    ours["VAR_POISSON"][2, 2] = 0
    peer["VAR_POISSON"][2, 2] = value
    assert faults(compare(ours, peer)) == (set() if agrees else {"VAR_POISSON"})


def test_one_pixel_in_a_hundred_thousand_may_be_out_of_tolerance(compare):
    ours = rate()
    ours["SCI"][0, :2] += 0.05
    rows = compare(ours, rate())
    assert faults(rows) == set()
    assert rows["SCI"].outside == 2


def test_two_pixels_in_a_hundred_thousand_may_not(compare):
    ours = rate()
    ours["SCI"][0, :4] += 0.05
    assert only_fault(ours, rate(), compare) == "4 pixels out of tolerance, 2 may"


def only_fault(ours, peer, compare):
    """Return the text of the one fault of a comparison."""
    (fault,) = [row.fault for row in compare(ours, peer).values() if row.fault]
    return fault


def test_no_rate_may_be_off_by_a_tenth_of_its_error(compare):
    ours = rate()
    ours["SCI"][0, 0] += 0.11
    assert only_fault(ours, rate(), compare) == ("1 pixels grossly off though their flags agree")


def test_a_rate_may_be_off_where_its_flags_differ(compare):
    ours = rate()
    ours["SCI"][0, 0] += 5
    ours["DQ"][0, 0] = 4
    rows = compare(ours, rate())
    assert faults(rows) == set()
    assert rows["SCI"].absolute == 0
    assert (rows["SCI"].flags, rows["DQ"].flags) == (1, 1)


@pytest.mark.parametrize(("off", "agrees"), [(0.19, True), (0.21, False)])
def test_no_value_of_a_ramp_may_be_off_by_a_hundred_tolerances(compare, off, agrees):
    shape = (1, 2, 200, 300)
    ours, peer = ({"SCI": np.zeros(shape, np.float32)} for _ in range(2))
    ours["SCI"][0, 1, 7, 9] = off
    assert faults(compare(ours, peer)) == (set() if agrees else {"SCI"})


@pytest.mark.parametrize("array", ["PIXELDQ", "GROUPDQ"])
def test_a_single_flag_of_a_small_image_is_found(compare, array):
    ours = ramp()
    ours[array][..., 1, 1] = 2
    rows = compare(ours, ramp())
    assert faults(rows) == {array}
    assert rows[array].flags == ours[array][..., 1, 1].size


def test_five_flags_in_a_million_may_differ(compare):
    ours = rate()
    ours["DQ"][0, 0] = 2
    assert faults(compare(ours, rate())) == set()


def test_six_flags_in_a_million_may_not_differ(compare):
    ours = rate()
    ours["DQ"][0, :2] = 2
    assert only_fault(ours, rate(), compare) == "2 pixels differ, 1 may"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("array", ["SCI", "ERR", "VAR_POISSON"])
def test_a_number_that_only_one_of_two_knows_is_found(compare, value, array):
    ours, peer = rate((4, 5)), rate((4, 5))
    ours[array][1, 1] = value
    rows = compare(ours, peer)
    assert faults(rows) == {array}
    assert rows[array].absolute == np.inf


def test_a_number_that_only_jwst_does_not_know_is_found(compare):
    ours, peer = rate((4, 5)), rate((4, 5))
    peer["SCI"][1, 1] = peer["ERR"][1, 1] = np.nan
    assert faults(compare(ours, peer)) == {"SCI", "ERR"}


def test_another_type_of_number_is_found(compare):
    ours = rate((4, 5))
    ours["SCI"] = ours["SCI"].astype(np.float64)
    assert only_fault(ours, rate((4, 5)), compare) == "float64, not float32"


def test_another_shape_is_found(compare):
    ours = rate((4, 5))
    ours["DQ"] = ours["DQ"][:3]
    assert only_fault(ours, rate((4, 5)), compare) == "shape (3, 5), not (4, 5)"


def test_an_array_that_only_one_of_two_has_is_found(compare):
    ours, peer = rate((4, 5)), rate((4, 5))
    del ours["VAR_POISSON"]
    ours["EXTRA"] = np.zeros(3, np.float32)
    rows = compare(ours, peer)
    assert {name: row.fault for name, row in rows.items() if row.fault} == {
        "VAR_POISSON": "missing",
        "EXTRA": "not in jwst",
    }


def test_images_with_fewer_axes_than_the_ramp_are_judged_by_its_flags(compare):
    extra = {"ZEROFRAME": (2, 4, 5), "AVDRKCUR": (4, 5), "REFOUT": (2, 3, 4, 2)}
    ours, peer = ramp(), ramp()
    for name, shape in extra.items():
        peer[name] = np.zeros(shape, np.float32)
        ours[name] = peer[name].copy()
    ours["GROUPDQ"][1, 2, 3, 1] = 4
    for name in extra:
        ours[name][..., 3, 1] = 0.1

    rows = compare(ours, peer)

    assert faults(rows) == {"GROUPDQ", *extra}
    assert [rows[name].absolute for name in extra] == [0, 0, pytest.approx(0.1)]


@pytest.mark.parametrize(
    ("columns", "differ"), [(slice(1), {"SCI"}), (slice(1, None), set()), (slice(None), {"SCI"})]
)
def test_only_columns_that_are_named_are_compared(compare, columns, differ):
    changed = ramp()
    changed["SCI"][..., 0] = 0

    assert faults(compare(changed, ramp(), columns)) == differ


def test_rows_of_tables_agree_only_with_their_equals(compare):
    ours, peer = ramp(), ramp()
    peer["INT_TIMES"] = np.array([(1, 0.5), (2, np.nan)], [("n", "i4"), ("t", "f8")])
    ours["INT_TIMES"] = peer["INT_TIMES"].copy()
    assert faults(compare(ours, peer)) == set()


def test_a_row_of_a_table_that_differs_is_found(compare):
    ours, peer = ramp(), ramp()
    peer["INT_TIMES"] = np.array([(1, 0.5), (2, np.nan)], [("n", "i4"), ("t", "f8")])
    ours["INT_TIMES"] = peer["INT_TIMES"].copy()
    ours["INT_TIMES"]["t"][1] = 0.7
    assert only_fault(ours, peer, compare) == "1 rows differ"


def test_the_report_names_what_disagrees(compare):
    ours = rate((4, 5))
    ours["SCI"][0, 0] += 0.5
    rows = list(compare(ours, rate((4, 5))).values())

    text = report(rows)

    assert "4 arrays of 1 cases" in text
    assert "1 disagree, 3 agree, 3 of them value for value" in text
    (line,) = [line for line in text.splitlines() if "| SCI " in line]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[:6] == ["case", "product", "SCI", "20", "0.5", "0"]
    assert cells[8].startswith("1 pixels out of tolerance, 0 may; 1 pixels grossly off")
    assert len({len(line) for line in table(rows).splitlines()}) == 1


def test_the_overview_has_a_row_for_each_case_and_a_column_for_each_product():
    rows = [
        Row("long", "dq_init", "SCI", pixels=10),
        Row("long", "jump", "SCI", pixels=10, absolute=0.01),
        Row("long", "jump", "GROUPDQ", pixels=10, outside=2, flags=2),
        Row("short", "jump", "SCI", pixels=10, fault="missing"),
    ]

    _, _, *lines = [line.strip("| ").split("|") for line in overview(rows).splitlines()]

    assert [[text.strip() for text in line] for line in lines] == [
        ["long", "=", "1e-02, 2 px"],
        ["short", "", "disagrees"],
    ]
