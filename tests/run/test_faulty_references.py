"""A reference file of any type that is not as it should be ends in one error that says all.

Each type is written from its declaration, and then spoilt in several ways.
"""

from types import SimpleNamespace

import asdf
import numpy as np
import pytest
from astropy.io import fits

from snakewebb.errors import ReferenceFileError
from snakewebb.run.references import Choice, check
from snakewebb.step import DQInitStep
from snakewebb.steps import all_steps

ALL = [(step, r.type) for step, found in all_steps().items() for r in found.references]
IN_FITS = [
    (s, kind)
    for s, kind in ALL
    if any(content.extension.isupper() for content in all_steps()[s].reference(kind).contents)
]
WITH_IMAGES = [
    (s, kind) for s, kind in IN_FITS if all_steps()[s].reference(kind).contents[0].dimensions
]
WITH_FLAGS = [
    (s, kind) for s, kind in WITH_IMAGES if len(all_steps()[s].reference(kind).contents) > 1
]
SHAPE = (24, 32)


def hdu_of(content, shape=SHAPE, *, axes=None, table=False):
    """Return the extension that holds a content."""
    if table or not content.dimensions:
        return fits.BinTableHDU(np.zeros(5, [("a", "f4"), ("b", "f4")]), name=content.extension)
    axes = axes or content.dimensions[0]
    return fits.ImageHDU(
        np.ones((*(2,) * (axes - 2), *shape)[-axes:], np.float32), name=content.extension
    )


def write(path, reference, hdus):
    """Write a file with a header of its type."""
    primary = fits.PrimaryHDU()
    primary.header["REFTYPE"] = reference.type.upper()
    fits.HDUList([primary, *hdus]).writeto(path)


def check_file(step, reference, path):
    subarray = SimpleNamespace(
        xstart=1, ystart=1, multistripe_reads1=None, multistripe_reads2=None, num_superstripe=None
    )
    choice = Choice(reference, str(path), "keyword argument")
    check({step: {reference.type: choice}}, SHAPE, subarray, "raw.fits")


def refusal(step, reference, path):
    """Return the error of a file, which names it and all that a user needs to find it."""
    with pytest.raises(ReferenceFileError) as error:
        check_file(step, reference, path)
    text = str(error.value)
    for part in ("raw.fits", step, f"{reference.type} reference", str(path), "keyword argument"):
        assert part in text
    return text


@pytest.mark.parametrize(("step", "kind"), IN_FITS)
def test_a_file_with_all_contents_is_right(step, kind, tmp_path):
    reference = all_steps()[step].reference(kind)
    write(tmp_path / "f.fits", reference, [hdu_of(each) for each in reference.contents])
    check_file(step, reference, tmp_path / "f.fits")


@pytest.mark.parametrize(("step", "kind"), IN_FITS)
def test_what_is_missing_is_named_with_what_is_needed(step, kind, tmp_path):
    reference = all_steps()[step].reference(kind)
    for content in (each for each in reference.contents if each.required):
        path = tmp_path / f"{content.name}.fits"
        write(path, reference, [hdu_of(each) for each in reference.contents if each is not content])
        text = refusal(step, reference, path)
        assert f"has no {content.extension}; a reference of type {kind} has a" in text
        assert f"override_{kind}" in text


@pytest.mark.parametrize(("step", "kind"), IN_FITS)
def test_a_table_for_an_array_and_an_array_for_a_table_are_refused(step, kind, tmp_path):
    reference = all_steps()[step].reference(kind)
    first, *others = reference.contents
    wrong = hdu_of(first, table=True)
    if not first.dimensions:
        wrong = fits.ImageHDU(np.ones(SHAPE), name=first.extension)
    write(tmp_path / "f.fits", reference, [wrong, *map(hdu_of, others)])

    found = "a table" if first.dimensions else f"an array {SHAPE}"
    text = refusal(step, reference, tmp_path / "f.fits")
    assert f"has {found} in {first.extension}" in text


@pytest.mark.parametrize(("step", "kind"), WITH_IMAGES)
def test_an_array_of_other_axes_is_refused(step, kind, tmp_path):
    reference = all_steps()[step].reference(kind)
    first, *others = reference.contents
    write(tmp_path / "f.fits", reference, [hdu_of(first, axes=5), *map(hdu_of, others)])

    text = refusal(step, reference, tmp_path / "f.fits")
    assert f"{first.extension} of {' or '.join(map(str, first.dimensions))} axes" in text


@pytest.mark.parametrize(("step", "kind"), WITH_FLAGS)
def test_flags_of_another_shape_than_the_values_are_refused(step, kind, tmp_path):
    reference = all_steps()[step].reference(kind)
    first, second, *_ = reference.contents
    write(tmp_path / "f.fits", reference, [hdu_of(first), hdu_of(second, (3, 4))])

    text = refusal(step, reference, tmp_path / "f.fits")
    assert second.extension in text
    assert f"and others of {SHAPE}" in text


@pytest.mark.parametrize(("step", "kind"), ALL)
def test_what_is_no_such_file_or_cut_short_is_refused(step, kind, tmp_path):
    reference = all_steps()[step].reference(kind)
    in_fits = (step, kind) in IN_FITS
    path = tmp_path / ("f.fits" if in_fits else "f.asdf")
    assert "does not exist" in refusal(step, reference, path)

    other = path.with_stem("text")
    other.write_text("no file of references\n")
    assert "cannot be read" in refusal(step, reference, other)

    if in_fits:
        write(path, reference, [hdu_of(each) for each in reference.contents])
    else:
        asdf.AsdfFile({"x": np.random.default_rng(1).random(5000)}).write_to(path)
    whole = path.read_bytes()
    short = path.with_stem("short")
    short.write_bytes(whole[: len(whole) - 2880])
    text = refusal(step, reference, short)
    assert "cannot be read" in text
    assert "fetch it again" in text


@pytest.mark.parametrize("name", ["frequencies", "subarray_cases"])
def test_what_an_asdf_file_lacks_is_named(name, tmp_path):
    reference = all_steps()["emicorr"].reference("emicorr")
    path = tmp_path / "f.asdf"
    tree = {each.name: {} for each in reference.contents if each.name != name}
    asdf.AsdfFile(tree).write_to(path)

    assert f"has no {name}" in refusal("emicorr", reference, path)


def test_a_step_ends_in_that_error(small_raw, tmp_path):
    reference = all_steps()["dq_init"].reference("mask")
    write(tmp_path / "mask.fits", reference, [])
    with pytest.raises(ReferenceFileError, match=r"mask\.fits has no DQ"):
        DQInitStep.call(small_raw, override_mask=str(tmp_path / "mask.fits"))


def test_an_open_model_is_checked_as_well(small_raw):
    from stdatamodels.jwst.datamodels import GainModel, MaskModel

    with pytest.raises(ReferenceFileError, match="has no DQ"):
        DQInitStep.call(small_raw, override_mask=MaskModel())
    with pytest.raises(ReferenceFileError, match="has no DQ"):
        DQInitStep.call(small_raw, override_mask=GainModel(np.ones((2, 2), np.float32)))


def test_a_file_that_a_user_mends_is_looked_at_again(tmp_path):
    reference = all_steps()["jump"].reference("gain")
    path = tmp_path / "gain.fits"
    for shape in ((7, 7), SHAPE):
        path.unlink(missing_ok=True)
        write(path, reference, [hdu_of(reference.contents[0], shape)])
        if shape != SHAPE:
            assert "does not fit" in refusal("jump", reference, path)

    check_file("jump", reference, path)
