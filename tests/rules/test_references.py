"""Reference files are fetched by a rule, each once, and packed for a machine without network."""

import hashlib
import os
import shutil
import tarfile

import pytest

from tests.crds_server import serving

from .conftest import Starter, planned_jobs

MISSING = ("mask", "gain")


@pytest.fixture
def server(small_run, tmp_path, monkeypatch):
    """A server of the files of the cache, of which a copy lacks some."""
    monkeypatch.delenv("CRDS_READONLY_CACHE")
    shutil.copytree(small_run / "crds", tmp_path / "crds", copy_function=shutil.copyfile)
    for kind in MISSING:
        for path in (tmp_path / "crds").rglob(f"jwst_nircam_{kind}_*.fits"):
            path.unlink()
    with serving(small_run / "crds", os.environ["CRDS_CONTEXT"]) as running:
        yield running


def test_a_missing_file_is_fetched_once_for_all_exposures_and_the_bundle_is_a_cache(
    server, small_run, tmp_path
):
    raws = sorted(map(str, small_run.glob("*nrca1_uncal.fits")))
    crds = {"path": str(tmp_path / "crds"), "server_url": server.url}
    start = Starter(tmp_path, exposures=raws, crds=crds, results="results")

    plan = planned_jobs(start("--dry-run"))
    assert "reference" in {rule for rule, _ in plan}
    assert server.asked == []

    packed = start("--resources", "crds=2", "--", "bundle")
    assert packed.returncode == 0, packed.stdout + packed.stderr
    assert sorted(server.asked) == [f"jwst_nircam_{kind}_0001.fits" for kind in sorted(MISSING)]
    elsewhere = tmp_path / "elsewhere"
    with tarfile.open(tmp_path / "results" / "bundle.tar") as tar:
        tar.extractall(elsewhere, filter="data")
    for line in (elsewhere / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((elsewhere / name).read_bytes()).hexdigest() == digest
    detectors = {path.name for path in elsewhere.rglob("*.fits")}
    assert "jwst_nircam_gain_0001.fits" in detectors
    assert "jwst_nircam_gain_0002.fits" not in detectors  # that of another detector
    assert not list(elsewhere.rglob("*niriss*"))

    crds = {"path": str(elsewhere), "server_url": "https://crds.invalid"}
    offline = planned_jobs(start("--dry-run", crds=crds, results="others"))
    assert ("gain_scale", raws[0].rpartition("/")[2].removesuffix("_uncal.fits")) in offline
    assert "reference" not in {rule for rule, _ in offline}
