"""Names that a pipeline lacks, and folders that cannot be: told before anything is computed."""

import pytest

from snakewebb.errors import ParameterError
from snakewebb.pipeline import Detector1Pipeline


def test_a_step_that_a_pipeline_lacks_is_told_with_the_one_that_was_meant():
    pipeline = Detector1Pipeline()

    with pytest.raises(AttributeError, match=r"'jmup'; did you mean 'jump'\?"):
        pipeline.jmup.rejection_threshold = 5.0
    with pytest.raises(ParameterError, match=r"'jmup' \(attribute\); did you mean 'jump'\?"):
        pipeline.jmup = 5.0
    with pytest.raises(ParameterError, match=r"did you mean 'save_calibrated_ramp'\?"):
        pipeline.save_calibrated_ram = True


@pytest.mark.parametrize("within", ["", "/deeper"])
def test_an_output_dir_that_is_a_file_is_refused_before_the_run(small_raw, tmp_path, within):
    (tmp_path / "taken").write_text("a file")

    with pytest.raises(ParameterError, match="output_dir must be a folder"):
        Detector1Pipeline.call(small_raw, output_dir=f"{tmp_path}/taken{within}")

    assert [path.name for path in tmp_path.iterdir()] == ["taken"]
