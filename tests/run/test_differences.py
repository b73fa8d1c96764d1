"""What differs between two plans, in words."""

from snakewebb.run.differences import as_lines, change_of, together

JOBS = ("dq_init", "jump", "ramp_fit")
BEFORE = {
    "dq_init": ["dq_init: mask = a.fits"],
    "jump": ["jump: gain = a.fits", "jump: source = 1"],
    "ramp_fit": ["ramp_fit: gain = a.fits"],
}


def test_plans_that_depend_on_the_same_do_not_differ():
    assert change_of(JOBS, BEFORE, dict(BEFORE)) is None


def test_a_change_names_the_first_step_how_many_come_after_it_and_each_value():
    after = {**BEFORE, "jump": ["jump: gain = b.fits", "jump: source = 1", "jump: x = 9"]}

    change = change_of(JOBS, BEFORE, after)

    assert (change.step, change.later) == ("jump", 1)
    assert change.reasons == ("jump: gain = a.fits -> b.fits", "jump: x = as usual -> 9")


def test_a_step_that_was_not_there_before_differs_in_all_that_it_depends_on():
    before = {"dq_init": BEFORE["dq_init"], "ramp_fit": BEFORE["ramp_fit"]}

    change = change_of(JOBS, before, BEFORE)

    assert change.reasons == ("jump: gain = as usual -> a.fits", "jump: source = as usual -> 1")


def test_exposures_with_the_same_change_are_named_together_and_the_many_are_counted():
    change = change_of(JOBS, BEFORE, {**BEFORE, "ramp_fit": ["ramp_fit: gain = b.fits"]})

    lines = as_lines(together({"a": change, "b": None, "c": change, "d": change}), most=2)

    assert lines == [
        "3 exposures from ramp_fit on, and 0 steps more:",
        "  ramp_fit: gain = a.fits -> b.fits",
        "  - a",
        "  - c",
        "  - and 1 more",
    ]
