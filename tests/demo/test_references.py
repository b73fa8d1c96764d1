"""Reference files for simulated exposures."""

from dataclasses import replace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.demo import PROGRAMMES, Exposure
from snakewebb.demo.detectors import Detector
from snakewebb.demo.instruments import INSTRUMENTS
from snakewebb.demo.readout import compress, convolve
from snakewebb.demo.references import make_reference, types_of
from snakewebb.kernels import dq

SMALL = PROGRAMMES["small"]
KINDS = {kind.name: kind for kind in types_of("NIRCAM") if kind.extension == "fits"}
OF_NIRISS = {kind.name: kind for kind in types_of("NIRISS")}
CORNER = Detector("NRCA1", "SUB160")


def saved(name, exposures, folder):
    """Return the reference model of a type as it is read back from its file."""
    path = folder / f"{name}.fits"
    kinds = OF_NIRISS if exposures[0].detector == "NIS" else KINDS
    with make_reference(kinds[name], exposures) as model:
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
    monkeypatch.setattr("snakewebb.demo.reference_contents._LARGEST_DARK", 4 * 160**2)

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


MIRI = Exposure(
    root="jw09100071001_02101_00001_mirimage",
    detector="MIRIMAGE",
    filter="F770W",
    exp_type="MIR_IMAGE",
    subarray="SUB64",
    readpatt="FASTR1",
    ngroups=6,
    nints=2,
)
MIRI_TYPES = {kind.name: kind for kind in types_of("MIRI")}
NIRSPEC = replace(
    MIRI,
    root="jw09100071001_02101_00001_nrs1",
    detector="NRS1",
    filter="F100LP",
    exp_type="NRS_FIXEDSLIT",
    subarray="SUB32",
    readpatt="NRSRAPID",
)
NIRSPEC_TYPES = {kind.name: kind for kind in types_of("NIRSPEC")}


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda instrument: instrument.name)
def test_an_instrument_has_each_type_once(instrument):
    names = [kind.name for kind in types_of(instrument.name)]

    assert len(set(names)) == len(names)
    assert set(names) >= {"mask", "saturation", "linearity", "dark", "gain", "readnoise", "ipc"}
    assert ("superbias" in names) == (instrument.name != "MIRI")
    assert ("reset" in names) == (instrument.name == "MIRI")


def test_the_polynomial_of_miri_undoes_the_compression_above_the_bias():
    detector = Detector("MIRIMAGE", "SUB64")
    coefficients = make_reference(MIRI_TYPES["linearity"], [MIRI]).coeffs.astype(float)
    linear = np.full(detector.subarray.shape, 30000, dtype=np.float32)

    raw = detector.bias + compress(linear, *detector.linearity).astype(float)
    restored = sum(c * raw**power for power, c in enumerate(coefficients))

    known = ~np.isnan(restored)
    np.testing.assert_allclose((restored - detector.bias)[known], 30000, atol=0.05)


def test_the_dark_and_the_reset_anomaly_of_miri_tell_integrations_apart():
    dark = make_reference(MIRI_TYPES["dark"], [MIRI])
    reset = make_reference(MIRI_TYPES["reset"], [MIRI])

    assert dark.data.shape == (2, 6, 64, 72)
    assert dark.dq.shape == (2, 1, 64, 72)
    assert reset.data.shape == (2, 6, 64, 72)
    assert reset.dq.shape == (64, 72)
    expected = Detector("MIRIMAGE", "SUB64").reset_anomaly(1, 3)
    np.testing.assert_array_equal(reset.data[1, 3], expected)


def test_interference_is_listed_by_subarray_and_readout():
    whole = [replace(MIRI, subarray="FULL", readpatt=pattern) for pattern in ("FASTR1", "SLOWR1")]

    model = make_reference(MIRI_TYPES["emicorr"], [MIRI, *whole])

    cases = model.instance["subarray_cases"]
    assert {name: cases[name]["rowclocks"] for name in cases} == {
        "SUB64": 28,
        "FULL_FAST": 271,
        "FULL_SLOW": 2333,
    }
    assert cases["SUB64"]["frameclocks"] == 8512
    assert model.instance["frequencies"]["Hz390"]["frequency"] == 390.625


def test_weights_for_all_detectors_are_in_one_file():
    kind = next(kind for kind in types_of("NIRCAM") if kind.name == "sirskernel")
    grism = replace(SMALL[2], subarray="SUBGRISM64")  # NRCA2 has no such subarray
    other = replace(SMALL[0], root="jw09000001001_02101_00001_nrca2", detector="NRCA2")

    tree = make_reference(kind, [other, grism]).instance

    assert tree["nrca2"]["gamma"].shape == tree["nrcalong"]["zeta"].shape == (4, 1025)


def test_a_superbias_of_nirspec_belongs_to_a_place():
    kind = NIRSPEC_TYPES["superbias"]

    assert list(kind.selection(NIRSPEC).values())[2:] == ["SUB32", 1399, 975, 32, 32]
    assert make_reference(kind, [NIRSPEC]).data.shape == (32, 32)


def test_only_interleaved_exposures_have_weights_of_reference_pixels():
    kind = NIRSPEC_TYPES["refpix"]
    interleaved = replace(NIRSPEC, subarray="FULL", readpatt="NRSIRS2")

    table = make_reference(kind, [interleaved]).irs2_table

    assert kind.serves(interleaved)
    assert not kind.serves(NIRSPEC)
    assert len(table) == 2 * 712 * 2048
    assert (table["alpha_3"][0], table["beta_0"][0]) == pytest.approx((0.2, 0.8))
    assert not table["beta_2"][1::2].any()
    assert kind.selection(interleaved)["META.EXPOSURE.READPATT"] == "NRSIRS2RAPID|NRSIRS2"


def test_masks_of_interleaved_frames_are_as_large_as_they():
    interleaved = replace(NIRSPEC, subarray="FULL", readpatt="NRSIRS2")

    model = make_reference(NIRSPEC_TYPES["mask"], [interleaved])

    assert model.dq.shape == (3200, 2048)
    assert model.meta.exposure.preadpatt == "NRSIRS2RAPID|NRSIRS2|"


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
