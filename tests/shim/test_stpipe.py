"""The methods that scripts know from ``stpipe``."""

import os.path

import asdf
import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from snakewebb.errors import InputError, ParameterError
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.run.cmdline import parse
from snakewebb.run.parameters import keyword_layer, resolve
from snakewebb.step import GroupScaleStep, JumpStep, RampFitStep, SaturationStep, SuperBiasStep
from snakewebb.stpipe import Pipeline, Step, query_step_status

OFF = {"skip": True}
ONLY_GROUP_SCALE = {name: OFF for name in Detector1Pipeline.step_defs if name != "group_scale"}


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_parameters_of_a_step_are_a_dict_with_or_without_those_that_all_have():
    step = JumpStep(rejection_threshold=7)

    assert step.get_pars()["rejection_threshold"] == 7.0
    assert step.get_pars()["save_results"] is False
    assert step.get_pars(full_spec=False).keys() == {p.name for p in step._target.parameters}


def test_the_parameters_of_a_pipeline_hold_those_of_its_steps():
    pipe = Detector1Pipeline(steps={"jump": {"rejection_threshold": 7}})

    parameters = pipe.get_pars()

    assert parameters["save_calibrated_ramp"] is False
    assert parameters["steps"].keys() == Detector1Pipeline.step_defs.keys()
    assert parameters["steps"]["jump"]["rejection_threshold"] == 7.0


def test_overrides_are_among_the_parameters_once_they_are_set():
    step = JumpStep()
    assert "override_gain" not in step.get_pars()

    step.override_gain = "my_gain.fits"

    assert step.get_pars()["override_gain"] == "my_gain.fits"
    assert step.get_ref_override("gain") == "my_gain.fits"
    assert step.get_ref_override("readnoise") is None


def test_parameters_are_updated_all_or_none():
    pipe = Detector1Pipeline()
    pipe.update_pars({"save_results": True, "steps": {"dark": {"skip": True}}})
    assert (pipe.save_results, pipe.dark_current.skip) == (True, True)

    with pytest.raises(ParameterError, match="did you mean 'rejection_threshold'"):
        pipe.update_pars({"save_results": False, "steps": {"jump": {"rejection_treshold": 3}}})

    assert pipe.save_results is True


def test_all_that_is_wrong_in_a_constructor_is_said_at_once():
    with pytest.raises(ParameterError) as fault:
        JumpStep(rejection_treshold=3, skip="no")

    assert "did you mean 'rejection_threshold'?" in str(fault.value)
    assert "skip = 'no' (keyword argument): must be true or false" in str(fault.value)


def test_an_instance_has_the_names_that_jwst_gives_it():
    pipe = Detector1Pipeline()

    assert (pipe.name, pipe.class_alias) == ("Detector1Pipeline", "calwebb_detector1")
    assert (pipe.jump.name, pipe.jump.parent) == ("jump", pipe)
    assert (JumpStep("mine").name, JumpStep().parent) == ("mine", None)
    assert JumpStep.reference_file_types == ["gain", "readnoise"]
    assert Detector1Pipeline.step_defs["jump"] is JumpStep


def test_the_base_classes_stand_for_no_step():
    assert isinstance(Detector1Pipeline(), Pipeline)
    assert isinstance(JumpStep(), Step)
    for base in (Step, Pipeline):
        with pytest.raises(TypeError, match="stands for all steps"):
            base()


def test_a_parameter_of_jwst_without_meaning_here_may_be_set():
    step = JumpStep(output_use_model=True)
    step.search_output_file = False

    assert "output_use_model" not in step.get_pars()


@pytest.mark.parametrize("base", [Step, None])
def test_what_is_exported_is_read_again(here, base):
    step = JumpStep(rejection_threshold=7, override_gain="gain.fits")
    step.export_config("jump.asdf")

    again = (base or JumpStep).from_config_file("jump.asdf")

    assert type(again) is JumpStep
    assert again.get_pars() == step.get_pars()


def test_an_exported_pipeline_holds_its_steps_and_is_read_again(here):
    pipe = Detector1Pipeline(save_results=True, steps={"jump": {"rejection_threshold": 7}})
    pipe.export_config("detector1.asdf")

    again = Step.from_config_file("detector1.asdf")

    assert type(again) is Detector1Pipeline
    assert again.get_pars() == pipe.get_pars()


def test_an_exported_file_names_the_classes_of_jwst_and_what_crds_asks_for(here):
    Detector1Pipeline().export_config("detector1.asdf", include_metadata=True)

    with asdf.open("detector1.asdf") as file:
        assert file["class"] == "jwst.pipeline.calwebb_detector1.Detector1Pipeline"
        assert file["steps"][0]["class"] == "jwst.group_scale.group_scale_step.GroupScaleStep"
        assert file["steps"][0]["name"] == "group_scale"
        assert file["meta"]["reftype"] == "<SPECIFY>"


def test_a_file_for_another_class_is_refused(here):
    JumpStep().export_config("jump.asdf")

    with pytest.raises(ParameterError, match="holds the parameters of JumpStep, not of Saturation"):
        SaturationStep.from_config_file("jump.asdf")


def test_a_file_for_an_unknown_class_is_refused_with_the_nearest(here):
    (here / "my.yaml").write_text("class: mine.JumbStep\nparameters: {skip: true}\n")

    with pytest.raises(ParameterError, match="'JumbStep'; did you mean 'JumpStep'"):
        Step.from_config_file("my.yaml")


def test_an_instance_of_a_file_remembers_the_origin_of_its_values(small_raw, here):
    (here / "my.yaml").write_text("parameters:\n  rejection_threshold: 7\n")

    result = JumpStep.from_config_file("my.yaml").run(small_raw)

    noted = result.meta.snakewebb.parameters.jump.rejection_threshold
    assert (noted.value, noted.origin) == (7.0, "my.yaml, line 2")


def test_the_configuration_for_an_exposure_holds_what_is_no_default(small_raw, here):
    config, file = JumpStep.build_config(str(small_raw), flag_4_neighbors=False)

    assert config == {"rejection_threshold": 5.0, "flag_4_neighbors": False}
    assert file is None
    step = JumpStep.from_config_section({**config, "rejection_threshold": 6.0})
    assert (step.rejection_threshold, step.flag_4_neighbors) == (6.0, False)


def test_the_configuration_of_a_pipeline_has_an_entry_for_every_step(small_raw):
    with datamodels.open(small_raw) as model:
        config, _ = Detector1Pipeline.build_config(model, steps={"dark": {"skip": True}})

    assert config["steps"].keys() == Detector1Pipeline.step_defs.keys()
    assert config["steps"]["jump"] == {"rejection_threshold": 5.0}
    assert config["steps"]["refpix"] == {"side_smoothing_length": 21}
    assert config["steps"]["dark_current"] == {"skip": True}
    assert Detector1Pipeline.from_config_section(config).jump.rejection_threshold == 5.0


def test_the_values_of_crds_are_asked_for_alone(small_raw):
    found = Detector1Pipeline.get_config_from_reference(small_raw)

    assert found["steps"]["jump"] == {"rejection_threshold": 5.0}
    assert JumpStep.get_config_from_reference(small_raw) == {"rejection_threshold": 5.0}
    assert JumpStep.get_config_from_reference(small_raw, disable=True) == {}
    assert JumpStep.get_config_reftype() == "pars-jumpstep"


def test_the_specification_names_type_default_and_limits(capsys):
    assert JumpStep.load_spec_file()["rejection_threshold"] == "float(default=4.0, min=0)"
    assert JumpStep.load_spec_file()["flag_4_neighbors"] == "boolean(default=True)"
    assert JumpStep.load_spec_file()["override_gain"] == "is_string_or_datamodel(default=None)"
    assert "option(" in RampFitStep.load_spec_file()["algorithm"]
    assert Detector1Pipeline.load_spec_file()["steps"]["jump"] == JumpStep.load_spec_file()

    JumpStep.print_configspec()
    line = next(x for x in capsys.readouterr().out.splitlines() if x.startswith("rejection_thr"))
    assert line.startswith("rejection_threshold = float(default=4.0, min=0)  # ")

    Detector1Pipeline.print_configspec()
    assert "[[jump]]" in capsys.readouterr().out.splitlines()


def test_a_reference_file_is_found_for_an_exposure(small_raw):
    found = JumpStep().get_reference_file(small_raw, "gain")

    assert os.path.basename(found).startswith("jwst_nircam_gain")
    assert JumpStep(override_gain="mine.fits").get_reference_file(small_raw, "gain") == "mine.fits"


def test_hooks_are_given_the_exposure_before_and_the_result_after(small_raw):
    seen = []

    def before(model):
        seen.append(("before", model.meta.cal_step.group_scale))

    def after(model):
        seen.append(("after", model.meta.cal_step.group_scale))

    GroupScaleStep.call(small_raw, pre_hooks=[before], post_hooks=[after])

    assert seen[0] == ("before", None)
    assert seen[1][0] == "after"
    assert seen[1][1] in ("COMPLETE", "SKIPPED")


def test_what_a_hook_returns_takes_the_place_of_what_it_was_given(small_raw):
    def all_seven(model):
        changed = model.copy()
        changed.data[:] = 7
        return changed

    result = GroupScaleStep.call(small_raw, pre_hooks=[all_seven])

    assert (result.data == 7).all()


def test_what_a_hook_changes_in_place_is_changed_but_not_in_the_callers_model(small_raw):
    def all_seven(model):
        model.data[:] = 7

    with datamodels.open(small_raw) as raw:
        result = GroupScaleStep.call(raw, post_hooks=[all_seven])

        assert (result.data == 7).all()
        assert not (raw.data == 7).any()


def test_hooks_are_called_even_if_the_step_is_skipped(small_raw):
    seen = []

    SuperBiasStep.call(small_raw, skip=True, pre_hooks=[seen.append], post_hooks=[seen.append])

    assert len(seen) == 2


def test_hooks_after_ramp_fitting_are_given_the_pair(small_raw):
    shapes = []

    def after(rate, rateints):
        shapes.append((rate.data.ndim, rateints.data.ndim))

    RampFitStep.call(small_raw, post_hooks=[after])

    assert shapes == [(2, 3)]


def test_hooks_of_a_pipeline_stand_around_those_of_its_steps(small_raw):
    order = []
    inner = {"pre_hooks": [lambda m: order.append(2)], "post_hooks": [lambda m: order.append(3)]}

    Detector1Pipeline.call(
        small_raw,
        pre_hooks=[lambda m: order.append(1)],
        post_hooks=[lambda m: order.append(4)],
        steps={**ONLY_GROUP_SCALE, "group_scale": inner},
    )

    assert order == [1, 2, 3, 4]


def test_a_step_may_be_a_hook(small_raw):
    result = GroupScaleStep.call(small_raw, post_hooks=[SaturationStep])

    assert query_step_status(result, "saturation") == "COMPLETE"


def test_hooks_are_attributes_of_an_instance_too(small_raw):
    seen = []
    step = GroupScaleStep()
    assert step.pre_hooks == ()

    step.pre_hooks = [seen.append]
    step.run(small_raw)

    assert len(seen) == 1


def test_a_hook_that_returns_no_model_is_named(small_raw):
    def shape(model):
        return model.shape

    with pytest.raises(InputError, match=r"shape \(post_hooks\) must return data models"):
        GroupScaleStep.call(small_raw, post_hooks=[shape])


def test_settings_for_the_log_of_jwst_are_accepted(small_raw):
    with pytest.warns(UserWarning, match="logcfg is ignored"):
        result = GroupScaleStep.call(small_raw, logcfg="x.cfg", configure_log=False)

    assert np.isfinite(result.data).all()


def test_a_command_line_saves_the_result_and_returns_the_values_used(small_raw, here):
    words = ["calwebb_detector1", str(small_raw), "--steps.jump.rejection_threshold=12"]
    words += ["--output_file='it'", "--steps.ipc.skip=True", "--save-parameters=used.asdf"]

    pipe = Step.from_cmdline(words)

    assert isinstance(pipe, Detector1Pipeline)
    assert (pipe.jump.rejection_threshold, pipe.ipc.skip) == (12.0, True)
    with datamodels.open("it_rate.fits") as rate:
        entry = rate.meta.snakewebb.parameters.jump.rejection_threshold
        assert (entry.value, entry.origin) == (12.0, "command line")
        assert rate.meta.snakewebb.parameters.refpix.side_smoothing_length.value == 21
    assert Detector1Pipeline.from_config_file("used.asdf").jump.rejection_threshold == 12.0


def test_a_command_line_may_name_a_parameter_file_and_leave_that_of_crds_out(small_raw, here):
    (here / "my.yaml").write_text("class: RefPixStep\nparameters: {odd_even_rows: false}\n")

    step = Step.from_cmdline(["my.yaml", str(small_raw), "--disable-crds-steppars"])

    assert (step.odd_even_rows, step.side_smoothing_length) == (False, 11)
    assert [path.name for path in here.glob("*.fits")] == [
        small_raw.name.replace("_uncal", "_refpix")
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("--rejection_threshold=12", 12.0),
        ("--rejection_threshold=1e1", 10.0),
        ("--sat_expand=3", 3),
        ("--flag_4_neighbors=false", False),
        ("--maximum_cores='half'", "half"),
        ("--output_file=12", "12"),
        ("--output_file=None", None),
    ],
)
def test_words_of_a_command_line_have_the_type_of_their_parameter(text, value):
    command = parse(["jwst.jump.JumpStep", *text.split("=")])

    (found,) = command.parameters.values()
    assert (found, type(found)) == (value, type(value)) or found == value == float(found)
    assert resolve(JumpStep._target, [keyword_layer(JumpStep._target, command.parameters)])


def test_lists_of_a_command_line_are_separated_by_commas():
    words = ["clean_flicker_noise", "--background_box_size=8, 16"]
    assert parse(words).parameters == {"background_box_size": [8, 16]}


def test_options_of_a_command_line_about_the_log_are_left_to_logging(small_raw, here):
    with pytest.warns(UserWarning, match="log-level, verbose: configure `logging`"):
        Step.from_cmdline(["group_scale", str(small_raw), "-v", "--log-level=DEBUG"])


def test_help_of_a_command_line_names_all_parameters(capsys):
    assert Step.from_cmdline(["-h", "jump"]) is None
    assert "rejection_threshold = float(default=4.0, min=0)" in capsys.readouterr().out


def test_a_model_is_saved_as_the_result_would_be(small_raw, here):
    model = SuperBiasStep.call(small_raw)
    root = small_raw.name.removesuffix("_uncal.fits")

    assert SuperBiasStep().save_model(model) is None
    assert SuperBiasStep(save_results=True).save_model(model) == f"{root}_superbias.fits"
    pipe = Detector1Pipeline(output_dir="of_the_pipeline")
    assert pipe.jump.save_model(model, force=True) == f"of_the_pipeline/{root}_jump.fits"
    step = SuperBiasStep(output_dir="there", output_file="it.fits")
    assert step.save_model(model, suffix="mine") == "there/it_mine.fits"
    assert (here / f"{root}_superbias.fits").is_file()
    assert (here / "there" / "it_mine.fits").is_file()


def test_own_code_in_a_subclass_is_refused_with_advice():
    with pytest.raises(TypeError, match=r"has its own process and spec.*post_hooks="):

        class Mine(JumpStep):
            spec = "threshold = float(default=1.0)"

            def process(self, model):
                return model

    with pytest.raises(TypeError, match=r"sets skip for all its instances.*JumpStep\(skip="):

        class Left(JumpStep):
            skip = True


def test_a_subclass_with_further_methods_is_used_as_the_class(small_raw):
    class Mine(SuperBiasStep):
        def twice(self, exposure):
            return self.run(self.run(exposure))

    assert Mine().twice(small_raw).meta.cal_step.superbias == "COMPLETE"
