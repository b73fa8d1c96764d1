"""What is said about wrong inputs: what is wrong, where it was said, and what would be right."""

import re
from pathlib import Path

import pytest
import yaml

from snakewebb.errors import SnakewebbError
from snakewebb.pipeline import Detector1Pipeline
from snakewebb.run.explain import explain
from snakewebb.run.workflow import Workflow
from snakewebb.step import DarkCurrentStep, JumpStep, RampFitStep, RefPixStep, SaturationStep
from snakewebb.stpipe import Step

RAW = "jw00017001001_01101_00001_nrca1_uncal.fits"
NEEDED = {"exposures": [RAW], "results": "results"}


@pytest.fixture(autouse=True)
def empty(tmp_path, monkeypatch):
    """An empty folder: nothing of what follows gets as far as to read an exposure."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pipeline(**keywords):
    return lambda: Detector1Pipeline.call(RAW, **keywords)


def in_jump(**parameters):
    return pipeline(steps={"jump": parameters})


def step(step_class, **keywords):
    return lambda: step_class.call(RAW, **keywords)


def file(text, name="my.yaml", **keywords):
    def call():
        Path(name).write_text(text)
        Detector1Pipeline.call(RAW, config_file=name, **keywords)

    return call


def configuration(**config):
    """A configuration of the workflow, in a file."""

    def call():
        text = yaml.safe_dump({**NEEDED, **config}, sort_keys=False)
        Path("run.yaml").write_text(text)
        Workflow(yaml.safe_load(text), ["run.yaml"])

    return call


def attribute(owner, name, value):
    return lambda: setattr(owner(), name, value)


def explained(**options):
    def call():
        Path(RAW).touch()
        explain(RAW, **options)

    return call


def command(*words):
    return lambda: Step.from_cmdline(list(words))


class ModelContainer:
    """Stands for the class of that name in jwst."""


KEYWORD = r"\(keyword argument\)"
WRONG = {
    # names
    "a step": (pipeline(steps={"jmup": {}}), rf"'jmup' {KEYWORD}; did you mean 'jump'"),
    "no near step": (pipeline(steps={"zzz": {}}), "unknown step 'zzz' .*known: charge_migration, "),
    "a step of another name": (pipeline(steps={"rampfit": {}}), "did you mean 'ramp_fit'"),
    "a number as step": (pipeline(steps={3: {}}), "unknown step 3"),
    "a parameter of a step": (
        in_jump(rejection_treshold=3),
        rf"'jump' has no parameter 'rejection_treshold' {KEYWORD}; did you mean 'rejection_thresh",
    ),
    "a parameter of a step alone": (step(JumpStep, flag_neighbours=3), "'flag_neighbours'"),
    "a parameter of another step": (in_jump(n_pix_grow_sat=1), "has no parameter 'n_pix_grow_sat'"),
    "a parameter of the pipeline": (
        pipeline(save_calibrated_rampp=True),
        "Detector1Pipeline has no parameter .* did you mean 'save_calibrated_ramp'",
    ),
    "a common parameter": (pipeline(save_result=True), "did you mean 'save_results'"),
    "a parameter of a step in the pipeline": (
        pipeline(rejection_threshold=3),
        "it is a parameter of jump: say steps={'jump'",
    ),
    "a step as parameter": (pipeline(jump={"skip": True}), "it is a step: say steps={'jump'"),
    "a number as parameter": (pipeline(steps={"jump": {3: 4}}), "has no parameter 3"),
    "a reference type": (
        in_jump(override_jump="x.fits"),
        "reads no reference of type 'jump' .* its reference types: gain, readnoise",
    ),
    "a reference type of another step": (
        step(SaturationStep, override_gain="x.fits"),
        "reads no reference of type 'gain' .* saturation",
    ),
    "a reference type of a step without any": (
        step(RefPixStep, override_flat="x.fits"),
        "no reference of type 'flat'",
    ),
    "a reference type of the pipeline": (
        pipeline(override_gain="x"),
        "it is a parameter of jump, picture_frame, ",
    ),
    "steps of a step": (step(JumpStep, steps={}), "JumpStep is a step and takes no 'steps'"),
    "several at once": (
        pipeline(save_result=True, steps={"jmup": {}, "jump": {"skip": 1, "nothing": 2}}),
        r"(?s)4 problems:.*'save_result'.*'jmup'.*jump.skip = 1 .*'nothing'",
    ),
    # shapes
    "steps that are no mapping": (pipeline(steps=3), "'steps' .* must map steps to their param"),
    "steps in a list": (pipeline(steps=[{"jump": {}}]), "must map steps to their parameters"),
    "parameters that are no mapping": (pipeline(steps={"jump": 3}), "must map parameters to val"),
    "parameters that are a text": (pipeline(steps={"jump": "skip"}), "must map parameters"),
    # types
    "a text for a number": (in_jump(rejection_threshold="12"), rf"= '12' {KEYWORD}: must be a num"),
    "a truth for a number": (in_jump(rejection_threshold=True), "= True .*: must be a number"),
    "nothing for a number": (in_jump(rejection_threshold=None), "= None .*: must be a number"),
    "NaN": (in_jump(rejection_threshold=float("nan")), "= nan .*: must be a number"),
    "a list for a number": (in_jump(rejection_threshold=[4.0]), "must be a number, at least 0"),
    "a fraction for a whole number": (in_jump(sat_expand=1.5), "must be a whole number"),
    "infinity for a whole number": (in_jump(sat_expand=float("inf")), "must be a whole number"),
    "a number for a truth": (in_jump(skip=1), "must be true or false"),
    "a text for a truth": (in_jump(skip="yes"), "must be true or false"),
    "nothing for a truth": (pipeline(save_results=None), "must be true or false"),
    "a number for a text": (pipeline(output_dir=1.5), "output_dir = 1.5 .*must be a text"),
    "a truth for a text": (pipeline(output_file=True), "must be a text"),
    "a number for a file": (in_jump(override_gain=3), "path of a reference file, an open referen"),
    "a list for a file": (in_jump(override_gain=["a.fits"]), "path of a reference file"),
    "a text for a list of hooks": (
        in_jump(pre_hooks="os.abort"),
        "must be a list, each a function",
    ),
    # the command line
    "no class on the command line": (lambda: Step.from_cmdline([]), "names no pipeline or step"),
    "a class on the command line": (
        command("calwebb_detector"),
        "'calwebb_detector'; did you mean",
    ),
    "a parameter on the command line": (
        command("jump", "x.fits", "--skp=true", "--rejection_threshold=few"),
        r"(?s)2 problems.*'skp' \(command line\); did.*= 'few' \(command line\): must be a number",
    ),
    "a depth on the command line": (command("jump", "--steps.x=1"), "nor --steps.step.parameter"),
    "no value on the command line": (command("jump", "--skip"), "--skip .* has no value"),
    "two exposures": (command("jump", "a.fits", "b.fits"), "takes one exposure, .* a.fits, b.fits"),
    "a file without a class": (
        lambda: (Path("my.yaml").write_text("steps: {}"), Step.from_cmdline(["my.yaml"])),
        "my.yaml does not say which class it is for",
    ),
    # what is no exposure
    "an association": (
        lambda: (Path("x_asn.json").write_text("{}"), JumpStep.call("x_asn.json")),
        "x_asn.json is not a FITS file: the first stage takes no association or container, but one",
    ),
    "a list of exposures": (lambda: JumpStep.call([RAW]), "no exposure; the first stage takes no"),
    "the content of an association": (
        lambda: Detector1Pipeline.call({"products": [{"members": []}]}),
        "one exposure at a time: call it for each",
    ),
    "a container": (lambda: RampFitStep.call(ModelContainer()), "one exposure at a time"),
    "a number for a hook": (in_jump(pre_hooks=[3]), "a function, a step or the import path"),
    "a command for a hook": (in_jump(post_hooks=["ds9 {0}"]), "commands of a shell are not run"),
    "a hook that is nowhere": (in_jump(post_hooks=["os.nothing"]), "cannot be imported: module 'o"),
    # limits and choices
    "too low": (in_jump(rejection_threshold=-1), r"jump.rejection_threshold = -1 .*, at least 0"),
    "too low alone": (step(JumpStep, rejection_threshold=-0.1), "at least 0"),
    "no choice": (pipeline(steps={"ramp_fit": {"algorithm": "OLS_D"}}), "must be one of 'OLS_C'"),
    "a choice in lower case": (step(RampFitStep, algorithm="likely"), "must be one of 'OLS_C'"),
    "an extension": (pipeline(output_ext=".txt"), "output_ext = '.txt' .* one of '.fits'"),
    "a suffix with a folder": (pipeline(suffix="a/rate"), "suffix = 'a/rate' .* text that matches"),
    "a suffix with a blank": (in_jump(suffix="my jump"), "jump.suffix = 'my jump'"),
    "a file that a step reads": (
        pipeline(steps={"dq_init": {"user_supplied_dq": "none.fits"}}),
        rf"dq_init.user_supplied_dq {KEYWORD}: the file none.fits does not exist",
    ),
    # attributes
    "an attribute": (attribute(JumpStep, "rejection_treshold", 3), "did you mean 'rejection_thr"),
    "the value of an attribute": (
        attribute(JumpStep, "skip", "no"),
        r"'no' \(attribute\): must be",
    ),
    "an attribute that is a step": (attribute(Detector1Pipeline, "jump", 3), "jump is a step: set"),
    "a keyword of a constructor": (lambda: DarkCurrentStep(dark=3), "has no parameter 'dark'"),
    "steps of a constructor": (lambda: Detector1Pipeline(steps={"x": {}}), "unknown step 'x'"),
    "what is updated": (lambda: JumpStep().update_pars({"skp": True}), "did you mean 'skip'"),
    # parameter files
    "a file that is not there": (pipeline(config_file="none.asdf"), "none.asdf does not exist"),
    "a file of another class": (file("class: JumpStep\nparameters: {}\n"), "not of Detector1Pipel"),
    "a file of an unknown class": (
        file("class: Detecter1Pipeline\nparameters: {}\n"),
        "did you mea",
    ),
    "a key of a file": (
        file("steps: {}\nparamters: {}\n"),
        r"'paramters' \(my.yaml, line 2\); did",
    ),
    "a step in a file": (
        file("steps:\n  jmup: {skip: true}\n"),
        r"'jmup' \(my.yaml, line 2\); did you",
    ),
    "a class in a file": (file("steps:\n- class: jwst.JumbStep\n"), "unknown step 'JumbStep'"),
    "a parameter in a file": (
        file("steps:\n  jump:\n    skp: true\n"),
        r"no parameter 'skp' \(my.yaml, line 3\); did you mean 'skip'",
    ),
    "a value in a file": (
        file("steps:\n  jump:\n    rejection_threshold: -3\n"),
        r"jump.rejection_threshold = -3 \(my.yaml, line 3\): must be a number, at least 0",
    ),
    "hooks in a file": (file("steps: {jump: {pre_hooks: [os.abort]}}\n"), "hooks are code"),
    "a file that is no YAML": (file("steps: ["), "my.yaml cannot be read"),
    "a file without parameters": (file("a: 1"), "no parameter file: it must hold 'class'"),
    "an old file": (file("skip = True", "jump.cfg"), "jump.cfg is of the old kind"),
    "a file and a keyword at once": (
        file("steps: {jump: {skp: true}}\nstep: {}\n", save_result=True),
        r"(?s)3 problems:.*'step'.*'skp'.*'save_result'",
    ),
    "a file that an instance is made of": (lambda: Step.from_config_file("x.asdf"), "not exist"),
    # configuration of the workflow
    "a key of the configuration": (
        configuration(stepz={}),
        r"'stepz' \(run.yaml, line 4\); did you mean 'steps'",
    ),
    "a granularity": (configuration(granularity="job"), "granularity must be step or stage"),
    "a step to keep": (
        configuration(keep=["jmup"]),
        r"'jmup' in keep \(run.yaml, line 4\)",
    ),
    "what to keep": (configuration(keep="some"), "keep must be all, none or a list"),
    "a key of crds": (configuration(crds={"paht": "x"}), "'paht' in crds; did you mean 'path'"),
    "crds that is no mapping": (configuration(crds="x"), "crds must hold path, context, server"),
    "the steps of the configuration": (configuration(steps=3), "'steps' .*must map steps"),
    "a name that the workflow gives": (
        configuration(steps={"jump": {"output_file": "x"}}),
        r"steps.jump.output_file \(run.yaml, line 6\): the workflow names its products itself",
    ),
    "no exposures": (configuration(exposures=None), "lacks 'exposures'"),
    "several keys at once": (
        configuration(stepz={}, keep=["jmup"], granularity="job"),
        r"(?s)4 problems:.*no file matches .*'stepz'.*granularity.*'jmup'",
    ),
    "everything at once": (
        configuration(
            stepz={},
            config_file="none.yaml",
            save_calibrated_ramp=3,
            steps={
                "jmup": {},
                "dark": {"overide_dark": "x.fits", "override_dark": "x.fits"},
                "jump": {"rejection_threshold": -1, "override_flat": "x.fits"},
            },
        ),
        r"(?s)9 problems:.*no file matches.*'stepz' \(run.yaml, line 4\).*none.yaml does not exist"
        r".*save_calibrated_ramp = 3 \(run.yaml, line 6\).*'jmup' \(run.yaml, line 8\).*"
        r"'overide_dark' \(run.yaml, line 10\); did you mean 'override_dark'.*= -1 \(run.yaml, "
        r"line 13\).*'flat' \(override_flat, run.yaml.*\(run.yaml, line 11\): the file x.fits does",
    ),
    "a key that no file holds": (
        lambda: Workflow({**NEEDED, "steps": {"jump": {"skp": 1}}}),
        r"'skp' \(configuration, steps.jump.skp\); did you mean 'skip'",
    ),
    "a key that stands twice": (
        lambda: (
            Path("two.yaml").write_text("keep: all\nkeep: none\n"),
            explained(config="two.yaml")(),
        ),
        "two.yaml cannot be read: 'keep' stands in line 1 and 2",
    ),
    "a file that is used": (
        in_jump(override_gain="x.fits"),
        "override_gain .*x.fits does not exist",
    ),
    # names of pipelines, and exposures
    "a pipeline to explain": (explained(pipeline="Detector2Pipeline"), "mean 'Detector1Pipeline'"),
    "a step to explain": (explained(step="jmup"), "did you mean 'jump'"),
    "a configuration to explain": (explained(config="none.yaml"), "none.yaml does not exist"),
    "an exposure that is not there": (pipeline(), f"{RAW} does not exist"),
    "an exposure that is a number": (lambda: JumpStep.call(3), "3 is no exposure; give the path"),
    "an exposure that is a folder": (lambda: JumpStep.call("."), "is no file"),
}


def test_the_table_has_at_least_sixty_rows():
    assert len(WRONG) >= 60


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_input_is_named_with_what_would_be_right(wrong):
    call, said = WRONG[wrong]

    with pytest.raises(SnakewebbError) as fault:
        call()

    assert re.search(said, str(fault.value)), str(fault.value)
    assert len(fault.value.problems) == max(1, len(re.findall("(?m)^  - ", str(fault.value))))
