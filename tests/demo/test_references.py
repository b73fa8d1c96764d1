"""Reference files for simulated exposures."""

from dataclasses import replace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.demo import PROGRAMMES
from snakewebb.demo.detectors import Detector
from snakewebb.demo.readout import compress, convolve
from snakewebb.demo.references import TYPES, make_reference
from snakewebb.kernels import dq

SMALL = PROGRAMMES["small"]
KINDS = {kind.name: kind for kind in TYPES}
CORNER = Detector("NRCA1", "SUB160")


def saved(name, exposures, folder):
    """Return the reference model of a type as it is read back from its file."""
    path = folder / f"{name}.fits"
    with make_reference(KINDS[name], exposures) as model:
        model.to_fits(path)
    return datamodels.open(path)


@pytest.mark.parametrize("name", KINDS)
def test_a_file_says_what_it_is(name, tmp_path):
    with saved(name, SMALL[:1], tmp_path) as model:
        assert type(model).__name__ == KINDS[name].model
        assert model.meta.reftype == name.upper()
        assert model.meta.instrument.name == "NIRCAM"
        assert model.meta.instrument.detector == "NRCA1"
        assert model.meta.pedigree == "SIMULATION"
        assert model.meta.useafter == "2015-01-01T00:00:00"
        assert all((model.meta.description, model.meta.author, model.meta.telescope))


def test_the_mask_is_that_of_the_detector(tmp_path):
    with saved("mask", SMALL[:1], tmp_path) as model:
        assert model.dq.dtype == np.uint32
        np.testing.assert_array_equal(model.dq, CORNER.mask)


@pytest.mark.parametrize(
    ("name", "array", "truth", "flag"),
    [
        ("superbias", "data", CORNER.bias, dq.UNRELIABLE_BIAS),
        ("saturation", "data", CORNER.saturation, dq.NO_SAT_CHECK),
        ("linearity", "coeffs", CORNER.linearity, dq.NO_LIN_CORR),
    ],
)
def test_pixels_hold_the_truth_or_nan_and_a_flag(name, array, truth, flag, tmp_path):
    with saved(name, SMALL[:1], tmp_path) as model:
        values = getattr(model, array)
        unknown = np.isnan(values).reshape(-1, *CORNER.subarray.shape).any(axis=0)

        assert unknown.any()
        np.testing.assert_array_equal(unknown, model.dq == flag)
        known = values[-len(truth) :] if array == "coeffs" else values
        np.testing.assert_array_equal(known[..., ~unknown], truth[..., ~unknown])


def test_the_polynomial_undoes_the_compression(tmp_path):
    with saved("linearity", SMALL[:1], tmp_path) as model:
        coefficients = model.coeffs.astype(float)
    linear = np.full(CORNER.subarray.shape, 30000, dtype=np.float32)

    signal = compress(linear, *CORNER.linearity).astype(float)
    restored = sum(c * signal**power for power, c in enumerate(coefficients))

    known = ~np.isnan(restored)
    assert known.mean() > 0.99
    np.testing.assert_allclose(restored[known], 30000, atol=0.02)


def test_the_gain_is_nan_where_it_is_unknown(tmp_path):
    with saved("gain", SMALL[:1], tmp_path) as model:
        unknown = np.isnan(model.data)
        assert 0 < unknown.sum() < 30
        np.testing.assert_array_equal(model.data[~unknown], CORNER.gain[~unknown])
        assert model.meta.bunit_data == "ELECTRONS/DN"


def test_the_read_noise_is_that_of_a_difference_of_two_reads(tmp_path):
    with saved("readnoise", SMALL[:1], tmp_path) as model:
        expected = np.sqrt(2 * (CORNER.read_noise**2 + (2.5 / 2.05) ** 2))
        np.testing.assert_allclose(model.data, expected, rtol=1e-5)


def test_the_dark_of_nircam_is_read_frame_by_frame(tmp_path):
    with saved("dark", SMALL[:1], tmp_path) as model:  # 6 groups of one frame, one dropped
        assert model.data.shape == (11, 160, 160)
        assert (model.meta.exposure.nframes, model.meta.exposure.groupgap) == (1, 0)
        rate = convolve(CORNER.dark_current, CORNER.ipc_kernel) / CORNER.gain
        known = model.dq == 0
        assert not np.nan_to_num(model.data[0]).any()
        np.testing.assert_allclose(
            model.data[10][known], 10 * 0.27864 * rate[known], rtol=1e-5, atol=1e-9
        )
        assert np.isnan(model.data[:, ~known]).all()


def test_the_dark_of_niriss_is_read_in_the_pattern_of_the_exposure(tmp_path):
    with saved("dark", SMALL[-1:], tmp_path) as model:
        assert model.data.shape == (5, 64, 64)
        assert (model.meta.exposure.nframes, model.meta.exposure.readpatt) == (4, "NIS")


def test_the_dark_of_a_large_exposure_is_cut_short(monkeypatch):
    monkeypatch.setattr("snakewebb.demo.references._LARGEST_DARK", 4 * 160**2)

    assert make_reference(KINDS["dark"], SMALL[:1]).data.shape == (4, 160, 160)


def test_the_kernel_undoes_the_capacitance():
    kernel = make_reference(KINDS["ipc"], SMALL[:1]).data
    point = np.zeros((9, 9), dtype=np.float32)
    point[4, 4] = 1

    restored = convolve(convolve(point, CORNER.ipc_kernel), kernel)

    np.testing.assert_allclose(restored, point, atol=2e-4)
    assert kernel.sum() == pytest.approx(1)


def test_exposures_that_share_a_file_fit_into_it():
    wide = replace(SMALL[0], subarray="SUB320")

    model = make_reference(KINDS["superbias"], [SMALL[0], wide])

    assert model.data.shape == (320, 320)
    assert (model.meta.subarray.xstart, model.meta.subarray.ystart) == (1729, 1729)


@pytest.mark.parametrize("name", ["trapdensity", "persat"])
def test_references_of_charge_traps_cover_the_detector_and_say_what_is_unknown(name, tmp_path):
    with saved(name, SMALL[:1], tmp_path) as model:
        unknown = np.isnan(model.data)

        assert model.data.shape == (2048, 2048)
        assert unknown.any()
        np.testing.assert_array_equal(unknown, model.dq != 0)
        assert (model.data[~unknown] >= 0).all()


def test_charge_traps_decay(tmp_path):
    with saved("trappars", SMALL[:1], tmp_path) as model:
        table = model.trappars_table

    assert len(table) == 3
    for column in ("capture1", "decay_param"):
        assert (table[column] < 0).all()
