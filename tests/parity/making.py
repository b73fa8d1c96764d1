"""Make the exposures that are compared, and the products of jwst."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from stdatamodels.jwst.datamodels import Level1bModel

from snakewebb.demo import make_exposure
from snakewebb.pipelines import PIPELINES
from tests.guiding import write_references_for

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".venv-peer" / "bin" / "python"
PEER_WITH_TRAPS = ROOT / ".venv-peer-2.0.1" / "bin" / "python"
KEPT = bool(os.environ.get("KEEP_PRODUCTS_OF_JWST"))
"""Whether the products of jwst, 25 GB of them, are kept for the next session."""
CASES_AHEAD = 4
AT_A_TIME = 2
RUNNER = Path(__file__).with_name("peer.py")
SOURCES = [
    RUNNER,
    ROOT / "tests" / "guiding.py",
    *sorted((ROOT / "envs").glob("peer*.txt")),
    *sorted((ROOT / "snakewebb" / "demo").rglob("*.py")),
]


def digest(*texts):
    """Return a short digest of some texts."""
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()[:12]


def raw_exposure(case, folder):
    """Return the path of the raw exposure of a case."""
    if case.file:
        path = ROOT / case.file
        if not path.exists():
            pytest.skip(f"{path} is not here")
        return path
    place = folder / "raw"
    if case.header:
        place = place / digest(case.header)
    path = place / case.exposure.filename
    if not path.exists():
        make = (
            case.exposure.write
            if case.has_own_references
            else partial(make_exposure, case.exposure)
        )
        make(place)
        change_header(path, case.header)
    return path


def change_header(path, entries):
    """Give entries of ``meta`` of a raw exposure other values."""
    if entries:
        with Level1bModel(path) as model:
            model.update({"meta": entries})
            model.save(path)


def keywords(case, folder, output):
    """Return the arguments that make either pipeline save the products of steps.

    These are all steps or, where some have other parameters than usual, those.
    """
    steps = {name: {} for name in PIPELINES[case.pipeline].steps}
    for name in case.steps or steps:
        steps[name]["save_results"] = True
    if case.has_own_references:
        place = folder / "guider" / case.exposure.filename
        for name, overrides in write_references_for(case.exposure, place).items():
            steps[name] |= overrides
    for name, values in case.steps.items():
        steps[name] |= {
            parameter: str(value(case.exposure, folder / "users")) if callable(value) else value
            for parameter, value in values.items()
        }
    return {"save_results": True, "output_dir": str(output), "steps": steps}


def products_folder(target, exposure, asked, folder):
    """Return the folder for the products of jwst.

    Simulated exposures of one name lie in different folders if their headers were changed.
    """
    name = os.path.relpath(exposure, folder / "raw")
    return folder / f"jwst-{digest(target, name, asked)}"


def calibrated_by_jwst(target, exposure, asked, folder, *, peer=PEER):
    """Return the folder with the products of jwst, made if they are not there.

    Parameters
    ----------
    target : str
        Class of the pipeline or step.
    exposure : Path
        What it calibrates.
    asked : dict
        Its keyword arguments, but for ``output_dir``.
    folder : Path
        Where products are.
    peer : Path
        The Python of the environment of jwst.
    """
    done = products_folder(target, exposure, asked, folder)
    if not done.exists():
        with fresh(done.with_name(f"{done.name}-unfinished")) as output:
            request, log = output / "keywords.json", output / "log.txt"
            request.write_text(json.dumps(asked | {"output_dir": str(output)}))
            with log.open("w") as stream:
                command = [peer, RUNNER, target, exposure, request]
                status = subprocess.run(command, stdout=stream, stderr=stream, check=False)
            if status.returncode:
                pytest.fail(f"jwst failed:\n{log.read_text()[-3000:]}")
            output.rename(done)
    return done


class Ahead:
    """Runs jwst on two cases at a time, a little ahead of the tests that wait for it.

    Parameters
    ----------
    cases : iterable of Case
        In the order of the tests.
    folder : Path
        Where products are.
    """

    def __init__(self, cases, folder):
        self._folder = folder
        self._room = threading.Semaphore(CASES_AHEAD)
        self._stopped = False
        self._turn, self._inputs = threading.Lock(), threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=AT_A_TIME)
        self._runs = {case.name: self._pool.submit(self._made, case) for case in cases}

    @contextlib.contextmanager
    def products(self, case):
        """Give the exposure of a case and the folder with the products of jwst."""
        exposure, products = self._runs[case.name].result()
        try:
            yield exposure, products
        finally:
            if not KEPT:
                shutil.rmtree(products)
            self._room.release()

    def stop(self):
        """Run no further case."""
        self._stopped = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._room.release(AT_A_TIME)

    def _made(self, case):
        with self._turn:  # or cases that nobody waits for yet might take all the room
            self._room.acquire()
        if self._stopped:
            return None
        try:
            with self._inputs:  # cases may share them
                exposure = raw_exposure(case, self._folder)
                asked = keywords(case, self._folder, "")
            return exposure, calibrated_by_jwst(case.pipeline, exposure, asked, self._folder)
        except BaseException:  # that of a test which fails or is skipped, too
            self._room.release()
            raise


@contextlib.contextmanager
def fresh(folder):
    """Give an empty folder, which is gone afterwards."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
