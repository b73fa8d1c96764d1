"""Flight headers find their best references in a context of flight."""

import pytest
from astropy.io import fits
from stdatamodels.jwst.datamodels import JwstDataModel

from snakewebb.pipelines import pipeline_for
from snakewebb.run import crds
from snakewebb.run.files import open_exposure
from snakewebb.steps import all_steps
from tests import flight

KEYWORDS = {
    "META.INSTRUMENT.NAME": "INSTRUME",
    "META.INSTRUMENT.DETECTOR": "DETECTOR",
    "META.INSTRUMENT.CHANNEL": "CHANNEL",
    "META.INSTRUMENT.MODULE": "MODULE",
    "META.INSTRUMENT.FILTER": "FILTER",
    "META.INSTRUMENT.PUPIL": "PUPIL",
    "META.INSTRUMENT.CORONAGRAPH": "CORONMSK",
    "META.EXPOSURE.TYPE": "EXP_TYPE",
    "META.EXPOSURE.READPATT": "READPATT",
    "META.EXPOSURE.NOUTPUTS": "NOUTPUTS",
    "META.SUBARRAY.NAME": "SUBARRAY",
    "META.OBSERVATION.DATE": "DATE-OBS",
    "META.OBSERVATION.TIME": "TIME-OBS",
}
"""What the context selects by, and the keyword that holds it."""

GUIDER_READOUTS = ("ACQ1", "ACQ2", "FINEGUIDE", "ID", "TRACK")
"""Readouts that the context has no read noise for."""

pytestmark = [
    flight.absent,
    pytest.mark.parametrize("path", flight.HEADERS, ids=lambda path: path.stem),
]


@pytest.fixture(autouse=True)
def cache(monkeypatch):
    flight.use_cache(monkeypatch)


def types_of(path):
    """Return the types of reference files that the pipeline of an exposure reads."""
    header = fits.getheader(path)
    steps = pipeline_for(header["EXP_TYPE"]).order(header["INSTRUME"])
    return {reference.type for step in steps for reference in all_steps()[step].references}


def ours(path, types):
    with JwstDataModel(path) as model:
        return crds.recommended(model.get_crds_parameters(), types)


def by_keywords(path, types):
    """Return what CRDS says to the keywords of a header alone."""
    import crds as package

    header = fits.getheader(path)
    selectors = {name: str(header[key]) for name, key in KEYWORDS.items() if key in header}
    return package.getrecommendations(selectors, reftypes=sorted(types), observatory="jwst")


def test_the_best_references_are_those_of_the_keywords(path):
    types = types_of(path)

    found = ours(path, types)

    assert len(found) == len(types) >= 4
    for kind, expected in by_keywords(path, types).items():
        if expected.startswith("NOT FOUND") and expected != "NOT FOUND n/a":
            assert found[kind].startswith("NOT FOUND"), kind
        else:
            assert found[kind] == expected, kind
            assert found[kind].startswith(f"jwst_{fits.getheader(path)['INSTRUME'].lower()}_{kind}")


def test_an_open_exposure_finds_the_same_as_its_header(path):
    types = types_of(path)
    with open_exposure(path, "ramp").model as model:
        found = crds.recommended(model.get_crds_parameters(), types)

    assert found == ours(path, types)


def test_what_the_context_does_not_know_is_said_with_a_way_out(path):
    from snakewebb.errors import ReferenceFileError

    if fits.getheader(path)["READPATT"] not in GUIDER_READOUTS:
        pytest.skip("the context has read noise for it")
    with JwstDataModel(path) as model:
        keys = model.get_crds_parameters()

    with pytest.raises(ReferenceFileError, match="type 'readnoise'.*READPATT") as raised:
        crds.best_references(keys, {"readnoise": True}, path.name)

    assert path.name in str(raised.value)
    assert "override_readnoise" in str(raised.value)
