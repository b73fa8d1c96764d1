"""Raw products of simulated exposures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.demo import PROGRAMMES, Exposure, make_cache, make_exposure
from snakewebb.demo.exposures import count_rates, simulate
from snakewebb.demo.scenes import Source
from snakewebb.demo.timing import DAY, Timing

FLIGHT = Path(__file__).parents[3] / "shared/data/flight/headers"
SMALL = PROGRAMMES["small"]


def exposure(**changes):
    """Return an exposure of a dark field with a small subarray, with some changes."""
    described = {
        "root": "jw09100002003_041a5_00006_nrca1",
        "detector": "NRCA1",
        "filter": "F200W",
        "pupil": "CLEAR",
        "exp_type": "NRC_IMAGE",
        "subarray": "SUB160",
        "readpatt": "SHALLOW4",
        "ngroups": 3,
        "nints": 2,
    }
    return Exposure(**(described | changes))


def test_the_same_description_gives_the_same_numbers():
    once, again = simulate(SMALL[0]), simulate(SMALL[0])
    other = simulate(replace(SMALL[0], seed=1))

    np.testing.assert_array_equal(once.data, again.data)
    assert (once.data != other.data).mean() > 0.5


def test_the_product_has_the_arrays_of_a_raw_product(small_files):
    with datamodels.open(small_files["NRCA1", "SHALLOW4"]) as model:
        assert isinstance(model, datamodels.Level1bModel)
        assert model.data.shape == (1, 5, 160, 160)
        assert model.zeroframe.shape == (1, 160, 160)
        assert model.data.dtype == model.zeroframe.dtype == np.uint16
        assert model.meta.exposure.zero_frame is True
        assert len(model.group) == 5
        assert len(model.int_times) == 1


def test_only_patterns_that_keep_the_zeroth_frame_have_the_extension(small_files):
    with fits.open(small_files["NRCA1", "BRIGHT1"]) as hdus:
        assert [hdu.name for hdu in hdus] == ["PRIMARY", "SCI", "GROUP", "INT_TIMES", "ASDF"]
        assert hdus["SCI"].header["BITPIX"] == 16
        assert hdus["PRIMARY"].header["ZEROFRAM"] is False


def test_identifiers_come_from_the_root_of_the_name():
    meta = simulate(exposure()).meta.observation

    assert meta.program_number == "09100"
    assert meta.observation_number == "002"
    assert meta.visit_number == "003"
    assert meta.visit_group == "04"
    assert meta.sequence_id == "1"
    assert meta.activity_id == "a5"
    assert meta.exposure_number == "6"
    assert meta.obs_id == "V09100002003P00000000041a5"


def test_times_add_up():
    model = simulate(exposure())
    meta = model.meta.exposure

    assert meta.frame_time == 0.27864
    assert meta.group_time == pytest.approx(5 * 0.27864)
    assert meta.integration_time == pytest.approx((2 * 5 + 4) * 0.27864)
    assert meta.exposure_time == pytest.approx(2 * meta.integration_time)
    assert meta.duration == pytest.approx(meta.exposure_time + 0.27864)
    resets = (meta.end_time - meta.start_time) * DAY - meta.exposure_time
    assert resets == pytest.approx(2 * 0.27864, abs=1e-4)


def test_the_tables_agree_with_each_other_and_with_the_header():
    model = simulate(exposure())
    groups, integrations = model.group, model.int_times

    assert groups["integration_number"].tolist() == [1, 1, 1, 2, 2, 2]
    assert groups["group_number"].tolist() == [1, 2, 3, 1, 2, 3]
    milliseconds = np.diff(groups["end_milliseconds"][:3])
    assert milliseconds == pytest.approx(5 * 278.64, abs=1)
    assert groups["group_end_time"][0][:22] == "2024-03-01T12:00:01.39"
    seconds = (integrations["int_end_MJD_UTC"] - integrations["int_start_MJD_UTC"]) * DAY
    assert seconds == pytest.approx(model.meta.exposure.integration_time, abs=1e-4)
    assert integrations["int_end_MJD_UTC"][-1] == model.meta.exposure.end_time


def test_the_correction_to_the_barycentre_is_at_most_the_size_of_the_orbit():
    along = Timing(exposure(ra=161.0, dec=7.0, start="2024-03-01T12:00:00"))  # away from the Sun

    assert along.barycentric_correction == pytest.approx(500, abs=12)
    assert along.heliocentric_correction == pytest.approx(500, abs=12)
    distance = np.linalg.norm(along.orbit["geocentric"][0])
    assert distance == pytest.approx(1.5e6, rel=0.02)


@pytest.mark.parametrize(
    ("detector", "subarray", "pattern"),
    [
        ("NRCA1", "SUB160", "RAPID"),
        ("NIS", "SUB64", "NIS"),
        ("MIRIMAGE", "SUB256", "FASTR1"),
        ("GUIDER2", "SUB128DIAG", "FGS"),
    ],
)
def test_a_star_at_the_pointing_falls_on_the_centre(detector, subarray, pattern):
    centred = exposure(detector=detector, subarray=subarray, readpatt=pattern, sky=0.0)
    scene = count_rates(replace(centred, sources=(Source(centred.ra, centred.dec, 1e4),)))

    y, x = np.indices(scene.shape)
    middle = (scene.shape[0] - 1) / 2
    assert np.average(x, weights=scene**2) == pytest.approx(middle, abs=0.02)
    assert np.average(y, weights=scene**2) == pytest.approx(middle, abs=0.02)


def test_the_image_lies_on_the_sky_as_the_header_says():
    north_up = exposure(roll=0.563, sky=0.0)  # undoes the angle of the detector
    north = Source(north_up.ra, north_up.dec + 1 / 3600, 1e4)
    east = Source(north_up.ra + 1 / 3600 / np.cos(np.radians(north_up.dec)), north_up.dec, 1e4)

    def brightest(source):
        scene = count_rates(replace(north_up, sources=(source,)))
        return np.array(np.unravel_index(scene.argmax(), scene.shape)) - 79.5

    pixels = 1 / 0.0311
    assert brightest(north) == pytest.approx([pixels, 0], abs=0.8)
    assert brightest(east) == pytest.approx([0, -pixels], abs=0.8)


def test_a_dithered_exposure_sees_the_same_stars_elsewhere():
    star = (Source(80.4875, -69.4975, 1e4),)
    first = exposure(sources=star, sky=0.0)
    second = replace(first, dec=first.dec - 1 / 3600)

    positions = [
        np.array(np.unravel_index(scene.argmax(), scene.shape))
        for scene in map(count_rates, (first, second))
    ]

    assert np.hypot(*(positions[1] - positions[0])) == pytest.approx(1 / 0.0311, abs=1.5)


@pytest.mark.skipif(not FLIGHT.exists(), reason="no flight headers at ../shared/data")
def test_the_header_has_the_keywords_of_a_flight_product(small_files):
    unknown_here = {
        *("SDP_VER", "PRD_VER", "OSS_VER", "OSF_FILE", "DATAMODE", "PWFSEET", "NWFSEST"),
        *("SUBCAT", "TEMPLATE", "OBSLABEL", "OBSFOLDR", "IS_PSF", "SELFREF", "S_REGION"),
        *("TARGURA", "TARGUDEC", "MU_RA", "MU_DEC", "MU_EPOCH", "PILIN", "CORONMSK"),
        *("PRIDTYPE", "PRIDTPTS", "SMGRDPAT", "SUBPXPTS", "SUBPXPAT", "XOFFSET", "YOFFSET"),
        *("GSSTRTTM", "GSENDTIM", "GS_RA", "GS_DEC", "GS_URA", "GS_UDEC", "GS_MAG", "GS_UMAG"),
        *("GS_V3_PA", "VISITEND", "COMMENT", ""),
    }
    flight = next(FLIGHT.glob("jw01075001001_03105_00009_nrca3_uncal.fits"))

    for extension in (0, "SCI"):
        theirs = set(fits.getheader(flight, extension))
        ours = set(fits.getheader(small_files["NRCA1", "BRIGHT1"], extension))
        missing = {key for key in theirs - ours if not key.startswith("FA")}
        assert missing <= unknown_here


def test_frames_dropped_before_the_first_group_gather_light_and_take_time():
    usual, late = (simulate(exposure(sky=3000.0, drop_frames1=n)) for n in (0, 3))

    first = [np.median(model.data[:, 0].astype(float)) for model in (usual, late)]
    assert first[1] - first[0] == pytest.approx(3 * 0.27864 * 3000 / 2.05, rel=0.05)
    assert late.meta.exposure.drop_frames1 == 3
    assert late.meta.exposure.integration_time == pytest.approx(
        usual.meta.exposure.integration_time + 3 * 0.27864
    )


def test_an_exposure_of_miri_has_a_reference_output_and_what_disturbs_it():
    dark = exposure(
        root="jw09100002003_041a5_00006_mirimage",
        detector="MIRIMAGE",
        filter="F770W",
        pupil=None,
        exp_type="MIR_IMAGE",
        subarray="SUB64",
        readpatt="FASTR1",
        ngroups=16,
        sky=0.0,
        cosmic_rays=0.0,
    )
    model = simulate(dark)
    levels = np.median(model.data.astype(float), axis=(2, 3))

    assert model.refout.shape == (2, 16, 64, 18)
    assert model.refout.dtype == np.uint16
    assert levels[0, 0] - levels[0, -2] == pytest.approx(60, abs=12)
    assert levels[1, 0] - levels[1, -2] == pytest.approx(85, abs=12)
    last = np.diff(model.data[0, -2:].astype(float), axis=0)[0]
    assert np.median(last[1::2]) - np.median(last[::2]) == pytest.approx(-12, abs=6)


def test_interleaved_exposures_say_so_and_share_their_noise_with_reference_samples():
    model = simulate(
        exposure(
            root="jw09100002003_041a5_00006_nrs1",
            detector="NRS1",
            filter="F100LP",
            pupil=None,
            exp_type="NRS_IFU",
            subarray="FULL",
            readpatt="NRSIRS2RAPID",
            ngroups=2,
            nints=1,
            sky=0.0,
            cosmic_rays=0.0,
        )
    )
    readout, part = model.meta.exposure, model.meta.subarray
    assert model.data.shape == (1, 2, 3200, 2048)
    assert (readout.nrs_normal, readout.nrs_reference, readout.noutputs) == (16, 4, 5)
    assert (part.xsize, part.ysize, readout.frame_time) == (2048, 2048, 14.58889)
    rows = np.diff(model.data[0].astype(float), axis=0)[0]  # noise alone
    along = [np.median(rows[start : start + 640], axis=0) for start in (0, 640, 1920)]
    assert np.corrcoef(along)[0, 1:].min() > 0.8


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"root": "jw1_nrca1"}, r"root 'jw1_nrca1' is not like jw09000001001_02101_00001_nrca1"),
        ({"readpatt": "SLOW"}, r"NIRCAM has no pattern 'SLOW'; it has RAPID, "),
        ({"ngroups": 0}, "at least one group"),
        ({"subarray": "SUB80"}, "NRCA1 has no subarray 'SUB80'"),
        ({"detector": "MIRIX"}, "no detector 'MIRIX'"),
    ],
)
def test_a_description_that_makes_no_sense_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        exposure(**changes)


GUIDING = Exposure(
    root="jw09000001001_gs-track_2024061120000",
    detector="GUIDER2",
    exp_type="FGS_TRACK",
    readpatt="TRACK",
    subarray="32X32",
    ngroups=2,
    nints=3,
)


def test_an_exposure_of_a_guider_at_work_has_the_times_and_tables_of_one():
    raw = simulate(GUIDING)
    assert isinstance(raw, datamodels.GuiderRawModel)
    assert raw.data.shape == (3, 2, 32, 32)
    assert raw.meta.exposure.frame_time == pytest.approx(0.01254)
    assert raw.meta.exposure.group_time == pytest.approx(0.02508)
    assert raw.meta.observation.visit_id == "09000001001"
    assert raw.pointing_table.size
    assert raw.centroid_table.size
    assert raw.track_sub_table.size


@pytest.mark.parametrize(
    ("subarray", "pattern", "frame", "group"),
    [
        ("2048X64", "ID", 0.34061, 0.34061),
        ("128X128", "ACQ1", 0.182, 0.364),
        ("32X32", "ACQ2", 0.01254, 0.05016),
        ("8X8", "FINEGUIDE", 0.00126, 0.05418),
    ],
)
def test_guiders_read_as_fast_as_in_flight(subarray, pattern, frame, group):
    timing = Timing(replace(GUIDING, subarray=subarray, readpatt=pattern))
    assert (timing.frame, timing.group) == pytest.approx((frame, group), abs=1e-6)


def test_guiders_at_work_find_the_references_that_they_need(tmp_path):
    context = make_cache([GUIDING], tmp_path / "crds")
    made = {path.name.split("_")[2] for path in tmp_path.rglob("jwst_fgs_*.fits")}
    assert made == {"mask", "gain", "readnoise", "flat"}
    assert context.endswith(".pmap")


def test_an_exposure_of_micro_shutters_has_a_file_beside_it_that_tells_which_are_open(tmp_path):
    shutters = exposure(
        root="jw09100002003_041a5_00006_nrs1",
        detector="NRS1",
        exp_type="NRS_MSASPEC",
        subarray="SUB2048",
        readpatt="NRSRAPID",
        filter="F100LP",
        pupil=None,
        grating="G140H",
    )

    header = fits.getheader(make_exposure(shutters, tmp_path))

    lines = fits.getdata(tmp_path / header["MSAMETFL"], "SHUTTER_INFO")
    assert header["MSAMETFL"] == "jw09100002003_01_msa.fits"
    assert set(lines["msa_metadata_id"]) == {header["MSAMETID"]}
    assert header["PATT_NUM"] in lines["dither_point_index"]
    known = fits.getdata(tmp_path / header["MSAMETFL"], "SOURCE_INFO")["source_id"]
    assert set(lines["source_id"][lines["primary_source"] == "Y"]) == set(known)
