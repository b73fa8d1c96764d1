"""Flicker noise, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import CubeModel, FlatModel, ImageModel, RampModel

from snakewebb.kernels.dq import DO_NOT_USE, NO_FLAT_FIELD
from snakewebb.kernels.fourier_noise import noise_of_full_frame
from snakewebb.steps import clean_flicker_noise
from snakewebb.steps.clean_flicker_noise import STEP, apply
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.scene import filled_flat
from snakewebb.steps.science_regions import lit_by_sky

SHAPE = (32, 48)
DEFAULTS = {parameter.name: parameter.default for parameter in STEP.parameters}


def described(model, instrument="NIRISS", kind="NIS_IMAGE", fast=-2, subarray="SUB80"):
    """Give a model the keywords that the step reads."""
    model.meta.instrument.name = instrument
    model.meta.instrument.detector = {"NIRISS": "NIS", "NIRSPEC": "NRS1"}.get(instrument, "NRCA1")
    model.meta.exposure.type = kind
    model.meta.exposure.group_time = model.meta.exposure.frame_time = 10.0
    model.meta.exposure.nframes = 1
    model.meta.subarray.name = subarray
    model.meta.subarray.fastaxis, model.meta.subarray.slowaxis = fast, -1 if abs(fast) == 2 else 2
    return model


def exposure(nints=2, ngroups=4, axis=0, lines=1.0, **keywords):
    """Return a ramp of 50 DN per group with flicker noise, and a star."""
    rng = np.random.default_rng(1)
    time = np.arange(1, ngroups + 1, dtype=np.float32)[:, np.newaxis, np.newaxis]
    data = np.broadcast_to(50 * time, (nints, ngroups, *SHAPE)).copy()
    data[..., 10:12, 20:22] += 400 * time
    data += 0.1 * rng.normal(size=data.shape)
    size = (nints, ngroups, 1, SHAPE[1]) if axis == 0 else (nints, ngroups, SHAPE[0], 1)
    data += lines * rng.choice([-1, 1], size)
    return described(RampModel(data=data.astype(np.float32)), **keywords)


def references(flat=None):
    image = np.ones(SHAPE, np.float32)
    return SimpleNamespace(
        gain=SimpleNamespace(data=2 * image), readnoise=SimpleNamespace(data=10 * image), flat=flat
    )


def run(model, flat=None, **parameters):
    """Apply the step and return what it makes besides, by suffix."""
    made = apply(model, references(flat), SimpleNamespace(**DEFAULTS | parameters))
    return {extra.suffix: extra.model for extra in made}


def stripes(data, axis):
    """Return the scatter of the lines of differences between groups."""
    return np.median(np.diff(data, axis=1), axis=axis - 2).std(axis=-1).max()


@pytest.mark.parametrize(
    ("instrument", "kind", "fast", "axis"),
    [
        ("NIRISS", "NIS_IMAGE", -2, 0),
        ("NIRSPEC", "NRS_FIXEDSLIT", 2, 0),
        ("NIRCAM", "NRC_IMAGE", -1, 1),
        ("FGS", "FGS_IMAGE", 1, 1),
        ("MIRI", "MIR_IMAGE", 1, 0),
    ],
)
def test_noise_lies_along_the_fast_axis_but_along_columns_in_miri(instrument, kind, fast, axis):
    model = exposure(axis=axis, instrument=instrument, kind=kind, fast=fast)
    before = stripes(model.data, axis)

    run(model)

    assert stripes(model.data, axis) < 0.2 * before


@pytest.mark.parametrize("method", ["median", "model", None])
def test_every_background_method_takes_out_the_noise_and_keeps_sky_and_star(method):
    model = exposure(nints=5)
    before, mean = stripes(model.data, 0), np.diff(model.data, axis=1).mean(axis=(0, 1))

    run(model, background_method=method, background_box_size=[8, 8])

    assert stripes(model.data, 0) < 0.8 * before
    after = np.diff(model.data, axis=1).mean(axis=(0, 1))
    sky = 0 if method is None else 50
    assert np.median(after) == pytest.approx(sky, abs=1)
    assert after[10, 20] - np.median(after) == pytest.approx(400, abs=2)
    assert mean[10, 20] == pytest.approx(450, abs=2)


def test_flags_do_not_change():
    model = exposure()
    model.groupdq[0, 1], model.pixeldq[3] = DO_NOT_USE, DO_NOT_USE
    flags = model.groupdq.copy(), model.pixeldq.copy()

    run(model)

    assert np.array_equal(model.groupdq, flags[0])
    assert np.array_equal(model.pixeldq, flags[1])


def test_mask_background_and_noise_are_saved_when_asked_for():
    model = exposure()
    before = model.data.copy()

    assert run(exposure()) == {}
    made = run(model, save_mask=True, save_background=True, save_noise=True)

    assert list(made) == ["mask", "flicker_bkg", "flicker_noise"]
    assert [type(each) for each in made.values()] == [ImageModel, RampModel, RampModel]
    assert made["mask"].data[10, 20] == 0
    assert np.unique(made["mask"].data).tolist() == [0, 1]
    assert np.array_equal(made["flicker_noise"].data, model.data - before)
    assert np.ptp(made["flicker_bkg"].data[0, 1]) == 0
    assert made["flicker_bkg"].data[0, 1, 0, 0] == pytest.approx(50, abs=1)
    assert made["mask"].meta.instrument.name == "NIRISS"


def test_each_integration_may_have_a_mask_of_its_own():
    model = exposure()
    model.data[1, :, 25, 25] += 300 * np.arange(4)

    one = run(exposure(), save_mask=True)["mask"]
    each = run(model, single_mask=False, save_mask=True)["mask"]

    assert one.data.shape == SHAPE
    assert type(each) is CubeModel
    assert each.data[:, 25, 25].tolist() == [1, 0]


@pytest.mark.parametrize("cube", [False, True])
def test_the_mask_of_the_user_is_used_as_it_is(cube, tmp_path):
    mask = np.ones(SHAPE, np.float32)
    mask[:, :5] = 0
    path = tmp_path / "mask.fits"
    (CubeModel(data=np.stack([mask, mask])) if cube else ImageModel(data=mask)).save(path)
    model = exposure()
    before = model.data.copy()

    made = run(model, user_mask=str(path), save_mask=True, background_method=None)

    assert np.array_equal(np.broadcast_to(made["mask"].data, (2, *SHAPE))[1], mask)
    assert np.array_equal(model.data[..., :5], before[..., :5])
    assert not np.allclose(model.data[..., 5:], before[..., 5:])


def test_a_mask_of_another_shape_is_named(tmp_path):
    path = tmp_path / "mask.fits"
    ImageModel(data=np.ones((3, 4), np.float32)).save(path)

    with pytest.raises(ValueError, match=r"mask.fits \(3, 4\) does not fit data \(2, 4, 32, 48\)"):
        run(exposure(), user_mask=str(path))


def test_a_higher_limit_makes_more_background():
    share = [run(exposure(), n_sigma=n, save_mask=True)["mask"].data.mean() for n in (0.5, 2, 0)]

    assert share == sorted(share)
    assert share[0] < share[1] < share[2] == 1


def test_the_histogram_tells_another_deviation():
    masks = [
        run(exposure(), n_sigma=1, fit_histogram=fit, save_mask=True)["mask"].data
        for fit in (True, False)
    ]

    assert (masks[0] != masks[1]).any()


def flat_field():
    flat = FlatModel(data=1 + 0.3 * np.random.default_rng(2).random(SHAPE, np.float32))
    flat.dq = np.zeros(SHAPE, np.uint32)
    return flat


def test_with_the_median_scene_integrations_become_alike_up_to_their_scale():
    model = exposure(nints=5)
    model.data *= np.array([1, 1.1, 0.9, 1, 1], np.float32)[:, np.newaxis, np.newaxis, np.newaxis]

    run(model, background_method="median_image")

    scaled = model.data / np.median(model.data, axis=(2, 3), keepdims=True)
    assert np.ptp(np.median(scaled, axis=2), axis=0).max() < 0.005


def test_the_median_scene_of_slitless_spectra_is_scaled_as_that_of_images():
    models = [exposure(nints=3, kind=kind) for kind in ("NIS_WFSS", "NIS_IMAGE")]
    before = models[0].data.copy()

    for model in models:
        run(model, background_method="median_image")

    assert (models[0].data != before).any()
    np.testing.assert_array_equal(models[0].data, models[1].data)


@pytest.mark.parametrize("method", ["median", "model"])
def test_with_a_flat_field_its_structure_is_no_noise(method):
    flat, model = flat_field(), exposure(nints=5)
    flat.data[:, :24] += 1
    before = stripes(model.data, 0)
    model.data *= flat.data

    run(model, flat, apply_flat_field=True, background_method=method, background_box_size=[8, 8])

    assert stripes(model.data / flat.data, 0) < 0.8 * before


def test_without_a_flat_field_it_is_not_applied():
    one, other = exposure(), exposure()

    run(one, apply_flat_field=True)
    run(other, flat_field())

    assert np.array_equal(one.data, other.data)


def test_zeros_and_nan_of_a_flat_field_are_filled_from_around_them():
    flat = flat_field()
    flat.data[4, 4], flat.data[5, 5] = 0, np.nan
    before = flat.data.copy()

    filled = filled_flat(flat)

    assert filled[4, 4] == pytest.approx(1.15, abs=0.1)
    assert filled[5, 5] == pytest.approx(1.15, abs=0.1)
    assert np.count_nonzero(filled != before) == 2
    assert np.array_equal(flat.data, before, equal_nan=True)


def test_pixels_of_miri_that_do_not_see_the_sky_are_no_background():
    flat = flat_field()
    flat.dq[:4], flat.dq[4], flat.data[5] = DO_NOT_USE, NO_FLAT_FIELD, 0
    keywords = {"instrument": "MIRI", "kind": "MIR_IMAGE", "fast": 1}

    masked = run(exposure(**keywords), flat, mask_science_regions=True, save_mask=True)["mask"]
    plain = run(exposure(**keywords), flat, save_mask=True)["mask"]

    assert not masked.data[:6].any()
    assert plain.data[:6].any()
    assert not lit_by_sky(flat)[:6].any()
    assert lit_by_sky(flat)[6:].all()
    with pytest.raises(NotApplicable, match="flat field"):
        run(exposure(**keywords), mask_science_regions=True)


@pytest.mark.parametrize(
    ("keywords", "parameters", "reason"),
    [
        ({"instrument": "MIRI", "kind": "MIR_MRS"}, {}, "MIR_MRS"),
        ({}, {"fit_method": "fft"}, "NIRSpec only"),
        ({"nints": 1}, {"background_method": "median_image"}, "two integrations"),
    ],
)
def test_what_cannot_be_done_is_skipped(keywords, parameters, reason):
    model = exposure(**keywords)
    before = model.data.copy()

    with pytest.raises(NotApplicable, match=reason):
        run(model, **parameters)
    assert np.array_equal(model.data, before)


@pytest.mark.parametrize(
    ("keywords", "parameters"),
    [
        ({"instrument": "NIRSPEC", "kind": "NRS_AUTOWAVE"}, {"mask_science_regions": True}),
        ({"kind": "NIS_SOSS"}, {"background_method": "median_image"}),
        ({"kind": "NRC_TSIMAGE"}, {"background_method": "median_image"}),
        ({"kind": "NRS_BRIGHTOBJ"}, {"background_method": "median_image"}),
    ],
)
def test_what_needs_later_stages_is_refused_by_name(keywords, parameters):
    name = next(iter(parameters))

    with pytest.raises(ValueError, match=name):
        run(exposure(**keywords), **parameters)


def test_a_box_of_one_number_is_refused():
    with pytest.raises(ValueError, match=r"background_box_size \[8\]"):
        run(exposure(), background_method="model", background_box_size=[8])


def test_without_gain_a_ramp_has_no_draft_rates():
    without = SimpleNamespace(gain=None, readnoise=None, flat=None)

    with pytest.raises(NotApplicable, match="gain"):
        apply(exposure(), without, SimpleNamespace(**DEFAULTS))


@pytest.mark.parametrize("subarray", ["ALLSLITS", "SUB512"])
def test_waves_are_fitted_to_subarrays_of_nirspec_but_slower_ones_to_allslits(subarray):
    keywords = {"instrument": "NIRSPEC", "kind": "NRS_FIXEDSLIT", "fast": 2, "subarray": subarray}
    model = exposure(lines=0, **keywords)
    model.data[:, 1] += np.cos(2 * np.pi * 600 * 1e-5 * np.arange(48) * (32 + 12))
    before = stripes(model.data[:, :2], 0)

    run(model, fit_method="fft")

    after = stripes(model.data[:, :2], 0) / before
    assert after < 0.4 if subarray == "SUB512" else after > 0.8


def test_waves_are_fitted_line_by_line_to_full_frames_of_nirspec(monkeypatch):
    monkeypatch.setattr(clean_flicker_noise, "FULL_FRAME", SHAPE)
    model = exposure(instrument="NIRSPEC", kind="NRS_IFU", fast=2, subarray="FULL")
    difference = model.data[0, 1] - model.data[0, 0]

    made = run(model, fit_method="fft", n_sigma=0, background_method=None, save_mask=True)

    good = made["mask"].data.T > 0
    expected = difference - noise_of_full_frame(np.ascontiguousarray(difference.T), good).T
    assert np.allclose(model.data[0, 1] - model.data[0, 0], expected, atol=1e-3)


def test_the_second_detector_of_nirspec_is_read_in_the_other_direction():
    keywords = {"instrument": "NIRSPEC", "kind": "NRS_FIXEDSLIT", "fast": 2, "subarray": "SUB512"}
    one, other = exposure(**keywords), exposure(**keywords)
    other.data = other.data[..., ::-1].copy()
    other.meta.instrument.detector = "NRS2"

    run(one, fit_method="fft")
    run(other, fit_method="fft")

    assert np.allclose(one.data, other.data[..., ::-1], atol=1e-4)


def test_outputs_are_cleaned_one_by_one_in_full_frames_of_the_near_infrared_only():
    def cleaned(instrument, kind, axis):
        model = exposure(axis=axis, instrument=instrument, kind=kind, fast=-1, subarray="FULL")
        model.data[:, 1:, :, :12] += np.random.default_rng(3).uniform(-1, 1, (32, 1))
        other = model.copy()
        run(model, fit_by_channel=True, n_sigma=0)
        run(other, n_sigma=0)
        return model.data, other.data

    by_channel, together = cleaned("NIRCAM", "NRC_IMAGE", axis=1)
    assert stripes(by_channel[..., :12], 1) < 0.5 * stripes(together[..., :12], 1)
    by_channel, together = cleaned("MIRI", "MIR_IMAGE", axis=0)
    assert np.array_equal(by_channel, together)


@pytest.mark.parametrize("kind", ["NIS_IMAGE", "NIS_AMI"])
def test_images_choose_for_themselves_and_other_exposures_do_as_they_are_told(kind):
    sloped, flat = exposure(kind=kind), flat_field()
    sloped.data += np.arange(1, 5)[:, np.newaxis, np.newaxis] * np.arange(32)[:, np.newaxis]

    other = sloped.copy()
    made = run(sloped, flat, autoparam=True, save_background=True, background_box_size=[8, 8])[
        "flicker_bkg"
    ]
    run(
        other,
        flat,
        background_method="model",
        apply_flat_field=True,
        background_box_size=[8, 8],
    )

    by_itself = kind == "NIS_IMAGE"
    assert (np.ptp(made.data[0, 1]) > 0) == by_itself
    assert np.array_equal(sloped.data, other.data) == by_itself


def rates(nints=None):
    rng = np.random.default_rng(1)
    shape = SHAPE if nints is None else (nints, *SHAPE)
    data = 5 + 0.01 * rng.normal(size=shape) + rng.uniform(-0.1, 0.1, (*shape[:-2], 1, SHAPE[1]))
    model = ImageModel if nints is None else CubeModel
    return described(model(data=data.astype(np.float32)))


@pytest.mark.parametrize(
    ("nints", "method"),
    [(None, "median"), (None, "model"), (3, "median"), (3, "model"), (3, "median_image")],
)
def test_rates_are_cleaned_as_they_are(nints, method):
    model = rates(nints)

    made = run(model, background_method=method, save_mask=True, save_background=True)

    assert np.median(model.data, axis=-2).std(axis=-1).max() < 0.05
    assert model.data.mean() == pytest.approx(5, abs=0.02)
    assert type(made["flicker_bkg"]) is type(model)
    assert made["mask"].data.ndim == (3 if method == "median_image" else 2)


def test_the_single_mask_of_several_rates_is_background_in_all_of_them():
    model = rates(3)
    model.data[1, 5, 5], model.data[2, 6, 6] = 100, np.nan

    mask = run(model, save_mask=True)["mask"].data

    assert mask[5, 5] == mask[6, 6] == 0
    assert mask.mean() > 0.8
