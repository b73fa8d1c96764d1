"""Every parameter that changes numbers does: the table names an example for each.

To add a parameter, add a line to `EXAMPLES`: a value, and where needed other parameters and an
exposure for which that value makes another product than the default.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, REFERENCE_PIXEL, SATURATED
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Extra, NotApplicable


@dataclass(frozen=True)
class Example:
    """An exposure and parameters for which one of them matters.

    Parameters
    ----------
    value : object
        Value of the parameter; it is compared with the default.
    scene : callable
        Makes an exposure and the references of the step.
    others : dict
        Other parameters, the same for both values.
    """

    value: object
    scene: Callable
    others: dict = field(default_factory=dict)


# ---------------------------------------------------------------------- scenes


def ramp(shape, noise=3):
    """Return an exposure of noisy ramps (nints, ngroups, ny, nx) of single frames."""
    data = np.random.default_rng(1).normal(30, noise, shape).cumsum(axis=1).astype(np.float32)
    model = datamodels.RampModel(data)
    model.pixeldq = np.zeros(shape[-2:], np.uint32)
    exposure = model.meta.exposure
    exposure.group_time = exposure.frame_time = 10.0
    exposure.nframes, exposure.groupgap, exposure.ngroups = 1, 0, shape[1]
    exposure.noutputs, exposure.readpatt, exposure.zero_frame = 1, "RAPID", False
    model.meta.instrument.name, model.meta.instrument.detector = "NIRCAM", "NRCA1"
    subarray = model.meta.subarray
    subarray.name, subarray.xstart, subarray.ystart = "SUB160", 101, 101
    subarray.fastaxis, subarray.slowaxis = -1, 2
    return model


def gain_and_readnoise(shape):
    return SimpleNamespace(
        gain=datamodels.GainModel(np.full(shape, 2, np.float32)),
        readnoise=datamodels.ReadnoiseModel(np.full(shape, 5, np.float32)),
    )


def jumps(ngroups=8, nints=1, noise=3):
    """Return ramps with jumps in one pixel each, of sizes that double from 4 DN to 8192 DN."""

    def scene():
        model = ramp((nints, ngroups, 9, 36), noise)
        for i in range(12):
            model.data[0, ngroups // 2 :, 4, 1 + 3 * i] += 2 ** (i + 2)
        return model, gain_and_readnoise(model.data.shape[-2:])

    return scene


def several_jumps():
    """Return ramps with a large jump, which raises the noise, and another one near the limit."""
    model = ramp((1, 12, 9, 36))
    model.data[0, 3:] += 500
    model.data[0, 9:] += np.linspace(15, 40, 36, dtype=np.float32)
    return model, gain_and_readnoise(model.data.shape[-2:])


def large_events(saturated=True):
    """Return two integrations with a snowball of radius 8 far from the edges."""

    def scene():
        model = ramp((2, 8, 120, 120))
        y, x = np.ogrid[:120, :120]
        distance = np.hypot(y - 60, x - 60)
        model.groupdq[0, 3, distance < 8] = JUMP_DET
        if saturated:
            model.groupdq[0, 3:, distance < 4] = SATURATED
        return model, gain_and_readnoise(model.data.shape[-2:])

    return scene


def shower(radius=8, height=15):
    """Return many groups with a faint extended event in one of them."""

    def scene():
        model = ramp((1, 14, 60, 60))
        y, x = np.ogrid[:60, :60]
        model.data[0, 6:, np.hypot(y - 30, x - 30) < radius] += height
        model.meta.instrument.name = "MIRI"
        return model, gain_and_readnoise(model.data.shape[-2:])

    return scene


def saturating(nframes=1, bias=None):
    """Return a ramp that saturates in one pixel."""

    def scene():
        model = ramp((1, 4, 7, 7))
        model.data[0, :, 3, 3] = (13000, 35000, 60000, 61000)
        model.meta.exposure.nframes = nframes
        level = np.full((7, 7), 60000, np.float32)
        superbias = None if bias is None else datamodels.SuperBiasModel(np.full_like(level, bias))
        saturation = datamodels.SaturationModel(data=level)
        return model, SimpleNamespace(saturation=saturation, superbias=superbias)

    return scene


def reference_pixels(instrument="NIRCAM", ny=40, nx=40):
    """Return an exposure whose border is reference pixels."""

    def scene():
        model = ramp((1, 3 if instrument == "MIRI" else 1, ny, nx))
        model.pixeldq[...] = REFERENCE_PIXEL
        model.pixeldq[slice(None) if instrument == "MIRI" else slice(4, -4), 4:-4] = 0
        model.meta.instrument.name = instrument
        if instrument == "MIRI":
            model.meta.instrument.detector = "MIRIMAGE"
        subarray = model.meta.subarray
        subarray.name, subarray.xstart, subarray.ystart = "FULL", 1, 1
        model.meta.exposure.noutputs = 4
        return model, SimpleNamespace()

    return scene


def dark():
    """Return a ramp and a dark."""
    model = ramp((1, 3, 4, 4))
    reference = datamodels.DarkModel(np.ones((5, 4, 4), np.float32))
    reference.meta.exposure.nframes, reference.meta.exposure.groupgap = 1, 0
    reference.meta.exposure.ngroups = 5
    reference.meta.instrument.name = "NIRCAM"
    return model, SimpleNamespace(dark=reference)


def masked():
    """Return a ramp and a mask."""
    model = ramp((1, 3, 4, 4))
    return model, SimpleNamespace(mask=datamodels.MaskModel(dq=np.zeros((4, 4), np.uint32)))


def saturated_early():
    """Return ramps, one of which is saturated from its second group on."""
    model = ramp((1, 6, 4, 4))
    model.groupdq[0, 1:, 2, 2] = SATURATED
    return model, gain_and_readnoise((4, 4))


# ---------------------------------------------------------------------- the table

FOLLOW = {"after_jump_flag_dn1": 100, "after_jump_flag_time1": 30}
FOLLOW_2 = {"after_jump_flag_dn2": 100, "after_jump_flag_time2": 30}
SNOWBALL = {"expand_large_events": True}
SHOWER = {"find_showers": True}
CLIP = {"minimum_sigclip_groups": 20}

EXAMPLES = {
    "dq_init": {"user_supplied_dq": Example("flags.fits", masked)},
    "saturation": {
        "n_pix_grow_sat": Example(2, saturating()),
        "use_readpatt": Example(False, saturating(nframes=4, bias=12000)),
    },
    "refpix": {
        "odd_even_columns": Example(False, reference_pixels(ny=2048, nx=2048)),
        "use_side_ref_pixels": Example(False, reference_pixels(ny=2048, nx=2048)),
        "side_smoothing_length": Example(21, reference_pixels(ny=2048, nx=2048)),
        "side_gain": Example(0.5, reference_pixels(ny=2048, nx=2048)),
        "odd_even_rows": Example(False, reference_pixels("MIRI", 1024, 1032)),
    },
    "dark_current": {"average_dark_current": Example(0.5, dark)},
    "jump": {
        "rejection_threshold": Example(8.0, jumps()),
        "three_group_rejection_threshold": Example(12.0, jumps(ngroups=3)),
        "four_group_rejection_threshold": Example(12.0, jumps(ngroups=4)),
        "flag_4_neighbors": Example(False, jumps()),
        "max_jump_to_flag_neighbors": Example(50.0, jumps()),
        "min_jump_to_flag_neighbors": Example(50.0, jumps()),
        "after_jump_flag_dn1": Example(2000.0, jumps(), FOLLOW),
        "after_jump_flag_time1": Example(10.0, jumps(), FOLLOW),
        "after_jump_flag_dn2": Example(2000.0, jumps(), FOLLOW_2),
        "after_jump_flag_time2": Example(10.0, jumps(), FOLLOW_2),
        "min_diffs_single_pass": Example(20, several_jumps),
        "minimum_groups": Example(9, jumps()),
        "minimum_sigclip_groups": Example(20, jumps(nints=25, noise=1)),
        "only_use_ints": Example(False, jumps(nints=5, noise=1), CLIP),
        "expand_large_events": Example(True, large_events()),
        "min_sat_area": Example(200.0, large_events(), SNOWBALL),
        "min_jump_area": Example(1000.0, large_events(), SNOWBALL),
        "expand_factor": Example(1.2, large_events(), SNOWBALL),
        "sat_required_snowball": Example(False, large_events(saturated=False), SNOWBALL),
        "min_sat_radius_extend": Example(30.0, large_events(), SNOWBALL),
        "sat_expand": Example(5, large_events(), SNOWBALL),
        "edge_size": Example(70, large_events(saturated=False), SNOWBALL),
        "mask_snowball_core_next_int": Example(False, large_events(), SNOWBALL),
        "snowball_time_masked_next_int": Example(20, large_events(), SNOWBALL),
        "find_showers": Example(True, shower()),
        "max_shower_amplitude": Example(0.1, shower(), SHOWER),
        "extend_snr_threshold": Example(20.0, shower(), SHOWER),
        "extend_min_area": Example(1000, shower(), SHOWER),
        "extend_inner_radius": Example(3.0, shower(), SHOWER),
        "extend_outer_radius": Example(8.0, shower(), SHOWER),
        "extend_ellipse_expand_ratio": Example(2.0, shower(), SHOWER),
        "time_masked_after_shower": Example(50.0, shower(), SHOWER),
        "max_extended_radius": Example(3, shower(), SHOWER),
    },
    "ramp_fit": {
        "algorithm": Example("LIKELY", saturated_early),
        "suppress_one_group": Example(False, saturated_early),
        "firstgroup": Example(2, saturated_early),
        "lastgroup": Example(3, saturated_early),
    },
}

DECLARED = {
    (step.name, parameter.name)
    for step in all_steps().values()
    for parameter in step.parameters
    if parameter.pixels
}


def test_the_table_names_every_parameter_that_changes_numbers_and_no_other():
    named = {(step, parameter) for step, examples in EXAMPLES.items() for parameter in examples}
    assert named == DECLARED


def products(step, scene, parameters):
    """Return the arrays of all products of a step; of the exposure itself if it is skipped."""
    model, references = scene()
    try:
        result = step.apply(model, references, SimpleNamespace(**parameters))
    except NotApplicable:
        result = None
    results = result if isinstance(result, tuple) else (result or model,)
    models = [each.model if isinstance(each, Extra) else each for each in results]
    return [
        np.array(array)
        for each in models
        for name in ("data", "pixeldq", "groupdq", "dq", "err", "average_dark_current")
        if each.hasattr(name) and (array := getattr(each, name)) is not None
    ]


def agree(some, others):
    """Return whether two lists of arrays are equal, NaN or not."""
    return len(some) == len(others) and all(
        np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        for one, other in zip(some, others, strict=True)
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Go to a folder with the files that examples name."""
    flags = np.full((4, 4), DO_NOT_USE, np.uint32)
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(flags)]).writeto(tmp_path / "flags.fits")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("step", "parameter"),
    [(step, parameter) for step, examples in EXAMPLES.items() for parameter in examples],
)
def test_a_parameter_changes_the_product(step, parameter, folder):
    example, declaration = EXAMPLES[step][parameter], all_steps()[step]
    given = {each.name: each.default for each in declaration.parameters} | example.others

    default = products(declaration, example.scene, given)
    again = products(declaration, example.scene, given)
    other = products(declaration, example.scene, given | {parameter: example.value})

    changed = not agree(other, default)
    assert changed, f"{step}: {parameter} = {example.value} changes nothing"
    assert agree(again, default)
