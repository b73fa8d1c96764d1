"""Correction of electromagnetic interference, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE
from snakewebb.kernels.emicorr_readout import period_of, phase, read_times
from snakewebb.steps.declaration import Extra, NotApplicable
from snakewebb.steps.emicorr import STEP

FREQUENCIES = {"Hz390": 390.625, "Hz218": 218.52055, "Hz10": 10.039216}
SHAPE = (2, 12, 64, 72)
CLOCKS = {"rowclocks": 28, "frameclocks": 8512}


def wave(number=500):
    return np.sin(2 * np.pi * (np.arange(number) + 0.5) / number).astype(np.float32)


def noise(shape, frequency, amplitude, **clocks):
    """Return a ramp of nothing but a sine."""
    times = read_times(shape, **({"nsamples": 1, "rowclocks": 28, "resetclocks": 8512} | clocks))
    phases = phase(times.quads + times.groups[..., None, None], period_of(frequency))
    return np.repeat(amplitude * np.sin(2 * np.pi * (phases + 0.2)), 4, axis=-1)


def exposure(names=("Hz390",), shape=SHAPE, subarray="SUB64", readpatt="FASTR1", amplitude=5):
    """Return an exposure with interference, and the ramp without."""
    rng = np.random.default_rng(1)
    slope = rng.integers(0, 3, shape[-2:]) * np.arange(shape[1])[:, None, None]
    ramp = (1000 + slope + rng.integers(0, 4, shape)).astype(np.float32)
    disturbed = ramp + sum(noise(shape, FREQUENCIES[name], amplitude) for name in names)
    model = datamodels.RampModel(np.round(disturbed).astype(np.float32))
    model.meta.instrument.name, model.meta.instrument.detector = "MIRI", "MIRIMAGE"
    model.meta.subarray.name, model.meta.subarray.xstart = subarray, 1
    exposure = model.meta.exposure
    exposure.readpatt, exposure.nsamples, exposure.frame_time = readpatt, 1, 0.08512
    return model, ramp


def reference(names=("Hz390",), case="SUB64", freqs=None, clocks=CLOCKS):
    model = datamodels.EmiModel()
    model.frequencies = {
        name: {"frequency": FREQUENCIES[name], "phase_amplitudes": wave()} for name in FREQUENCIES
    }
    freqs = freqs or {"FAST": list(names), "SLOW": {"MIRIMAGE": list(names)}}
    model.subarray_cases = {case: {**clocks, "freqs": freqs}}
    meta = model.meta
    meta.author, meta.description, meta.pedigree = "author", "waves", "DUMMY"
    meta.useafter = "2022-01-01T00:00:00"
    return model


def apply(model, emicorr, **parameters):
    """Apply the step and return what it returns."""
    defaults = {parameter.name: parameter.default for parameter in STEP.parameters}
    values = SimpleNamespace(**(defaults | parameters))
    return STEP.apply(model, SimpleNamespace(emicorr=emicorr), values)


def left(model, ramp):
    """Return the interference that is left, apart from a bias of each pixel."""
    rest = model.data - ramp
    return (rest - rest.mean(axis=1, keepdims=True)).std()


@pytest.mark.parametrize(
    ("algorithm", "names"),
    [
        ("joint", ("Hz390",)),
        ("joint", ("Hz218", "Hz390")),
        ("joint", ("Hz10",)),
        ("sequential", ("Hz390",)),
        ("sequential", ("Hz218", "Hz390")),
    ],
)
def test_the_waves_of_the_reference_are_subtracted_one_after_the_other(algorithm, names):
    model, ramp = exposure(names)
    before = left(model, ramp)

    assert apply(model, reference(names), algorithm=algorithm) is None

    assert left(model, ramp) < 0.15 * before
    assert model.data.dtype == np.float32
    assert (model.groupdq == 0).all()
    assert (model.pixeldq == 0).all()


def test_the_joint_algorithm_is_the_default_and_leaves_flagged_pixels_out():
    (model, _), (other, _) = exposure(), exposure()
    model.pixeldq[10:20] = DO_NOT_USE
    model.data[..., 10:20, :] += noise(SHAPE, 390.625, 7)[..., 10:20, :].round()
    other.pixeldq[10:20] = DO_NOT_USE
    before = [each.data.copy() for each in (model, other)]

    apply(model, reference())
    apply(other, reference(), algorithm="joint")

    subtracted = [was - each.data for was, each in zip(before, (model, other), strict=True)]
    assert np.allclose(*subtracted, atol=1e-3)


def test_integrations_are_fitted_separately_if_asked():
    corrected = []
    for separately in (False, True):
        model, ramp = exposure()
        model.data[1] += noise(SHAPE, 390.625, 5)[1].round()
        apply(model, reference(), fit_ints_separately=separately)
        corrected.append(left(model, ramp))
    assert corrected[1] < 0.5 * corrected[0]


@pytest.mark.parametrize(
    "parameters",
    [
        {"scale_reference": False},
        {"nbins": 16},
        {"nints_to_phase": 2},
        {"use_n_cycles": None},
        {"use_n_cycles": 1000},
    ],
)
def test_each_parameter_of_the_sequential_algorithm_matters(parameters):
    (model, _), (other, _) = exposure(("Hz218",)), exposure(("Hz218",))
    for each in (model, other):
        each.data[1] = np.round(each.data[1] * 1.01)
    apply(model, reference(("Hz218",)), algorithm="sequential")
    apply(other, reference(("Hz218",)), algorithm="sequential", **parameters)
    assert not np.array_equal(model.data, other.data)


def test_integrations_are_counted_before_they_are_derived_from_cycles():
    corrected = []
    for cycles in (1000, 1):
        model, _ = exposure(("Hz218",))
        apply(model, reference(("Hz218",)), algorithm="sequential", nints_to_phase=2,
              use_n_cycles=cycles)  # fmt: skip
        corrected.append(model.data)
    assert np.array_equal(*corrected)


def test_cycles_are_counted_for_each_frequency_on_its_own():
    shape = (3, 4, 64, 72)
    both, one = (exposure(("Hz390", "Hz10"), shape)[0] for _ in range(2))
    cycles = {"algorithm": "sequential", "use_n_cycles": 9}

    apply(both, reference(("Hz390", "Hz10")), **cycles)
    apply(one, reference(("Hz390",)), **cycles)
    apply(one, reference(("Hz10",)), **cycles)

    assert np.array_equal(both.data, one.data)


def test_the_full_detector_has_a_case_for_each_speed():
    shape = (1, 5, 8, 1032)
    for readpatt, case, clocks, samples in (
        ("FASTR1", "FULL_FAST", (271, 277504), 1),
        ("SLOWR1", "FULL_SLOW", (2333, 2388992), 9),
    ):
        model, _ = exposure((), shape, "FULL", readpatt)
        model.meta.exposure.nsamples = samples
        disturbed = noise(shape, 390.625, 5, nsamples=samples, rowclocks=clocks[0],
                          resetclocks=clocks[1]).round()  # fmt: skip
        model.data += disturbed
        ramp = model.data - disturbed
        before = left(model, ramp)
        emicorr = reference(
            case=case, clocks=dict(zip(("rowclocks", "frameclocks"), clocks, strict=True))
        )

        apply(model, emicorr)

        assert left(model, ramp) < 0.15 * before


@pytest.mark.parametrize("algorithm", ["joint", "sequential"])
def test_the_last_columns_of_the_full_detector_are_read_after_those_before_them(algorithm):
    shape = (1, 12, 24, 1032)
    model, _ = exposure((), shape, "FULL")
    clocks = {"rowclocks": 271, "frameclocks": 277504}
    disturbed = noise(shape, FREQUENCIES["Hz218"], 50, rowclocks=271, resetclocks=277504).round()
    model.data += disturbed
    last, others = slice(-4, None), slice(None, -4)
    ramp = model.data - disturbed

    apply(model, reference(("Hz218",), "FULL_FAST", clocks=clocks), algorithm=algorithm)

    rest = model.data - ramp
    rest -= rest.mean(axis=1, keepdims=True)
    assert rest[..., others].std() < 0.15 * disturbed.std()
    assert rest[..., last].std() < 0.15 * disturbed.std()


@pytest.mark.parametrize("readpatt", ["FASTR1", "SLOWR1"])
def test_a_missing_nsamples_is_that_of_the_readout_speed(readpatt):
    (told, _), (silent, _) = exposure(readpatt=readpatt), exposure(readpatt=readpatt)
    told.meta.exposure.nsamples = 1 if readpatt == "FASTR1" else 9
    silent.meta.exposure.nsamples = None
    apply(told, reference())
    apply(silent, reference())
    assert np.array_equal(told.data, silent.data)


def test_waves_are_taken_from_the_exposure_on_the_fly():
    model, ramp = exposure(("Hz390", "Hz218"))
    before = left(model, ramp)
    assert apply(model, None, onthefly_corr_freq=[390.625, 218.52055]) is None
    assert left(model, ramp) < 0.35 * before


def test_waves_found_on_the_fly_come_out_as_a_reference_that_can_be_used(tmp_path):
    (model, _), (other, ramp) = exposure(), exposure()
    before = left(other, ramp)

    extra = apply(model, reference(), onthefly_corr_freq=[390.625], save_intermediate_results=True)

    assert isinstance(extra, Extra)
    assert (extra.suffix, extra.extension) == ("emi_ref_waves", ".asdf")
    path = tmp_path / "waves.asdf"
    extra.model.save(path)
    with datamodels.EmiModel(path) as found:
        assert found.frequencies.instance["390.625"]["phase_amplitudes"].shape == (128,)
        assert found.subarray_cases.instance == {
            "SUB64": {**CLOCKS, "freqs": {"FAST": ["390.625"]}}
        }
        apply(other, found, algorithm="sequential")
    assert left(other, ramp) < 0.35 * before


def test_a_reference_made_of_a_slow_exposure_names_its_detector():
    model, _ = exposure(readpatt="SLOWR1", subarray="FULL", shape=(1, 4, 8, 72))
    extra = apply(model, None, onthefly_corr_freq=[2000.0], save_intermediate_results=True)
    assert extra.model.subarray_cases.instance["FULL_SLOW"]["freqs"] == {
        "SLOW": {"MIRIMAGE": ["2000.0"]}
    }


@pytest.mark.parametrize(
    ("change", "emicorr", "parameters", "reason"),
    [
        ({"exposure.readpatt": "FASTGRPAVG8"}, reference(), {}, "FASTGRPAVG8 are not corrected"),
        ({"subarray.name": "SUB128"}, reference(), {}, "no frequency for MIRIMAGE, SUB128, FASTR1"),
        ({"instrument.detector": "MIRIFULONG", "exposure.readpatt": "SLOWR1"}, reference(), {},
         "no frequency for MIRIFULONG, SUB64, SLOWR1"),
        ({}, reference(freqs={"SLOW": {}}), {}, "no frequency for MIRIMAGE, SUB64, FASTR1"),
        ({}, None, {}, "there is no reference of type emicorr"),
    ],
)  # fmt: skip
def test_what_has_no_known_interference_is_left_alone(change, emicorr, parameters, reason):
    model, _ = exposure()
    for name, value in change.items():
        model[f"meta.{name}"] = value
    before = model.data.copy()
    with pytest.raises(NotApplicable, match=reason):
        apply(model, emicorr, **parameters)
    assert np.array_equal(model.data, before)


@pytest.mark.parametrize(
    ("ngroups", "parameters"),
    [
        (2, {}),
        (3, {"algorithm": "sequential"}),
        (3, {"onthefly_corr_freq": [390.625]}),
    ],
)
def test_ramps_too_short_for_the_algorithm_are_left_alone(ngroups, parameters):
    model, _ = exposure(shape=(1, ngroups, 64, 72))
    with pytest.raises(NotApplicable, match=f"{ngroups} groups are too few for this algorithm"):
        apply(model, reference(), **parameters)


def test_a_missing_frame_time_is_named():
    model, _ = exposure()
    model.meta.exposure.frame_time = None
    with pytest.raises(ValueError, match="does not tell TFRAME"):
        apply(model, None, onthefly_corr_freq=[390.625])
