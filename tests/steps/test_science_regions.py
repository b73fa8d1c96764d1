"""Regions of exposures that may see spectra, or no sky."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import ImageModel

from snakewebb.demo import slit_optics
from snakewebb.demo.detectors import Detector
from snakewebb.demo.reference_contents import traces
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.nirspec_optics import Spectrograph
from snakewebb.steps.nirspec_regions import SLITS, box_of_slit, open_slits
from snakewebb.steps.nirspec_shutters import STATES, behind_open_shutters
from snakewebb.steps.nirspec_slices import ends_of_slice, virtual_slit
from snakewebb.steps.nirspec_slitlets import Slitlet, box_of_slitlet, lines_of_exposure, slitlets
from snakewebb.steps.science_regions import possible_background

NOMINAL = 245.76


def soss(subarray="SUBSTRIP256", first_row=1793, nrows=256, angle=NOMINAL):
    model = ImageModel(data=np.ones((nrows, 2048), np.float32))
    model.meta.instrument.name, model.meta.exposure.type = "NIRISS", "NIS_SOSS"
    model.meta.instrument.pupil_position = angle
    model.meta.subarray.name = subarray
    model.meta.subarray.xstart, model.meta.subarray.ystart = 1, first_row
    return model


@pytest.fixture(scope="module")
def references():
    return SimpleNamespace(pastasoss=model_of(traces(Detector("NIS", "SUBSTRIP256"), ())))


def model_of(found):
    """Return the reference as its data model is read."""
    return SimpleNamespace(
        meta=SimpleNamespace(**found["meta"]),
        traces=[SimpleNamespace(**trace) for trace in found["traces"]],
        wavecal_models=[SimpleNamespace(**each) for each in found["wavecal_models"]],
    )


def test_the_traces_of_all_orders_are_no_background(references):
    background = possible_background(soss(), references)

    for trace in references.pastasoss.traces:
        x, y = np.rint(trace.trace[::100]).astype(int).T
        inside = (y >= 0) & (y < 256)
        assert inside.any()
        assert not background[y[inside], x[inside]].any()
    assert background.mean() > 0.5


@pytest.mark.parametrize(
    ("name", "first_row", "nrows"), [("SUBSTRIP96", 1803, 96), ("FULL", 1, 2048)]
)
def test_traces_are_at_the_same_place_of_the_detector_in_every_subarray(
    name, first_row, nrows, references
):
    angle = NOMINAL + 0.3
    strip = possible_background(soss(angle=angle), references)
    other = possible_background(soss(name, first_row, nrows, angle), references)

    both = range(max(1793, first_row), min(2049, first_row + nrows))
    here, there = (slice(both[0] - first, both[-1] - first + 1) for first in (1793, first_row))
    assert np.array_equal(strip[here], other[there])


def test_traces_turn_with_the_grism(references):
    nominal, turned = (possible_background(soss(angle=NOMINAL + a), references) for a in (0, 0.3))

    lowest = [np.argmin(mask, axis=0) for mask in (nominal, turned)]
    assert np.all(lowest[1][1300:] >= lowest[0][1300:] + 1)
    assert np.all(lowest[1][:900] <= lowest[0][:900] - 1)


@pytest.mark.parametrize(("angle", "reason"), [(None, "keyword PWCPOS"), (250.0, "245.4 to 246.1")])
def test_an_angle_of_the_grism_that_is_unknown_or_beyond_the_reference_is_refused(
    angle, reason, references
):
    with pytest.raises(ValueError, match=reason):
        possible_background(soss(angle=angle), references)


def test_without_a_reference_traces_are_not_known():
    with pytest.raises(NotApplicable, match="where spectra fall"):
        possible_background(soss(), SimpleNamespace(pastasoss=None))


def test_images_have_no_such_regions():
    model = soss()
    model.meta.exposure.type = "NIS_IMAGE"

    assert possible_background(model, SimpleNamespace(pastasoss=None)) is None


def slits(subarray="FULL", detector="NRS1", rows=(1, 2048), kind="NRS_FIXEDSLIT", grating="G140M"):
    model = ImageModel(data=np.ones((rows[1], 2048), np.float32))
    instrument = model.meta.instrument
    instrument.name, instrument.detector = "NIRSPEC", detector
    instrument.filter, instrument.grating = "F100LP", grating
    instrument.gwa_xtilt, instrument.gwa_ytilt, instrument.gwa_tilt = 0.332, 0.126, 37.0
    model.meta.exposure.type = kind
    model.meta.subarray.name = subarray
    model.meta.subarray.xstart, model.meta.subarray.ystart = 1, rows[0]
    return model


@pytest.fixture(scope="module")
def optics():
    """Return the references that describe the optics of NIRSpec."""
    exposures = [SimpleNamespace(filter="F100LP", grating=g) for g in ("G140M", "PRISM")]
    found = {
        "camera": slit_optics.camera,
        "collimator": slit_optics.collimator,
        "disperser": slit_optics.disperser,
        "fpa": slit_optics.focal_plane,
        "msa": slit_optics.slits,
        "wavelengthrange": slit_optics.wavelengths,
        "ifupost": slit_optics.behind_slicer,
        "ifuslicer": slit_optics.slices,
        "msaoper": slit_optics.states_of_shutters,
    }
    made = {kind: contents(None, exposures) for kind, contents in found.items()}
    for quadrant in range(1, 6):
        made["msa"][f"Q{quadrant}"] = SimpleNamespace(**made["msa"][f"Q{quadrant}"])
    for slice_ in [name for name in made["ifupost"] if name != "meta"]:
        made["ifupost"][slice_] = SimpleNamespace(**made["ifupost"][slice_])
    made["msaoper"] = {"instance": made["msaoper"]}
    for sensor in ("gwa_tiltx", "gwa_tilty"):
        made["disperser"][sensor] = SimpleNamespace(**made["disperser"][sensor])
    return SimpleNamespace(**{kind: SimpleNamespace(**parts) for kind, parts in made.items()})


def masked(model, optics):
    """Return which pixels are no background."""
    return ~possible_background(model, optics)


def prism(optics):
    """Return the optics with a prism instead of the grating."""
    glass = {
        "angle": -16.5,
        "kcoef": [0.5676, 0.4711, 3.848],
        "lcoef": [0.00253, 0.01008, 1200.6],
        "tcoef": [0.0] * 6,
        "tref": 35.0,
        "pref": 0.0,
        "tilt_y": 24.3,
        "theta_y": -0.3,
    }
    disperser = SimpleNamespace(**vars(optics.disperser) | glass)
    return SimpleNamespace(**vars(optics) | {"disperser": disperser})


def test_every_slit_makes_a_box_in_a_full_frame(optics):
    model = slits()
    found, images = masked(model, optics), Spectrograph(model, optics)

    boxes = [box_of_slit(images, optics.msa.Q5, number) for number in range(len(SLITS))]
    union = np.zeros_like(found)
    for box in boxes:
        union[box] = True

    assert np.array_equal(found, union)
    assert 0.03 < found.mean() < 0.1


def test_a_longer_wavelength_falls_further_right_on_the_first_detector_and_then_on_the_second(
    optics,
):
    first, second = (masked(slits(detector=name), optics) for name in ("NRS1", "NRS2"))

    assert np.flatnonzero(first.any(axis=0))[-1] == 2047
    assert np.flatnonzero(second.any(axis=0))[0] == 0


@pytest.mark.parametrize(("name", "rows"), [("ALLSLITS", (897, 256)), ("FULLP", (1, 2048))])
def test_slits_are_at_the_same_place_of_the_detector_in_subarrays(name, rows, optics):
    whole = masked(slits(), optics)
    part = masked(slits(name, rows=rows), optics)

    assert np.array_equal(part, whole[rows[0] - 1 :][: rows[1]])


@pytest.mark.parametrize(
    ("subarray", "kind", "expected"),
    [
        ("FULL", "NRS_FIXEDSLIT", SLITS),
        ("ALLSLITS", "NRS_FIXEDSLIT", SLITS),
        ("SUBS200A2", "NRS_FIXEDSLIT", ("S200A2",)),
        ("SUB2048", "NRS_FIXEDSLIT", ("S1600A1",)),
        ("FULL", "NRS_BRIGHTOBJ", ("S1600A1",)),
    ],
)
def test_subarrays_are_for_one_slit_or_all(subarray, kind, expected):
    assert open_slits(slits(subarray, kind=kind).meta) == expected


def test_a_tilt_of_the_grating_moves_spectra_along_the_rows(optics):
    model = slits()
    before = masked(model, optics)
    model.meta.instrument.gwa_xtilt += 0.01
    after = masked(model, optics)

    moved = [np.flatnonzero(each.any(axis=0))[0] for each in (before, after)]
    assert 3 < abs(moved[1] - moved[0]) < 30


def test_the_spectra_of_the_prism_are_short(optics):
    model = slits(grating="PRISM")
    references = prism(optics)
    images = Spectrograph(model, references)
    place = np.full(2, 0.0223), np.full(2, 0.0026)

    columns, _ = images.image(*place, np.array([1e-6, 1.8e-6]))
    same, _ = Spectrograph(slits(), optics).image(*place, np.array([1e-6, 1.8e-6]))

    assert 0 < abs(columns[1] - columns[0]) < 0.3 * abs(same[1] - same[0])


def test_light_that_falls_on_a_pixel_came_in_at_the_height_it_was_sent_from(optics):
    images = Spectrograph(slits(), optics)
    x, y = np.full(3, 0.025), np.array([-0.003, 0.0, 0.002])

    columns, rows = images.image(x, y, np.array([1e-6, 1.3e-6, 1.8e-6]))

    np.testing.assert_allclose(images.height_at(columns, rows), images.height_of(x, y), atol=1e-12)


def test_what_the_optics_need_is_named(optics):
    without = SimpleNamespace(**vars(optics) | {"camera": None, "msa": None})
    with pytest.raises(NotApplicable, match="no reference camera, msa"):
        possible_background(slits(), without)

    with pytest.raises(ValueError, match="no F100LP_G395H"):
        possible_background(slits(grating="G395H"), optics)

    untold = slits()
    untold.meta.instrument.gwa_xtilt = None
    with pytest.raises(ValueError, match="GWA_XTIL"):
        possible_background(untold, optics)


@pytest.mark.parametrize("kind", ["NRS_IMAGE", "NRS_AUTOWAVE"])
def test_other_spectra_of_nirspec_are_refused_by_name(kind, optics):
    with pytest.raises(ValueError, match=f"mask_science_regions of {kind}"):
        possible_background(slits(kind=kind), optics)


def slices(optics, opened=(), **keywords):
    """Return which pixels of the integral field unit are no background, with shutters open."""
    shutters = [dict(zip(("Q", "x", "y", *STATES), each, strict=True)) for each in opened]
    optics = SimpleNamespace(
        **vars(optics) | {"msaoper": SimpleNamespace(instance={"msaoper": shutters})}
    )
    return masked(slits(kind="NRS_IFU", **keywords), optics)


def test_every_slice_has_a_spectrum_of_its_height_beside_the_rows_of_the_fixed_slits(optics):
    found = slices(optics)

    edges = np.flatnonzero(np.diff(found[:, 900].astype(int)))
    heights = edges[1::2] - edges[::2]
    assert len(heights) == 30 + 1
    assert heights[15] == 1115 - 922 + 1
    assert set(np.delete(heights, 15)) <= {31, 32}
    assert found[922:1116].all()
    assert not found[[921, 1116]].any()


def test_the_slices_of_an_image_are_in_line_with_light_that_came_through_them(optics):
    images, found = Spectrograph(slits(), optics), slices(optics)
    wavelengths = images.wavelengths(20)
    for number in range(30):
        ends = ends_of_slice(optics.ifuslicer, number)
        behind = getattr(optics.ifupost, f"slice_{number}")
        middle = virtual_slit(behind, np.mean(ends, axis=0), wavelengths)
        columns, rows = np.rint(images.image(*middle, wavelengths)).astype(int)
        assert found[rows, columns].all()


def test_a_slice_is_distorted_by_the_wavelength():
    behind = SimpleNamespace(
        linear=lambda x, y: (x + 1, y + 2),
        xpoly=lambda x, y: 10 * x,
        ypoly=lambda x, y: 100 * y,
        xpoly_distortion=lambda x, y: x + y,
        ypoly_distortion=lambda x, y: x - y,
    )

    assert virtual_slit(behind, (3.0, 4.0), 0.5) == (40 + 0.5 * 10, 600 + 0.5 * -2)


@pytest.mark.parametrize("entry", range(3))
def test_shutters_that_do_not_close_send_light_in_line_with_them(entry, optics):
    states = ["closed", "closed", "normal"]
    closed = slices(optics, [(4, 300, 3, *states)])
    states[entry] = "open"
    more = slices(optics, [(4, 300, 3, *states)]) & ~closed

    images = Spectrograph(slits(), optics)
    shutter = optics.msa.Q4.data[2 * 365 + 299]
    x, y = optics.msa.Q4.model(shutter["XC"], shutter["YC"])
    columns, rows = images.image(*(np.full(20, each) for each in (x, y)), images.wavelengths(20))
    on = (columns > 1700) & (columns < 2047)
    assert np.array_equal(closed, slices(optics))
    assert on.any()
    assert more[np.rint(rows[on]).astype(int), np.rint(columns[on]).astype(int)].all()
    assert 4 <= more[:, 1900].sum() <= 6


@pytest.mark.parametrize("detector", ["NRS1", "NRS2"])
@pytest.mark.parametrize("kind", ["NRS_FIXEDSLIT", "NRS_BRIGHTOBJ"])
def test_light_of_shutters_is_left_out_beside_fixed_slits_where_that_is_asked_for(
    kind, detector, optics
):
    model = slits(kind=kind, detector=detector)
    found, more = (~possible_background(model, optics, shutters=s) for s in (False, True))

    shutters = behind_open_shutters(Spectrograph(model, optics), optics, found.shape)
    assert np.array_equal(more, found | shutters)
    assert (shutters & ~found).any()
    assert np.array_equal(masked(model, optics), found)


def test_without_a_reference_no_shutter_is_known_to_stay_open(optics):
    without = SimpleNamespace(**vars(optics) | {"msaoper": None})

    assert np.array_equal(masked(slits(kind="NRS_IFU"), without), slices(optics))


def test_where_no_slice_falls_only_the_rows_of_the_fixed_slits_are_masked(optics):
    found = slices(optics, detector="NRS2")

    assert np.flatnonzero(found.any(axis=1)).tolist() == list(range(922, 1116))


def test_what_slices_need_is_named(optics):
    without = SimpleNamespace(**vars(optics) | {"ifupost": None})

    with pytest.raises(NotApplicable, match="no reference ifupost"):
        possible_background(slits(kind="NRS_IFU"), without)


def line(slitlet, quadrant, row, column, source="N", slit="NONE", number=1, dither=1):
    """Return a line of a table of shutters, whose text may be filled up with blanks."""
    return (slitlet, number, quadrant, row, column, dither, source, slit.ljust(8))


def table_of(*lines, columns=8):
    """Return a table of shutters with its first columns."""
    names = (
        "SLITLET_ID MSA_METADATA_ID SHUTTER_QUADRANT SHUTTER_ROW SHUTTER_COLUMN "
        "DITHER_POINT_INDEX PRIMARY_SOURCE FIXED_SLIT"
    )
    types = [">i2"] * 6 + ["U1", "U8"]
    named = list(zip(names.split(), types, strict=True))[:columns]
    return np.array([each[:columns] for each in lines], named)


def of_shutters(detector="NRS1"):
    model = slits(kind="NRS_MSASPEC", detector=detector)
    model.meta.instrument.msa_metadata_id = model.meta.dither.position_number = 1
    return model


def described(*lines, **keywords):
    """Return the slitlets that a table describes."""
    return slitlets(lines_of_exposure(table_of(*lines, **keywords), of_shutters().meta))


def with_table(optics, *lines):
    """Return the references for an exposure of micro-shutters."""
    table = SimpleNamespace(SHUTTER_INFO=SimpleNamespace(data=table_of(*lines)))
    return SimpleNamespace(**vars(optics) | {"msametfl": SimpleNamespace(extra_fits=table)})


def test_the_shutter_with_the_source_is_the_centre_of_its_slitlet():
    found = described(line(7, 2, 10, 155), line(7, 2, 10, 154, "Y"), line(7, 2, 10, 157))

    assert found == [Slitlet(2, 10, first=154, centre=154, last=157)]


@pytest.mark.parametrize(
    ("columns", "centre"), [((150,), 150), ((151, 150), 150), ((20, 21, 22), 21), ((1, 5, 6), 3)]
)
def test_a_slitlet_without_a_source_has_its_centre_in_the_middle(columns, centre):
    found = described(*(line(3, 4, 30, column) for column in columns))

    assert found == [Slitlet(4, 30, min(columns), centre, max(columns))]


def test_a_slitlet_reaches_half_a_shutter_and_the_margin_of_a_slit_beyond_its_shutters():
    assert Slitlet(1, 1, 50, 50, 50).edges == pytest.approx((-1.05, 1.05))
    assert Slitlet(1, 1, 49, 50, 52).edges == pytest.approx((-2.2, 3.35))


def test_shutters_of_a_quadrant_are_counted_row_after_row():
    assert Slitlet(1, 365, 1, 1, 1).index == 364
    assert Slitlet(1, 1, 2, 2, 2).index == 365


def test_only_lines_of_the_dither_position_and_the_configuration_of_an_exposure_count():
    found = described(
        line(1, 1, 9, 1, "Y"), line(1, 1, 9, 2, "Y", dither=2), line(2, 1, 9, 3, "Y", number=2)
    )

    assert found == [Slitlet(1, 9, 1, 1, 1)]


def test_a_table_may_know_no_fixed_slits():
    assert described(line(1, 1, 9, 1, "Y"), columns=7) == [Slitlet(1, 9, 1, 1, 1)]


def test_slitlets_are_masked_by_boxes_beside_the_rows_of_fixed_slits_and_stuck_shutters(optics):
    model = of_shutters()
    references = with_table(optics, line(1, 2, 30, 1), line(1, 2, 30, 2), line(2, 4, 200, 1, "Y"))

    images = Spectrograph(model, references)
    expected = behind_open_shutters(images, references, model.data.shape)
    expected[922:1116] = True
    for slitlet in (Slitlet(2, 30, 1, 1, 2), Slitlet(4, 200, 1, 1, 1)):
        expected[box_of_slitlet(images, references.msa, slitlet)] = True
    found = masked(model, references)
    assert np.array_equal(found, expected)
    assert 15 < found[1116:, 2000].sum() < 60


def test_beside_slitlets_a_fixed_slit_with_a_source_takes_the_place_of_the_rows_of_all(optics):
    model = of_shutters()
    shutter = line(1, 2, 30, 1, "Y")
    without = masked(model, with_table(optics, shutter, line(0, 0, 0, 0, "N", "S200A1")))
    found = masked(model, with_table(optics, shutter, line(0, 0, 0, 0, "Y", "S200A1")))

    box = box_of_slit(Spectrograph(model, optics), optics.msa.Q5, SLITS.index("S200A1"))
    assert without[922:1116].all()
    assert found[box].all()
    assert np.array_equal(found[1130:], without[1130:])
    assert found[922:1116].mean() < 0.5


def test_a_fixed_slit_whose_spectrum_is_not_seen_takes_no_place(optics):
    model = of_shutters("NRS2")
    assert box_of_slit(Spectrograph(model, optics), optics.msa.Q5, 0) is None

    assert masked(model, with_table(optics, line(0, 0, 0, 0, "Y", "S200A1")))[922:1116].all()


def test_where_no_slitlet_is_seen_other_light_is_masked_beside_micro_shutters(optics):
    found = masked(of_shutters(), with_table(optics, line(1, 1, 9, 1, dither=2)))

    assert found[922:1116].all()


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([line(4, 1, 9, 1, "Y"), line(4, 1, 9, 2, "Y")], "two sources in slitlet 4"),
        ([line(4, 5, 9, 1, "Y")], "a shutter that is not there"),
        ([line(4, 1, 9, 172, "Y")], "a shutter that is not there"),
        ([line(4, 1, 0, 1, "Y")], "a shutter that is not there"),
    ],
)
def test_lines_that_make_no_sense_are_refused(lines, reason, optics):
    with pytest.raises(ValueError, match=reason):
        possible_background(of_shutters(), with_table(optics, *lines))


def test_what_tells_the_lines_of_an_exposure_is_named(optics):
    references = with_table(optics, line(1, 1, 9, 1))
    for part, name, keyword in (
        ("instrument", "msa_metadata_id", "MSAMETID"),
        ("dither", "position_number", "PATT_NUM"),
    ):
        model = of_shutters()
        setattr(getattr(model.meta, part), name, None)
        with pytest.raises(ValueError, match=keyword):
            possible_background(model, references)

    without = SimpleNamespace(**vars(optics) | {"msametfl": None})
    with pytest.raises(NotApplicable, match="MSA metadata file"):
        possible_background(of_shutters(), without)
