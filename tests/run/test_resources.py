"""What a job is predicted to need grows with the exposure, and depends on the kind of step."""

import pytest

from snakewebb.pipelines import PIPELINES
from snakewebb.run.resources import LIBRARIES, MARGIN, part_of, predicted, predicted_for_picture

FRAME = (1, 10, 2048, 2048)
RAMP = 160  # MB of such an exposure as float32
IMAGE = 16
SMALL = (2, 3, 16, 16)
SOME = (2, 50, 1024, 1024)
LARGER = {
    "integrations": (4, 50, 1024, 1024),
    "groups": (2, 100, 1024, 1024),
    "rows": (2, 50, 2048, 1024),
    "columns": (2, 50, 1024, 2048),
}
STEPS = sorted({step for pipeline in PIPELINES.values() for step in pipeline.steps})


@pytest.mark.parametrize("axis", LARGER)
@pytest.mark.parametrize("step", STEPS)
def test_a_larger_exposure_needs_no_less_of_anything_and_a_larger_image_more(step, axis):
    small, large = (predicted([step], shape, 0) for shape in (SOME, LARGER[axis]))

    assert large.mem_mb >= small.mem_mb
    assert large.runtime >= small.runtime
    assert large.disk_mb >= small.disk_mb
    if axis in ("rows", "columns"):
        assert large.mem_mb > small.mem_mb


@pytest.mark.parametrize("axis", LARGER)
def test_all_steps_in_one_job_need_more_for_a_larger_exposure(axis):
    steps = PIPELINES["Detector1Pipeline"].order("NIRCAM")
    small, large = (predicted(steps, shape, 0) for shape in (SOME, LARGER[axis]))

    assert large.mem_mb > small.mem_mb
    assert large.runtime > small.runtime


def test_a_failed_job_gets_more_memory_and_time_each_time_it_is_tried_again():
    first = predicted(["jump"], FRAME, 32)

    assert first.at(1) == first
    second, third = first.at(2), first.at(3)
    assert (second.mem_mb, second.runtime) == (first.mem_mb * 3 // 2, first.runtime * 2)
    assert third.mem_mb == first.mem_mb * 2


@pytest.mark.parametrize(
    "prediction", [predicted(["jump"], SMALL, 0), predicted_for_picture(SMALL)]
)
def test_a_small_exposure_needs_memory_for_the_libraries_and_some_time(prediction):
    assert MARGIN * LIBRARIES <= prediction.mem_mb < 1.1 * MARGIN * LIBRARIES
    assert prediction.runtime >= 1
    assert prediction.disk_mb >= 1


def test_of_a_reference_image_the_part_counts_that_the_exposure_covers():
    assert part_of((3, 2048, 2048), (512, 2048)) == pytest.approx(3 * IMAGE / 4)
    assert part_of((160, 160), (2048, 2048)) == part_of((160, 160), (160, 160))


def test_a_step_on_ramps_needs_memory_for_the_ramp_and_its_reference_files():
    small, large = (predicted(["dq_init"], (1, n, 2048, 2048), 0).mem_mb for n in (10, 20))
    assert large - small == round(MARGIN * 1.4 * RAMP)

    with_references = predicted(["dq_init"], FRAME, 100).mem_mb
    assert with_references - small == round(MARGIN * 100)


def test_leaving_out_interleaved_reference_pixels_needs_memory_for_both_ramps():
    interleaved, plain = (1, 10, 3200, 2048), FRAME

    alone = {step: predicted([step], interleaved, 0).mem_mb for step in ("dq_init", "linearity")}
    both = predicted(["refpix"], interleaved, 0).mem_mb

    assert alone["linearity"] == predicted(["linearity"], plain, 0).mem_mb
    assert both - alone["dq_init"] == pytest.approx(MARGIN * 1.4 * RAMP, abs=1)
    assert predicted(["refpix"], plain, 0) == predicted(["dq_init"], plain, 0)


def test_a_step_on_rates_needs_no_memory_for_the_ramp():
    few, many = (predicted(["gain_scale"], (1, n, 2048, 2048), 0) for n in (10, 100))

    assert few == many


def test_a_fit_needs_memory_for_ramp_and_rates_of_each_integration():
    one, two = (predicted(["ramp_fit"], (n, 10, 2048, 2048), 0).mem_mb for n in (1, 2))

    assert two - one == round(MARGIN * (1.4 * RAMP + 5 * IMAGE))


def test_all_steps_in_one_job_need_more_of_each_than_any_step_alone():
    steps = ["dq_init", "jump", "ramp_fit", "gain_scale"]
    together = predicted(steps, FRAME, 0)

    for step in steps:
        alone = predicted([step], FRAME, 0)
        assert together.mem_mb >= alone.mem_mb
        assert together.runtime > alone.runtime


def test_what_is_written_fits_on_the_disk_that_is_predicted():
    flags, image_flags = RAMP / 4, IMAGE

    assert predicted(["jump"], FRAME, 0).disk_mb >= RAMP + flags + image_flags


def test_a_bound_on_memory_is_all_that_a_job_asks_for_and_the_rest_goes_to_the_disk():
    free = predicted(["dq_init"], FRAME, 0)
    small = predicted(["dq_init"], FRAME, 0, bound=300)
    large = predicted(["dq_init"], FRAME, 0, bound=10**6)

    assert small.mem_mb == 300
    assert small.disk_mb - free.disk_mb == pytest.approx(free.mem_mb, abs=1)
    assert large == free
