"""What a job is predicted to need grows with the exposure, and depends on the kind of step."""

import pytest

from snakewebb.run.resources import MARGIN, predicted

FRAME = (1, 10, 2048, 2048)
RAMP = 160  # MB of such an exposure as float32
IMAGE = 16


def test_a_step_on_ramps_needs_memory_for_the_ramp_and_its_reference_files():
    small, large = (predicted(["dq_init"], (1, n, 2048, 2048), 0).mem_mb for n in (10, 20))
    assert large - small == round(MARGIN * 1.4 * RAMP)

    with_references = predicted(["dq_init"], FRAME, 100).mem_mb
    assert with_references - small == round(MARGIN * 1.75 * 100)


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
