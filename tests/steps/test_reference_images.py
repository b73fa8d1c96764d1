"""Images of reference files: the same as data models read, in less time."""

import gzip

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import SaturationModel

from snakewebb.kernels import dq
from snakewebb.steps.reference_images import ImageFile, translated
from snakewebb.steps.reference_types import LINEARITY, SATURATION

LARGE = 1 << 31


def image_file(path, reference=SATURATION, **window):
    return ImageFile(str(path), reference.contents, reference.model, **window)


@pytest.fixture
def saturation(tmp_path, request):
    """A file of thresholds whose flags have bits of its own, and the same as a model."""
    path = tmp_path / "saturation.fits"
    data = np.arange(20, dtype=np.float64).reshape(4, 5)
    flags = np.array([0, 1, 2, 3, 4]) * np.ones((4, 1), int)
    table = np.array([(0, 1, "NO_SAT_CHECK", ""), (1, 2, "DEAD", ""), (2, 4, "NO_WORD", "")])
    columns = [
        fits.Column("BIT", "J", array=[0, 1, 2]),
        fits.Column("VALUE", "J", array=[1, 2, 4]),
        fits.Column("NAME", "40A", array=[row[2] for row in table]),
        fits.Column("DESCRIPTION", "80A", array=["", "", ""]),
    ]
    fits.HDUList(
        [
            fits.PrimaryHDU(),
            fits.ImageHDU(data, name="SCI"),
            fits.ImageHDU(flags.astype(getattr(request, "param", np.int16)), name="DQ"),
            fits.BinTableHDU.from_columns(columns, name="DQ_DEF"),
        ]
    ).writeto(path)
    return path


@pytest.mark.parametrize("saturation", [np.int16, np.uint16, np.uint32, np.uint8], indirect=True)
def test_images_and_flags_are_those_of_the_data_model(saturation):
    file, model = image_file(saturation), SaturationModel(saturation)
    for name, dtype in (("data", np.float32), ("dq", np.uint32)):
        np.testing.assert_array_equal(getattr(file, name), getattr(model, name))
        assert getattr(file, name).dtype == dtype
    assert file.dq[0].tolist() == [0, dq.NO_SAT_CHECK, dq.DEAD, dq.NO_SAT_CHECK | dq.DEAD, 0]


@pytest.mark.parametrize("rows", [slice(1, 3), np.array([1, 2])])
def test_only_the_window_is_read(saturation, rows):
    file = image_file(saturation).cut((rows, slice(2, 5)))
    assert file.data.tolist() == [[7, 8, 9], [12, 13, 14]]
    assert file.dq.shape == (2, 3)
    assert file.image == (4, 5)


def test_scaled_images_have_the_values_of_the_data_model(tmp_path):
    path = tmp_path / "saturation.fits"
    image = fits.ImageHDU(np.arange(6, dtype=np.int16).reshape(2, 3), name="SCI")
    image.header["BSCALE"], image.header["BZERO"] = 0.5, 100.25
    fits.HDUList([fits.PrimaryHDU(), image]).writeto(path)
    assert image_file(path).data.tolist() == SaturationModel(path).data.tolist()
    assert image_file(path).data[0, 1] == 100.75


def test_what_a_file_lacks_is_none_and_flags_are_zero(tmp_path):
    path = tmp_path / "linearity.fits"
    coefficients = fits.ImageHDU(np.ones((2, 4, 5), np.float32), name="COEFFS")
    fits.HDUList([fits.PrimaryHDU(), coefficients]).writeto(path)
    file = image_file(path, LINEARITY, window=(slice(0, 2), slice(0, 3)))

    assert file.coeffs.shape == (2, 2, 3)
    assert file.inv_coeffs is None
    np.testing.assert_array_equal(file.dq, np.zeros((2, 3), np.uint32))
    with pytest.raises(AttributeError, match="no image 'err'"):
        _ = file.err


def test_the_header_has_the_names_of_data_models(saturation):
    fits.setval(saturation, "SUBSTRT1", value=7)
    meta = image_file(saturation).meta
    assert (meta.filename, meta.subarray.xstart, meta.subarray.ystart) == (
        "saturation.fits",
        7,
        None,
    )


@pytest.mark.parametrize("highest", [8, LARGE])
def test_flags_of_any_size_are_translated_alike(highest):
    flags = np.array([0, 1, 3, highest], np.uint32)
    definitions = [(1, dq.HOT), (highest, dq.DEAD)]
    assert translated(flags, definitions).tolist() == [0, dq.HOT, dq.HOT, dq.DEAD]


def test_a_compressed_file_is_read_alike(saturation):
    compressed = saturation.with_suffix(".fits.gz")
    compressed.write_bytes(gzip.compress(saturation.read_bytes()))
    for name in ("data", "dq"):
        np.testing.assert_array_equal(
            getattr(image_file(compressed), name), getattr(image_file(saturation), name)
        )
