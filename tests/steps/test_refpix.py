"""Correction with reference pixels, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels import irs2
from snakewebb.kernels.dq import BAD_REF_PIXEL, DO_NOT_USE, HOT, REFERENCE_PIXEL
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.refpix import (
    STEP,
    flag_bad_references,
    interleaved_weights,
    replace_bad_references,
)

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


def apply(model, *, refpix=None, sirskernel=None, **parameters):
    """Apply the step and return the model."""
    STEP.apply(
        model,
        SimpleNamespace(refpix=refpix, sirskernel=sirskernel),
        SimpleNamespace(**(DEFAULTS | parameters)),
    )
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


def stripes(**options):
    """Return an exposure of four stripes, each with a row of reference pixels below it."""
    model = exposure((1, 1, 164, 2048), subarray="SUB164STRIPE4_DHS", **options)
    model.meta.subarray.multistripe_reads1 = 1
    model.data[:] = np.repeat(np.float32([1, 2, 3, 4]), 512)
    model.data[..., 1::2] += 10
    model.pixeldq[::41] = REFERENCE_PIXEL
    return model


@pytest.mark.parametrize("axes", [(-1, 2), (1, -2)])
@pytest.mark.parametrize("noutputs", [1, 4])
def test_each_output_of_a_striped_subarray_gets_the_mean_of_all_its_reference_pixels(
    axes, noutputs
):
    model = stripes(axes=axes, noutputs=noutputs)
    model.data[0, 0, 1:41] += 50
    model.data[0, 0, [0, 41, 82, 123]] += np.float32([[-3], [-1], [1], [3]])
    model.data[0, 0, 0, 9] = 1e6
    model.pixeldq[0, 9] |= DO_NOT_USE

    data = apply(model).data[0, 0]

    # One reference pixel of -3 is missing among the 1024 of its output and parity.
    np.testing.assert_allclose(data[1:41], 50, atol=0.01)
    np.testing.assert_allclose(data[42:82], 0, atol=0.01)


def test_columns_of_a_striped_subarray_need_not_be_told_apart():
    data = apply(stripes(), odd_even_columns=False).data[0, 0]
    assert data[60, [100, 101]].tolist() == [-5, 5]


def test_stripes_that_move_from_integration_to_integration_are_refused():
    model = exposure((1, 1, 20, 20), subarray="SUB204STRIPE_SOSS")
    model.meta.subarray.num_superstripe = 10
    with pytest.raises(ValueError, match="SUB204STRIPE_SOSS has stripes that move"):
        apply(model)


def full_frame(axes=(1, 2)):
    """Return a full frame whose left reference columns drift from row to row, by -1 and 1."""
    model = exposure((1, 1, 2048, 2048), noutputs=4, axes=axes)
    model.meta.instrument.detector = "NRCA1"
    model.data[:] = 50
    drift = np.resize(np.float32([-1, 1]), 2048)[:, np.newaxis]
    model.data[..., :4] = drift
    model.data[..., -4:] = model.data[..., :4, 4:-4] = model.data[..., -4:, 4:-4] = 0
    return model, drift


def sirs_kernels(detector="NRCA1", gamma=1.0):
    """Return a reference with kernels of a single element: of `gamma` left, of nothing right."""
    reference = datamodels.SIRSKernelModel()
    coefficients = np.ones((4, 1025), np.complex64) * np.array([[1], [2], [3], [4]])
    setattr(reference, detector.lower(), {"gamma": gamma * coefficients, "zeta": 0 * coefficients})
    return reference


SIRS = {"refpix_algorithm": "sirs", "gaussmooth": 0.0}


def test_learned_weights_replace_the_running_median_of_full_frames():
    model, drift = full_frame()

    apply(model, sirskernel=sirs_kernels(), **SIRS)

    for output, factor in enumerate((1, 2, 3, 4)):
        columns = np.s_[max(512 * output, 4) : min(512 * (output + 1), 2044)]
        np.testing.assert_allclose(
            model.data[0, 0, 4:-4, columns],
            np.repeat(50 - factor * drift[4:-4], 512, 1)[:, : columns.stop - columns.start],
            atol=1e-4,
        )


@pytest.mark.parametrize(
    ("options", "reference"),
    [
        ({"refpix_algorithm": "median"}, sirs_kernels()),
        (SIRS, None),
        (SIRS, sirs_kernels("NRCA2")),
    ],
)
def test_without_kernels_of_its_detector_a_full_frame_gets_the_running_median(options, reference):
    expected = apply(full_frame()[0]).data
    data = apply(full_frame()[0], sirskernel=reference, **options).data
    np.testing.assert_array_equal(data, expected)


def test_subarrays_get_the_running_median():
    data = [
        apply(exposure((1, 1, 64, 2048), noutputs=4), sirskernel=sirs_kernels(), **options).data
        for options in (SIRS, {})
    ]
    np.testing.assert_array_equal(*data)


def test_learned_weights_are_left_out_with_the_side_reference_pixels():
    model, _ = full_frame()
    apply(model, sirskernel=sirs_kernels(), use_side_ref_pixels=False, **SIRS)
    assert (model.data[0, 0, 4:-4, 4:-4] == 50).all()


def test_each_parameter_of_learned_weights_changes_the_result():
    def corrected(**options):
        model, _ = full_frame()
        model.data[0, 0, 100, 1] = 6
        return apply(model, sirskernel=sirs_kernels(), **(SIRS | options)).data[0, 0, 95:105, 700]

    plain = corrected()
    for options in ({"sigreject": 3.0}, {"gaussmooth": 1.0}, {"halfwidth": 1, "gaussmooth": 1.0}):
        assert (corrected(**options) != plain).any()
    assert (corrected(gaussmooth=1.0) != corrected(halfwidth=1, gaussmooth=1.0)).any()


INTERLEAVED_AXES = {"NRS1": (2, 1), "NRS2": (-2, -1)}


def interleaved(detector, *, ngroups=2):
    """Return an exposure whose groups all have values of 100."""
    model = datamodels.RampModel()
    model.data = np.full((1, ngroups, 3200, 2048), 100, np.float32)
    model.pixeldq = np.zeros((3200, 2048), np.uint32)
    model.groupdq = np.zeros(model.data.shape, np.uint8)
    model.meta.instrument.name, model.meta.instrument.detector = "NIRSPEC", detector
    model.meta.exposure.readpatt = "NRSIRS2RAPID"
    model.meta.subarray.fastaxis, model.meta.subarray.slowaxis = INTERLEAVED_AXES[detector]
    return model


def weights(alpha):
    """Return a reference with the same weight of the reference output at all frequencies."""
    size = 2 * irs2.LENGTH
    table = {f"alpha_{k}": np.resize(np.float32([alpha, 0]), size) for k in range(4)}
    table |= {f"beta_{k}": np.zeros(size, np.float32) for k in range(4)}
    return SimpleNamespace(irs2_table=table, dq_table=None)


@pytest.mark.parametrize("detector", ["NRS1", "NRS2"])
def test_interleaved_frames_are_freed_of_noise_and_reference_pixels(detector):
    # The noise that the reference output sees, read towards smaller rows on NRS1, is that of
    # all outputs. Rows and flags of the detector can be told by their values.
    model = interleaved(detector)
    model.data += np.arange(3200, dtype=np.float32)[:, np.newaxis]
    model.pixeldq[:] = np.arange(3200, dtype=np.uint32)[:, np.newaxis]
    model.groupdq[:] = (np.arange(3200) % 256).astype(np.uint8)[:, np.newaxis]
    rng = np.random.default_rng(0)
    drift = (rng.uniform(1, 5, (640, 2048)) * rng.choice([-1, 1], (640, 2048))).astype(np.float32)
    drift[:, :4] = drift[:, -4:] = 0
    places = [0, 1, 2, 3, 4] if detector == "NRS1" else [4, 3, 2, 1, 0]
    for output, place in enumerate(places):
        rows = np.s_[640 * place : 640 * (place + 1)]
        in_time = drift if output % 2 else drift[::-1]
        model.data[0, :, rows] += np.stack([in_time, -in_time])

    apply(model, refpix=weights(1.0))

    rows = np.arange(2560)
    rows = rows[(rows % 20 < 8) | (rows % 20 >= 12)] + (640 if detector == "NRS1" else 0)
    assert model.data.shape == (1, 2, 2048, 2048)
    expected = np.broadcast_to(100 + rows[:, np.newaxis], model.data.shape)
    np.testing.assert_allclose(model.data[..., 8:-8], expected[..., 8:-8], atol=2e-3)
    assert (model.pixeldq == rows[:, np.newaxis]).all()
    assert (model.groupdq == (rows % 256)[:, np.newaxis]).all()


def test_interleaved_reference_pixels_can_be_kept_and_the_mean_of_their_rows_subtracted():
    model = interleaved("NRS1")
    model.data[:, :, 640:] += np.resize(np.float32([3, 8]), 2560)[:, np.newaxis]
    model.data[..., 4:-4] += 50

    apply(model, refpix=weights(0.0), preserve_irs2_refpix=True, irs2_mean_subtraction=True)

    assert model.data.shape == (1, 2, 3200, 2048)
    blocks = model.data[0, :, 640:].reshape(2, 128, 20, 2048)
    # Of ten rows of a channel eight are of the detector, and two of reference pixels.
    even, odd = (8 * 3 + 3 + 8) / 10, (8 * 8 + 3 + 8) / 10
    np.testing.assert_allclose(blocks[:, :, :8:2, 4:-4], 50 + 3 - even, atol=1e-4)
    np.testing.assert_allclose(blocks[:, :, 1:8:2, 4:-4], 50 + 8 - odd, atol=1e-4)


def test_a_single_mean_of_an_output_can_be_subtracted_from_interleaved_frames():
    model = interleaved("NRS2", ngroups=1)
    model.data[:] += np.resize(np.float32([3, 8]), 3200)[:, np.newaxis]

    apply(model, refpix=weights(0.0), irs2_mean_subtraction=True, odd_even_columns=False)

    np.testing.assert_allclose(model.data[0, 0, :2], [[-2.5] * 2048, [2.5] * 2048], atol=1e-4)


def test_noisy_reference_pixels_are_flagged_all_along():
    rng = np.random.default_rng(0)
    ramp = rng.normal(100, 1, (1, 3, 500, 3200)).astype(np.float32)
    ramp[..., 648:650] *= 3
    dq = np.zeros((500, 3200), np.uint32)
    dq[3, 1309] = dq[7, 700] = BAD_REF_PIXEL
    dq[:, 648] = HOT

    bad = flag_bad_references(ramp, dq, SimpleNamespace(ovr_corr_mitigation_ftr=6.0))

    # Column 700 is of a pixel of the detector.
    assert np.flatnonzero(bad).tolist() == [648, 649, 1309]
    assert (dq[:, 648] == HOT | BAD_REF_PIXEL | DO_NOT_USE).all()
    assert (dq[:, [649, 1309]] == BAD_REF_PIXEL | DO_NOT_USE).all()
    assert np.argwhere(dq[:, ~bad]).size == 2


def test_the_factor_decides_what_is_noisy():
    ramp = np.random.default_rng(0).normal(0, 1, (1, 1, 50, 3200)).astype(np.float32)
    counts = [
        flag_bad_references(
            ramp, np.zeros((50, 3200), np.uint32), SimpleNamespace(ovr_corr_mitigation_ftr=factor)
        ).sum()
        for factor in (1.0, 2.0, 10.0)
    ]
    assert counts[0] > counts[1] > counts[2] == 0


def test_references_that_a_table_names_are_replaced_after_the_others_and_line_by_line():
    ramp = np.arange(3200, dtype=np.float32).reshape(1, 1, 1, 3200).copy()
    before = ramp.copy()
    bad = np.zeros(3200, bool)
    bad[[688, 689]] = True
    table = {"OUTPUT": [1, 1, 2], "ODD_EVEN": [1, 2, 1], "MASK": [1 << 1 | 1 << 3, 1 << 1, 0]}

    replace_bad_references(ramp, bad, table)

    changed = np.flatnonzero(ramp != before).tolist()
    # Block 2 gets the mean of blocks 1 and 3, which is its own value, before those are masked.
    assert changed == [668, 669, 708, 709]
    assert ramp[0, 0, 0, changed].tolist() == [648, 649, 728, 729]


def test_without_a_table_only_bad_references_of_the_exposure_are_replaced():
    ramp = np.arange(3200, dtype=np.float32).reshape(1, 1, 1, 3200).copy()
    bad = np.zeros(3200, bool)
    bad[648] = True
    replace_bad_references(ramp, bad, None)
    assert ramp[0, 0, 0, [648, 649]].tolist() == [668, 649]


def test_lines_of_a_reference_hold_real_and_imaginary_parts_in_turn():
    names = [f"{name}_{k}" for name in ("alpha", "beta") for k in range(4)]
    table = np.zeros(4, dtype=[(name, np.float32) for name in names])
    table["alpha_1"], table["beta_3"] = [1, 2, 3, 4], [5, 6, 7, 8]
    reference = datamodels.IRS2Model()
    reference.irs2_table = table

    alpha, beta = (interleaved_weights(reference.irs2_table, name) for name in ("alpha", "beta"))

    assert alpha.dtype == beta.dtype == np.complex64
    assert alpha.tolist() == [[0, 0], [1 + 2j, 3 + 4j], [0, 0], [0, 0]]
    assert beta[3].tolist() == [5 + 6j, 7 + 8j]


def test_interleaved_frames_without_weights_are_left_as_they_are():
    model = interleaved("NRS1", ngroups=1)
    with pytest.raises(NotApplicable, match="no refpix reference file"):
        apply(model)
    assert model.data.shape == (1, 1, 3200, 2048)


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
