"""The rules: the chain of steps, the products, and what runs again."""

import re
import subprocess
import sys

import numpy as np
from astropy.io import fits

from snakewebb.pipeline import Detector1Pipeline
from snakewebb.pipelines import DETECTOR1

from .conftest import ROOT

VOLATILE = {"DATE", "FILENAME", "CHECKSUM", "DATASUM"}


def jobs_of(dry_run):
    """Return the rules that a dry run would execute."""
    assert dry_run.returncode == 0, dry_run.stdout + dry_run.stderr
    return set(re.findall(r"^(?:local)?rule (\w+):", dry_run.stdout + dry_run.stderr, re.MULTILINE))


def steps_of(dry_run):
    """Return the steps that a dry run would execute, in the order of the pipeline."""
    jobs = jobs_of(dry_run)
    return [step for step in DETECTOR1.order("NIRCAM") if step in jobs]


def assert_same_product(ours, theirs):
    """Check that two products hold the same arrays bit by bit, and the same header but dates."""
    with fits.open(ours) as first, fits.open(theirs) as second:
        assert [hdu.name for hdu in first] == [hdu.name for hdu in second]
        for a, b in zip(first, second, strict=True):
            if a.data is not None and a.name != "ASDF":
                assert a.data.tobytes() == b.data.tobytes(), a.name
        cards = [
            {k: v for k, v in hdus[0].header.items() if k not in VOLATILE}
            for hdus in (first, second)
        ]
        assert cards[0] == cards[1]


def test_the_rules_have_the_format_of_the_project():
    form = [sys.executable, "-m", "snakefmt", "--check", "Snakefile", "rules"]

    formatted = subprocess.run(form, cwd=ROOT, capture_output=True, text=True, check=False)

    assert formatted.returncode == 0, formatted.stderr


def test_the_workflow_passes_the_linter_of_snakemake(snakemake, small_raw):
    lint = snakemake("--lint", exposures=[str(small_raw)])

    assert lint.returncode == 0, lint.stdout + lint.stderr


def test_the_chain_of_rules_is_that_of_the_pipeline(snakemake, small_raw):
    plan = snakemake("--dry-run", exposures=[str(small_raw)])

    assert steps_of(plan) == list(DETECTOR1.order("NIRCAM"))


def test_a_step_that_is_skipped_has_no_job(snakemake, small_raw):
    steps = {"ipc": {"skip": True}, "dark": {"skip": True}}

    plan = snakemake("--dry-run", exposures=[str(small_raw)], steps=steps)

    expected = [s for s in DETECTOR1.order("NIRCAM") if s not in ("ipc", "dark_current")]
    assert steps_of(plan) == expected


def test_workflow_and_memory_give_the_same_products(snakemake, small_run, tmp_path):
    exposures = sorted(map(str, small_run.glob("*_uncal.fits")))
    steps = {"superbias": {"skip": True}, "jump": {"rejection_threshold": 5.5}}

    run = snakemake(exposures=exposures, keep="all", steps=steps, save_calibrated_ramp=True)
    assert run.returncode == 0, run.stdout + run.stderr

    saved = {step: {"save_results": True, **steps.get(step, {})} for step in DETECTOR1.steps}
    memory = tmp_path / "memory"
    for exposure in exposures:
        Detector1Pipeline.call(
            exposure, output_dir=str(memory), save_calibrated_ramp=True, steps=saved
        )
    products = sorted((tmp_path / "results").glob("*.fits"))
    by_steps = set(DETECTOR1.order("NIRCAM")) - {"superbias", "gain_scale"}
    suffixes = {*by_steps, "ramp_fitints", "ramp", "rate", "rateints"}
    assert len(products) == len(exposures) * len(suffixes)
    for product in products:
        assert_same_product(product, memory / product.name)


def test_intermediate_products_go_unless_they_are_kept(snakemake, small_raw, tmp_path):
    run = snakemake(exposures=[str(small_raw)], keep=["jump"])
    assert run.returncode == 0, run.stdout + run.stderr

    root = small_raw.name.removesuffix("_uncal.fits")
    products = {path.name for path in (tmp_path / "results").glob("*.fits")}
    assert products == {f"{root}_{suffix}.fits" for suffix in ("jump", "rate", "rateints")}


def test_the_ramp_is_the_product_where_no_slope_is_fitted(snakemake, small_raw, tmp_path):
    run = snakemake(exposures=[str(small_raw)], steps={"ramp_fit": {"skip": True}})
    assert run.returncode == 0, run.stdout + run.stderr

    root = small_raw.name.removesuffix("_uncal.fits")
    product = tmp_path / "results" / f"{root}_ramp.fits"
    header = fits.getheader(product)
    assert header["S_JUMP"] == "COMPLETE"
    assert header["S_RAMP"] == "SKIPPED"
    assert header["S_GANSCL"] == "SKIPPED"
    assert not list((tmp_path / "results").glob("*rate*"))
    ramp = Detector1Pipeline.call(small_raw, steps={"ramp_fit": {"skip": True}})
    np.testing.assert_array_equal(fits.getdata(product, "SCI"), ramp.data)


def test_a_changed_parameter_reruns_its_step_and_those_after_it(snakemake, small_raw):
    assert snakemake(exposures=[str(small_raw)], keep="all").returncode == 0

    same = snakemake("--dry-run", exposures=[str(small_raw)], keep="all")
    changed = snakemake(
        "--dry-run",
        exposures=[str(small_raw)],
        keep="all",
        steps={"jump": {"rejection_threshold": 9.0}},
    )

    assert jobs_of(same) == set()
    assert steps_of(changed) == ["jump", "ramp_fit", "gain_scale"]


def test_each_exposure_has_a_picture_and_a_row_in_the_summary(snakemake, small_raw, tmp_path):
    run = snakemake(exposures=[str(small_raw)], quicklook=True)
    assert run.returncode == 0, run.stdout + run.stderr

    root = small_raw.name.removesuffix("_uncal.fits")
    picture = tmp_path / "results" / "quicklook" / f"{root}.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    table = (tmp_path / "results" / "summary.csv").read_text().splitlines()
    products = [row.split(",")[0] for row in table[1:]]
    assert products == [f"{root}_rate.fits", f"{root}_rateints.fits"]
