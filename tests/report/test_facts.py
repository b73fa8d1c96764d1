"""What is told of an exposure: flags, groups, signals, time and memory."""

import json
import os
import re

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.kernels import dq
from snakewebb.report import diagrams, facts, overview, sheet
from snakewebb.report.drawing import as_png, as_small_jpeg
from snakewebb.report.quicklook import Exposure
from snakewebb.report.signals import Signals, compared
from snakewebb.steps.group_flags import flagged_per_group

pytestmark = pytest.mark.filterwarnings("error")
HEADER = {"TGROUP": 2.0, "INSTRUME": "NIRCAM", "DETECTOR": "NRCA1"}


def exposure(nints=1, ngroups=5, shape=(10, 10), unit="DN/s"):
    """Return an exposure whose pixels rise by 6 DN a group of 2 s, and its raw groups."""
    raw = np.zeros((nints, ngroups, *shape), np.uint16)
    raw += 100 + 6 * np.arange(ngroups, dtype=np.uint16)[:, None, None]
    rate = np.full(shape, 3, np.float32)
    return Exposure(HEADER, raw[0], (1, 0), rate, np.zeros(shape, np.uint32), unit), raw


def numbers(**changes):
    """Return the facts of an exposure of 100 pixels."""
    usual = {
        "exposure": "jw01345001001_02201_00001_nrca1",
        "instrument": "NIRCAM",
        "detector": "NRCA1",
        "mode": "F200W SUB160 RAPID",
        "nints": 2,
        "ngroups": 3,
        "steps": {"jump": "COMPLETE", "ipc": "SKIPPED", "ramp_fit": "COMPLETE"},
        "pixels": 100,
        "flags": {"JUMP_DET": 0.02, "HOT": 0.01},
        "per_group": {"JUMP_DET": [0, 0.01, 0.02], "SATURATED": [0, 0, 0], "DO_NOT_USE": [1, 0, 0]},
        "median": 1.5,
        "unit": "DN/s",
        "jobs": [("jump", 2.0, 150.0), ("ramp_fit", 3.5, 200.0)],
        "seconds_of_steps": {"jump": 0.5},
    }
    return usual | changes


def texts(figure):
    """Return all texts of the panels of a figure."""
    return [t.get_text() for axis in figure.axes for t in (*axis.texts, axis.title)]


def test_flags_of_groups_are_counted_in_all_integrations():
    groupdq = np.zeros((2, 3, 4, 4), np.uint8)
    groupdq[0, 1, 0, 0] = dq.JUMP_DET
    groupdq[1, 1, :, 0] = dq.JUMP_DET | dq.SATURATED
    groupdq[:, 2] = dq.DO_NOT_USE

    assert flagged_per_group(groupdq) == {
        "JUMP_DET": [0, 5, 0],
        "SATURATED": [0, 4, 0],
        "DO_NOT_USE": [0, 0, 32],
    }


def test_the_fraction_of_a_flag_is_that_of_all_pixels_whatever_else_they_bear():
    flags = np.zeros((4, 5), np.uint32)
    flags[0, :2] = dq.HOT | dq.REFERENCE_PIXEL
    flags[1, 0] = dq.HOT
    assert facts.fractions(flags) == {"HOT": 3 / 20, "REFERENCE_PIXEL": 2 / 20}


def test_the_median_leaves_out_what_is_not_to_be_used():
    image = np.array([[1, 2, 3, 900, np.nan]], np.float32)
    flags = np.array([[0, 0, 0, dq.DO_NOT_USE, 0]], np.uint32)
    assert facts.median_of_good(image, flags) == 2
    assert facts.median_of_good(image[..., 3:], flags[..., 3:]) is None


def test_raw_and_calibrated_signals_have_one_unit():
    rates, raw = exposure()
    signals = compared(rates, raw, None)
    assert (signals.before == 3).all()
    assert (signals.after == 3).all()

    ramp, raw = exposure(unit="DN")
    assert (compared(ramp, raw, None).before == 24).all()


def test_a_light_curve_follows_the_bright_pixels_and_forgives_a_lost_one():
    rates, raw = exposure(nints=4)
    rates.rate[:, 0] = 50
    apart = np.repeat(rates.rate[None], 4, axis=0)
    apart[1, :, 0] = 60
    apart[2, 0, 0] = np.nan
    raw[3, -1, :, 0] += 8

    signals = compared(rates, raw, apart)

    assert signals.integrations.tolist() == [1, 2, 3, 4]
    assert signals.after.tolist() == [50, 60, 50, 50]
    assert signals.before.tolist() == [3, 3, 3, 4]


@pytest.mark.parametrize(("ngroups", "shape"), [(1, (10, 10)), (5, (12, 10))])
def test_nothing_is_compared_where_raw_pixels_or_a_second_group_are_missing(ngroups, shape):
    rates, _ = exposure()
    raw = np.zeros((1, ngroups, *shape), np.uint16)
    assert compared(rates, raw, None).before is None


@pytest.mark.parametrize("nints", [1, 5])
def test_an_exposure_without_a_usable_pixel_is_compared_and_drawn(nints):
    rates, raw = exposure(nints)
    rates.rate[:] = np.nan
    apart = np.full((nints, 10, 10), np.nan, np.float32) if nints > 1 else None

    figure = diagrams.drawn(numbers(), compared(rates, raw, apart), "")

    assert "no pixel may be used" in texts(figure)


def test_diagrams_show_flags_groups_time_and_memory():
    figure = diagrams.drawn(numbers(), Signals(None, np.array([1.0, 2.0]), None, "DN/s"), "what")
    as_png(figure)

    flags, groups, _, seconds, memory = figure.axes
    assert [label.get_text() for label in flags.get_yticklabels()] == ["HOT", "JUMP_DET"]
    assert [bar.get_width() for bar in flags.patches] == [1, 2]
    jumps = {line.get_label().split()[0]: line.get_ydata() for line in groups.lines}["JUMP_DET"]
    np.testing.assert_array_equal(jumps, [np.nan, 1, 2])
    assert [bar.get_width() for bar in seconds.patches] == [3.5, 2]
    assert [bar.get_width() for bar in memory.patches] == [200, 150]


def test_what_is_not_known_is_said_and_not_drawn():
    nothing = numbers(
        flags={}, per_group={}, steps={"ramp_fit": "SKIPPED"}, jobs=[], seconds_of_steps={}
    )
    figure = diagrams.drawn(nothing, Signals(None, np.array([1.0]), None, "DN"), "")
    as_png(figure)
    said = {"no pixel is flagged", "no slopes were fitted to groups", "not measured"}
    assert said <= set(texts(figure))


def test_of_slopes_whose_groups_no_product_noted_it_is_not_said_that_there_are_none():
    figure = diagrams.drawn(numbers(per_group={}), Signals(None, np.ones(1), None, "DN/s"), "")

    assert any(text.startswith("the product does not tell") for text in texts(figure))
    assert "no slopes were fitted to groups" not in texts(figure)


def test_a_single_group_without_a_flag_and_curves_without_scatter_are_drawn():
    none = {name: [0.0] for name in ("JUMP_DET", "SATURATED", "DO_NOT_USE")}
    flat = Signals(np.zeros(3), np.ones(3), np.arange(1, 4), "DN/s")
    assert as_png(diagrams.drawn(numbers(per_group=none), flat, "")).startswith(b"\x89PNG")


def test_jobs_are_those_of_the_last_run_of_either_kind(tmp_path):
    def job(name, seconds, when):
        path = tmp_path / f"{name}.tsv"
        path.write_text(f"s\th:m:s\tmax_rss\n{seconds}\t0:00:01\t-\n")
        os.utime(path, (when, when))

    assert facts.jobs_of(tmp_path) == []
    job("jump", 2, 100)
    job("ramp_fit", 3, 200)
    job("quicklook", 9, 900)
    assert facts.jobs_of(tmp_path) == [("jump", 2, None), ("ramp_fit", 3, None)]
    job("detector1", 1, 300)
    assert facts.jobs_of(tmp_path) == [("detector1", 1, None)]
    job("jump", 4, 400)
    assert facts.jobs_of(tmp_path) == [("ramp_fit", 3, None), ("jump", 4, None)]


def test_the_tree_of_a_product_is_read_without_the_library_for_it():
    text = b"#ASDF 1.0.0\n--- !core/asdf-1.1.0\nmeta: !x/y-1 {a: [1, !z 2]}\n...\nblocks"
    table = np.array([(np.frombuffer(text, np.uint8),)], [("ASDF_METADATA", "u1", len(text))])
    product = fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU(table, name="ASDF")])
    assert facts.tree_of(product) == {"meta": {"a": [1, "2"]}}
    assert facts.tree_of(fits.HDUList([fits.PrimaryHDU()])) == {}


def test_the_page_of_a_run_has_a_row_for_each_exposure(tmp_path):
    other = numbers(exposure="<jw2>", per_group={}, jobs=[], median=None, nints=None, ngroups=None)
    paths = [tmp_path / "a.json", tmp_path / "b.json"]
    for path, each in zip(paths, (numbers(), other), strict=True):
        path.write_text(json.dumps(each))
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in paths))

    overview.write_overview(tmp_path / "list.txt", tmp_path / "overview.html")

    page = (tmp_path / "overview.html").read_text()
    rows = [re.findall("<t[dh]>(.*?)</t[dh]>", row) for row in page.split("<tr")[1:]]
    heads, first, second = (dict(zip(rows[0], row, strict=True)) for row in rows)
    assert list(heads)[:4] == ["exposure", "instrument", "detector", "mode"]
    assert (first["steps run"], first["skipped"], first["hit %"]) == ("2", "1", "2")
    assert (first["jumps"], first["median rate"]) == ("6", "1.5 DN/s")
    assert (first["time s"], first["peak MB"]) == ("5.5", "200")
    assert second["exposure"] == "&lt;jw2&gt;"
    assert (second["ints"], second["jumps"], second["time s"], second["median rate"]) == (
        *"???",
        "",
    )


def test_the_page_of_an_exposure_tells_where_values_came_from():
    told = {
        "exposure": "jw1",
        "version": "1",
        "target": "Detector1Pipeline",
        "made_from": "raw/<jw1>_uncal.fits",
        "context": "jwst_0001.pmap",
        "status": {"jump": "COMPLETE"},
        "parameters": {
            "jump": {
                "rejection_threshold": {"value": 5.0, "origin": "my.yaml, line 7"},
                "skip": {"value": False, "origin": "default"},
            }
        },
        "references": {"jump": {"gain": {"file": "gain.fits", "origin": "CRDS jwst_0001.pmap"}}},
    }

    png = as_png(diagrams.drawn(numbers(), Signals(None, np.ones(3), None, "DN"), ""))
    page = sheet.written(told, as_small_jpeg(png), png)

    assert "<td>rejection_threshold</td><td>5.0</td><td>my.yaml, line 7</td>" in page
    assert "<td>reference gain</td><td>gain.fits</td><td>CRDS jwst_0001.pmap</td>" in page
    assert "<code>skip = False</code>" in page
    assert "raw/&lt;jw1&gt;_uncal.fits" in page
    kinds = re.findall('<img [^>]*src="data:image/(png|jpeg);base64,', page)
    assert kinds == ["jpeg", "png"]
