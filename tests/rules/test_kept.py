"""What a run keeps, and what becomes of products that an earlier run kept."""

import shutil

from .conftest import FEW_STEPS, Starter, assert_same_product, planned_jobs

CHANGED = {**FEW_STEPS, "saturation": {"n_pix_grow_sat": 2}}
FINAL = {"rate", "rateints"}


def products(folder, root):
    """Return the content of each product of an exposure by its suffix."""
    paths = (folder / "results").glob(f"{root}_*.fits")
    return {p.stem.removeprefix(f"{root}_"): p.read_bytes() for p in paths}


def test_products_that_an_earlier_run_kept_stay_and_are_brought_up_to_date(small_run, tmp_path):
    raw = next(small_run.glob("*_nis_uncal.fits"))
    mine, other, fresh = (tmp_path / name for name in ("mine", "other_uncal.fits", "fresh"))
    shutil.copy(raw, other)
    mine.mkdir()
    fresh.mkdir()
    root = raw.name.removesuffix("_uncal.fits")
    start = Starter(mine, exposures=[str(raw)])
    before = start(keep="all", steps=FEW_STEPS)
    assert before.returncode == 0, before.stdout + before.stderr
    kept = products(mine, root)
    assert {"group_scale", "dq_init", "saturation", "ramp_fit"} < set(kept)

    both = {"exposures": [str(raw), str(other)], "keep": "none", "steps": CHANGED}
    run = start(**both)
    assert run.returncode == 0, run.stdout + run.stderr

    now = products(mine, root)
    assert set(now) == set(kept)
    assert {suffix for suffix in kept if now[suffix] == kept[suffix]} == {"group_scale", "dq_init"}
    assert set(products(mine, "other")) == FINAL
    assert planned_jobs(start("--dry-run", **both)) == set()
    as_new = Starter(fresh)(exposures=[str(raw)], steps=CHANGED, granularity="stage")
    assert as_new.returncode == 0, as_new.stdout + as_new.stderr
    for suffix in FINAL:
        name = f"results/{root}_{suffix}.fits"
        assert_same_product(mine / name, fresh / name)
