"""Parameter files of all kinds, and what is said about those that are wrong."""

import os
from pathlib import Path

import asdf
import pytest

from snakewebb.errors import ParameterError
from snakewebb.pipelines import DETECTOR1
from snakewebb.run import crds
from snakewebb.run.parameter_files import read_parameter_file, write_parameter_file
from snakewebb.run.parameters import OWN, resolve
from snakewebb.steps import all_steps

JUMP = all_steps()["jump"]
REAL = Path(__file__).parents[3] / "shared" / "data" / "crds"
INSTRUMENTS = {
    "NIRCAM": "NRC_IMAGE",
    "NIRISS": "NIS_IMAGE",
    "NIRSPEC": "NRS_FIXEDSLIT",
    "MIRI": "MIR_IMAGE",
    "FGS": "FGS_IMAGE",
}
HEAD = """\
#ASDF 1.0.0
#ASDF_STANDARD 1.3.0
%YAML 1.1
%TAG ! tag:stsci.edu:asdf/
--- !core/asdf-1.1.0
history:
  entries:
  - !core/history_entry-1.0.0 {description: Base values, time: !!timestamp '2019-10-29
      21:20:50'}
  extensions:
  - !core/extension_metadata-1.0.0
    extension_class: asdf.extension.BuiltinExtension
    software: {name: asdf, version: 2.4.2}
meta:
  author: A. Neuman
  instrument: {name: NIRCAM}
  reftype: pars-jumpstep
"""


def read(path, text, target=DETECTOR1, **keywords):
    path.write_text(text)
    return resolve(target, read_parameter_file(path, target, **keywords))


def test_a_file_as_crds_ships_it_with_the_parameters_of_jwst_is_read(tmp_path):
    text = HEAD + (
        "class: jwst.jump.jump_step.JumpStep\nname: JumpStep\nparameters:\n"
        "  rejection_threshold: 5.5\n  post_hooks: []\n"
        "  output_use_index: true\n  input_dir: ''\n...\n"
    )

    settings = read(tmp_path / "jwst_nircam_pars-jumpstep_0001.asdf", text, JUMP)

    assert settings.value("jump", "rejection_threshold") == 5.5


def test_a_value_of_an_asdf_file_is_traced_to_its_line(tmp_path):
    text = HEAD + "class: jwst.jump.jump_step.JumpStep\nparameters:\n  skip: true\n...\n"
    path = tmp_path / "my.asdf"

    setting = read(path, text, JUMP)["jump"]["skip"]

    assert setting.origin == f"{path}, line {len(HEAD.splitlines()) + 3}"


def test_steps_may_be_a_mapping_by_name_as_in_python(tmp_path):
    text = "parameters: {save_calibrated_ramp: true}\nsteps:\n  dark: {skip: true}\n  jump:\n"

    settings = read(tmp_path / "my.yaml", text)

    assert settings.value(OWN, "save_calibrated_ramp") is True
    assert settings.value("dark_current", "skip") is True


def test_a_step_called_alone_takes_its_part_of_a_fragment(tmp_path):
    text = "steps:\n- class: JumpStep\n  parameters: {skip: true}\n- class: IPCStep\n"

    assert read(tmp_path / "my.yaml", text, JUMP).value("jump", "skip") is True


def test_a_fragment_that_says_nothing_about_the_step_is_an_error(tmp_path):
    with pytest.raises(ParameterError, match="says nothing about JumpStep"):
        read(tmp_path / "my.yaml", "steps:\n- class: IPCStep\n  parameters: {}\n", JUMP)


@pytest.mark.parametrize(
    "entry",
    [
        "- class: JumpStep\n  config_file: steps/jump.yaml\n  parameters: {sat_expand: 3}",
        "- class: JumpStep\n  parameters: {config_file: steps/jump.yaml, sat_expand: 3}",
        "- name: jump\n  config_file: steps/jump.yaml\n  parameters: {sat_expand: 3}",
    ],
)
def test_a_step_names_a_file_of_its_own_relative_to_the_file_that_names_it(tmp_path, entry):
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / "jump.yaml").write_text("parameters:\n  sat_expand: 4\n  edge_size: 9\n")

    settings = read(tmp_path / "my.yaml", f"steps:\n{entry}\n")

    assert settings.value("jump", "sat_expand") == 3
    assert settings.value("jump", "edge_size") == 9


@pytest.mark.parametrize("name", ["jump.cfg", "calwebb_detector1.cfg"])
def test_an_old_cfg_file_is_refused_with_advice(tmp_path, name):
    text = 'name = "jump"\nclass = "jwst.jump.JumpStep"\nrejection_threshold = 4.0\n'

    with pytest.raises(ParameterError, match=r"of the old kind .* write it as YAML"):
        read(tmp_path / name, text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("parameters: {}\nstep: []\n", r"unknown key 'step' \(.*line 2\); did you mean 'steps'"),
        ("steps:\n- clas: JumpStep\n", r"'clas' \(.*line 2\); did you mean 'class'"),
        ("steps:\n- class: mine.JumbStep\n", "unknown step 'JumbStep'"),
        ("steps:\n- class: JumpStep\n- name: jump\n", "more than once of jump"),
        ("steps:\n  jump: {skip: true, skip: false}\n", "'skip' stands in line 2 and 2"),
        ("steps:\n- class: JumpStep\n  parameters: [1]\n", "line 3. must map parameters"),
        ("steps:\n- JumpStep\n", "'steps' must be a list of steps"),
        ("steps:\n- class: JumpStep\n  config_file: none.yaml\n", "none.yaml does not exist"),
        ("class: jwst.Detector2Pipeline\nparameters: {}\n", "did you mean 'Detector1Pipeline'"),
        ("steps: {jump: {rejection_threshold: high}}\n", "'high' .*line 1.: must be a number"),
        ("steps: {jump: {post_hooks: [os.abort]}}\n", "hooks are code"),
        ("parameters: {config_file: my.yaml}\n", "name each other by config_file in a circle"),
    ],
)
def test_what_is_wrong_in_a_users_file_is_named(tmp_path, text, fault):
    with pytest.raises(ParameterError, match=fault):
        read(tmp_path / "my.yaml", text)


def test_unknown_classes_and_keys_in_a_file_of_crds_are_ignored(tmp_path):
    text = "class: Detector1Pipeline\nfuture: 1\nparameters: {}\nsteps:\n- class: jwst.NewStep\n"

    settings = read(tmp_path / "pars.asdf", text, origin="pars.asdf", strict=False)

    assert settings.value("jump", "skip") is False


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "my.asdf"
    write_parameter_file(path, JUMP, {"rejection_threshold": 6.5, "post_hooks": (print,)})

    settings = resolve(JUMP, read_parameter_file(path, JUMP))

    assert settings.value("jump", "rejection_threshold") == 6.5
    with asdf.open(path) as file:
        assert file["parameters"]["post_hooks"] == []


@pytest.fixture
def real_mappings(monkeypatch):
    if not REAL.is_dir():
        pytest.skip("the real CRDS mappings are not here")
    settings = {
        "CRDS_PATH": REAL,
        "CRDS_CONTEXT": "jwst_0676.pmap",
        "CRDS_READONLY_CACHE": "1",
        "CRDS_SERVER_URL": "https://crds.invalid",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, os.fspath(value))


def header(instrument, exposure_type, **of_instrument):
    keys = {f"meta.instrument.{key}": value for key, value in of_instrument.items()}
    return {
        "meta.instrument.name": instrument,
        "meta.exposure.type": exposure_type,
        "meta.observation.date": "2022-07-01",
        "meta.observation.time": "00:00:00",
        **keys,
    }


@pytest.mark.usefixtures("real_mappings")
@pytest.mark.parametrize(
    ("exposure", "kind", "name"),
    [
        (header("FGS", "FGS_IMAGE", detector="GUIDER2"), "tweakregstep", "fgs:0002"),
        (header("MIRI", "MIR_IMAGE", filter="F1000W"), "tweakregstep", "miri:0003"),
        (
            header("NIRCAM", "NRC_IMAGE", filter="F115W", pupil="CLEAR"),
            "tweakregstep",
            "nircam:0001",
        ),
        (
            header("NIRISS", "NIS_IMAGE", filter="CLEAR", pupil="F140M"),
            "tweakregstep",
            "niriss:0003",
        ),
        (header("NIRISS", "NIS_AMI"), "image2pipeline", "niriss:0001"),
        (
            header("NIRSPEC", "NRS_LAMP", lamp_mode="IFU", lamp_state="FLAT2"),
            "spec2pipeline",
            "nirspec:0002",
        ),
    ],
)
def test_the_real_mappings_name_the_parameter_file_of_an_exposure(exposure, kind, name):
    instrument, number = name.split(":")

    found = crds.recommended(exposure, [f"pars-{kind}"])

    assert found == {f"pars-{kind}": f"jwst_{instrument}_pars-{kind}_{number}.asdf"}


@pytest.mark.usefixtures("real_mappings")
@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_a_context_without_parameter_files_leaves_the_coded_defaults(instrument):
    exposure = header(instrument, INSTRUMENTS[instrument])

    layers = crds.parameter_layers(DETECTOR1, exposure)

    assert layers == []  # no context from before launch has one for this pipeline
