"""Every product of every case agrees with that of jwst."""

import hashlib
import os
import shutil

import pytest

from snakewebb.demo import environment, make_cache
from snakewebb.pipelines import PIPELINES
from snakewebb.shim import pipeline_class
from tests.parity.cases import CASES, TRAPS
from tests.parity.compare import Row, compare_products
from tests.parity.making import (
    PEER,
    PEER_WITH_TRAPS,
    ROOT,
    SOURCES,
    Ahead,
    calibrated_by_jwst,
    fresh,
    keywords,
    raw_exposure,
)
from tests.parity.report import table

ALL = (*CASES, *(case for following in TRAPS for case in following))

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
    digest = hashlib.sha256(repr([case.exposure for case in ALL]).encode())
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
        simulated = [case.exposure for case in ALL if not case.has_own_references]
        context.parent.mkdir(parents=True, exist_ok=True)
        context.write_text(make_cache(simulated, folder / "crds"))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment(folder / "crds", context.read_text()).items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session")
def jwst(request, folder, references):
    """Return what runs jwst ahead of the tests."""
    calls = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    ahead = Ahead([params["case"] for params in calls if "case" in params], folder)
    yield ahead
    ahead.stop()


def compared_folders(ours, peer, case, root):
    """Return the rows of all products that jwst made, in the order it made them."""
    rows = []
    for theirs in sorted(peer.glob("*.fits"), key=os.path.getmtime):
        product = theirs.stem.removeprefix(f"{root}_")
        if (ours / theirs.name).exists():
            rows += compare_products(ours / theirs.name, theirs, case.name, product, case.columns)
        else:
            rows.append(Row(case.name, product, "", fault="we have no such product"))
    return rows


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_product_agrees_with_that_of_jwst(case, folder, jwst, rows):
    with jwst.products(case) as (exposure, theirs), fresh(folder / "ours") as ours:
        pipeline_class(case.pipeline).call(exposure, **keywords(case, folder, ours)).close()
        found = compared_folders(ours, theirs, case, exposure.stem.removesuffix("_uncal"))
    rows += found

    finals = {PIPELINES[case.pipeline].suffix_of(kind) for kind in ("ramp", "rate")}
    assert finals & {row.product for row in found}
    faults = [row for row in found if row.fault]
    assert not faults, f"\n{table(faults)}"


def linear_ramp(case, folder):
    """Return the path of an exposure that is calibrated up to linearity."""
    ramp = folder / "linear" / f"{case.exposure.root}_linearity.fits"
    if not ramp.exists():
        steps = {"linearity": {"save_results": True, "output_dir": str(ramp.parent)}}
        pipeline_class(case.pipeline).call(raw_exposure(case, folder), steps=steps).close()
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
            theirs = calibrated_by_jwst(
                "PersistenceStep", ramp, asked, folder, peer=PEER_WITH_TRAPS
            )
            PersistenceStep.call(ramp, output_dir=str(ours), **asked).close()
            found += compared_folders(ours, theirs, case, root)
            # ours serves both: that of jwst says where the subarray is, not the detector
            product = ours / f"{root}_trapsfilled.fits"
            state = {"input_trapsfilled": str(kept_state(product, folder))}
    rows += found

    assert {row.product for row in found} == {"persistence", "trapsfilled", "output_pers"}
    faults = [row for row in found if row.fault]
    assert not faults, f"\n{table(faults)}"
