"""Correction with reference pixels, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import BAD_REF_PIXEL, DO_NOT_USE, REFERENCE_PIXEL
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.refpix import STEP

DEFAULTS = {parameter.name: parameter.default for parameter in STEP.parameters}


def exposure(
    shape,
    *,
    start=(1, 1),
    axes=(-1, 2),
    instrument="NIRCAM",
    subarray="SUB160",
    noutputs=1,
    readpatt="RAPID",
):
    """Return an exposure of noise; `shape` is (nints, ngroups, ny, nx), `start` (x, y) from 1."""
    rng = np.random.default_rng(4)
    model = datamodels.RampModel(rng.normal(100, 5, shape).astype(np.float32))
    model.meta.instrument.name = instrument
    model.meta.exposure.noutputs = noutputs
    model.meta.exposure.readpatt = readpatt
    model.meta.subarray.name = subarray
    model.meta.subarray.xstart, model.meta.subarray.ystart = start
    model.meta.subarray.fastaxis, model.meta.subarray.slowaxis = axes
    return model


def apply(model, **parameters):
    """Apply the step and return the model."""
    STEP.apply(model, SimpleNamespace(), SimpleNamespace(**(DEFAULTS | parameters)))
    return model


def two_levels(model, reference, levels):
    """Set each column (or row, if that is the fast axis) to one of two levels, noise gone.

    Light adds 50 outside the reference pixels.
    """
    fast = -1 if abs(model.meta.subarray.fastaxis) == 1 else -2
    levels = np.resize(np.float32(levels), model.data.shape[fast])
    model.data[:] = levels if fast == -1 else levels[:, np.newaxis]
    model.data[..., ~reference] += 50
    model.pixeldq[reference] = REFERENCE_PIXEL


def bottom_rows(ny, nx):
    mask = np.zeros((ny, nx), bool)
    mask[:4] = True
    return mask


@pytest.mark.parametrize("axes", [(-1, 2), (1, -2), (-2, -1), (2, 1), (2, -1)])
def test_odd_and_even_are_those_of_the_fast_readout_axis(axes):
    model = exposure((1, 2, 20, 20), axes=axes)
    reference = np.zeros((20, 20), bool)
    reference[:4, :4] = True
    two_levels(model, reference, (3, 8))

    apply(model)

    assert (model.data[..., ~reference] == 50).all()
    assert (model.data[..., reference] == 0).all()


@pytest.mark.parametrize("noutputs", [1, None])
def test_a_subarray_of_one_output_uses_the_pixels_flagged_as_reference(noutputs):
    model = exposure((1, 1, 20, 20), noutputs=noutputs)
    reference = bottom_rows(20, 20)
    two_levels(model, reference, (3, 8))
    model.pixeldq[0, 5] |= DO_NOT_USE
    model.data[0, 0, 0, 5] = 1000
    model.pixeldq[1, 6] |= BAD_REF_PIXEL
    before = model.pixeldq.copy()

    apply(model)

    assert (model.data[..., ~reference] == 50).all()
    np.testing.assert_array_equal(model.pixeldq, before)


def test_rows_of_reference_pixels_are_columns_where_readout_is_along_y():
    # NIRISS SUB80: reference pixels in the first four rows, where y is the fast axis.
    model = exposure((1, 1, 80, 80), instrument="NIRISS", axes=(-2, -1), start=(1045, 1))
    reference = bottom_rows(80, 80)
    two_levels(model, reference, (3, 8))

    apply(model)

    assert (model.data[..., ~reference] == 50).all()


@pytest.mark.parametrize(
    ("axes", "start", "rows"),
    [
        ((-1, 2), (1, 1), np.s_[:4]),
        ((1, -2), (1, 1), np.s_[:4]),
        ((-1, 2), (1, 1985), np.s_[-4:]),
        ((1, -2), (1, 1985), np.s_[-4:]),
    ],
)
def test_a_subarray_of_four_outputs_uses_the_border_of_the_detector(axes, start, rows):
    model = exposure((1, 1, 64, 2048), axes=axes, start=start, noutputs=4)
    model.data[:] = np.repeat(np.float32([1, 2, 3, 4]), 512)
    model.data[..., 8:-8, 4:-4] += 50
    model.data[..., 4:-4, :4] += 6
    model.data[..., 4:-4, -4:] += 6
    others = np.s_[-4:] if rows == np.s_[:4] else np.s_[:4]
    model.data[0, 0, others] = 1e6

    apply(model)

    assert (model.data[0, 0, 14:-14, 4:-4] == 50 - 6).all()


def test_a_full_frame_needs_no_flags():
    model = exposure((1, 1, 2048, 2048), noutputs=None)
    light = np.zeros((2048, 2048), bool)
    light[4:-4, 4:-4] = True
    model.data[:] = np.repeat(np.float32([1, 2, 3, 4]), 512)
    model.data[..., light] += 50
    model.pixeldq[0, 600] = DO_NOT_USE
    model.data[0, 0, 0, 600] = np.nan

    apply(model)

    assert (model.data[..., light] == 50).all()


def test_each_parameter_of_the_near_infrared_changes_the_result():
    results = [
        apply(exposure((1, 1, 64, 2048), noutputs=4), **{name: value}).data
        for name, value in (
            ("odd_even_columns", True),
            ("odd_even_columns", False),
            ("use_side_ref_pixels", False),
            ("side_smoothing_length", 5),
            ("side_gain", 0.5),
        )
    ]
    for other in results[1:]:
        assert (other[..., 4:-4, 4:-4] != results[0][..., 4:-4, 4:-4]).any()


def test_zeroth_frames_are_corrected_and_zero_in_them_stays_zero():
    model = exposure((2, 1, 20, 20))
    reference = bottom_rows(20, 20)
    two_levels(model, reference, (3, 8))
    model.meta.exposure.zero_frame = True
    model.zeroframe = model.data[:, 0] + np.float32([[[0]], [[2]]])
    model.zeroframe[1, 10, 10] = 0

    apply(model)

    expected = np.where(reference, 0, np.full((2, 20, 20), 50))
    expected[1, 10, 10] = 0
    np.testing.assert_array_equal(model.zeroframe, expected)


@pytest.mark.parametrize("axes", [(2, 1), (-2, -1)])
def test_dark_columns_of_some_nirspec_subarrays_serve_as_reference(axes):
    model = exposure((1, 1, 32, 64), axes=axes, instrument="NIRSPEC", subarray="SUB512")
    dark = np.zeros((32, 64), bool)
    dark[:, :4] = dark[:, -4:] = True
    two_levels(model, dark, (3, 8))
    model.pixeldq[:] = 0

    apply(model)

    assert (model.data[..., ~dark] == 50).all()
    assert (model.pixeldq == 0).all()


@pytest.mark.parametrize("noutputs", [1, 4])
def test_a_subarray_without_good_reference_pixels_is_left_as_it_is(noutputs):
    model = exposure((1, 1, 20, 20), start=(900, 900), noutputs=noutputs)
    before = model.data.copy()

    with pytest.raises(NotApplicable, match="no good reference pixels"):
        apply(model)

    np.testing.assert_array_equal(model.data, before)


def test_reference_pixels_that_are_all_bad_are_none():
    model = exposure((1, 1, 20, 20))
    model.pixeldq[:4] = REFERENCE_PIXEL | DO_NOT_USE
    with pytest.raises(NotApplicable, match="no good reference pixels"):
        apply(model)


def test_an_interleaved_readout_is_refused():
    model = exposure((1, 1, 20, 20), instrument="NIRSPEC", readpatt="NRSIRS2RAPID")
    with pytest.raises(ValueError, match="NRSIRS2RAPID are interleaved"):
        apply(model)


def test_a_subarray_of_several_stripes_is_refused():
    model = exposure((1, 1, 20, 20), subarray="SUB164STRIPE4_DHS")
    model.meta.subarray.multistripe_reads1 = 1
    with pytest.raises(ValueError, match="SUB164STRIPE4_DHS is made of several stripes"):
        apply(model)


def test_missing_readout_directions_are_named():
    with pytest.raises(ValueError, match="FASTAXIS and SLOWAXIS"):
        apply(exposure((1, 1, 20, 20), axes=(None, None)))


def miri(**options):
    model = exposure(
        (1, 3, 1024, 1032), instrument="MIRI", axes=(1, 2), readpatt="FASTR1", **options
    )
    model.data[:] = 20
    model.data[:, 2] += np.resize(np.float32([1, 2, 3, 4]), 1032)
    model.data[:, 2, 1::2] += 8
    model.pixeldq[5:7, 0] = DO_NOT_USE
    model.data[0, 2, 5:7, 0] = 1e6
    return model


def test_each_output_of_miri_gets_its_drift_since_the_first_group():
    assert (apply(miri(subarray="FULL")).data[..., 4:-4] == 20).all()


def test_rows_of_miri_need_not_be_told_apart():
    model = apply(miri(subarray="FULL"), odd_even_rows=False)
    assert model.data[0, 2, 100:102, 100].tolist() == [20 - 4, 20 + 4]


def test_subarrays_of_miri_are_left_as_they_are():
    with pytest.raises(NotApplicable, match="subarrays of MIRI"):
        apply(miri(subarray="BRIGHTSKY"))
