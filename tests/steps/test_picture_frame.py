"""The picture frame of NIRSpec, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import CubeModel, ImageModel, RampModel

from snakewebb.kernels import picture_frame as kernel
from snakewebb.steps import picture_frame
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.picture_frame import STEP, apply

SIDE = 64
DEFAULTS = {parameter.name: parameter.default for parameter in STEP.parameters}


@pytest.fixture(autouse=True)
def small_detector(monkeypatch):
    """Let a detector be small."""
    monkeypatch.setattr(kernel, "SIDE", SIDE)
    monkeypatch.setattr(kernel, "EDGE", (slice(4, 60), slice(12, 52)))
    monkeypatch.setattr(kernel, "MIDDLE", slice(13, 51))


@pytest.fixture
def pattern():
    y, x = np.mgrid[:SIDE, :SIDE].astype(np.float32)
    return 1 + ((x - 32) ** 2 + (y - 32) ** 2) / 1000


def described(model, subarray="FULL", instrument="NIRSPEC"):
    model.meta.instrument.name = instrument
    model.meta.exposure.type = "NRS_MSASPEC"
    model.meta.exposure.group_time = model.meta.exposure.frame_time = 10.0
    model.meta.exposure.nframes = 1
    model.meta.subarray.name = subarray
    return model


def exposure(pattern, **keywords):
    """Return a ramp in which a picture frame grows, by 10 DN per group over the pattern."""
    time = np.arange(1, 4, dtype=np.float32)[:, np.newaxis, np.newaxis]
    data = 10 * time * pattern + 0.01 * np.random.default_rng(1).normal(size=(2, 3, SIDE, SIDE))
    data[..., 30:33, 30:33] += 500 * time
    return described(RampModel(data=data.astype(np.float32)), **keywords)


def run(model, pattern, **parameters):
    image = np.ones((SIDE, SIDE), np.float32)
    references = SimpleNamespace(
        pictureframe=SimpleNamespace(data=pattern),
        gain=SimpleNamespace(data=image),
        readnoise=SimpleNamespace(data=image),
    )
    parameters = DEFAULTS | {"mask_science_regions": False} | parameters
    made = apply(model, references, SimpleNamespace(**parameters))
    return {extra.suffix: extra.model for extra in made}


def test_the_frame_is_subtracted_from_what_groups_differ_from_the_first(pattern):
    model = exposure(pattern)
    before, flags = model.data.copy(), model.groupdq.copy()

    assert run(model, pattern, n_sigma=1e3) == {}

    assert np.array_equal(model.data[:, 0], before[:, 0])
    rest = model.data[:, 1:] - before[:, :1]
    assert np.abs(np.median(rest, axis=(2, 3))).max() < 0.05
    assert rest[0, 0, 31, 31] == pytest.approx(500, abs=0.5)
    assert np.array_equal(model.groupdq, flags)


def test_mask_and_correction_are_saved_when_asked_for(pattern):
    model = exposure(pattern)
    before = model.data.copy()

    made = run(model, pattern, save_mask=True, save_correction=True)

    assert list(made) == ["pctfrm_mask", "pctfrm_correction"]
    assert [type(each) for each in made.values()] == [ImageModel, RampModel]
    assert made["pctfrm_mask"].data[31, 31] == 0
    assert np.array_equal(made["pctfrm_correction"].data, model.data - before)


def test_a_higher_limit_makes_more_background(pattern):
    masks = [
        run(exposure(pattern), pattern, n_sigma=n, save_mask=True)["pctfrm_mask"].data.mean()
        for n in (0.5, 2, 0)
    ]

    assert masks[0] < masks[1] < masks[2] == 1


@pytest.mark.parametrize("nints", [None, 2])
def test_rates_are_corrected_as_they_are(pattern, nints):
    shape = pattern.shape if nints is None else (nints, *pattern.shape)
    data = np.broadcast_to(2 * pattern + 5, shape).copy()
    model = described((ImageModel if nints is None else CubeModel)(data=data))

    made = run(model, pattern, n_sigma=0, save_mask=True)

    assert np.abs(model.data).max() < 1e-4
    assert made["pctfrm_mask"].data.shape == pattern.shape


def test_only_full_frames_have_one(pattern):
    with pytest.raises(NotApplicable, match="only full frames"):
        run(exposure(pattern, subarray="ALLSLITS"), pattern)


def test_where_spectra_of_lamps_fall_is_not_known_here(pattern):
    model = exposure(pattern)
    model.meta.exposure.type = "NRS_AUTOWAVE"

    with pytest.raises(ValueError, match="mask_science_regions of NRS_AUTOWAVE"):
        run(model, pattern, mask_science_regions=True)


def test_without_background_in_the_middle_there_is_nothing_to_do(pattern):
    model = exposure(pattern)
    model.data[..., 13:51, 13:51] = np.nan

    with pytest.raises(NotApplicable, match="edge or middle"):
        run(model, pattern)


def test_light_of_shutters_that_do_not_close_is_left_out_beside_all_spectra(pattern, monkeypatch):
    def background(model, references, *, shutters=False):
        found = np.ones(pattern.shape, bool)
        found[20:25] = not shutters
        return found

    monkeypatch.setattr(picture_frame, "possible_background", background)
    made = run(exposure(pattern), pattern, mask_science_regions=True, save_mask=True, n_sigma=0)

    assert np.array_equal(np.flatnonzero(~made["pctfrm_mask"].data.any(axis=1)), range(20, 25))
