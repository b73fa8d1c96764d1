"""What a run leaves in its folder when it is killed, and what the next one makes of that."""

from pathlib import Path

import pytest

from snakewebb.run.workflow import Workflow


@pytest.fixture
def run(small_raw, tmp_path, monkeypatch):
    """Begin a run in an empty folder, or in that of the run before."""
    monkeypatch.chdir(tmp_path)
    return lambda **config: Workflow({"exposures": [str(small_raw)], "results": "here", **config})


@pytest.fixture
def product(small_raw):
    """The path of a product of jump."""
    return Path("here") / small_raw.name.replace("uncal", "jump")


def test_what_a_killed_run_made_and_did_not_mean_to_keep_goes_when_the_next_ends_well(run, product):
    killed = run()
    killed.begin()
    product.touch()
    del killed

    again = run()
    again.begin()
    assert product.exists()
    again.end()

    assert not product.exists()


@pytest.mark.parametrize("ends", [True, False])
def test_what_an_earlier_run_kept_stays_in_a_run_that_does_not_keep_it(run, product, ends):
    kept = run(keep="all")
    kept.begin()
    product.touch()
    if ends:
        kept.end()
    del kept

    for _ in range(2):
        later = run()
        later.begin()
        later.end()
        del later

    assert product.exists()


def test_what_a_killed_run_made_stays_if_the_next_keeps_it(run, product):
    killed = run()
    killed.begin()
    product.touch()
    del killed

    for keep in ("all", "none"):
        later = run(keep=keep)
        later.begin()
        later.end()
        del later

    assert product.exists()
