"""How many cores a step may use."""

import pytest

from snakewebb.steps import cores
from snakewebb.steps.cores import number_of_cores


def test_a_number_of_cores_is_a_number_or_a_share_of_those_there_are(monkeypatch):
    monkeypatch.setattr(cores, "available", lambda: 8)
    words = ("none", "1", "quarter", "half", "3", "all", "99", "0")
    assert [number_of_cores(word) for word in words] == [1, 1, 2, 4, 3, 8, 8, 1]
    with pytest.raises(ValueError, match="maximum_cores 'most' is no number and none of none"):
        number_of_cores("most")
