"""Make the exposures that are compared, and the products of jwst."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from snakewebb.demo import make_exposure
from snakewebb.demo.references import TYPES, make_reference
from snakewebb.kernels import dq
from snakewebb.pipelines import PIPELINES
from tests.guiding import write_references_for

ROOT = Path(__file__).parents[2]
PEER = ROOT / ".venv-peer" / "bin" / "python"
PEER_WITH_TRAPS = ROOT / ".venv-peer-2.0.1" / "bin" / "python"
KEPT = bool(os.environ.get("KEEP_PRODUCTS_OF_JWST"))
"""Whether the products of jwst, 25 GB of them, are kept for the next session."""
CASES_AHEAD = 3
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
    path = folder / "raw" / case.exposure.filename
    if path.exists():
        return path
    if case.is_of_guider:
        return case.exposure.write(path.parent)
    return make_exposure(case.exposure, path.parent)


def keywords(case, folder, output):
    """Return the arguments that make either pipeline save the products of steps.

    These are all steps or, where some have other parameters than usual, those.
    """
    steps = {name: {} for name in PIPELINES[case.pipeline].steps}
    for name in case.steps or steps:
        steps[name]["save_results"] = True
    if case.is_of_guider:
        place = folder / "guider" / case.exposure.filename
        for name, overrides in write_references_for(case.exposure, place).items():
            steps[name] |= overrides
    if case.user_flags:
        steps["dq_init"]["user_supplied_dq"] = str(users_flags(case.exposure, folder / "flags"))
    if case.user_mask:
        mask = users_mask(case.exposure, folder / "flags")
        steps["clean_flicker_noise"]["user_mask"] = str(mask)
    if case.gain is not None:
        steps["jump"]["override_gain"] = str(even_gain(case.exposure, case.gain, folder / "gain"))
    for name, values in case.steps.items():
        steps[name] |= values
    return {"save_results": True, "output_dir": str(output), "steps": steps}


def users_flags(exposure, folder):
    """Return the path of a file with flags for an exposure, those of every seventh pixel."""
    path = folder / f"{exposure.root}_flags.fits"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        flags = np.zeros(exposure.camera.subarray.shape, np.uint32)
        flags.reshape(-1)[::7] = dq.DO_NOT_USE | dq.HOT
        fits.PrimaryHDU(flags).writeto(path)
    return path


def users_mask(exposure, folder):
    """Return the path of a mask of background pixels, all but every seventh."""
    path = folder / f"{exposure.root}_background.fits"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mask = np.ones(exposure.camera.subarray.shape, np.float32)
        mask.reshape(-1)[::7] = 0
        fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(mask, name="SCI")]).writeto(path)
    return path


def even_gain(exposure, gain, folder):
    """Return the path of a reference of a gain that is the same in all pixels."""
    path = folder / f"{exposure.root}_gain.fits"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        kind = next(kind for kind in TYPES if kind.name == "gain")
        with make_reference(kind, [exposure]) as model:
            model.data[:] = gain
            model.save(path)
    return path


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
    done = folder / f"jwst-{digest(target, exposure.name, asked)}"
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
    """Runs jwst on one case after the other, a little ahead of the tests that wait for it.

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
        self._pool = ThreadPoolExecutor(max_workers=1)
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
        self._room.release()

    def _made(self, case):
        self._room.acquire()
        if self._stopped:
            return None
        try:
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
