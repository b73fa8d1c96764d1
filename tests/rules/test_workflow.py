"""The rules: the chain of steps, the products, and what runs again."""

import re
import subprocess
import sys

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.pipeline import Detector1Pipeline
from snakewebb.pipelines import DETECTOR1
from snakewebb.steps import all_steps

from .conftest import ROOT, Starter, assert_same_product

ORDER = list(DETECTOR1.order("NIRCAM"))
USUAL = [step for step in ORDER if not all_steps()[step].skip]
STEPS = {"superbias": {"skip": True}, "jump": {"rejection_threshold": 5.5}}


def jobs_of(dry_run):
    """Return the rules that a dry run would execute."""
    assert dry_run.returncode == 0, dry_run.stdout + dry_run.stderr
    return set(re.findall(r"^(?:local)?rule (\w+):", dry_run.stdout + dry_run.stderr, re.MULTILINE))


def steps_of(dry_run):
    """Return the steps that a dry run would execute, in the order of the pipeline."""
    return [step for step in ORDER if step in jobs_of(dry_run)]


@pytest.fixture(scope="module")
def whole_run(small_run, tmp_path_factory):
    """A finished run of two exposures with everything kept: where it is, and how to start it."""
    folder = tmp_path_factory.mktemp("whole")
    start = Starter(folder)
    exposures = sorted(map(str, small_run.glob("*02101*_uncal.fits")))
    config = {
        "exposures": exposures,
        "keep": "all",
        "steps": STEPS,
        "save_calibrated_ramp": True,
        "quicklook": True,
    }
    run = start(**config)
    assert run.returncode == 0, run.stdout + run.stderr
    return folder / "results", lambda *words, **changes: start(*words, **{**config, **changes})


def test_the_rules_have_the_format_of_the_project():
    command = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "rules"]

    formatted = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert formatted.returncode == 0, formatted.stderr


def test_the_workflow_passes_the_linter_of_snakemake(snakemake, small_raw):
    lint = snakemake("--lint", exposures=[str(small_raw)])

    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_the_chain_of_rules_is_that_of_the_pipeline(snakemake, small_raw):
    steps = {step: {"skip": False} for step in ORDER}
    steps["persistence"]["persistence_time"] = 60

    plan = snakemake("--dry-run", exposures=[str(small_raw)], steps=steps)

    assert steps_of(plan) == ORDER


def test_steps_that_are_left_out_by_default_have_jobs_where_they_are_asked_for(
    snakemake, small_raw
):
    steps = {step: {"skip": False} for step in ("charge_migration", "clean_flicker_noise")}

    plan = snakemake("--dry-run", exposures=[str(small_raw)], steps=steps)

    jobs = [step for step in DETECTOR1.order("NIRCAM") if step in jobs_of(plan)]
    assert jobs == [step for step in ORDER if step in {*USUAL, *steps}]


def test_a_step_that_is_skipped_has_no_job(snakemake, small_raw):
    steps = {"ipc": {"skip": True}, "dark": {"skip": True}}

    plan = snakemake("--dry-run", exposures=[str(small_raw)], steps=steps)

    assert steps_of(plan) == [step for step in USUAL if step not in ("ipc", "dark_current")]


def test_workflow_and_memory_give_the_same_products(whole_run, small_run, tmp_path):
    saved = {step: {"save_results": True, **STEPS.get(step, {})} for step in ORDER}
    exposures = sorted(small_run.glob("*02101*_uncal.fits"))
    for exposure in exposures:
        Detector1Pipeline.call(
            exposure, output_dir=str(tmp_path), save_calibrated_ramp=True, steps=saved
        )

    products = sorted(whole_run[0].glob("*.fits"))
    by_steps = set(USUAL) - {"superbias", "gain_scale"}
    suffixes = {*by_steps, "ramp_fitints", "ramp", "rate", "rateints"}
    assert len(products) == len(exposures) * len(suffixes)
    for product in products:
        assert_same_product(product, tmp_path / product.name)


def test_one_job_for_a_stage_gives_the_same_products(whole_run, small_run, snakemake, tmp_path):
    exposures = sorted(map(str, small_run.glob("*02101*_uncal.fits")))
    changes = {"steps": STEPS, "save_calibrated_ramp": True, "keep": ["jump", "ramp_fit"]}

    run = snakemake(exposures=exposures, granularity="stage", **changes)
    assert run.returncode == 0, run.stdout + run.stderr

    products = sorted((tmp_path / "results").glob("*.fits"))
    suffixes = {"jump", "ramp_fit", "ramp_fitints", "ramp", "rate", "rateints"}
    assert len(products) == len(exposures) * len(suffixes)
    for product in products:
        assert_same_product(product, whole_run[0] / product.name)


def test_each_exposure_has_pictures_and_rows_in_the_summary(whole_run, small_run):
    results, _ = whole_run
    roots = [p.name.removesuffix("_uncal.fits") for p in small_run.glob("*02101*_uncal.fits")]

    table = (results / "summary.csv").read_text()

    for root in roots:
        picture = results / "quicklook" / f"{root}.png"
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert root in (results / "report" / f"{root}.html").read_text()
        assert root in (results / "overview.html").read_text()
        assert f"{root}_rate.fits,{root}," in table
        assert f"{root}_rateints.fits,{root}," in table


def test_a_finished_run_has_nothing_to_do(whole_run):
    assert jobs_of(whole_run[1]("--dry-run")) == set()


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"jump": {"rejection_threshold": 9.0}}, "jump"),
        ({"refpix": {"odd_even_columns": False}}, "refpix"),
        ({"saturation": {"n_pix_grow_sat": 2}}, "saturation"),
    ],
)
def test_a_changed_parameter_reruns_its_step_and_those_after_it(whole_run, change, first):
    plan = whole_run[1]("--dry-run", steps={**STEPS, **change})

    assert steps_of(plan) == [s for s in USUAL[USUAL.index(first) :] if s != "superbias"]


def test_where_no_slope_is_fitted_the_ramp_is_the_product_and_others_go_unless_kept(
    snakemake, small_raw, tmp_path
):
    run = snakemake(
        exposures=[str(small_raw)], steps={"ramp_fit": {"skip": True}}, keep=["dq_init"]
    )
    assert run.returncode == 0, run.stdout + run.stderr

    root = small_raw.name.removesuffix("_uncal.fits")
    names = {path.name for path in (tmp_path / "results").glob("*.fits")}
    assert names == {f"{root}_dq_init.fits", f"{root}_ramp.fits"}
    product = tmp_path / "results" / f"{root}_ramp.fits"
    header = fits.getheader(product)
    assert [header[key] for key in ("S_JUMP", "S_RAMP", "S_GANSCL")] == [
        "COMPLETE",
        "SKIPPED",
        "SKIPPED",
    ]
    ramp = Detector1Pipeline.call(small_raw, steps={"ramp_fit": {"skip": True}})
    np.testing.assert_array_equal(fits.getdata(product, "SCI"), ramp.data)


def test_the_state_of_charge_traps_is_a_product_and_an_input(snakemake, small_raw, tmp_path):
    product = f"{small_raw.stem.removesuffix('_uncal')}_trapsfilled.fits"
    steps = {"persistence": {"skip": False}}
    config = {"exposures": [str(small_raw)], "keep": "all"}
    target = ("--until", "persistence_traps")
    run = snakemake(*target, **config, steps=steps)
    assert run.returncode == 0, run.stdout + run.stderr

    later = {step: {"skip": True} for step in ORDER[ORDER.index("dark_current") :]}
    Detector1Pipeline.call(small_raw, output_dir=str(tmp_path), steps=later | steps).close()
    assert_same_product(tmp_path / "results" / product, tmp_path / product)

    state = tmp_path / "earlier_trapsfilled.fits"
    with fits.open(tmp_path / product) as file:
        file[0].header["EXPEND"] -= 1.0
        file.writeto(state)
    steps["persistence"]["input_trapsfilled"] = str(state)
    again = snakemake("--dry-run", *target, **config, steps=steps)
    assert jobs_of(again) == {"persistence_traps"}
    stage = snakemake("--dry-run", granularity="stage", **config, steps=steps)
    assert product in stage.stdout + stage.stderr


def test_one_run_does_not_both_read_and_write_a_file_of_windows(snakemake, small_raw, tmp_path):
    path = tmp_path / "windows.asdf"
    path.write_bytes(b"")
    steps = {"persistence": {"skip": False, "persistence_time": 60}}
    for name in ("persistence_array_file", "save_persistence"):
        steps["persistence"][name] = str(path)

    plan = snakemake("--dry-run", exposures=[str(small_raw)], steps=steps)

    assert plan.returncode != 0
    assert "persistence_array_file and save_persistence both name" in plan.stdout + plan.stderr
