"""Fit of straight lines to ramps, on exposures."""

import functools
from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, PERSISTENCE, SATURATED
from snakewebb.kernels.ramp_fit import fit_ramps
from snakewebb.kernels.ramp_fit_details import fit_details
from snakewebb.kernels.ramp_fit_likelihood import fit_ramps_by_likelihood
from snakewebb.steps.ramp_fit import STEP, group_range

ARRAYS = ("data", "dq", "err", "var_poisson", "var_rnoise")
DEFAULTS = {p.name: p.default for p in STEP.parameters}
SHAPE = (2, 6, 5, 4)


def exposure(shape=SHAPE):
    """Return an exposure of noisy ramps, a few of them with flags."""
    rng = np.random.default_rng(2)
    data = rng.normal(30, 5, shape).cumsum(axis=1).astype(np.float32)
    model = datamodels.RampModel(data)
    model.pixeldq[0, 0] = DO_NOT_USE
    model.groupdq[0, 3:, 1, 1] = SATURATED
    model.groupdq[-1, 1:, 1, 2] = SATURATED
    model.groupdq[:, :, 1, 3] = SATURATED
    model.meta.exposure.group_time = 10.0
    model.meta.exposure.frame_time = 2.0
    model.meta.exposure.nframes = 4
    model.meta.exposure.zero_frame = False
    model.meta.bunit_data = "DN"
    return model


def references(shape=SHAPE[-2:], gain=2.0, readnoise=10.0):
    return SimpleNamespace(
        gain=datamodels.GainModel(np.full(shape, gain, np.float32)),
        readnoise=datamodels.ReadnoiseModel(np.full(shape, readnoise, np.float32)),
    )


def apply(model, **parameters):
    """Return rate and rateints of an exposure."""
    return STEP.apply(model, references(), SimpleNamespace(**DEFAULTS | parameters))


def expected(model, kernel=fit_ramps, **options):
    """Return what a kernel makes of the same arrays."""
    return kernel(
        model.data,
        model.groupdq,
        model.pixeldq,
        np.full(SHAPE[-2:], 2, np.float32),
        np.full(SHAPE[-2:], 10, np.float32),
        **{"group_time": 10, "frame_time": 2, "nframes": 4} | options,
    )


def assert_holds(model, rates):
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(model, name), getattr(rates, name), err_msg=name)


def test_an_exposure_gives_an_image_and_a_cube_of_rates():
    model = exposure()

    rate, rateints = apply(model)

    assert isinstance(rate, datamodels.ImageModel)
    assert isinstance(rateints, datamodels.CubeModel)
    for product, rates in zip((rate, rateints), expected(model), strict=True):
        assert_holds(product, rates)
        assert product.meta.bunit_data == product.meta.bunit_err == "DN/s"
        assert product.meta.exposure.group_time == 10


def test_one_integration_gives_a_cube_too():
    rate, rateints = apply(exposure((1, *SHAPE[1:])))
    assert rateints.data.shape == (1, 5, 4)
    np.testing.assert_array_equal(rate.data, rateints.data[0])


def test_the_times_of_the_integrations_go_to_the_cube():
    model = exposure()
    times = np.zeros(2, model.get_dtype("int_times"))
    times["integration_number"] = [1, 2]
    model.int_times = times

    rate, rateints = apply(model)

    assert rateints.int_times["integration_number"].tolist() == [1, 2]
    assert not rate.hasattr("int_times")
    assert not apply(exposure())[1].hasattr("int_times")


def test_the_dark_current_that_was_subtracted_adds_noise():
    model = exposure()
    model.average_dark_current = np.full(SHAPE[-2:], 3, np.float32)
    dark = np.full(SHAPE[-2:], 3, np.float32)
    assert_holds(apply(model)[0], expected(model, dark_current=dark)[0])


def test_the_first_frame_is_used_if_the_exposure_has_one_and_single_groups_are_not_suppressed():
    model = exposure()
    model.zeroframe = np.full((2, 5, 4), 20, np.float32)
    assert np.isnan(apply(model, suppress_one_group=False)[0].data[1, 3])

    model.meta.exposure.zero_frame = True
    assert np.isnan(apply(model)[0].data[1, 3])
    assert apply(model, suppress_one_group=False)[0].data[1, 3] == 20 / 2


def test_single_groups_are_suppressed_unless_asked_for():
    assert np.isnan(apply(exposure())[1].data[-1, 1, 2])
    assert np.isfinite(apply(exposure(), suppress_one_group=False)[1].data[1, 1, 2])


def test_groups_can_be_limited_and_cores_chosen():
    model = exposure()
    rate, _ = apply(model, firstgroup=1, lastgroup=4)
    assert_holds(rate, expected(model, groups=(1, 5))[0])


def test_ramps_of_miri_are_those_between_the_groups_that_no_pixel_can_use():
    model = exposure()
    model.meta.instrument.name = "MIRI"
    model.groupdq[:, [0, -1]] |= DO_NOT_USE
    model.groupdq[0, 0, 2, 2] |= SATURATED
    model.groupdq[0, -1, 3, 3] |= SATURATED
    model.groupdq[0, 1, 3, 2] |= JUMP_DET
    before = model.groupdq.copy()

    rate, rateints = apply(model)

    assert rateints.dq[0, 2, 2] == rateints.dq[0, 3, 3] == rateints.dq[0, 3, 2] == 0
    cut = exposure()
    cut.data, cut.groupdq = model.data[:, 1:-1], model.groupdq[:, 1:-1].copy()
    cut.groupdq[0, 0, 3, 2] = 0
    assert_holds(rate, expected(cut)[0])
    np.testing.assert_array_equal(model.groupdq, before)


def test_a_single_group_of_miri_that_is_a_jump_is_suppressed():
    model = exposure()
    model.meta.instrument.name = "MIRI"
    model.groupdq[:, 0] |= DO_NOT_USE
    model.groupdq[0, 1:, 3, 2] = [JUMP_DET, *4 * [SATURATED]]
    assert np.isnan(apply(model)[1].data[0, 3, 2])
    assert np.isfinite(apply(model, suppress_one_group=False)[1].data[0, 3, 2])


def test_the_algorithm_can_be_chosen():
    model = exposure()
    rate, rateints = apply(model, algorithm="LIKELY", lastgroup=4)
    expected_rates = expected(model, fit_ramps_by_likelihood, groups=(0, 5))
    assert_holds(rate, expected_rates[0])
    assert_holds(rateints, expected_rates[1])


def test_less_than_four_groups_are_always_fitted_by_least_squares():
    model = exposure()
    model.data, model.groupdq = model.data[:, :3], model.groupdq[:, :3]
    assert_holds(apply(model, algorithm="LIKELY")[0], expected(model)[0])


def test_details_can_be_had_as_a_further_product():
    model = exposure()
    rate, _, extra = apply(model, save_opt=True)
    assert_holds(rate, expected(model)[0])
    assert (extra.suffix, extra.name) == ("fitopt", None)
    assert isinstance(extra.model, datamodels.RampFitOutputModel)
    for name, values in expected(model, fit_details)._asdict().items():
        np.testing.assert_array_equal(getattr(extra.model, name), values)
    assert extra.model.meta.exposure.group_time == 10


def test_chi_squared_of_likelihood_can_be_had_as_a_further_product():
    model = exposure()
    *_, extra = apply(model, algorithm="LIKELY", save_opt=True)
    assert (extra.suffix, extra.name) == ("likely_chisq", None)
    chi_squared = expected(model, fit_ramps_by_likelihood)[2]
    np.testing.assert_array_equal(extra.model.data, chi_squared)


@pytest.mark.parametrize("name", ["mine", "mine.fits"])
def test_the_further_product_can_be_named(name):
    assert apply(exposure(), save_opt=True, opt_name=name)[2].name == "mine_fitopt"
    extra = apply(exposure(), save_opt=True, opt_name=name, algorithm="LIKELY")[2]
    assert extra.name == "mine_likely_chisq"


@pytest.mark.parametrize(
    ("first", "last", "groups"),
    [
        (None, None, (0, 6)),
        (2, None, (2, 6)),
        (None, 3, (0, 4)),
        (2, 3, (2, 4)),
        (-1, 3, (0, 4)),
        (2, 99, (2, 6)),
        (3, 3, (0, 6)),
        (4, 2, (0, 6)),
        (9, None, (0, 6)),
        (None, -1, (0, 6)),
        (None, 0, (0, 6)),
    ],
)
def test_limits_outside_the_ramp_or_of_less_than_two_groups_are_ignored(first, last, groups):
    assert group_range(first, last, 6) == groups


def test_a_time_that_the_exposure_does_not_tell_is_named():
    model = exposure()
    model.meta.exposure.frame_time = None
    model.meta.exposure.nframes = None
    with pytest.raises(ValueError, match="does not tell TFRAME, NFRAMES"):
        apply(model)


def test_a_saved_ramp_gives_the_same_rates_as_the_one_in_memory(tmp_path):
    model = exposure()
    model.average_dark_current = np.full(SHAPE[-2:], 0.1, np.float32)
    model.save(tmp_path / "ramp.fits")
    in_memory = apply(model)

    with datamodels.RampModel(tmp_path / "ramp.fits") as saved:
        from_file = apply(saved)

    for one, other in zip(in_memory, from_file, strict=True):
        assert_holds(other, one)


def test_products_can_be_saved_with_all_their_arrays(tmp_path):
    for product, kind in zip(apply(exposure()), ("ImageModel", "CubeModel"), strict=True):
        product.save(tmp_path / "product.fits")
        with datamodels.open(tmp_path / "product.fits") as saved:
            assert saved.meta.model_type == kind
            assert_holds(saved, product)


@pytest.mark.parametrize("options", [{}, {"firstgroup": 1}])
def test_likelihood_starts_from_all_differences_of_miri_those_of_unusable_ends_too(options):
    model = exposure()
    model.groupdq[:, 0] = model.groupdq[:, -1] = DO_NOT_USE
    model.groupdq[:, 1, :2] = JUMP_DET
    kernel = functools.partial(fit_ramps_by_likelihood, groups=(options.get("firstgroup", 0), None))
    *wanted, _ = expected(model, kernel)
    model.meta.instrument.name = "MIRI"

    rate, rateints = apply(model, algorithm="LIKELY", **options)

    assert_holds(rate, wanted[0])
    assert_holds(rateints, wanted[1])


@pytest.mark.parametrize(("of_reference", "wanted"), [(2.0, 2.0), (None, 3.0)])
def test_the_gain_factor_of_the_reference_goes_before_that_of_the_exposure(of_reference, wanted):
    model, given = exposure(), references()
    model.meta.exposure.gain_factor = 3.0
    given.gain.meta.exposure.gain_factor = of_reference

    products = STEP.apply(model, given, SimpleNamespace(**DEFAULTS))

    assert [each.meta.exposure.gain_factor for each in products] == 2 * [wanted]
    assert model.meta.exposure.gain_factor == 3.0


def test_references_and_ramp_are_untouched():
    model, used = exposure(), references()
    before = model.data.copy(), model.groupdq.copy(), model.pixeldq.copy()

    STEP.apply(model, used, SimpleNamespace(**DEFAULTS | {"lastgroup": 3}))

    for name, values in zip(("data", "groupdq", "pixeldq"), before, strict=True):
        np.testing.assert_array_equal(getattr(model, name), values)
    assert (used.gain.data == 2).all()
    assert (used.readnoise.data == 10).all()


def groups_told(unused, instrument="MIRI", **parameters):
    """Return the groups whose flags the rate of an exposure of eight groups tells.

    Each pixel of the last row has the flag PERSISTENCE in another group.
    """
    model = exposure((2, 8, 5, 8))
    model.meta.instrument.name = instrument
    for group in range(8):
        model.groupdq[:, group, 4, group] = PERSISTENCE
    model.groupdq[:, unused] |= DO_NOT_USE
    rate, _ = STEP.apply(model, references((5, 8)), SimpleNamespace(**DEFAULTS | parameters))
    return np.flatnonzero(rate.dq[4] & PERSISTENCE).tolist()


@pytest.mark.parametrize(
    ("unused", "parameters", "told"),
    [
        ([], {}, [0, 1, 2, 3, 4, 5, 6, 7]),
        ([7], {}, [0, 1, 2, 3, 4, 5, 6]),
        ([0, 1, 7], {}, [2, 3, 4, 5, 6]),
        ([6, 7], {}, [0, 1, 2, 3, 4, 5, 6]),
        ([0, 3], {}, [1, 2, 3, 4, 5, 6, 7]),
        ([], {"firstgroup": 2, "lastgroup": 5}, [2, 3, 4, 5, 6]),
        ([0, 1], {"firstgroup": 1}, [2, 3, 4, 5, 6, 7]),
        ([0, 1, 2, 3, 4, 5, 6, 7], {}, [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_ramps_of_miri_lose_the_ends_that_no_pixel_uses_with_their_flags(unused, parameters, told):
    assert groups_told(unused, **parameters) == told
    assert groups_told(unused, "NIRCAM", **parameters) == list(range(8))


def test_a_group_of_miri_that_some_pixel_uses_in_some_integration_is_kept():
    model = exposure()
    model.meta.instrument.name = "MIRI"
    model.groupdq[:, -1] |= DO_NOT_USE
    model.groupdq[1, -1, 2, 2] = 0
    assert_holds(apply(model)[0], expected(model)[0])


def test_the_first_group_of_miri_that_is_left_is_the_first_one():
    model = exposure()
    model.meta.instrument.name = "MIRI"
    model.groupdq[:, :2] |= DO_NOT_USE
    model.groupdq[:, 3:, 2, 2] = SATURATED

    rate, _ = apply(model, suppress_one_group=False)

    first_group = model.data[:, 2, 2, 2] / (2.0 * (4 + 1) / 2)
    assert rate.data[2, 2] == pytest.approx(first_group.mean())


def test_a_jump_in_the_first_group_of_miri_that_is_left_is_none_if_others_were_cut_off():
    model = exposure()
    model.meta.instrument.name = "MIRI"
    model.groupdq[:, 1, 3, 3] = model.groupdq[:, 2, 4, 3] = JUMP_DET
    assert (apply(model)[0].dq[3:, 3] == JUMP_DET).all()
    model.groupdq[:, 0] |= DO_NOT_USE
    assert apply(model)[0].dq[3:, 3].tolist() == [0, JUMP_DET]


@pytest.mark.parametrize(
    ("kind", "lamp", "name"),
    [
        ("MIR_MRS", None, "IFUImageModel"),
        ("NRS_IFU", None, "IFUImageModel"),
        ("NRS_LAMP", "IFU", "IFUImageModel"),
        ("NRS_LAMP", "MSASPEC", "ImageModel"),
        ("MIR_IMAGE", None, "ImageModel"),
    ],
)
def test_rates_of_integral_field_units_say_so(kind, lamp, name):
    model = exposure()
    model.meta.exposure.type, model.meta.instrument.lamp_mode = kind, lamp
    assert [type(each).__name__ for each in apply(model)] == [name, "CubeModel"]
