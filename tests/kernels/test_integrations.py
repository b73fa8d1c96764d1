"""Which correction serves which integration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snakewebb.kernels.integrations import served


def by_integration(corrections, nints, first):
    """Return the correction of each integration, each of which must have exactly one."""
    found = {}
    for correction, integrations in served(corrections, nints, first=first):
        for i in range(nints)[integrations]:
            assert i not in found
            found[i] = correction
    return [found[i] for i in range(nints)]


@pytest.mark.parametrize(
    ("nints", "first", "expected"),
    [(1, 0, "a"), (5, 0, "abccc"), (2, 0, "ab"), (3, 1, "bcc"), (2, 2, "cc"), (2, 7, "cc")],
)
def test_each_integration_has_its_own_and_the_last_one_serves_the_rest(nints, first, expected):
    assert by_integration("abc", nints, first) == list(expected)


def test_integrations_that_share_a_correction_come_together():
    assert served("abc", 6) == [("a", slice(0, 1)), ("b", slice(1, 2)), ("c", slice(2, 6))]


@given(number=st.integers(1, 5), nints=st.integers(1, 9), cut=st.integers(0, 9))
def test_a_file_that_is_cut_in_two_has_the_same_corrections(number, nints, cut):
    corrections, cut = range(number), min(cut, nints)
    whole = by_integration(corrections, nints, 0)
    parts = by_integration(corrections, cut, 0), by_integration(corrections, nints - cut, cut)
    assert parts[0] + parts[1] == whole
