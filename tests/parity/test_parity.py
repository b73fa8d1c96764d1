"""Every product of every case agrees with that of jwst."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from snakewebb.demo import environment, make_cache, make_exposure
from snakewebb.pipelines import DETECTOR1
from tests.parity.cases import CASES, TRAPS
from tests.parity.compare import Row, compare_products
from tests.parity.report import table

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".venv-peer" / "bin" / "python"
PEER_WITH_TRAPS = ROOT / ".venv-peer-2.0.1" / "bin" / "python"
RUNNER = Path(__file__).with_name("peer.py")
SOURCES = [
    RUNNER,
    *sorted((ROOT / "envs").glob("peer*.txt")),
    *sorted((ROOT / "snakewebb" / "demo").glob("*.py")),
]

pytestmark = [
    pytest.mark.parity,
    pytest.mark.skipif(
        not (PEER.exists() and PEER_WITH_TRAPS.exists()),
        reason="jwst is not installed: `make peer` does it",
    ),
]


@pytest.fixture(scope="session")
def folder():
    """Return the folder of this session; a new one after a change of what makes its contents."""
    digest = hashlib.sha256(repr([case.exposure for case in (*CASES, *sum(TRAPS, ()))]).encode())
    for path in SOURCES:
        digest.update(path.read_bytes())
    folder = ROOT / "parity" / digest.hexdigest()[:12]
    for other in folder.parent.glob("*/"):
        if other != folder:
            shutil.rmtree(other)
    return folder


@pytest.fixture(scope="session")
def references(folder):
    """Make the reference files of all cases, and let this process and its children find them."""
    context = folder / "context"
    if not context.exists():
        context.parent.mkdir(parents=True, exist_ok=True)
        context.write_text(make_cache([case.exposure for case in CASES], folder / "crds"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder / "crds", context.read_text()).items():
            patch.setenv(name, value)
        yield


def raw_exposure(case, folder):
    """Return the path of the raw exposure of a case."""
    if case.file:
        path = ROOT / case.file
        if not path.exists():
            pytest.skip(f"{path} is not here")
        return path
    path = folder / "raw" / case.exposure.filename
    return path if path.exists() else make_exposure(case.exposure, path.parent)


def keywords(case, output):
    """Return the arguments that make either pipeline save the products of all steps."""
    steps = {name: {"save_results": True} | case.steps.get(name, {}) for name in DETECTOR1.steps}
    return {"save_results": True, "output_dir": str(output), "steps": steps}


def calibrated_by_jwst(exposure, asked, folder, peer=PEER, step=""):
    """Return the folder with the products of jwst, which are kept for the next session."""
    digest = hashlib.sha256(json.dumps([exposure.name, asked, step]).encode()).hexdigest()[:12]
    done = folder / f"jwst-{digest}"
    if not done.exists():
        with fresh(folder / "jwst-unfinished") as output:
            request, log = output / "keywords.json", output / "log.txt"
            request.write_text(json.dumps(asked | {"output_dir": str(output)}))
            with log.open("w") as stream:
                command = [peer, RUNNER, exposure, request, *filter(None, [step])]
                status = subprocess.run(command, stdout=stream, stderr=stream, check=False)
            if status.returncode:
                pytest.fail(f"jwst failed:\n{log.read_text()[-3000:]}")
            output.rename(done)
    return done


@contextlib.contextmanager
def fresh(folder):
    """Give an empty folder, which is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def compared_folders(ours, peer, case, root):
    """Return the rows of all products that jwst made, in the order it made them."""
    rows = []
    for theirs in sorted(peer.glob("*.fits"), key=os.path.getmtime):
        product = theirs.stem.removeprefix(f"{root}_")
        if (ours / theirs.name).exists():
            rows += compare_products(ours / theirs.name, theirs, case.name, product)
        else:
            rows.append(Row(case.name, product, "", fault="we have no such product"))
    return rows


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_product_agrees_with_that_of_jwst(case, folder, references, rows):
    from snakewebb.pipeline import Detector1Pipeline

    exposure = raw_exposure(case, folder)
    theirs = calibrated_by_jwst(exposure, keywords(case, ""), folder)
    with fresh(folder / "ours") as ours:
        Detector1Pipeline.call(exposure, **keywords(case, ours)).close()
        found = compared_folders(ours, theirs, case, exposure.stem.removesuffix("_uncal"))
    rows += found

    assert {row.product for row in found} >= {"rate", "rateints"}
    faults = [row for row in found if row.fault]
    assert not faults, f"\n{table(faults)}"


def linear_ramp(case, folder):
    """Return the path of an exposure that is calibrated up to linearity."""
    from snakewebb.pipeline import Detector1Pipeline

    ramp = folder / "linear" / f"{case.exposure.root}_linearity.fits"
    if not ramp.exists():
        steps = {"linearity": {"save_results": True, "output_dir": str(ramp.parent)}}
        Detector1Pipeline.call(raw_exposure(case, folder), steps=steps).close()
    return ramp


def kept_state(product, folder):
    """Return a copy of a state of charge traps, named by its content."""
    digest = hashlib.sha256(product.read_bytes()).hexdigest()[:12]
    return shutil.copy(product, folder / "linear" / f"{digest}_trapsfilled.fits")


@pytest.mark.parametrize("cases", TRAPS, ids=lambda cases: cases[0].name)
def test_charge_traps_agree_from_exposure_to_exposure(cases, folder, references, rows):
    from snakewebb.step import PersistenceStep

    found, state = [], {}
    with fresh(folder / "ours") as ours:
        for case in cases:
            ramp, root = linear_ramp(case, folder), case.exposure.root
            asked = {"save_results": True, "save_persistence": True} | state
            asked |= case.steps.get("persistence", {})
            theirs = calibrated_by_jwst(ramp, asked, folder, PEER_WITH_TRAPS, "PersistenceStep")
            PersistenceStep.call(ramp, output_dir=str(ours), **asked).close()
            found += compared_folders(ours, theirs, case, root)
            # ours serves both: that of jwst says where the subarray is, not the detector
            product = ours / f"{root}_trapsfilled.fits"
            state = {"input_trapsfilled": str(kept_state(product, folder))}
    rows += found

    assert {row.product for row in found} == {"persistence", "trapsfilled", "output_pers"}
    faults = [row for row in found if row.fault]
    assert not faults, f"\n{table(faults)}"
