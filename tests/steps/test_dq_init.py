"""Start of the data-quality flags, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import GuiderRawModel, MaskModel, RampModel

from snakewebb.kernels.dq import DEAD, DO_NOT_USE, HOT, REFERENCE_PIXEL
from snakewebb.steps.dq_init import apply

NO_FILE = SimpleNamespace(user_supplied_dq=None)


def references():
    """Return a mask with a dead pixel, a hot one, and a reference pixel."""
    mask = np.zeros((3, 4), np.uint32)
    mask[0, 0] = DO_NOT_USE | DEAD
    mask[1, 1] = HOT
    mask[2, 2] = REFERENCE_PIXEL
    return SimpleNamespace(mask=MaskModel(dq=mask))


def ramp():
    return RampModel(data=np.ones((2, 3, 3, 4), np.float32))


def saved(path, *images):
    """Return the path of a file with these images, the first of them in the primary HDU."""
    first, *others = images
    fits.HDUList([fits.PrimaryHDU(first), *map(fits.ImageHDU, others)]).writeto(path)
    return SimpleNamespace(user_supplied_dq=str(path))


def test_pixels_get_the_flags_of_the_mask_and_groups_only_do_not_use():
    model = ramp()
    model.pixeldq[1, 1] = DEAD

    apply(model, references(), NO_FILE)

    assert model.pixeldq[0, 0] == DO_NOT_USE | DEAD
    assert model.pixeldq[1, 1] == HOT | DEAD
    assert model.pixeldq[2, 2] == REFERENCE_PIXEL
    assert (model.groupdq[..., 0, 0] == DO_NOT_USE).all()
    assert np.count_nonzero(model.groupdq) == 2 * 3


def test_images_of_the_guiders_get_the_flags_too():
    model = GuiderRawModel(data=np.ones((2, 3, 3, 4), np.float32))
    mask = references()

    apply(model, mask, NO_FILE)

    assert np.array_equal(model.dq, mask.mask.dq)


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64, np.float32])
@pytest.mark.parametrize("empty", [(), (None,)])
def test_flags_of_the_user_are_those_of_the_first_image_and_add_to_the_mask(tmp_path, dtype, empty):
    flags = np.zeros((3, 4), dtype)
    flags[0, 1] = DO_NOT_USE | HOT
    flags[1, 1] = DEAD
    model, mask = ramp(), references()

    apply(model, mask, saved(tmp_path / "mine.fits", *empty, flags, flags * 0 + 1))

    assert model.pixeldq[0].tolist() == [DO_NOT_USE | DEAD, DO_NOT_USE | HOT, 0, 0]
    assert model.pixeldq[1, 1] == HOT | DEAD
    assert np.count_nonzero(model.groupdq) == 2 * 2 * 3
    assert mask.mask.dq[0, 1] == 0


def test_the_highest_flag_is_the_sign_of_a_signed_number(tmp_path):
    flags = np.full((3, 4), -(2**31), np.int32)
    model = ramp()

    apply(model, references(), saved(tmp_path / "mine.fits", flags))

    assert (model.pixeldq & REFERENCE_PIXEL == REFERENCE_PIXEL).all()


def test_a_file_that_does_not_serve_is_named(tmp_path):
    cases = {
        "none.fits": (None, "none.fits does not start with an image of flags"),
        "cube.fits": (np.ones((2, 3, 4), np.int32), "cube.fits does not start with an image"),
        "half.fits": (np.full((3, 4), 0.5), "half.fits are not whole numbers"),
        "small.fits": (np.ones((3, 3), np.int32), r"mask \(3, 3\) does not fit the image \(3, 4\)"),
    }
    for name, (image, problem) in cases.items():
        parameters = saved(tmp_path / name, image)
        with pytest.raises(ValueError, match=problem):
            apply(ramp(), references(), parameters)
    with pytest.raises(FileNotFoundError, match=r"missing\.fits"):
        apply(ramp(), references(), SimpleNamespace(user_supplied_dq="missing.fits"))
