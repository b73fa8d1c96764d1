"""Every parameter that changes numbers does: the table names an example for each.

To add a parameter, add a line to `EXAMPLES`: a value, and where needed other parameters and an
exposure for which that value makes another product than the default.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.kernels import picture_frame
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Extra, NotApplicable
from tests.steps import scenes


@dataclass(frozen=True)
class Example:
    """An exposure and parameters for which one of them matters.

    Parameters
    ----------
    value : object
        Value of the parameter; it is compared with that of `others`, or else the default.
    scene : callable
        Makes an exposure and the references of the step.
    others : dict
        Parameters that are not as by default.
    refusal : str
        What the error says if the value cannot be had.
    """

    value: object
    scene: Callable
    others: dict = field(default_factory=dict)
    refusal: str = ""


FOLLOW = {"after_jump_flag_dn1": 100, "after_jump_flag_time1": 30}
FOLLOW_2 = {"after_jump_flag_dn2": 100, "after_jump_flag_time2": 30}
SNOWBALL = {"expand_large_events": True}
SHOWER = {"find_showers": True}
CLIP = {"minimum_sigclip_groups": 20}
SIRS = {"refpix_algorithm": "sirs"}
INTERLEAVED = {"preserve_irs2_refpix": True}
SEQUENTIAL = {"algorithm": "sequential"}
WINDOWS = {"persistence_time": 1000}
ALL_SKY = {"mask_science_regions": False}
TRAPS = {"input_trapsfilled": scenes.OWN_TRAPS}

BORDER = scenes.reference_pixels((1, 1, 64, 2048))
FULL = scenes.reference_pixels((1, 1, 2048, 2048))
IRS2 = scenes.interleaved_reference_pixels
EMI = scenes.interference
FLICKER = scenes.flicker()
SNOWBALLS, HALO = scenes.large_events(), scenes.large_events(saturated=False)
SHOWERS = scenes.shower()

EXAMPLES = {
    "dq_init": {"user_supplied_dq": Example(scenes.OWN_FLAGS, scenes.masked)},
    "saturation": {
        "n_pix_grow_sat": Example(2, scenes.saturating()),
        "use_readpatt": Example(False, scenes.saturating(nframes=4, bias=12000)),
    },
    "emicorr": {
        "algorithm": Example("sequential", EMI),
        "nints_to_phase": Example(2, EMI, SEQUENTIAL),
        "nbins": Example(16, EMI, SEQUENTIAL),
        "scale_reference": Example(False, EMI, SEQUENTIAL),
        "onthefly_corr_freq": Example([100.0], EMI),
        "use_n_cycles": Example(None, EMI, SEQUENTIAL),
        "fit_ints_separately": Example(True, EMI),
        "user_supplied_reffile": Example(scenes.OWN_WAVES, EMI),
    },
    "firstframe": {"bright_use_group1": Example(False, scenes.bright_early)},
    "refpix": {
        "odd_even_columns": Example(False, BORDER),
        "use_side_ref_pixels": Example(False, BORDER),
        "side_smoothing_length": Example(21, BORDER),
        "side_gain": Example(0.5, BORDER),
        "odd_even_rows": Example(False, scenes.reference_columns),
        "ovr_corr_mitigation_ftr": Example(1.0, IRS2, INTERLEAVED),
        "preserve_irs2_refpix": Example(False, IRS2, INTERLEAVED),
        "irs2_mean_subtraction": Example(True, IRS2, INTERLEAVED),
        "refpix_algorithm": Example("median", FULL, SIRS),
        "sigreject": Example(1.0, FULL, SIRS),
        "gaussmooth": Example(2.0, FULL, SIRS),
        "halfwidth": Example(1, FULL, SIRS),
        "siglimit": Example(1.0, BORDER),
    },
    "persistence": {
        "persistence_time": Example(1000, scenes.charge_traps),
        "dn_threshold": Example(100.0, scenes.charge_traps, WINDOWS),
        "persistence_array_file": Example(scenes.OWN_WINDOWS, scenes.charge_traps, WINDOWS),
        "persistence_dnu": Example(True, scenes.charge_traps, WINDOWS),
        "input_trapsfilled": Example(scenes.OWN_TRAPS, scenes.charge_traps),
        "flag_pers_cutoff": Example(1e6, scenes.charge_traps, TRAPS),
    },
    "dark_current": {"average_dark_current": Example(0.5, scenes.dark)},
    "charge_migration": {"signal_threshold": Example(50.0, scenes.ramps_alone)},
    "jump": {
        "rejection_threshold": Example(8.0, scenes.jumps()),
        "three_group_rejection_threshold": Example(12.0, scenes.jumps(ngroups=3)),
        "four_group_rejection_threshold": Example(12.0, scenes.jumps(ngroups=4)),
        "flag_4_neighbors": Example(False, scenes.jumps()),
        "max_jump_to_flag_neighbors": Example(50.0, scenes.jumps()),
        "min_jump_to_flag_neighbors": Example(50.0, scenes.jumps()),
        "after_jump_flag_dn1": Example(2000.0, scenes.jumps(), FOLLOW),
        "after_jump_flag_time1": Example(10.0, scenes.jumps(), FOLLOW),
        "after_jump_flag_dn2": Example(2000.0, scenes.jumps(), FOLLOW_2),
        "after_jump_flag_time2": Example(10.0, scenes.jumps(), FOLLOW_2),
        "min_diffs_single_pass": Example(20, scenes.several_jumps),
        "minimum_groups": Example(9, scenes.jumps()),
        "minimum_sigclip_groups": Example(20, scenes.jumps(nints=25, noise=1)),
        "only_use_ints": Example(False, scenes.jumps(nints=5, noise=1), CLIP),
        "expand_large_events": Example(True, SNOWBALLS),
        "min_sat_area": Example(200.0, SNOWBALLS, SNOWBALL),
        "min_jump_area": Example(1000.0, SNOWBALLS, SNOWBALL),
        "expand_factor": Example(1.2, SNOWBALLS, SNOWBALL),
        "sat_required_snowball": Example(False, HALO, SNOWBALL),
        "min_sat_radius_extend": Example(30.0, SNOWBALLS, SNOWBALL),
        "sat_expand": Example(5, SNOWBALLS, SNOWBALL),
        "edge_size": Example(70, HALO, SNOWBALL),
        "mask_snowball_core_next_int": Example(False, SNOWBALLS, SNOWBALL),
        "snowball_time_masked_next_int": Example(20, SNOWBALLS, SNOWBALL),
        "find_showers": Example(True, SHOWERS),
        "max_shower_amplitude": Example(0.1, SHOWERS, SHOWER),
        "extend_snr_threshold": Example(20.0, SHOWERS, SHOWER),
        "extend_min_area": Example(1000, SHOWERS, SHOWER),
        "extend_inner_radius": Example(3.0, SHOWERS, SHOWER),
        "extend_outer_radius": Example(8.0, SHOWERS, SHOWER),
        "extend_ellipse_expand_ratio": Example(2.0, SHOWERS, SHOWER),
        "time_masked_after_shower": Example(50.0, SHOWERS, SHOWER),
        "max_extended_radius": Example(3, SHOWERS, SHOWER),
    },
    "clean_flicker_noise": {
        "autoparam": Example(True, FLICKER),
        "fit_method": Example("fft", scenes.flicker("NIRSPEC", "NRS_FIXEDSLIT")),
        "fit_by_channel": Example(True, scenes.flicker(subarray="FULL")),
        "background_method": Example(None, FLICKER),
        "background_box_size": Example([8, 8], FLICKER, {"background_method": "model"}),
        "mask_science_regions": Example(True, scenes.flicker("MIRI", "MIR_IMAGE")),
        "apply_flat_field": Example(True, FLICKER),
        "n_sigma": Example(1.0, FLICKER),
        "fit_histogram": Example(True, FLICKER),
        "single_mask": Example(False, FLICKER),
        "user_mask": Example(scenes.OWN_MASK, FLICKER),
    },
    "picture_frame": {
        "mask_science_regions": Example(
            True, scenes.picture_frame, ALL_SKY, "needs where spectra fall"
        ),
        "n_sigma": Example(0.5, scenes.picture_frame, ALL_SKY),
    },
    "flat_field": {
        "inverse": Example(True, scenes.guider_images),
        "user_supplied_flat": Example(scenes.OWN_FLAT, scenes.guider_images),
    },
    "ramp_fit": {
        "algorithm": Example("LIKELY", scenes.saturated_early),
        "suppress_one_group": Example(False, scenes.saturated_early),
        "firstgroup": Example(2, scenes.saturated_early),
        "lastgroup": Example(3, scenes.saturated_early),
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
    """Return the arrays of all products of a step; of the exposure itself if it is skipped.

    As in the run layer, a file that a parameter names may take the place of a reference.
    """
    model, given = scene()
    references = SimpleNamespace(**dict.fromkeys(r.type for r in step.references) | vars(given))
    for reference in step.references:
        if reference.named_by and parameters[reference.named_by]:
            own = getattr(datamodels, reference.model)(parameters[reference.named_by])
            setattr(references, reference.type, own)
    try:
        result = step.apply(model, references, SimpleNamespace(**parameters))
    except NotApplicable:
        result = None
    results = result if isinstance(result, tuple) else (result,)
    extras = [each.model for each in results if isinstance(each, Extra)]
    main = [each for each in results if each is not None and not isinstance(each, Extra)]
    return [
        np.array(array)
        for each in [*(main or [model]), *extras]
        for name in ("data", "pixeldq", "groupdq", "dq", "err", "average_dark_current")
        if each.hasattr(name) and (array := getattr(each, name)) is not None
    ]


def agree(some, others):
    """Return whether two lists of arrays are equal, NaN or not."""
    return len(some) == len(others) and all(
        np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
        for one, other in zip(some, others, strict=True)
    )


def given(step, others):
    """Return the values of all parameters of a step, the default of those that are not named."""
    return {parameter.name: parameter.default for parameter in step.parameters} | others


@pytest.fixture(scope="module", autouse=True)
def folder(tmp_path_factory):
    """Go to a folder with the files that examples name, and let NIRSpec be small in one step."""
    folder = tmp_path_factory.mktemp("examples")
    scenes.write_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(picture_frame, "SIDE", 64)
        patch.setattr(picture_frame, "EDGE", (slice(4, 60), slice(12, 52)))
        patch.setattr(picture_frame, "MIDDLE", slice(13, 51))
        yield


@pytest.fixture(scope="module")
def usual():
    """Return a function that gives the products before one of the parameters is changed."""
    made = {}

    def products_of(step, example):
        key = step.name, example.scene, repr(example.others)
        if key not in made:
            made[key] = products(step, example.scene, given(step, example.others))
        return made[key]

    return products_of


@pytest.mark.parametrize(
    ("step", "parameter"),
    [(step, parameter) for step, examples in EXAMPLES.items() for parameter in examples],
)
def test_a_parameter_changes_the_product(step, parameter, usual):
    example, declaration = EXAMPLES[step][parameter], all_steps()[step]
    values = given(declaration, example.others)
    assert values[parameter] != example.value

    before = usual(declaration, example)
    if example.refusal:
        with pytest.raises(ValueError, match=example.refusal):
            products(declaration, example.scene, values | {parameter: example.value})
        return
    after = products(declaration, example.scene, values | {parameter: example.value})

    assert not agree(after, before), f"{step}: {parameter} = {example.value} changes nothing"


@pytest.mark.parametrize("step", EXAMPLES)
def test_without_a_change_the_product_is_the_same(step, usual):
    example, declaration = next(iter(EXAMPLES[step].values())), all_steps()[step]
    again = products(declaration, example.scene, given(declaration, example.others))
    assert agree(again, usual(declaration, example))
