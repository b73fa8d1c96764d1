"""The picture of an exposure."""

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.kernels import dq
from snakewebb.report import quicklook
from snakewebb.report.drawing import as_png
from snakewebb.report.pieces import write as write_file
from snakewebb.report.quicklook import Exposure

KIND = {name: index for index, (name, _, _) in enumerate(quicklook.KINDS)}
HEADER = {"INSTRUME": "NIRCAM", "DETECTOR": "NRCA1", "FILTER": "F200W", "PUPIL": "CLEAR"}
pytestmark = pytest.mark.filterwarnings("error")


def exposure(shape=(30, 40), ngroups=6):
    """Return an exposure of a rising sky of 1 DN per group, without any flag."""
    ramp = 12_000 + np.arange(ngroups)[:, None, None] + np.zeros(shape)
    rate = np.ones(shape, np.float32)
    return Exposure(
        HEADER, ramp.astype(np.uint16), (1, 0), rate, np.zeros(shape, np.uint32), "DN/s"
    )


def write(folder, exposed, nints=2):
    """Write an exposure as raw and rate files and return their paths."""
    raw, rate = folder / "jw1_uncal.fits", folder / "jw1_rate.fits"
    stored = np.repeat(exposed.stored[None], nints, axis=0)
    primary = fits.PrimaryHDU(header=fits.Header(exposed.header))
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(stored, name="SCI")]).writeto(raw)
    images = fits.ImageHDU(exposed.rate, name="SCI"), fits.ImageHDU(exposed.flags, name="DQ")
    images[0].header["BUNIT"] = "DN/s"
    fits.HDUList([primary, *images]).writeto(rate)
    return raw, rate


def draw(raw_path, rate_path, picture):
    """Draw files as a job does."""
    with fits.open(raw_path, do_not_scale_image_data=True) as raw, fits.open(rate_path) as rate:
        write_file(picture, as_png(quicklook.drawn(quicklook.read(raw, rate), "jw1")))


def picture(path):
    """Return the pixels of a PNG file."""
    from matplotlib.image import imread

    return imread(path)


@pytest.mark.parametrize("shape", [(8, 512), (300, 20), (1, 1), (1, 900)])
def test_images_of_any_shape_are_drawn(tmp_path, shape):
    draw(*write(tmp_path, exposure(shape)), tmp_path / "pictures" / "jw1.png")

    height, width, _ = picture(tmp_path / "pictures" / "jw1.png").shape
    assert 1000 < width < 3500
    assert 1000 < height < 3500


@pytest.mark.parametrize(
    ("rate", "flags", "ngroups"),
    [
        (np.nan, dq.SATURATED | dq.DO_NOT_USE, 6),
        (np.nan, dq.DO_NOT_USE, 1),
        (0, dq.REFERENCE_PIXEL | dq.DO_NOT_USE, 6),
        (1, dq.JUMP_DET, 2),
    ],
)
def test_an_exposure_without_a_single_good_pixel_is_drawn(tmp_path, rate, flags, ngroups):
    exposed = exposure(ngroups=ngroups)
    exposed.rate[:] = rate
    exposed.flags[:] = flags

    draw(*write(tmp_path, exposed), tmp_path / "jw1.png")

    assert picture(tmp_path / "jw1.png").std() > 0


def test_products_of_the_data_models_are_drawn_and_left_as_they_are(tmp_path):
    from stdatamodels.jwst import datamodels

    raw, rate = tmp_path / "jw1_uncal.fits", tmp_path / "jw1_rate.fits"
    with datamodels.Level1bModel(np.full((2, 3, 20, 20), 40_000, np.uint16)) as model:
        model.save(str(raw))
    images = {"data": np.ones((20, 20), np.float32), "dq": np.zeros((20, 20), np.uint32)}
    with datamodels.ImageModel(**images) as model:
        model.save(str(rate))
    before = raw.read_bytes(), rate.read_bytes()

    draw(raw, rate, tmp_path / "jw1.png")

    assert (raw.read_bytes(), rate.read_bytes()) == before
    assert set(tmp_path.iterdir()) == {raw, rate, tmp_path / "jw1.png"}


def test_raw_values_are_those_of_the_file_and_not_of_its_encoding(tmp_path):
    raw, rate = write(tmp_path, exposure())
    with fits.open(raw, do_not_scale_image_data=True) as raw, fits.open(rate) as rate:
        read = quicklook.read(raw, rate)
        assert read.stored.dtype == ">i2"
        assert read.raw(slice(None), 0, 0).tolist() == [12_000 + group for group in range(6)]


def test_the_images_are_the_last_raw_group_and_the_rate():
    exposed = exposure()
    before, after, *_ = quicklook.drawn(exposed, "jw1").axes
    assert (before.images[0].get_array() == 12_005).all()
    assert (after.images[0].get_array() == 1).all()
    assert after.get_title().endswith("(DN/s)")


def test_the_title_says_what_is_known_of_the_exposure():
    line = quicklook.described(HEADER | {"NGROUPS": 6, "NINTS": 1, "EFFEXPTM": 64.42})
    assert line.split("   ·   ") == [
        "NIRCAM NRCA1",
        "F200W",
        "6 groups, 1 integration",
        "64.4 s exposed",
    ]
    assert quicklook.described({}) == ""


def test_a_pixel_of_several_kinds_shows_the_most_telling_one():
    flags = [0, dq.HOT, dq.JUMP_DET | dq.HOT, dq.JUMP_DET | dq.DO_NOT_USE]
    flags += [dq.SATURATED | dq.DO_NOT_USE, dq.REFERENCE_PIXEL | dq.DO_NOT_USE]
    kinds = quicklook.kinds_of_pixels(np.array([flags], np.uint32))
    assert kinds[0].tolist() == [0, 1, 2, 3, 4, 5]


def test_no_flagged_pixel_is_lost_when_many_pixels_share_a_dot():
    kinds = np.zeros((2048, 100), np.uint8)
    kinds[1037, 99] = KIND["SATURATED"]
    kinds[1036, 99] = KIND["JUMP_DET"]

    dots = quicklook.reduced(np.maximum, kinds, (1000, 1000))

    assert dots.shape == (683, 100)
    assert np.argwhere(dots).tolist() == [[1037 // 3, 99]]
    assert dots.max() == KIND["SATURATED"]


def test_a_dot_shows_the_mean_of_the_known_pixels_under_it():
    image = np.array([[1, 3, np.nan, np.nan, 5], [5, np.nan, np.inf, np.nan, 7]], np.float32)
    dots = quicklook.mean_of_blocks(image, (1, 3))
    np.testing.assert_array_equal(dots, [[3, np.nan, 6]])


def test_the_legend_counts_pixels_and_hides_no_small_number():
    assert quicklook.percent(0) == "none"
    assert quicklook.percent(1 / 2048**2) == "2.38e-05 %"
    assert quicklook.percent(1) == "100 %"

    exposed = exposure((10, 10))
    exposed.flags[0, :5] = dq.JUMP_DET
    (legend,) = quicklook.drawn(exposed, "jw1").legends
    texts = [text.get_text() for text in legend.get_texts()]
    assert "JUMP_DET  5 %" in texts
    assert "no flag  95 %" in texts


def test_ramps_are_shown_of_a_star_a_jump_the_sky_and_a_saturated_pixel():
    exposed = exposure()
    exposed.rate += np.linspace(-0.1, 0.1, exposed.rate.size).reshape(exposed.rate.shape)
    exposed.rate[9:12, 19:22] = 50
    exposed.rate[10, 20] = 90
    exposed.rate[3, 3] = 500  # a hot pixel: none of its neighbours is bright
    exposed.flags[5, 5:7] = dq.JUMP_DET
    exposed.stored[4:, 5, 5] += 30
    exposed.stored[2:, 5, 6] += 900
    exposed.flags[20, 20:22] = dq.SATURATED
    exposed.rate[20, 20:22] = 10, 20
    kinds = quicklook.kinds_of_pixels(exposed.flags)

    pixels = quicklook.telling_pixels(exposed, kinds)

    assert {name: pixels[name] for name in ("star", "jump", "saturated")} == {
        "star": (10, 20),
        "jump": (5, 6),
        "saturated": (20, 21),
    }
    assert exposed.rate[pixels["sky"]] == pytest.approx(1, abs=0.01)


def test_ramps_rise_above_their_first_group_and_circles_mark_their_pixels():
    exposed = exposure()
    exposed.rate[10, 20] = 0.9
    axes = quicklook.drawn(exposed, "jw1").axes
    after, ramps = axes[1], axes[3]

    assert {line.get_label() for line in ramps.lines} == {"star (0, 0)", "sky (0, 0)"}
    for line in ramps.lines:
        assert line.get_xdata().tolist() == [1, 2, 3, 4, 5, 6]
        assert line.get_ydata().tolist() == [0, 1, 2, 3, 4, 5]
    assert [(*line.get_xdata(), *line.get_ydata()) for line in after.lines] == [(0, 0), (0, 0)]


def test_no_ramp_is_shown_where_raw_and_calibrated_pixels_do_not_correspond():
    exposed = exposure()
    exposed.stored = np.zeros((6, 50, 40), np.uint16)
    ramps = quicklook.drawn(exposed, "jw1").axes[3]
    assert [text.get_text() for text in ramps.texts] == ["no pixel to show"]
