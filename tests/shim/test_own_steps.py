"""Steps that users derive from ``Step``, with a ``spec`` and a method ``process``."""

import numpy as np
import pytest
from stdatamodels.jwst.datamodels import ImageModel, RampModel

from snakewebb.errors import ParameterError
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.step import GroupScaleStep, JumpStep, RampFitStep
from snakewebb.stpipe import Step, query_step_status, record_step_status


class TimesStep(Step):
    """Multiply the data."""

    class_alias = "times"
    spec = """
        # all parameters
        factor = float(1, max=9, default=2)  # what to multiply with
        count = integer(default=3, min=1)
        how = option('all', 'none', default='all')
        names = string_list(default=None)
        levels = float_list(default=list(1.0, 2))
        careful = boolean(default=False)  # with care
        note = string(default=nothing)
    """
    reference_file_types = ["gain", "of_mine"]

    def process(self, model):
        self.seen = model
        result = model.copy()
        result.data = result.data * self.factor
        record_step_status(result, "jump", success=False)
        return result


@pytest.fixture
def model():
    made = RampModel(np.ones((1, 2, 3, 3), dtype="float32"))
    made.meta.filename = "jw00017001001_01101_00001_nrca1_uncal.fits"
    return made


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_its_parameters_are_those_of_its_spec_and_those_that_all_have():
    assert TimesStep().get_pars(full_spec=False) == {
        "factor": 2,
        "count": 3,
        "how": "all",
        "names": None,
        "levels": [1.0, 2],
        "careful": False,
        "note": "nothing",
    }
    assert TimesStep().get_pars()["save_results"] is False
    assert TimesStep(override_gain="my_gain.fits").get_ref_override("gain") == "my_gain.fits"
    assert TimesStep().get_ref_override("of_mine") is None


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ({"factr": 3}, "did you mean 'factor'"),
        ({"factor": 0.5}, "must be a number, at least 1, at most 9"),
        ({"factor": 10}, "must be a number, at least 1, at most 9"),
        ({"how": "some"}, "one of 'all', 'none'"),
        ({"careful": "yes"}, "must be true or false"),
        ({"names": "one"}, "must be a list"),
    ],
)
def test_they_are_checked_like_those_of_any_step(said, fault, model):
    with pytest.raises(ParameterError, match=fault):
        TimesStep(**said)
    with pytest.raises(ParameterError, match=fault):
        TimesStep.call(model, **said)


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("factor", "write it as name = float"),
        ("factor = 3", "write it as name = float"),
        ("factor = flaot(default=3)", "unknown type 'flaot'; did you mean 'float'"),
        ("factor = float(default=3", "was never closed"),
        ("factor = float(default=1 + x)", "declares no parameter"),
    ],
)
def test_a_line_of_a_spec_that_declares_nothing_is_named(line, fault):
    with pytest.raises(ParameterError, match=fault):
        type("MyStep", (Step,), {"spec": line, "process": lambda self, model: model})


def test_it_is_called_with_keywords_a_parameter_file_or_attributes(model, here):
    (here / "my.yaml").write_text("class: mine.TimesStep\nparameters: {factor: 4, count: 5}\n")
    step = TimesStep()
    step.factor = 6

    assert TimesStep.call(model).data.max() == 2
    assert TimesStep.call(model, factor=3).data.max() == 3
    assert TimesStep.call(model, config_file="my.yaml").data.max() == 4
    assert TimesStep.call(model, config_file="my.yaml", factor=5).data.max() == 5
    assert step.run(model).data.max() == 6
    assert step(model).data.max() == 6


def test_what_it_is_told_is_exported_and_read_again():
    step = TimesStep(factor=7, note="mine")
    step.export_config("times.asdf")

    assert TimesStep.from_config_file("times.asdf").get_pars() == step.get_pars()


def test_it_may_remember_what_is_no_parameter(model):
    step = TimesStep()
    step.run(model)

    assert step.seen is model
    assert "seen" not in step.get_pars()


def test_it_writes_nothing_unless_asked_and_then_under_its_own_name(model, here):
    TimesStep.call(model, output_dir="there", save_results=False)
    assert list(here.iterdir()) == []

    TimesStep.call(model, save_results=True)
    TimesStep.call(model, output_dir="there", suffix="mine")

    root = "jw00017001001_01101_00001_nrca1"
    assert sorted(str(p.relative_to(here)) for p in here.rglob("*.fits")) == [
        f"{root}_times.fits",
        f"there/{root}_mine.fits",
    ]


def test_one_that_is_skipped_returns_what_it_was_given(model):
    assert TimesStep(skip=True).run(model) is model


def test_it_says_itself_what_it_did(model):
    assert query_step_status(TimesStep.call(model), "jump") == "FAILED"
    record_step_status(model, "jump", status="SKIPPED")
    assert query_step_status(model, "jump") == "SKIPPED"


def test_it_has_hooks_which_are_given_a_copy_before_and_the_result_after(model):
    def zero(copy):
        copy.data[:] = 0

    result = TimesStep.call(model, pre_hooks=[zero], post_hooks=[lambda m: TimesStep.call(m)])

    assert result.data.max() == 0
    assert model.data.max() == 1


@pytest.mark.parametrize("hook", [TimesStep, TimesStep(factor=2), lambda m: TimesStep.call(m)])
def test_it_is_a_hook_of_another_step(small_raw, hook):
    plain = GroupScaleStep.call(small_raw)

    assert np.array_equal(GroupScaleStep.call(small_raw, post_hooks=[hook]).data, 2 * plain.data)


def test_one_that_takes_two_models_may_follow_the_fit_of_ramps(small_raw):
    class BothStep(Step):
        def process(self, rate, rateints):
            return rateints, rate

    rate, rateints = RampFitStep.call(small_raw, post_hooks=[BothStep])

    assert (rate.data.ndim, rateints.data.ndim) == (3, 2)


def test_hooks_after_a_pipeline_are_given_what_it_returns(small_raw):
    seen = []

    rate = Detector1Pipeline.call(small_raw, post_hooks=[seen.append])

    assert seen == [rate]
    assert isinstance(rate, ImageModel)


def test_no_other_step_takes_two_exposures(small_raw):
    with pytest.raises(TypeError, match="GroupScaleStep takes one exposure, not 2"):
        GroupScaleStep().run(small_raw, small_raw)


@pytest.mark.parametrize("base", [JumpStep, Detector1Pipeline])
def test_what_a_step_or_pipeline_does_cannot_be_replaced(base):
    with pytest.raises(TypeError, match="has its own process, but cannot replace what"):
        type("MyStep", (base,), {"process": lambda self, model: model})


def test_own_methods_may_be_added_to_a_pipeline(small_raw):
    class MyPipeline(Detector1Pipeline):
        def only_flags(self, exposure):
            for name in list(self.step_defs)[2:]:
                getattr(self, name).skip = True
            return self.run(exposure)

    result = MyPipeline().only_flags(small_raw)

    assert query_step_status(result, "dq_init") == "COMPLETE"
    assert query_step_status(result, "jump") == "SKIPPED"


def test_an_own_step_cannot_take_the_place_of_one_in_a_pipeline():
    with pytest.raises(ParameterError, match="own steps are given to it in pre_hooks"):
        Detector1Pipeline().ramp_fit = TimesStep()
