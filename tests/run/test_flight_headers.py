"""Flight headers find their best references in a context of flight."""

import pytest
from astropy.io import fits

from tests import flight

GUIDER_READOUTS = ("ACQ1", "ACQ2", "FINEGUIDE", "ID", "TRACK")
"""Readouts that the context has no read noise for."""

pytestmark = [
    flight.absent,
    pytest.mark.parametrize("path", flight.HEADERS, ids=lambda path: path.stem),
]


@pytest.fixture(scope="module")
def answers():
    return flight.references(flight.HEADERS)


def test_the_best_references_are_those_of_the_keywords(path, answers):
    found = answers[str(path)]["header"]
    instrument = fits.getval(path, "INSTRUME").lower()

    assert len(found) >= 4
    for kind, expected in answers[str(path)]["keywords"].items():
        if expected.lower() == "not found n/a":
            assert found[kind] == "N/A"
        elif expected.startswith("NOT FOUND"):
            assert found[kind].startswith("NOT FOUND"), kind
        else:
            assert found[kind] == expected, kind
            assert found[kind].startswith(f"jwst_{instrument}_{kind}_")


def test_an_open_exposure_finds_the_same_as_its_header(path, answers):
    assert answers[str(path)]["open"] == answers[str(path)]["header"]


def test_what_the_context_does_not_know_is_said_with_a_way_out(path, answers):
    said = answers[str(path)]["said"]

    if fits.getval(path, "READPATT") in GUIDER_READOUTS:
        assert said.startswith(f"{path}: CRDS context jwst_0676.pmap has no best reference")
        assert "of type 'readnoise' (parameter='META.EXPOSURE.READPATT'" in said
        assert "override_readnoise" in said
    else:
        assert said == ""
