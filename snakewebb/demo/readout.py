"""How a detector turns light into numbers: charge, its non-destructive reads, and their noise.

Charge gathers in a pixel from frame to frame until the next reset. Each frame is read without
destroying it; on board, frames are averaged to groups or dropped as the readout pattern says.

References: B. J. Rauscher et al. (2007), PASP 119, 768, doi:10.1086/520887 (noise of groups of
averaged reads); A. Moore et al. (2006), Opt. Eng. 45, 076402, doi:10.1117/1.2219103 (inter-pixel
capacitance); B. J. Rauscher (2015), PASP 127, 1144, doi:10.1086/684082 (1/f noise).
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from snakewebb.demo.clocking import CLOCK
from snakewebb.demo.detectors import ADC_MAXIMUM, science_view

_PIXEL_AREA = (18e-4) ** 2  # cm2
_COSMIC_RAY_RATE = 4.5  # hits per second and cm2, at the second Lagrange point
_SNOWBALL_RATE = 8e-4  # large events per second and cm2
_OUTPUT_DRIFT = 2.0  # DN, from group to group
_PARITY_DRIFT = 1.0  # DN, between even and odd columns
_TELEGRAPH_STEP = 60.0  # DN
_BLOCK = 32  # rows for which photons are drawn at a time, since their numbers take much memory


@dataclass(frozen=True)
class Ramp:
    """What a detector sends, in DN.

    Parameters
    ----------
    data : ndarray, shape (nints, ngroups, rows, columns), uint16
        The groups.
    zeroframe : ndarray, shape (nints, rows, columns), uint16, or None
        The first frame of each integration, where the pattern keeps it.
    refout : ndarray, shape (nints, ngroups, rows, columns // 4), uint16, or None
        The groups of the reference output, where it is kept.
    """

    data: np.ndarray
    zeroframe: np.ndarray | None = None
    refout: np.ndarray | None = None

    @classmethod
    def empty(cls, detector, ngroups, nints):
        """Return one to be filled."""
        rows, columns = detector.frame_shape
        reference = (rows, columns // 4) if detector.instrument.reference_output else None
        return cls(
            np.empty((nints, ngroups, rows, columns), np.uint16),
            np.empty((nints, rows, columns), np.uint16) if detector.pattern.zeroframe else None,
            np.empty((nints, ngroups, *reference), np.uint16) if reference else None,
        )


def simulate_ramp(detector, light, ngroups, nints, random, *, cosmic_rays=1.0, drop_frames1=0):
    """Expose a detector to light and read it out.

    Parameters
    ----------
    detector : Detector
        The part of a detector that is read, and how.
    light : ndarray, shape (ny, nx), float32
        Electrons per second that the scene makes in a perfect pixel.
    ngroups, nints : int
        Groups of an integration, and integrations.
    random : numpy.random.Generator
        Source of all chance.
    cosmic_rays : float
        How many cosmic rays, relative to the usual number.
    drop_frames1 : int
        Frames that are dropped before the first group of an integration.

    Returns
    -------
    Ramp
    """
    ramp = Ramp.empty(detector, ngroups, nints)
    pixels = Pixels(detector, light, random, cosmic_rays)
    disturbances = Disturbances(detector, random)
    noise = Noise(detector, random)
    pattern = detector.pattern
    for integration in range(nints):
        pixels.reset()
        disturbances.reset(integration)
        for group in range(ngroups):
            total = np.zeros(detector.frame_shape, dtype=np.float32)
            for frame in range(pattern.nframes):
                dropped = 0 if frame else pattern.groupgap if group else drop_frames1
                pixels.expose(1 + dropped)
                signal = detector.frame(pixels.signal(), detector.frame_bias)
                disturbances.disturb(signal, 1 + dropped)
                total += signal
                if pattern.zeroframe and group == frame == 0:
                    ramp.zeroframe[integration] = digitise(signal + noise.of_reads(1))
            total /= pattern.nframes
            if group == ngroups - 1:
                disturbances.disturb_last(total)
            ramp.data[integration, group] = digitise(total + noise.of_reads(pattern.nframes))
            if ramp.refout is not None:
                ramp.refout[integration, group] = digitise(noise.reference_output())
    return ramp


def digitise(signal):
    """Return what the analog-to-digital converter makes of a signal in DN, as uint16."""
    return np.rint(signal).clip(0, ADC_MAXIMUM).astype(np.uint16)


class Pixels:
    """The charge in the pixels of a detector, and the signal it makes.

    Parameters
    ----------
    detector : Detector
        The part of a detector that is read.
    light : ndarray, shape (ny, nx), float32
        Electrons per second that the scene makes in a perfect pixel.
    random : numpy.random.Generator
        Source of all chance.
    cosmic_rays : float
        How many cosmic rays, relative to the usual number.
    """

    def __init__(self, detector, light, random, cosmic_rays=1.0):
        self.detector = detector
        self.random = random
        self.cosmic_rays = cosmic_rays
        self.rate = light * detector.sensitivity + detector.dark_current
        self.charge = np.zeros_like(self.rate)
        self.pedestal = np.zeros_like(self.rate)

    def reset(self):
        """Empty the pixels; the level that they start from is a little different each time."""
        kind = self.detector.kind
        self.charge[:] = 0
        self.random.standard_normal(dtype=np.float32, out=self.pedestal)
        self.pedestal *= np.float32(kind.reset_noise / kind.gain)
        self.pedestal += self.detector.bias

    def expose(self, frames):
        """Gather light, dark current and cosmic rays for the time of some frames."""
        seconds = frames * self.detector.frame_time
        for first in range(0, len(self.charge), _BLOCK):
            rows = slice(first, first + _BLOCK)
            self.charge[rows] += self.random.poisson(self.rate[rows] * seconds)
        exposed = self.cosmic_rays * self.charge.size * _PIXEL_AREA * seconds
        number = self.random.poisson(_COSMIC_RAY_RATE * exposed)
        self._hit(*tracks(number, self.charge.shape, self.random))
        for _ in range(self.random.poisson(_SNOWBALL_RATE * exposed)):
            self._hit(*snowball(self.charge.shape, self.random))

    def signal(self):
        """Return the signal of each pixel without the noise of reading it, in DN."""
        detector = self.detector
        linear = convolve(self.charge, detector.ipc_kernel)
        linear /= detector.gain
        linear[detector.reference_pixels] = 0
        np.minimum(linear, np.float32(ADC_MAXIMUM), out=linear)
        signal = compress(linear, *detector.linearity)
        telegraph = detector.flaws["telegraph"]
        signal.flat[telegraph] += _TELEGRAPH_STEP * self.random.integers(0, 2, len(telegraph))
        signal += self.pedestal
        return np.minimum(signal, detector.ceiling, out=signal)

    def _hit(self, y, x, charge):
        """Add charge where something hit the detector, or missed it."""
        y, x = np.rint(y).astype(int), np.rint(x).astype(int)
        ny, nx = self.charge.shape
        inside = (y >= 0) & (y < ny) & (x >= 0) & (x < nx)
        np.add.at(self.charge, (y[inside], x[inside]), charge[inside])


def tracks(number, shape, random):
    """Return the tracks of cosmic rays.

    Parameters
    ----------
    number : int
        How many of them.
    shape : tuple of int
        Shape ``(ny, nx)`` of the image that they hit.
    random : numpy.random.Generator
        Source of all chance.

    Returns
    -------
    y, x : ndarray
        Positions in pixels; some lie outside.
    charge : ndarray, float32
        Electrons at each.
    """
    length = 1 + random.exponential(1.7, number).astype(int)
    track = np.repeat(np.arange(number), length)
    step = np.arange(len(track)) - np.repeat(np.cumsum(length) - length, length)
    angle = random.uniform(0, 2 * np.pi, number)
    y = random.uniform(0, shape[0], number)[track] + step * np.sin(angle)[track]
    x = random.uniform(0, shape[1], number)[track] + step * np.cos(angle)[track]
    energy = random.lognormal(np.log(900), 1.0, number)
    charge = energy[track] * random.uniform(0.4, 1.6, len(track))
    return y, x, charge.astype(np.float32)


def snowball(shape, random):
    """Return a large event, a round saturated core in a fading halo, as `tracks` does."""
    core = random.uniform(2, 7)
    size = int(6 * core)
    dy, dx = np.mgrid[-size : size + 1, -size : size + 1].reshape(2, -1)
    outside = np.maximum(np.hypot(dy, dx) - core, 0)
    charge = np.where(outside > 0, 3000 * np.exp(-outside / core), 2e5)
    y, x = random.uniform(0, shape)
    return y + dy, x + dx, charge.astype(np.float32)


def convolve(image, kernel):
    """Return an image convolved with a kernel of shape (3, 3), nothing coming from outside."""
    result = kernel[1, 1] * image
    ny, nx = image.shape
    for dy, dx in np.argwhere(kernel) - 1:
        if dy or dx:
            to = slice(max(dy, 0), ny + min(dy, 0)), slice(max(dx, 0), nx + min(dx, 0))
            source = slice(max(-dy, 0), ny + min(-dy, 0)), slice(max(-dx, 0), nx + min(-dx, 0))
            result[to] += kernel[dy + 1, dx + 1] * image[source]
    return result


def compress(linear, square, cube):
    """Return the signal that obeys ``linear = signal + square signal**2 + cube signal**3``.

    Parameters
    ----------
    linear : ndarray, float32
        Signal that a linear detector would show, in DN.
    square, cube : ndarray, float32
        Coefficients, in 1/DN and 1/DN**2.

    Returns
    -------
    ndarray, float32
        Found by Newton's method, to a hundredth of a DN over the range of a detector.
    """
    signal = linear - square * linear**2
    bright = np.nonzero(linear > 1000)
    target, square, cube = linear[bright], square[bright], cube[bright]
    estimate = signal[bright]
    for _ in range(3):
        value = estimate * (1 + estimate * (square + estimate * cube))
        estimate -= (value - target) / (1 + estimate * (2 * square + 3 * estimate * cube))
    signal[bright] = estimate
    return signal


class Disturbances:
    """What the electronics add to the signal of a mid-infrared detector, in DN.

    Parameters
    ----------
    detector : Detector
        The part of a detector that is read.
    random : numpy.random.Generator
        Source of all chance: the phases of waves.
    """

    def __init__(self, detector, random):
        self.detector = detector
        waves = detector.kind.interference
        self.waves = [(wave, random.uniform(0, 2 * np.pi)) for wave in waves]
        self.frames = 0  # since the start of the exposure
        self.integration = self.frame = 0

    def reset(self, integration):
        """Begin an integration; a reset takes as long as a frame."""
        self.integration, self.frame = integration, -1
        self.frames += 1

    def disturb(self, signal, frames):
        """Add what there is to the signal of a frame, some frames after the one before."""
        self.frame += frames
        self.frames += frames
        detector = self.detector
        if detector.kind.reset_anomaly:
            signal += detector.reset_anomaly(self.integration, self.frame)
        for wave, phase in self.waves:
            cycle = np.float32(2 * np.pi * wave.frequency * CLOCK)
            start = phase + 2 * np.pi * wave.frequency * detector.frame_time * self.frames
            angle = detector.clocking.clock * cycle + np.float32(start % (2 * np.pi))
            signal += science_view(np.float32(wave.amplitude) * np.sin(angle), *detector.axes)

    def disturb_last(self, signal):
        """Add what there is in the last group of an integration alone."""
        if self.detector.kind.last_frame:
            signal[1::2] += np.float32(self.detector.kind.last_frame)


class Noise:
    """The noise of reading a detector, in DN.

    Parameters
    ----------
    detector : Detector
        The part of a detector that is read.
    random : numpy.random.Generator
        Source of all chance.
    """

    def __init__(self, detector, random):
        self.detector = detector
        self.random = random
        self.clocking = detector.clocking

    def of_reads(self, number):
        """Return the noise of the average of some reads, of the shape of a frame."""
        noise = self.random.standard_normal(self.detector.frame_shape, dtype=np.float32)
        noise *= self.detector.frame_read_noise
        noise += science_view(self._correlated(), *self.detector.axes)
        noise *= np.float32(number**-0.5)
        noise += science_view(self._drift(), *self.detector.axes)
        return noise

    def reference_output(self):
        """Return a frame of the reference output, which has a sample for each of four columns."""
        kind, (rows, columns) = self.detector.kind, self.detector.frame_shape
        noise = self.random.standard_normal((rows, columns // 4), dtype=np.float32)
        noise *= np.float32(kind.read_noise / kind.gain)
        return noise + np.float32(kind.bias)

    def _correlated(self):
        """Return noise with a 1/f spectrum along the readout, the same in all outputs."""
        kind = self.detector.kind
        series = flicker_noise(self.clocking.length, self.random)
        series *= np.float32(kind.flicker_noise / kind.gain)
        return series[self.clocking.clock]

    def _drift(self):
        """Return the momentary level of each output and each parity of columns or rows."""
        outputs = self.clocking.noutputs
        levels = self.random.normal(0, _OUTPUT_DRIFT, outputs)
        parities = self.random.normal(0, _PARITY_DRIFT, (outputs, 2))
        output, parity = self.clocking.output, self.clocking.parity
        return (levels[output] + parities[output, parity]).astype(np.float32)


def flicker_noise(length, random):
    """Return a series of float32 numbers of unit variance with a 1/f power spectrum."""
    size = fft.next_fast_len(length, real=True)
    frequencies = np.arange(1, size // 2 + 1, dtype=np.float32)
    spectrum = random.standard_normal((len(frequencies), 2), dtype=np.float32).view(np.complex64)
    spectrum = np.concatenate([[0], spectrum[:, 0] / np.sqrt(frequencies)]).astype(np.complex64)
    series = fft.irfft(spectrum, size)[:length]
    return series * np.float32(size / (2 * np.sqrt(np.sum(1 / frequencies))))
