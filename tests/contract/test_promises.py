"""One test for each numbered promise of the contract with the users."""

import gzip
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import asdf
import numpy as np
import pytest
import yaml
from astropy.io import fits
from stdatamodels.jwst import datamodels

import snakewebb.pipeline
import snakewebb.step
from snakewebb.errors import ParameterError, ReferenceFileError, SnakewebbError
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.pipelines import PIPELINES
from snakewebb.run import chain, crds, files
from snakewebb.run.digest import source_digest
from snakewebb.run.explain import explain
from snakewebb.run.naming import root_of
from snakewebb.run.workflow import Workflow
from snakewebb.step import DarkCurrentStep, JumpStep, LinearityStep, RampFitStep, SaturationStep
from snakewebb.step import SuperBiasStep as SuperBias
from snakewebb.steps import all_steps
from tests.crds_server import serving

ROOT = Path(__file__).parents[2]
RAW = "jw00017001001_01101_00001_nrca1_uncal.fits"
NAME = RAW.removesuffix("_uncal.fits")
ARRAYS = ("data", "dq", "err", "var_poisson", "var_rnoise")
VOLATILE = {"DATE", "FILENAME"}

pytestmark = pytest.mark.usefixtures("here")


TRAP_FILES = ("density.fits", "pars.fits", "full_well.fits")


@pytest.fixture
def traps(here):
    """Parameters of persistence by which the trap model runs on the exposure."""
    with datamodels.open(RAW) as raw:
        shape, subarray = raw.data.shape[-2:], raw.meta.subarray.instance
    density = datamodels.TrapDensityModel(np.ones(shape, np.float32))
    full_well = datamodels.PersistenceSatModel(np.full(shape, 5e4, np.float32))
    pars = datamodels.TrapParsModel()
    families = [(180.0, -0.02, 420.0, -0.1), (80.0, -0.1, 10.0, -0.01)]
    pars.trappars_table = np.array(families, dtype=pars.get_dtype("trappars_table"))
    for model, name in zip((density, pars, full_well), TRAP_FILES, strict=True):
        model.meta.subarray = subarray
        model.save(name)
    kinds = ("trapdensity", "trappars", "persat")
    files = dict(zip(kinds, TRAP_FILES, strict=True))
    return {"skip": False} | {f"override_{kind}": name for kind, name in files.items()}


def noted(model, step, name):
    """Return the value of a parameter and its origin, as a product holds them."""
    entry = getattr(getattr(model.meta.snakewebb.parameters, step), name)
    return entry.value, entry.origin


def assert_same_file(ours, theirs):
    """Check that two products hold the same arrays, and the same header but dates and names."""
    with fits.open(ours) as first, fits.open(theirs) as second:
        for a, b in zip(first, second, strict=True):
            if a.data is not None and a.name != "ASDF":
                assert a.data.tobytes() == b.data.tobytes(), a.name
        cards = [
            {k: v for k, v in h[0].header.items() if k not in VOLATILE} for h in (first, second)
        ]
        assert cards[0] == cards[1]


def workflow(*options, **config):
    """Run the workflow on the exposure, and return what it said."""
    settings = {"exposures": [RAW], "results": "results", "quicklook": False, **config}
    Path("my.yaml").write_text(yaml.safe_dump(settings))
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--cores", "1", "--configfile", "my.yaml", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_promise_01_every_pipeline_is_imported_by_name():
    assert [getattr(snakewebb.pipeline, name).__name__ for name in PIPELINES] == list(PIPELINES)


def test_promise_02_every_step_is_imported_from_step_and_from_its_own_module():
    for step in all_steps().values():
        own = importlib.import_module(f"snakewebb.{step.package}")
        assert getattr(own, step.class_name) is getattr(snakewebb.step, step.class_name)


def test_promise_03_after_one_line_imports_from_jwst_give_ours():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import snakewebb.as_jwst\n"
        "from jwst.pipeline import Detector1Pipeline\nprint(Detector1Pipeline.__module__)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "snakewebb.pipeline\n"


@pytest.mark.parametrize(
    "name", ["jwst.jump.jump_step.JumpStep", "snakewebb.jump.JumpStep", "any.where.JumpStep"]
)
def test_promise_04_any_dotted_path_that_ends_in_a_step_class_names_it(name):
    Path("my.yaml").write_text(f"steps:\n- class: {name}\n  parameters: {{sat_expand: 3}}\n")

    config, _ = Detector1Pipeline.build_config(RAW, config_file="my.yaml")

    assert config["steps"]["jump"]["sat_expand"] == 3


@pytest.mark.parametrize("target", [SuperBias, Detector1Pipeline])
def test_promise_05_a_call_takes_a_path_or_what_is_open(target):
    with fits.open(RAW, mode="readonly") as hdus, datamodels.open(RAW) as model:
        with gzip.open(f"{RAW}.gz", "wb") as packed:
            packed.write(Path(RAW).read_bytes())
        ramp = datamodels.RampModel(RAW)
        here = Path(RAW).absolute()
        sources = (RAW, Path(RAW), str(here), here, model, ramp, hdus, f"{RAW}.gz")
        results = [target.call(source) for source in sources]

    for source, result in zip(sources[1:], results[1:], strict=True):
        np.testing.assert_array_equal(result.data, results[0].data, err_msg=repr(source))
        assert root_of(result.meta.filename) == NAME


@pytest.mark.parametrize("source", [{"products": []}, [RAW, RAW], "x_asn.json", b"x", None])
def test_promise_05_the_first_stage_takes_nothing_else(source):
    Path("x_asn.json").write_text('{"products": []}')

    with pytest.raises(SnakewebbError, match=r"one exposure at a time|open data model"):
        Detector1Pipeline.call(source)


def test_promise_06_the_callers_model_is_not_changed_and_stays_open():
    with datamodels.open(RAW) as model:
        before = model.data.copy()
        Detector1Pipeline.call(model).close()

        np.testing.assert_array_equal(model.data, before)
        assert model.meta.cal_step.dq_init is None


def test_promise_07_results_are_models_of_the_class_that_jwst_returns():
    assert type(SaturationStep.call(RAW)) is datamodels.RampModel
    assert type(Detector1Pipeline.call(RAW)) is datamodels.ImageModel
    rate, rateints = RampFitStep.call(RAW)
    assert (type(rate), type(rateints)) == (datamodels.ImageModel, datamodels.CubeModel)


def test_promise_08_nothing_is_written_unless_asked_for(written):
    Detector1Pipeline.call(RAW)
    RampFitStep.call(RAW)

    assert written() == set()


def test_promise_09_the_product_says_what_was_done_with_what():
    gain = crds.fetched(datamodels.open(RAW).get_crds_parameters(), ["gain"])["gain"]
    shutil.copyfile(gain, "my_gain.fits")

    rate = Detector1Pipeline.call(
        RAW, steps={"jump": {"override_gain": "my_gain.fits"}, "ipc": {"skip": True}}
    )

    assert (rate.meta.cal_step.jump, rate.meta.cal_step.ipc) == ("COMPLETE", "SKIPPED")
    assert rate.meta.ref_file.linearity.name.startswith("crds://jwst_nircam_linearity")
    assert rate.meta.ref_file.crds.context_used == os.environ["CRDS_CONTEXT"]
    assert rate.meta.ref_file.crds.sw_version == crds.version()
    assert rate.meta.calibration_software_version == snakewebb.__version__
    assert (
        JumpStep.call(RAW, override_gain="my_gain.fits").meta.ref_file.gain.name == "my_gain.fits"
    )


def test_promise_10_keywords_set_parameters_of_steps_and_of_the_pipeline(written):
    rate = Detector1Pipeline.call(
        RAW, save_calibrated_ramp=True, steps={"jump": {"rejection_threshold": 12.0}}
    )
    alone = JumpStep.call(RAW, rejection_threshold=12.0)

    assert noted(rate, "jump", "rejection_threshold") == (12.0, "keyword argument")
    assert noted(alone, "jump", "rejection_threshold") == (12.0, "keyword argument")
    assert written() == {f"{NAME}_ramp.fits"}


def test_promise_11_parameter_files_are_of_a_step_a_pipeline_or_a_fragment():
    jump = {"class": "jwst.jump.jump_step.JumpStep", "name": "jump"}
    Path("steps").mkdir()
    asdf.AsdfFile({**jump, "parameters": {"sat_expand": 3}}).write_to("steps/jump.asdf")
    pipeline = {"class": "jwst.pipeline.Detector1Pipeline", "parameters": {}}
    asdf.AsdfFile({**pipeline, "steps": [{**jump, "config_file": "steps/jump.asdf"}]}).write_to(
        "pipeline.asdf"
    )
    Path("fragment.asdf").write_text("steps:\n- class: JumpStep\n  parameters: {sat_expand: 3}\n")

    assert JumpStep.build_config(RAW, config_file="steps/jump.asdf")[0]["sat_expand"] == 3
    for file in ("pipeline.asdf", "fragment.asdf"):
        config, _ = Detector1Pipeline.build_config(RAW, config_file=file)
        assert config["steps"]["jump"]["sat_expand"] == 3


def test_promise_12_keywords_stand_above_files_and_files_above_crds_and_that_above_defaults():
    Path("my.yaml").write_text("steps: {jump: {rejection_threshold: 8}}\n")
    said = {"config_file": "my.yaml", "steps": {"jump": {"rejection_threshold": 9}}}
    calls = [{}, {"config_file": "my.yaml"}, said]

    found = [Detector1Pipeline.build_config(RAW, **each)[0]["steps"]["jump"] for each in calls]

    assert [each["rejection_threshold"] for each in found] == [5.0, 8.0, 9.0]
    assert Detector1Pipeline().jump.rejection_threshold == 4.0


@pytest.mark.parametrize("value", ["true", "1", "t", "YES", "True"])
def test_promise_13_parameter_files_of_crds_are_switched_off_but_not_references(monkeypatch, value):
    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", value)

    result = JumpStep.call(RAW)

    assert noted(result, "jump", "rejection_threshold") == (4.0, "default")
    assert result.meta.ref_file.gain.name.startswith("crds://")


def test_promise_14_run_takes_defaults_and_the_attributes_that_were_set():
    pipe = Detector1Pipeline()
    pipe.jump.rejection_threshold = 12
    pipe.ramp_fit.skip = True

    first, second = pipe.run(RAW), pipe.run(RAW)

    assert noted(first, "jump", "rejection_threshold") == (12.0, "attribute")
    assert noted(first, "refpix", "side_smoothing_length") == (11, "default")
    assert first.meta.cal_step.ramp_fit == "SKIPPED"
    np.testing.assert_array_equal(first.groupdq, second.groupdq)
    with pytest.raises(ParameterError, match="did you mean 'rejection_threshold'"):
        pipe.jump.rejection_treshold = 12


def test_promise_15_all_that_is_unknown_or_wrong_is_said_in_one_error():
    said = {"jmup": {}, "jump": {"override_dark": "x", "rejection_threshold": -1}}

    with pytest.raises(ParameterError) as fault:
        Detector1Pipeline.call(RAW, save_result=True, steps=said)

    for part in (
        "did you mean 'save_results'",
        "did you mean 'jump'",
        "reads no reference of type 'dark'",
        "jump.rejection_threshold = -1 (keyword argument): must be a number, at least 0",
    ):
        assert part in str(fault.value)


def test_promise_16_dark_is_dark_current_and_override_jump_is_explained():
    assert Detector1Pipeline(steps={"dark": {"skip": True}}).dark_current.skip is True
    with pytest.raises(ParameterError, match="its reference types: gain, readnoise"):
        Detector1Pipeline.call(RAW, steps={"jump": {"override_jump": "new.fits"}})


def test_promise_17_origins_are_shown_before_a_run_and_stored_in_the_product():
    before = explain(RAW)["parameters"]
    Detector1Pipeline.call(RAW, save_results=True)
    after = explain(f"{NAME}_rate.fits")["parameters"]

    assert after["jump"] == before["jump"]
    for entries in after.values():
        assert all(entry["origin"] for entry in entries.values())


def test_promise_17_the_configuration_of_a_product_makes_it_again_bit_by_bit(monkeypatch):
    gain = crds.fetched(datamodels.open(RAW).get_crds_parameters(), ["gain"])["gain"]
    shutil.copyfile(gain, "my_gain.fits")
    Path("pars.yaml").write_text("steps: {jump: {flag_4_neighbors: false}}\n")
    steps = {"jump": {"override_gain": "my_gain.fits"}, "dark": {"skip": True}}
    Detector1Pipeline.call(RAW, save_results=True, config_file="pars.yaml", steps=steps)
    config = explain(f"{NAME}_rate.fits")["config"]

    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "true")
    workflow(granularity="stage", **{**config, "results": "again"})

    for suffix in ("rate", "rateints"):
        assert_same_file(f"again/{NAME}_{suffix}.fits", f"{NAME}_{suffix}.fits")
    assert explain(f"again/{NAME}_rate.fits")["config"] == config


def test_promise_17_the_parameter_file_of_the_product_of_a_step_makes_it_again(monkeypatch):
    JumpStep.call(RAW, rejection_threshold=9, output_file="it")

    monkeypatch.setenv("STPIPE_DISABLE_CRDS_STEPPARS", "true")
    Path("jump.yaml").write_text(yaml.safe_dump(explain("it_jump.fits")["config"]))
    JumpStep.call(RAW, config_file="jump.yaml", output_file="again")

    assert_same_file("again_jump.fits", "it_jump.fits")


def test_promise_18_references_are_overridden_by_path_model_or_none():
    with datamodels.open(RAW) as raw:
        expected, shape = raw.data - np.float32(5), raw.data.shape[-2:]
        five = datamodels.SuperBiasModel(data=np.full(shape, 5, np.float32))
        five.meta.subarray = raw.meta.subarray
    five.save("five.fits")
    Path("my.yaml").write_text("parameters: {override_superbias: five.fits}\n")

    for said in (
        {"override_superbias": "five.fits"},
        {"override_superbias": five},
        {"config_file": "my.yaml"},
    ):
        np.testing.assert_array_equal(SuperBias.call(RAW, **said).data, expected)
    none = SuperBias.call(RAW, override_superbias="N/A")
    assert none.meta.cal_step.superbias == "SKIPPED"
    both = JumpStep.call(RAW, override_gain=None, override_readnoise="N/A")
    assert both.meta.cal_step.jump == "SKIPPED"


def test_promise_19_the_best_reference_comes_from_crds():
    with datamodels.open(RAW) as raw:
        best = crds.fetched(raw.get_crds_parameters(), ["superbias"])["superbias"]

    assert best.startswith(os.environ["CRDS_PATH"])
    assert SuperBias.call(RAW).meta.ref_file.superbias.name == f"crds://{Path(best).name}"


def test_promise_19_a_reference_is_fetched_once_checked_and_stored(small_run, monkeypatch):
    with serving(small_run / "crds", os.environ["CRDS_CONTEXT"]) as server:
        monkeypatch.setenv("CRDS_PATH", str(Path("cache").absolute()))
        monkeypatch.setenv("CRDS_SERVER_URL", server.url)
        monkeypatch.delenv("CRDS_READONLY_CACHE")
        monkeypatch.delenv("CRDS_CONTEXT")
        server.spoilt = {n for n in server.files if "superbias" in n and n.endswith(".fits")}
        with pytest.raises(ReferenceFileError, match="arrived damaged"):
            SuperBias.call(RAW)
        server.spoilt = set()
        results = [SuperBias.call(RAW), SuperBias.call(RAW)]

    name = results[0].meta.ref_file.superbias.name.removeprefix("crds://")
    assert (Path("cache/references/jwst/nircam") / name).is_file()
    assert server.asked.count(name) == 2
    assert results[0].meta.ref_file.crds.context_used == server.context


def test_promise_20_missing_settings_and_references_stop_the_run_by_name(monkeypatch):
    with pytest.raises(ParameterError) as fault:
        JumpStep.call(RAW, override_gain="none.fits")
    for part in ("jump.override_gain", "none.fits does not exist", "keyword argument"):
        assert part in str(fault.value)
    Path("text.fits").write_text("no reference")
    with pytest.raises(ReferenceFileError) as fault:
        JumpStep.call(RAW, override_gain="text.fits")
    for part in ("jump: gain reference text.fits", "chosen by keyword argument"):
        assert part in str(fault.value)

    monkeypatch.delenv("CRDS_PATH")
    with pytest.raises(ReferenceFileError, match="set CRDS_PATH"):
        JumpStep.call(RAW)
    monkeypatch.undo()


def test_promise_21_reference_arrays_are_cut_to_the_subarray():
    with datamodels.open(RAW) as raw:
        sub = raw.meta.subarray
        rows = slice(sub.ystart - 1, sub.ystart - 1 + sub.ysize)
        columns = slice(sub.xstart - 1, sub.xstart - 1 + sub.xsize)
        full = np.arange(2048 * 2048, dtype=np.float32).reshape(2048, 2048) % 977
        expected = raw.data - full[rows, columns]
    reference = datamodels.SuperBiasModel(data=full)
    reference.meta.subarray.xstart = reference.meta.subarray.ystart = 1

    np.testing.assert_array_equal(SuperBias.call(RAW, override_superbias=reference).data, expected)


def test_promise_22_every_step_can_be_skipped_and_the_product_says_so():
    order = Detector1Pipeline._target.order("NIRCAM")
    ramp = Detector1Pipeline.call(RAW, steps={name: {"skip": True} for name in order})
    said = [getattr(ramp.meta.cal_step, all_steps()[name].status) for name in order]
    assert said == ["SKIPPED"] * len(order)
    np.testing.assert_array_equal(ramp.data, datamodels.open(RAW).data)
    Path("my.yaml").write_text("steps:\n- class: LinearityStep\n  parameters: {skip: true}\n")

    for said in ({"steps": {"linearity": {"skip": True}}}, {"config_file": "my.yaml"}):
        assert Detector1Pipeline.call(RAW, **said).meta.cal_step.linearity == "SKIPPED"


def test_promise_23_who_calls_a_step_by_name_means_it_unless_he_says_skip():
    result = LinearityStep.call(RAW, skip=True)

    assert result.meta.cal_step.linearity == "SKIPPED"
    with datamodels.open(RAW) as raw:
        np.testing.assert_array_equal(result.data, raw.data)
    for step in all_steps().values():
        assert explain_skip(step) is False


def explain_skip(step):
    """Return the default of ``skip`` for a step that is called by its name."""
    from snakewebb.run.parameters import resolve

    return resolve(step, []).value(step.name, "skip")


def test_promise_24_a_pipeline_saves_its_products_by_root_and_suffix(written):
    Detector1Pipeline.call(RAW, save_results=True)

    assert written() == {f"{NAME}_rate.fits", f"{NAME}_rateints.fits"}


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"save_results": True}, {f"{NAME}_trapsfilled.fits"}),
        ({"output_dir": "there"}, {f"there/{NAME}_trapsfilled.fits"}),
        ({"output_file": "it"}, {"it_trapsfilled.fits"}),
        ({}, set()),
    ],
)
def test_promise_24_the_charge_in_traps_is_saved_with_the_rates(traps, written, said, names):
    Detector1Pipeline.call(RAW, **said, steps={"persistence": traps})

    assert {name for name in written() - set(TRAP_FILES) if "traps" in name} == names
    for name in names:
        assert np.isfinite(datamodels.TrapsFilledModel(name).data).all()


@pytest.mark.parametrize("name", ["final", "final.fits", "final_rate", "final_rate.fits"])
def test_promise_25_output_file_saves_and_replaces_the_root(written, name):
    Detector1Pipeline.call(RAW, output_file=name)

    assert written() == {"final_rate.fits", "final_rateints.fits"}


def test_promise_26_output_dir_saves_there_and_steps_too_unless_they_have_their_own(written):
    steps = {"dq_init": {"save_results": True}, "jump": {"output_dir": "mine"}}

    Detector1Pipeline.call(RAW, output_dir="calibrated", steps=steps)

    assert written() == {
        f"calibrated/{NAME}_rate.fits",
        f"calibrated/{NAME}_rateints.fits",
        f"calibrated/{NAME}_dq_init.fits",
        f"mine/{NAME}_jump.fits",
    }


def test_promise_27_a_step_saves_with_its_own_suffix(written):
    Detector1Pipeline.call(RAW, steps={"saturation": {"save_results": True}})
    DarkCurrentStep.call(RAW, output_dir="calibrated")
    LinearityStep.call(RAW, output_file="mine")
    JumpStep.call(RAW, save_results=True)

    assert written() == {
        f"{NAME}_saturation.fits",
        f"calibrated/{NAME}_dark_current.fits",
        "mine_linearity.fits",
        f"{NAME}_jump.fits",
    }


def test_promise_28_suffix_extension_and_the_calibrated_ramp(written):
    Detector1Pipeline.call(
        RAW, save_results=True, suffix="mine", output_ext="asdf", save_calibrated_ramp=True
    )

    assert written() == {f"{NAME}_mine.asdf", f"{NAME}_mineints.asdf", f"{NAME}_ramp.asdf"}


def test_promise_29_a_file_appears_whole_or_not_at_all(written, monkeypatch):
    def torn(model, path):
        Path(path).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(files, "write", torn)
    with pytest.raises(SnakewebbError, match="disk full"):
        files.save(object(), "it.fits")

    assert written() == set()


def test_promise_30_each_step_is_a_rule_on_files_named_by_its_suffix():
    said = workflow("--dry-run", keep="all")

    for step in ("dq_init", "saturation", "superbias", "linearity", "jump"):
        assert f"rule {step}:" in said
        assert f"results/{NAME}_{step}.fits" in said


def test_promise_31_the_configuration_has_the_shape_of_the_call():
    Path("pars.yaml").write_text("steps: {jump: {rejection_threshold: 8, sat_expand: 3}}\n")
    Path("my.yaml").write_text("config_file: pars.yaml\nsteps: {jump: {rejection_threshold: 12}}\n")

    jump = explain(RAW, config="my.yaml")["parameters"]["jump"]

    assert jump["rejection_threshold"]["value"] == 12.0
    assert jump["rejection_threshold"]["overrode"][-1]["value"] == 8.0
    assert jump["sat_expand"]["value"] == 3


@pytest.mark.parametrize("granularity", ["step", "stage"])
def test_promise_32_the_products_of_the_workflow_and_of_the_call_are_the_same(granularity):
    steps = {"jump": {"rejection_threshold": 12.0}, "ipc": {"skip": True}}
    Detector1Pipeline.call(RAW, save_results=True, steps=steps)

    workflow(granularity=granularity, steps=steps)

    for suffix in ("rate", "rateints"):
        assert_same_file(f"results/{NAME}_{suffix}.fits", f"{NAME}_{suffix}.fits")


def reruns(**config):
    """Return the steps that a dry run lists, and the reason that it gives for the first."""
    said = workflow("--dry-run", keep="all", **config)
    order = Detector1Pipeline._target.order("NIRCAM")
    parts = [part.partition(":") for part in said.split("\nrule ")[1:]]
    jobs = {name: text for name, _, text in parts if name in order}
    first = next((name for name in order if name in jobs), None)
    reason = next((x for x in jobs.get(first, "").splitlines() if "reason:" in x), "")
    return set(jobs), reason.partition("reason:")[2].strip()


def test_promise_33_a_change_reruns_what_it_reaches_and_says_why():
    workflow(keep="all")
    assert reruns(steps={"jump": {"maximum_cores": "half"}}) == (set(), "")  # reaches no product

    steps, reason = reruns(steps={"jump": {"rejection_threshold": 12.0}})

    assert steps == {"jump", "ramp_fit", "gain_scale"}
    assert "Params have changed since last execution" in reason


@pytest.fixture
def differing():
    """Return the steps that a change makes run again themselves, before those after them."""

    def changes(**config):
        run = Workflow({"exposures": [RAW], "results": "results", **config})
        return {step: run.changes(NAME, step) for step in run.exposures[NAME].plan.order}

    before = changes()

    def steps(**config):
        after = changes(**config)
        return {step for step in before.keys() | after.keys() if before[step] != after.get(step)}

    return steps


def test_promise_33_an_override_concerns_its_step_alone_by_content(differing):
    gain = crds.fetched(datamodels.open(RAW).get_crds_parameters(), ["gain"])["gain"]
    shutil.copyfile(gain, "gain.fits")

    said = {"jump": {"override_gain": "gain.fits"}}

    assert differing(steps=said) == {"jump"}


def test_promise_33_another_context_concerns_the_steps_of_which_it_has_other_files(
    differing, monkeypatch
):
    best = crds.best_references

    def another(exposure, types, name, **keywords):
        paths = best(exposure, types, name, **keywords)
        other = Path(paths["readnoise"]).with_name("jwst_nircam_readnoise_9999.fits")
        shutil.copyfile(paths["readnoise"], other.name)
        return {**paths, "readnoise": str(Path(other.name).absolute())}

    assert differing() == set()
    monkeypatch.setattr(crds, "best_references", another)
    assert differing() == {"jump", "ramp_fit"}


def test_promise_33_a_line_of_a_source_concerns_the_steps_that_use_it(differing, monkeypatch):
    monkeypatch.setattr(chain, "source_digest", changed_source("refpix"))

    assert differing() == {"refpix"}


def changed_source(step):
    """Return a digest of sources in which that of a step is another one."""
    return lambda name: source_digest(name) + ("changed" if name == step else "")
