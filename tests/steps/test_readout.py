"""What an exposure tells of its readout."""

from types import SimpleNamespace

import pytest

from snakewebb.steps.readout import first_integration, readout


def test_the_times_of_an_exposure_are_told():
    times = {"group_time": 10.0, "frame_time": 2.0, "nframes": 4}
    assert readout(SimpleNamespace(**times, ngroups=5)) == times


def test_all_times_that_are_missing_are_named():
    exposure = SimpleNamespace(group_time=None, frame_time=2.0, nframes=None)
    with pytest.raises(ValueError, match="the exposure does not tell TGROUP, NFRAMES, above zero"):
        readout(exposure)


@pytest.mark.parametrize(("start", "place"), [(None, 0), (1, 0), (2, 1), (11, 10)])
def test_integrations_are_counted_from_zero(start, place):
    assert first_integration(SimpleNamespace(integration_start=start)) == place
