"""From light to numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from snakewebb.demo.detectors import Detector
from snakewebb.demo.readout import (
    Noise,
    compress,
    convolve,
    digitise,
    flicker_noise,
    simulate_ramp,
    tracks,
)

QUIET = {"cosmic_rays": 0.0}


def expose(light, pattern="RAPID", ngroups=4, nints=1, name="NRCA1", **options):
    """Return a corner of a detector, its good pixels, its ramp and zeroth frames."""
    detector = Detector(name, "SUB160", readpatt=pattern)
    scene = np.full(detector.subarray.shape, light, dtype=np.float32)
    random = np.random.default_rng(5)
    ramp = simulate_ramp(detector, scene, ngroups, nints, random, **(QUIET | options))
    return SimpleNamespace(
        detector=detector, good=detector.mask == 0, ramp=ramp.data, zeroframe=ramp.zeroframe
    )


def seconds_of_light(exposure, values, light):
    """Return, of each good pixel, how long it would take light to make a value in DN."""
    detector = exposure.detector
    signal = values - detector.bias
    square, cube = detector.linearity
    electrons = detector.gain * (signal + square * signal**2 + cube * signal**3)
    return electrons[exposure.good] / (light * detector.sensitivity[exposure.good])


def test_a_ramp_climbs_as_the_light_says():
    exposure = expose(10000.0)
    detector = exposure.detector

    first, last = (seconds_of_light(exposure, exposure.ramp[0, g], 10000) for g in (0, 3))

    assert np.median(last - first) == pytest.approx(3 * detector.frame_time, rel=0.003)


def test_the_scatter_is_that_of_photons_and_reads():
    exposure = expose(2000.0, ngroups=2)
    detector = exposure.detector

    difference = np.diff(exposure.ramp[0].astype(float), axis=0)[0][exposure.good]
    electrons = 2000 * detector.frame_time
    photons = electrons / detector.kind.gain**2
    flat = (electrons / detector.kind.gain * 0.011) ** 2  # of pixel response and gain
    reads = 2 * (detector.kind.read_noise**2 + detector.kind.flicker_noise**2)
    expected = photons + flat + reads / detector.kind.gain**2

    assert difference.var() == pytest.approx(expected, rel=0.06)


def test_dropped_frames_gather_light_too():
    fast, slow = expose(5000.0), expose(5000.0, "BRIGHT1")

    climbs = [np.median(np.diff(e.ramp[0].astype(float), axis=0)[:, e.good]) for e in (fast, slow)]

    assert climbs[1] / climbs[0] == pytest.approx(2, rel=0.02)


def test_averaged_frames_lie_in_their_middle():
    exposure = expose(5000.0, "SHALLOW4", ngroups=2)
    detector = exposure.detector

    seconds = np.median(seconds_of_light(exposure, exposure.ramp[0, 0], 5000))

    assert seconds == pytest.approx(2.5 * detector.frame_time, rel=0.02)


def test_the_zeroth_frame_is_the_first_one_alone():
    exposure = expose(5000.0, "SHALLOW4", ngroups=1, nints=2)
    detector = exposure.detector

    seconds = np.median(seconds_of_light(exposure, exposure.zeroframe[1], 5000))

    assert exposure.zeroframe.shape == (2, 160, 160)
    assert exposure.zeroframe.dtype == np.uint16
    assert seconds == pytest.approx(detector.frame_time, rel=0.05)


def test_patterns_of_single_frames_keep_no_zeroth_frame():
    assert expose(0.0, ngroups=1).zeroframe is None


def test_reference_pixels_see_no_light_but_the_bias():
    exposure = expose(50000.0, ngroups=2)
    reference = exposure.detector.reference_pixels

    last = exposure.ramp[0, -1].astype(float)
    above = last - exposure.detector.bias

    assert abs(np.median(above[reference])) < 15
    assert np.median(above[exposure.good]) > 10000


def test_pixels_saturate_at_their_ceiling():
    exposure = expose(1e7, ngroups=1)
    detector = exposure.detector

    over = exposure.ramp[0, 0] - detector.ceiling

    assert np.abs(over[exposure.good]).max() < 40
    assert exposure.ramp.max() == 65535


def test_each_integration_starts_from_the_bias_again():
    exposure = expose(20000.0, ngroups=3, nints=2)

    first = exposure.ramp[:, 0].astype(float)[:, exposure.good]

    assert np.median(first[1] - first[0]) == pytest.approx(0, abs=15)
    assert (first[1] - first[0]).std() > np.sqrt(2) * 20 / 2.05  # noise of the reset


def test_cosmic_rays_come_as_often_as_asked():
    def hits(cosmic_rays):
        ramp = expose(0.0, ngroups=5, cosmic_rays=cosmic_rays, name="NRCALONG").ramp[0]
        return (np.diff(ramp.astype(float), axis=0) > 150).sum()

    few, many = hits(20), hits(200)

    assert hits(0) < 30
    assert few < many / 4


def test_a_track_is_as_long_as_its_energy_is_spread():
    y, x, charge = tracks(1000, (100, 100), np.random.default_rng(2))

    assert y.shape == x.shape == charge.shape
    assert 2 < len(y) / 1000 < 3
    assert (charge > 0).all()
    assert [len(a) for a in tracks(0, (100, 100), np.random.default_rng(2))] == [0, 0, 0]


def test_compressing_undoes_the_polynomial():
    linear = np.linspace(-50, 65535, 5000, dtype=np.float32)
    square, cube = np.full_like(linear, 7e-7), np.full_like(linear, 8e-12)

    signal = compress(linear, square, cube).astype(float)

    np.testing.assert_allclose(signal + 7e-7 * signal**2 + 8e-12 * signal**3, linear, atol=0.03)
    assert compress(linear, square, cube).dtype == np.float32


def test_a_point_of_charge_becomes_the_kernel():
    kernel = Detector("NIS", "SUB64").ipc_kernel
    image = np.zeros((5, 6), dtype=np.float32)
    image[2, 3] = 1000

    np.testing.assert_allclose(convolve(image, kernel)[1:4, 2:5], 1000 * kernel)
    assert convolve(image, kernel).sum() == pytest.approx(1000)


def test_charge_at_the_edge_leaks_out():
    image = np.zeros((4, 4), dtype=np.float32)
    image[0, 0] = 1
    kernel = np.arange(9, dtype=np.float32).reshape(3, 3)

    assert convolve(image, kernel)[:2, :2].tolist() == [[4, 5], [7, 8]]


def test_flicker_noise_has_unit_variance_and_a_spectrum_of_one_over_frequency():
    random = np.random.default_rng(7)
    series = np.array([flicker_noise(4096, random) for _ in range(200)])
    power = (np.abs(np.fft.rfft(series)) ** 2).mean(axis=0)

    assert series.dtype == np.float32
    assert series.var() == pytest.approx(1, rel=0.1)
    assert power[10:20].mean() / power[100:200].mean() == pytest.approx(10, rel=0.15)


def test_the_average_of_four_reads_is_half_as_noisy():
    noise = Noise(Detector("NIS", "SUB256"), np.random.default_rng(8))

    ratio = noise.of_reads(1).std() / noise.of_reads(4).std()

    assert ratio == pytest.approx(2, rel=0.1)


def test_numbers_are_rounded_and_stay_within_16_bits():
    numbers = digitise(np.array([-3.0, 1.4, 1.6, 70000.0]))

    assert numbers.tolist() == [0, 1, 2, 65535]
    assert numbers.dtype == np.uint16
