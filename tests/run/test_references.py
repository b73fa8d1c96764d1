"""Reference files: whether they fit, and how they are cut."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.errors import ReferenceFileError
from snakewebb.run import crds
from snakewebb.run.parameters import Setting, Settings
from snakewebb.run.references import (
    AveragedReference,
    Choice,
    CutReference,
    Shelf,
    check,
    check_one,
    choice,
    choose,
    is_averaged,
    start_on_detector,
    window,
)
from snakewebb.steps import all_steps
from snakewebb.steps.reference_types import FLAT, GAIN


def subarray(xstart=1, ystart=1, **keywords):
    others = dict.fromkeys(("multistripe_reads1", "multistripe_reads2", "num_superstripe"))
    return SimpleNamespace(xstart=xstart, ystart=ystart, **(others | keywords))


SUBARRAY = subarray(3, 2)
STRIPES = subarray(
    name="SUB8STRIPE2_DHS",
    multistripe_reads1=1,
    multistripe_skips1=2,
    multistripe_reads2=3,
    multistripe_skips2=4,
    repeat_stripe=1,
    interleave_reads1=1,
    slowaxis=2,
)


def test_a_reference_of_the_exposures_shape_is_taken_whole():
    for start in ((None, None), (3, 2)):
        assert window((4, 5), start, (4, 5), SUBARRAY) == (slice(None), slice(None))


@pytest.mark.parametrize(("start", "place"), [((1, 2), "column 1"), ((3, 9), "row 9")])
def test_a_reference_of_the_same_shape_from_elsewhere_on_the_detector_is_refused(start, place):
    with pytest.raises(ValueError, match=f"starts in {place} of the detector"):
        window((4, 5), start, (4, 5), SUBARRAY)


def test_a_larger_reference_is_cut_where_the_subarray_lies_on_the_detector():
    assert window((10, 10), (1, 1), (4, 5), SUBARRAY) == (slice(1, 5), slice(2, 7))


def test_the_reference_may_itself_start_elsewhere_on_the_detector():
    assert window((10, 10), (3, 2), (4, 5), SUBARRAY) == (slice(0, 4), slice(0, 5))


def test_a_reference_that_does_not_tell_its_place_starts_where_the_detector_does():
    from stdatamodels.jwst.datamodels import GainModel, PictureFrameModel

    gain = GainModel(np.ones((4, 5), np.float32))
    gain.meta.subarray.xstart, gain.meta.subarray.ystart = 3, 2

    assert start_on_detector(gain.meta) == (3, 2)
    assert start_on_detector(PictureFrameModel().meta) == (None, None)


def test_references_of_interleaved_frames_have_their_shape_or_that_of_the_detector():
    for images in ((3200, 2048), (2048, 2048)):
        assert window(images, (1, 1), (3200, 2048), subarray()) == (slice(None), slice(None))
    with pytest.raises(ValueError, match="rows and"):
        window((1024, 2048), (1, 1), (3200, 2048), subarray())


def test_a_striped_subarray_gets_the_stripes_of_the_reference():
    rows, columns = window((20, 9), (1, 1), (8, 9), STRIPES)
    assert rows.tolist() == [0, 3, 4, 5, 0, 10, 11, 12]
    assert columns == slice(0, 9)

    cut = CutReference(SimpleNamespace(dq=np.arange(180).reshape(20, 9)), (rows, columns), (20, 9))
    assert cut.dq[:, 1].tolist() == [1, 28, 37, 46, 1, 91, 100, 109]


def test_stripes_beyond_the_reference_and_moving_stripes_are_refused():
    with pytest.raises(ValueError, match="SUB8STRIPE2_DHS do not add up to 8 rows of 12"):
        window((12, 9), (1, 1), (8, 9), STRIPES)
    moving = subarray(name="SUB17STRIPE_SOSS", num_superstripe=3)
    with pytest.raises(ValueError, match="SUB17STRIPE_SOSS has stripes that move"):
        window((20, 9), (1, 1), (8, 9), moving)


@pytest.mark.parametrize("images", [(4, 7), (3, 10), (2, 2)])
def test_a_reference_that_does_not_cover_the_subarray_is_refused(images):
    with pytest.raises(ValueError, match="rows and"):
        window(images, (2, 1), (4, 5), SUBARRAY)


def test_images_are_cut_and_other_attributes_are_not():
    model = SimpleNamespace(
        data=np.arange(12).reshape(3, 4),
        coeffs=np.zeros((5, 3, 4)),
        dq_def=np.zeros(7),
        meta="meta",
    )
    cut = CutReference(model, (slice(1, 3), slice(2, 4)), (3, 4))

    assert cut.data.tolist() == [[6, 7], [10, 11]]
    assert cut.coeffs.shape == (5, 2, 2)
    assert cut.dq_def.shape == (7,)
    assert cut.meta == "meta"


def test_an_exposure_that_does_not_tell_where_it_lies_is_refused():
    with pytest.raises(ValueError, match="does not tell where its subarray starts"):
        window(
            (10, 10),
            (1, 1),
            (4, 5),
            SimpleNamespace(
                xstart=None,
                ystart=2,
                num_superstripe=None,
                multistripe_reads1=None,
                multistripe_reads2=None,
            ),
        )


def test_a_stack_of_strips_gets_the_mean_of_a_reference_of_the_detector():
    image = np.array([[1, 2, np.nan], [np.inf, 6, 3]], np.float32)
    model = SimpleNamespace(data=image, meta="meta")

    averaged = AveragedReference(model, image.shape, (2, 4))

    assert averaged.data.tolist() == [[3] * 4] * 2
    assert averaged.data.dtype == np.float32
    assert averaged.meta == "meta"


@pytest.mark.parametrize(
    ("images", "shape", "averaged"),
    [
        ((2048, 2048), (2048, 2304), True),
        ((2048, 2304), (2048, 2304), False),
        ((2048, 2048), (128, 128), False),
        ((64, 64), (128, 128), False),
    ],
)
def test_only_a_stack_of_strips_is_given_a_mean(images, shape, averaged):
    assert is_averaged(GAIN.averaged_for_stacks(), images, shape) is averaged
    assert not is_averaged(GAIN, images, shape)
    assert not is_averaged(FLAT, images, shape)


@pytest.mark.parametrize(
    ("step", "kind", "parameter"),
    [
        ("emicorr", "emicorr", "user_supplied_reffile"),
        ("flat_field", "flat", "user_supplied_flat"),
    ],
)
def test_a_file_that_a_parameter_names_serves_before_an_override_and_that_before_the_best(
    step, kind, parameter
):
    reference = all_steps()[step].reference(kind)
    named = {parameter: "own.fits", f"override_{kind}": "other.fits"}

    def serving(*names):
        settings = {each: Setting(named[each] if each in names else None, "user") for each in named}
        return choice(reference, settings, {kind: "best.fits"}, "CRDS").file

    assert serving(parameter, f"override_{kind}") == serving(parameter) == "own.fits"
    assert serving(f"override_{kind}") == "other.fits"
    assert serving() == "best.fits"


@pytest.mark.parametrize(
    ("kind", "masked", "asked"),
    [("NIS_SOSS", True, True), ("NIS_SOSS", False, False), ("NIS_IMAGE", True, False)],
)
def test_crds_is_asked_for_traces_only_where_an_exposure_has_them_and_they_are_masked(
    kind, masked, asked
):
    traces = all_steps()["clean_flicker_noise"].reference("pastasoss")

    assert traces.asked_for(SimpleNamespace(mask_science_regions=masked), kind) is asked


@pytest.mark.parametrize(
    ("step", "kind", "masked", "asked"),
    [
        ("picture_frame", "NRS_FIXEDSLIT", True, True),
        ("picture_frame", "NRS_FIXEDSLIT", False, False),
        ("picture_frame", "NRS_IFU", True, True),
        ("clean_flicker_noise", "NRS_IFU", True, True),
        ("clean_flicker_noise", "NRS_FIXEDSLIT", True, False),
    ],
)
def test_crds_is_asked_for_the_states_of_shutters_only_where_their_light_is_masked(
    step, kind, masked, asked
):
    states = all_steps()[step].reference("msaoper")

    assert states.asked_for(SimpleNamespace(mask_science_regions=masked), kind) is asked


def test_a_file_that_is_not_asked_for_is_none():
    reference = all_steps()["clean_flicker_noise"].reference("pastasoss")
    settings = {"override_pastasoss": Setting(None, "default")}

    assert choice(reference, settings, {}, "CRDS").file is None


@pytest.mark.parametrize(("seconds", "asked"), [(None, True), (100.0, False)])
def test_crds_is_not_asked_for_charge_traps_where_windows_are_flagged(seconds, asked):
    for kind in ("trapdensity", "trappars", "persat"):
        traps = all_steps()["persistence"].reference(kind)
        assert traps.asked_for(SimpleNamespace(persistence_time=seconds), "NRC_IMAGE") is asked


@pytest.mark.parametrize(
    ("changes", "asked"),
    [
        ({}, {"flat": False, "pastasoss": False, "gain": False, "readnoise": False}),
        ({"override_pastasoss": "own.asdf"}, {"flat": False, "gain": False, "readnoise": False}),
        ({"mask_science_regions": False}, {"flat": False, "gain": False, "readnoise": False}),
    ],
)
def test_crds_is_asked_at_once_for_all_that_no_user_names_and_the_step_needs(
    changes, asked, monkeypatch
):
    step = all_steps()["clean_flicker_noise"]
    values = dict.fromkeys(f"override_{r.type}" for r in step.references)
    values |= {"mask_science_regions": True} | changes
    settings = Settings({step.name: {name: Setting(v, "user") for name, v in values.items()}})
    questions = []

    def best(exposure, asked, name, *, fetch):
        questions.append(asked)
        return dict.fromkeys(asked, "best.fits")

    monkeypatch.setattr(crds, "best_references", best)
    monkeypatch.setattr(crds, "context", lambda: "jwst_0001.pmap")
    choose([step], settings, {"meta.exposure.type": "NIS_SOSS"}, "raw.fits")

    assert questions == [asked]


def chosen_for(name, monkeypatch, metadata="own_msa.fits", **changes):
    """Return what is chosen for an exposure of the micro-shutters of NIRSpec."""
    step = all_steps()["picture_frame"]
    values = dict.fromkeys((f"override_{r.type}" for r in step.references), "N/A")
    values |= {"mask_science_regions": True, "override_msametfl": None} | changes
    settings = Settings({step.name: {name: Setting(v, "user") for name, v in values.items()}})
    monkeypatch.setattr(crds, "best_references", None)
    exposure = {
        "meta.exposure.type": "NRS_MSASPEC",
        "meta.instrument.msa_metadata_file": metadata,
    }
    return choose([step], settings, exposure, name)[step.name]["msametfl"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("raw/x_uncal.fits", "raw/own_msa.fits"), ("RampModel", "own_msa.fits")],
)
def test_a_file_that_a_keyword_names_lies_beside_the_exposure(name, expected, monkeypatch):
    chosen = chosen_for(name, monkeypatch)

    assert chosen.file == expected
    assert chosen.users
    assert chosen.origin == "keyword MSAMETFL"


def test_a_file_that_a_keyword_names_is_needed_under_the_condition_of_the_step_alone(monkeypatch):
    assert chosen_for("x.fits", monkeypatch, mask_science_regions=False).file is None
    assert chosen_for("x.fits", monkeypatch, override_msametfl="N/A").file is None
    assert chosen_for("x.fits", monkeypatch, override_msametfl="my.fits").file == "my.fits"


@pytest.mark.parametrize("metadata", [None, "", "N/A"])
def test_an_exposure_without_the_keyword_that_names_a_file_is_refused(metadata, monkeypatch):
    with pytest.raises(ReferenceFileError, match=r"x\.fits: .* MSAMETFL, .* override_msametfl"):
        chosen_for("x.fits", monkeypatch, metadata)


def test_where_a_file_must_lie_that_a_keyword_names_is_said(tmp_path, monkeypatch):
    chosen = chosen_for(f"{tmp_path}/x.fits", monkeypatch)

    with pytest.raises(ReferenceFileError) as refused:
        check({"picture_frame": {"msametfl": chosen}}, (4, 5), SUBARRAY, "x.fits")

    said = str(refused.value)
    assert said.startswith(f"x.fits: picture_frame: msametfl reference {tmp_path}/own_msa.fits")
    assert "chosen by keyword MSAMETFL" in said
    assert "beside the exposure" in said
    assert "override_msametfl" in said


def shutters(path, reftype="MSAOPER", name="msaoper"):
    path.write_text(json.dumps({"reftype": reftype, name: [{"Q": 1, "TA state": "open"}]}))
    reference = all_steps()["picture_frame"].reference("msaoper")
    return Choice(reference, str(path), "keyword argument")


def test_a_reference_in_json_is_read_as_it_is(tmp_path):
    chosen = shutters(tmp_path / "shutters.json")

    check_one(chosen, (8, 8), None)
    found = Shelf(datamodels.ImageModel((8, 8))).get(chosen)

    assert found.instance["msaoper"] == [{"Q": 1, "TA state": "open"}]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [({"reftype": "MSA"}, "of type 'MSA', not 'msaoper'"), ({"name": "other"}, "no msaoper")],
)
def test_a_reference_in_json_that_is_another_one_is_refused(changes, fault, tmp_path):
    with pytest.raises(ReferenceFileError, match=fault):
        check_one(shutters(tmp_path / "shutters.json", **changes), (8, 8), None)


def test_a_reference_that_no_later_step_reads_is_forgotten(tmp_path):
    first, second = (shutters(tmp_path / f"{name}.json") for name in ("first", "second"))
    shelf = Shelf(datamodels.ImageModel((8, 8)))
    opened, kept = shelf.get(first), shelf.get(second)

    shelf.keep([second])

    assert shelf.get(second) is kept
    assert shelf.get(first) is not opened
