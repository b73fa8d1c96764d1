"""Advice on flicker noise."""

import numpy as np
import pytest

from snakewebb.kernels.flicker_advice import (
    Advice,
    Statistics,
    advice_by_all_statistics,
    advice_by_slope_and_offset,
    background_statistics,
)

SHAPE = (128, 256)


def image(axis=1, along=0.0, across=0.0, sources=0.0):
    """Return an image whose lines lie along an axis, with slopes along them and across."""
    rng = np.random.default_rng(1)
    lines, pixels = np.mgrid[: SHAPE[0], : SHAPE[1]]
    data = 1 + 0.02 * rng.normal(size=SHAPE) + along * pixels + across * lines
    data[rng.random(SHAPE) < sources] += 5
    return (data if axis == 1 else data.T).astype(np.float32)


@pytest.mark.parametrize("axis", [0, 1])
def test_slopes_along_lines_are_measured_and_those_across_are_cleaned_away(axis):
    found = background_statistics(image(axis, along=1e-3, across=1e-3), axis=axis)

    assert found.slopes[0] == pytest.approx(1e-3, rel=0.1)
    assert found.slopes[1] < 1e-4


@pytest.mark.parametrize("share", [0, 0.2])
def test_sources_cover_their_share_of_the_image(share):
    found = background_statistics(image(sources=share), axis=1)

    assert found.covered == pytest.approx(share + 0.03, abs=0.03)


def test_without_channels_nothing_is_said_of_them():
    found = background_statistics(image(), axis=1)

    assert (found.offset, found.scatter) == (0, 0)


@pytest.mark.parametrize("axis", [0, 1])
def test_the_largest_offset_is_that_between_neighbouring_channels(axis):
    data = image()
    data[:, 64:128] += 0.03
    data = data if axis == 1 else np.ascontiguousarray(data.T)

    found = background_statistics(data, axis=axis, channels=True)

    assert found.offset == pytest.approx(0.03, rel=0.5)


def test_lines_of_the_last_channel_that_differ_from_the_others_scatter():
    data = image()
    quiet = background_statistics(data, axis=1, channels=True).scatter
    data[:, 192:] += np.random.default_rng(2).normal(0, 0.02, (128, 1)).astype(np.float32)

    found = background_statistics(data, axis=1, channels=True).scatter

    assert found > 2 * quiet


@pytest.mark.parametrize(
    ("statistics", "advice"),
    [
        (Statistics(0.03, (5e-6, 1e-6), 0.0, 0.0), Advice(False, False)),
        (Statistics(0.03, (5e-5, 4e-5), 0.0, 0.0), Advice(True, False)),
        (Statistics(0.03, (5e-5, 1e-6), 0.0, 0.0), Advice(False, False)),
        (Statistics(0.03, (2e-4, 1e-6), 0.0, 0.0), Advice(True, False)),
        (Statistics(0.03, (5e-6, 1e-6), 0.0, 0.03), Advice(False, True)),
        (Statistics(0.03, (2e-4, 2e-4), 0.08, 0.0), Advice(False, True)),
        (Statistics(0.08, (5e-5, 1e-6), 0.08, 0.0), Advice(False, False)),
        (Statistics(0.08, (5e-5, 1e-6), 0.06, 0.0), Advice(True, False)),
        (Statistics(0.08, (2e-4, 1e-6), 0.08, 0.0), Advice(True, False)),
    ],
)
def test_by_all_statistics_slopes_want_a_model_and_offsets_want_channels(statistics, advice):
    assert advice_by_all_statistics(statistics) == advice


@pytest.mark.parametrize(
    ("statistics", "advice"),
    [
        (Statistics(0.03, (5e-6, 1e-6), 0.06, 0.05), Advice(False, False)),
        (Statistics(0.03, (2e-5, 1e-6), 0.06, 0.05), Advice(True, False)),
        (Statistics(0.09, (2e-5, 1e-6), 0.08, 0.0), Advice(False, True)),
        (Statistics(0.11, (2e-5, 1e-6), 0.08, 0.0), Advice(True, False)),
    ],
)
def test_by_slope_and_offset_offsets_want_channels_unless_the_field_is_crowded(statistics, advice):
    assert advice_by_slope_and_offset(statistics) == advice


def test_the_input_is_untouched():
    data = image(along=1e-3)

    background_statistics(data, axis=1, channels=True)

    assert np.array_equal(data, image(along=1e-3))
