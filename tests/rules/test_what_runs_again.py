"""After a finished run, a change reruns just the steps it reaches and those after them.

Each test changes something for three exposures at once, in another step of each, and compares the
list of jobs that Snakemake would run.
"""

import os
import re
import shutil
import subprocess
import sys

import pytest
from astropy.io import fits

from snakewebb.pipelines import DETECTOR1
from snakewebb.run.contents import note_content
from snakewebb.steps import all_steps

from .conftest import (
    ROOT,
    Starter,
    copy_checkout,
    other_context,
    planned_jobs,
    pretend_finished,
)

ORDER = [step for step in DETECTOR1.order("NIRCAM") if not all_steps()[step].skip]
ALWAYS_AFTER = {("all", ""), ("summary", "")}
OVERRIDES = {"superbias": "superbias", "dark_current": "dark", "jump": "readnoise"}


def from_step_on(first):
    """Return the jobs of the steps from the first of each exposure on."""
    steps = {(s, root) for root, step in first.items() for s in ORDER[ORDER.index(step) :]}
    return steps | ALWAYS_AFTER


class Finished:
    """A run of three exposures that looks finished, with every product kept."""

    def __init__(self, folder, small_run):
        self.folder = folder
        self.cache = folder / "crds"
        shutil.copytree(small_run / "crds", self.cache, copy_function=os.link)
        self.checkout = copy_checkout(folder / "checkout")
        self.roots = []
        for raw in sorted(small_run.glob("*_uncal.fits"))[-3:]:
            shutil.copy(raw, folder)
            self.roots.append(raw.name.removesuffix("_uncal.fits"))
        self.write_table()
        (folder / "settings.yaml").write_text("steps: {jump: {min_sat_area: 2.0}}\n")
        self.start = Starter(
            folder,
            self.checkout,
            exposures="exposures.csv",
            keep="all",
            config_file="settings.yaml",
            crds={"path": str(self.cache)},
        )

    def write_table(self, roots=None, **columns):
        """Write the table of exposures with an override in each row, and further columns."""
        roots = roots or self.roots
        table = {"exposure": [f"{root}_uncal.fits" for root in roots]}
        for row, (step, kind) in enumerate(OVERRIDES.items()):
            table[f"{step}.override_{kind}"] = [
                self.override(row) if i == row else "" for i in range(len(roots))
            ]
        lines = zip(*({**table, **columns}).values(), strict=True)
        text = "\n".join(",".join(map(str, line)) for line in ({**table, **columns}, *lines))
        (self.folder / "exposures.csv").write_text(f"{text}\n")

    def override(self, row):
        """Return the file that takes the place of a reference file in a row of the table."""
        kind = list(OVERRIDES.values())[row]
        own = self.folder / f"my_{kind}.fits"
        if not own.exists():
            detector = fits.getval(self.folder / f"{self.roots[row]}_uncal.fits", "DETECTOR")
            shutil.copy(self.best(kind, detector), own)
        return own.name

    def best(self, kind, detector):
        """Return a reference file of a type for a detector."""
        found = sorted(self.cache.rglob(f"*_{kind}_*.fits"))
        return next(p for p in found if fits.getval(p, "DETECTOR") == detector)

    def jobs(self):
        """Return the jobs that the next run would execute."""
        return planned_jobs(self.start("--dry-run"))


@pytest.fixture(scope="module")
def finished_once(small_run, tmp_path_factory):
    run = Finished(tmp_path_factory.mktemp("finished"), small_run)
    pretend_finished(run.start)
    for root in run.roots:
        note = run.folder / "results" / "plans" / "content" / f"{root}.json"
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(run.folder)
            note_content(f"{root}_uncal.fits", note)
    return run


@pytest.fixture
def finished(finished_once):
    """A finished run; what a test changes in its folder is put back afterwards."""
    watched = [
        path
        for path in finished_once.folder.rglob("*")
        if (path.is_file() and path.suffix in {".py", ".yaml", ".csv", ".rmap"})
        or path.name.startswith("my_")
    ]
    before = {path: (path.read_bytes(), path.stat()) for path in watched}
    yield finished_once
    for path, (content, status) in before.items():
        if path.read_bytes() != content:
            path.unlink()  # it may be a link to the file of another test
            path.write_bytes(content)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_touched_but_equal_files_rerun_nothing(finished):
    for path in finished.folder.rglob("*"):
        if path.is_file() and not {"results", ".snakemake", "crds"} & set(path.parts):
            path.touch()
    for path in finished.cache.rglob("*.fits"):
        path.touch()

    assert finished.jobs() == set()


def test_a_parameter_reruns_its_step_and_those_after_it(finished):
    finished.write_table(
        **{
            "jump.rejection_threshold": [9.5, "", ""],
            "refpix.odd_even_columns": ["", "false", ""],
            "saturation.n_pix_grow_sat": ["", "", 2],
        }
    )

    first = dict(zip(finished.roots, ("jump", "refpix", "saturation"), strict=True))
    assert finished.jobs() == from_step_on(first)


def test_a_dry_run_says_which_value_was_and_which_is(finished):
    told = []
    for value in (9.5, 7.25):
        finished.write_table(**{"jump.rejection_threshold": [value, "", ""]})
        plan = finished.start("--dry-run")
        told += [line for line in plan.stdout.splitlines() if "jump: rejection_threshold" in line]

    assert [line.strip().startswith("reason: Params have changed") for line in told] == [True] * 2
    assert "now: ['jump: rejection_threshold = 9.5 (usually 4.0)'" in told[0]
    assert "now: ['jump: rejection_threshold = 7.25 (usually 4.0)'" in told[1]


def test_a_run_says_first_what_has_changed_since_the_last_one(finished):
    finished.write_table(**{"jump.rejection_threshold": [9.5, "", ""]})
    told = finished.start("--dry-run").stderr.splitlines()

    start = told.index("1 exposure from jump on, and 2 steps more:")
    assert told[start + 1].startswith("  jump: rejection_threshold = ")
    assert told[start + 1].endswith(" -> 9.5 (usually 4.0)")
    assert told[start + 2] == f"  - {finished.roots[0]}"


def test_a_run_after_which_nothing_changed_says_nothing_of_changes(finished):
    assert "Changed since" not in finished.start("--dry-run").stderr


def test_the_content_of_an_override_reruns_its_step_and_those_after_it(finished):
    for kind in OVERRIDES.values():
        with fits.open(finished.folder / f"my_{kind}.fits", mode="update") as hdus:
            hdus[0].header["HISTORY"] = "one line more"

    assert finished.jobs() == from_step_on(dict(zip(finished.roots, OVERRIDES, strict=True)))


def test_a_parameter_file_reruns_the_steps_whose_values_it_changes(finished):
    settings = finished.folder / "settings.yaml"
    settings.write_text("# as before\nsteps: {jump: {min_sat_area: 2.00}}\n")
    assert finished.jobs() == set()

    settings.write_text("steps: {jump: {min_sat_area: 3.0}, ipc: {}}\n")
    assert finished.jobs() == from_step_on(dict.fromkeys(finished.roots, "jump"))


@pytest.mark.parametrize(
    ("kernel", "step"), [("ipc", "ipc"), ("superbias", "superbias"), ("ramp_fit", "ramp_fit")]
)
def test_a_line_of_a_kernel_reruns_its_step_and_those_after_it(finished, kernel, step):
    source = finished.checkout / "snakewebb" / "kernels" / f"{kernel}.py"
    source.write_text(f"{source.read_text()}\nMORE = 1\n")

    assert finished.jobs() == from_step_on(dict.fromkeys(finished.roots, step))


def test_an_exposure_more_runs_only_that_exposure(finished, small_run):
    raw = sorted(small_run.glob("*_uncal.fits"))[0]
    shutil.copy(raw, finished.folder)
    root = raw.name.removesuffix("_uncal.fits")
    finished.write_table([*finished.roots, root])

    assert finished.jobs() == from_step_on({root: "group_scale"})


def test_another_raw_file_of_the_same_name_runs_its_exposure(finished):
    root = finished.roots[0]
    raw = finished.folder / f"{root}_uncal.fits"
    content = raw.read_bytes()
    try:
        with fits.open(raw, mode="update") as hdus:
            hdus["SCI"].data[0, 0, 0, 0] += 1
        assert finished.jobs() == from_step_on({root: "group_scale"})
    finally:
        raw.write_bytes(content)
    assert finished.jobs() == set()  # it is the old one again


@pytest.fixture
def new_context(finished):
    """A context with another linearity, gain or saturation for each of the three exposures."""
    replaced = {}
    for root, kind in zip(finished.roots, ("linearity", "gain", "saturation"), strict=True):
        detector = fits.getval(finished.folder / f"{root}_uncal.fits", "DETECTOR")
        old = finished.best(kind, detector)
        new = old.with_name(f"{old.stem[:-4]}0091.fits")
        shutil.copy(old, new)
        replaced[old.name] = new.name
    return other_context(finished.cache, replaced)


def test_a_context_reruns_the_steps_whose_reference_files_it_changes(finished, new_context):
    first = dict(zip(finished.roots, ("linearity", "jump", "saturation"), strict=True))
    crds = {"path": str(finished.cache), "context": new_context}

    assert planned_jobs(finished.start("--dry-run", crds=crds)) == from_step_on(first)


def test_what_a_context_would_change_is_told_before_anything_runs(finished, new_context):
    finished.start("--dry-run")  # writes the configuration
    command = [sys.executable, "-m", "snakewebb", "plan", "--configfile", "my.yaml"]
    command += ["--context", "jwst_0001.pmap", "--context", new_context]

    told = subprocess.run(
        command,
        cwd=finished.folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr
    assert "3 of 3 exposures would change" in told.stdout
    for root, step, kind in zip(
        finished.roots,
        ("linearity", "jump", "saturation"),
        ("linearity", "gain", "saturation"),
        strict=True,
    ):
        answer = next(part for part in re.split(r"\n(?=\d)", told.stdout) if root in part)
        assert f"from {step} on" in answer
        assert re.search(rf"{step}: {kind} = crds://\S+ -> crds://\S+_0091.fits", answer)
