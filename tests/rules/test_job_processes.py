"""A job on a cluster reads the rules again: it needs the plan of its exposure, and no other."""

import json
import shutil

import pytest
from astropy.io import fits

from snakewebb.run.begun import Begun
from snakewebb.run.workflow import Workflow

REMOTE = ("--mode", "remote", "--force", "--nolock", "--no-hooks", "--ignore-incomplete")


@pytest.fixture
def begun(small_run, tmp_path, monkeypatch, settings_of_crds):
    """Begin a run of three exposures: return its configuration, and the run with its plans."""
    monkeypatch.chdir(tmp_path)
    for raw in sorted(small_run.glob("*_uncal.fits"))[-3:]:
        shutil.copy(raw, tmp_path)

    def begin(**more):
        config = {"exposures": ["*_uncal.fits"], "results": "results", "quicklook": False, **more}
        run = Workflow(config)
        run.write_plans()
        return config, run

    return begin


def answers(run, root):
    """Return what the rules ask of one exposure."""
    steps = run.exposures[root].plan.order
    return {
        "path": run.exposures[root].path,
        "first": run.chain(root).first,
        "before": [run.before(root, step) for step in steps],
        "references": [run.references(root, step) for step in steps],
        "changes": [run.changes(root, step) for step in steps],
        "resources": [run.resources(root, step) for step in steps],
        "besides": [run.besides(root, step) for step in steps],
        "stage": (run.changes_of_stage(root), run.references_of_stage(root), run.resources(root)),
        "final": run.final(root),
        "earlier": run.earlier(root),
        "picture": run.resources_of_picture(root),
    }


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"keep": ["jump"], "steps": {"jump": {"skip": True}, "refpix": {"save_results": True}}},
        {"granularity": "stage", "keep": "all"},
    ],
)
def test_a_job_gets_the_answers_of_its_run_from_the_written_plans(begun, said):
    config, run = begun(**said)

    seen = Begun(config)

    for root in run.exposures:
        assert answers(seen, root) == answers(run, root)
    assert seen.all_final() == run.all_final()
    assert seen.from_crds == run.from_crds
    assert seen.kept == run.kept
    assert [list(stage) for stage in seen.stages()] == [list(stage) for stage in run.stages()]
    assert seen.exposures_with("persistence") == run.exposures_with("persistence")


def test_a_job_knows_the_traps_that_the_exposure_before_hands_on(begun, small_raw, tmp_path):
    for number in (1, 2):
        path = tmp_path / f"jw{number:011d}_02101_00001_nrca1_uncal.fits"
        shutil.copy(small_raw, path)
        with fits.open(path, mode="update") as hdus:
            hdus[0].header["EXPSTART"] = 60000.0 + number
    config, run = begun(exposures=["jw0000*_uncal.fits"], steps={"persistence": {"skip": False}})
    first, second = run.exposures

    seen = Begun(config)

    assert seen.earlier(second) == [f"results/{first}_trapsfilled.fits"]
    for root in (first, second):
        assert answers(seen, root) == answers(run, root)


def test_a_job_reads_the_plan_of_its_exposure_alone(begun, snakemake, tmp_path):
    config, run = begun()
    root, *others = run.exposures
    for other in others:
        (tmp_path / f"{other}_uncal.fits").write_text("no exposure any more")
        (tmp_path / "results" / "plans" / f"{other}.json").write_text("no plan")

    job = snakemake(
        *REMOTE, "--target-jobs", f"group_scale:exposure={root}", "--allowed-rules", "group_scale",
        **config,
    )  # fmt: skip

    assert job.returncode == 0, job.stdout + job.stderr
    assert (tmp_path / "results" / f"{root}_group_scale.fits").is_file()


def test_a_job_leaves_the_plans_of_its_run_as_they_are(begun, snakemake, tmp_path):
    config, run = begun(granularity="stage")
    root = next(iter(run.exposures))
    common = tmp_path / "results" / "plans" / "run.json"
    common.write_text(json.dumps({**json.loads(common.read_text()), "mark": 1}))
    name = run.stages()[0][0]

    job = snakemake(
        *REMOTE, "--dry-run", "--target-jobs", f"{name}:exposure={root}", "--allowed-rules", name,
        **config,
    )  # fmt: skip

    assert job.returncode == 0, job.stdout + job.stderr
    assert json.loads(common.read_text())["mark"] == 1
