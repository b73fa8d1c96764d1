"""The detectors as they are: the truth behind a simulated exposure and its reference files.

Everything here is generated from a seed, with magnitudes typical of the flight detectors. Images
are in the orientation of the science products, in which the fast axis may run along either image
axis in either direction; the reading electronics works in the detector's own frame.
"""

import itertools
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from snakewebb.demo.instruments import find_instrument
from snakewebb.kernels import dq

ADC_MAXIMUM = 65535
TILE = 256
_NOMINAL_AREA = 2040**2  # pixels that see light, of the detector that the numbers of flaws are for
_BAD_REFERENCE_SHARE = 60 / (2048**2 - 2040**2)
_SAMPLES_PER_BAD_REFERENCE = 160
_ANOMALY_FRAMES = 2.5  # in which the reset anomaly fades by a factor of e


@dataclass(frozen=True)
class Flaw:
    """One way in which a pixel can be bad.

    Parameters
    ----------
    number : int
        How many pixels of a detector have it.
    flags : int
        Bits of the bad-pixel mask.
    reference_flags : int
        Bits of the reference file in which the pixel has no valid value, where that file has flags.
    """

    number: int
    flags: int
    reference_flags: int = 0


FLAWS = {
    "dead": Flaw(1000, dq.DO_NOT_USE | dq.DEAD),
    "low_qe": Flaw(1500, dq.LOW_QE),
    "hot": Flaw(1500, dq.DO_NOT_USE | dq.HOT),
    "warm": Flaw(5000, dq.WARM),
    "telegraph": Flaw(500, dq.TELEGRAPH),
    "unknown_gain": Flaw(1000, 0),
    "unknown_bias": Flaw(1000, 0, dq.UNRELIABLE_BIAS),
    "unknown_saturation": Flaw(1000, 0, dq.NO_SAT_CHECK),
    "unknown_linearity": Flaw(1000, 0, dq.NO_LIN_CORR),
    "unknown_dark": Flaw(1000, 0, dq.UNRELIABLE_DARK),
}


def science_view(image, fastaxis, slowaxis):
    """Turn an image from the detector's frame to the science frame.

    Parameters
    ----------
    image : ndarray, shape (..., n, m)
        In the detector's frame the rows follow each other along the slow axis, and the pixels of
        a row along the fast axis.
    fastaxis, slowaxis : int
        Directions in the science frame: 1 is +x, 2 is +y, negative is backwards.

    Returns
    -------
    ndarray, shape (..., n, m) or (..., m, n)
        A view.
    """
    if abs(fastaxis) == 2:
        image = image.swapaxes(-1, -2)
        step_y, step_x = fastaxis, slowaxis
    else:
        step_y, step_x = slowaxis, fastaxis
    return image[..., :: np.sign(step_y), :: np.sign(step_x)]


def detector_view(image, fastaxis, slowaxis):
    """Turn an image from the science frame to the detector's frame: the inverse of `science_view`.

    Parameters
    ----------
    image : ndarray, shape (..., n, m)
        In the science frame.
    fastaxis, slowaxis : int
        Directions in the science frame: 1 is +x, 2 is +y, negative is backwards.

    Returns
    -------
    ndarray, shape (..., n, m) or (..., m, n)
        A view.
    """
    steps = {abs(axis): np.sign(axis) for axis in (fastaxis, slowaxis)}
    image = image[..., :: steps[2], :: steps[1]]
    return image.swapaxes(-1, -2) if abs(fastaxis) == 2 else image


class Detector:
    """A detector, or the part of it that a subarray reads.

    A pixel is the same in whatever subarray it is looked at. Images have the shape of the
    subarray, in the orientation of the science products, and are float32.

    Parameters
    ----------
    name : str
        Value of the keyword DETECTOR.
    subarray : str
        Value of the keyword SUBARRAY.
    seed : int
        Another seed makes another detector of the same kind.
    readpatt : str, optional
        Value of the keyword READPATT; by default the simplest pattern.
    outputs : int, optional
        How many outputs read it, if not as many as usual.
    """

    def __init__(self, name, subarray="FULL", seed=0, *, readpatt=None, outputs=None):
        self.name = name
        self.instrument = find_instrument(name)
        self.subarray = self.instrument.find_subarray(name, subarray, outputs)
        self.seed = seed
        self.placement = self.instrument.detectors[name]
        self.kind = self.placement.kind
        self.pattern = self.instrument.find_pattern(
            readpatt or next(iter(self.instrument.patterns))
        )

    @property
    def axes(self):
        """Fast axis and slow axis in the science frame."""
        return self.placement.fastaxis, self.placement.slowaxis

    @cached_property
    def clocking(self):
        """How it is read, a `Clocking`."""
        return self._clocking(self.subarray)

    @property
    def frame_time(self):
        """Seconds that one read takes."""
        return self.clocking.frame_time

    @cached_property
    def reference_pixels(self):
        """Where the reference pixels are, bool."""
        return self._cut(self._border())

    @cached_property
    def flaws(self):
        """The bad pixels: for each name in `FLAWS` their indices in the flattened image."""
        border = self.instrument.border
        height, width = (n - 2 * b for n, b in zip(self.instrument.shape, border, strict=True))
        share = height * width / _NOMINAL_AREA
        numbers = [round(share * flaw.number) for flaw in FLAWS.values()]
        chosen = self._random("flaws").choice(height * width, sum(numbers), replace=False)
        y, x = chosen // width + border[0], chosen % width + border[1]
        kinds = np.split(np.stack([y, x]), np.cumsum(numbers)[:-1], axis=1)
        return {name: self._indices(*yx) for name, yx in zip(FLAWS, kinds, strict=True)}

    @cached_property
    def bad_reference_pixels(self):
        """Indices in the flattened image of the few reference pixels too noisy to use."""
        y, x = np.nonzero(self._border())
        number = round(_BAD_REFERENCE_SHARE * len(y))
        chosen = self._random("bad reference pixels").choice(len(y), number, replace=False)
        return self._indices(y[chosen], x[chosen])

    @cached_property
    def mask(self):
        """Flags of bad pixels, uint32."""
        mask = np.where(self.reference_pixels, np.uint32(dq.REFERENCE_PIXEL), np.uint32(0))
        for name, indices in self.flaws.items():
            mask.flat[indices] |= np.uint32(FLAWS[name].flags)
        # In interleaved frames BAD_REF_PIXEL is a word for references that are no pixels.
        bad = 0 if self.pattern.interleaved else dq.BAD_REF_PIXEL
        mask.flat[self.bad_reference_pixels] |= np.uint32(bad | dq.DO_NOT_USE)
        return mask

    @cached_property
    def gain(self):
        """Electrons per DN."""
        outputs = self._per_output(self._random("outputs").normal(1, 0.01, 4))
        return self.kind.gain * outputs * (1 + 0.005 * self._noise("gain"))

    @cached_property
    def read_noise(self):
        """White noise of one read, in DN."""
        noise = self.kind.read_noise / self.kind.gain * np.exp(0.08 * self._noise("read noise"))
        noise.flat[self.flaws["hot"]] *= 2
        noise.flat[self.bad_reference_pixels] *= 10
        return noise

    @cached_property
    def bias(self):
        """Level after a reset, in DN: outputs, columns and the first rows differ."""
        random = self._random("bias")
        rows, width = self._whole.frame_shape
        columns = random.normal(0, 60, width)
        columns[::2] += 35
        bias = 45 * self._noise("bias")
        bias += self._along_fast(columns)
        bias += self._along_slow(250 * np.exp(-np.arange(rows) / 150))
        bias += self._per_output(random.normal(self.kind.bias, 350, 4))
        return bias

    @cached_property
    def dark_current(self):
        """Electrons per second without light."""
        scatter = self._noise("dark current")
        dark = self.kind.dark_current * np.exp(0.3 * scatter)
        for name, typical in (("warm", 0.5), ("hot", 20)):
            indices = self.flaws[name]
            dark.flat[indices] = typical * np.exp(scatter.flat[indices])
        dark.flat[self.flaws["dead"]] = 0
        dark[self.reference_pixels] = 0
        return dark

    @cached_property
    def sensitivity(self):
        """Response to light relative to a typical pixel."""
        response = 1 + 0.01 * self._noise("sensitivity")
        response.flat[self.flaws["low_qe"]] *= 0.4
        response.flat[self.flaws["dead"]] = 0
        response[self.reference_pixels] = 0
        return response

    @cached_property
    def ceiling(self):
        """Highest value that a pixel can reach, in DN: its well, or the A/D converter, is full."""
        well = self.kind.full_well / self.gain * (1 + 0.02 * self._noise("full well"))
        return np.minimum(self.bias + well, np.float32(ADC_MAXIMUM))

    @cached_property
    def saturation(self):
        """Value from which on a pixel counts as saturated, in DN."""
        return self.bias + np.float32(0.96) * (self.ceiling - self.bias)

    @cached_property
    def trap_density(self):
        """Charge traps relative to a typical pixel."""
        density = np.exp(0.2 * self._noise("trap density"))
        density[self.reference_pixels] = 0
        return density

    @cached_property
    def linearity(self):
        """Coefficients of the square and the cube in the polynomial that linearises a pixel.

        Signals above the bias, in DN, obey ``linear = signal + c2 signal**2 + c3 signal**3``: a
        signal is compressed by a few per cent where the well is nearly full. Shape (2, ny, nx).
        """
        well = self.kind.full_well / self.kind.gain
        coefficients = np.empty((2, *self.subarray.shape), dtype=np.float32)
        coefficients[0] = 0.035 / well * (1 + 0.05 * self._noise("linearity"))
        coefficients[1] = 0.02 / well**2
        coefficients[:, self.reference_pixels] = 0
        return coefficients

    @cached_property
    def ipc_kernel(self):
        """Fractions of a pixel's charge that show in itself and its neighbours, shape (3, 3)."""
        kernel = np.array([[2e-4, 5e-3, 2e-4], [5e-3, 0, 5e-3], [2e-4, 5e-3, 2e-4]], np.float32)
        kernel[1, 1] = 1 - kernel.sum()
        return kernel

    @cached_property
    def frame_shape(self):
        """Shape of a frame in the science frame, with all that is interleaved with the pixels."""
        return science_view(np.broadcast_to(0, self.clocking.frame_shape), *self.axes).shape

    def frame(self, image, others):
        """Return what is sent of an image: itself, or interleaved with what else is sampled.

        Parameters
        ----------
        image : ndarray, shape (ny, nx)
            The image.
        others : scalar or ndarray of the shape of a frame
            Value of the samples that are not pixels.
        """
        if self.frame_shape == image.shape:
            return image
        frame = np.empty(self.frame_shape, dtype=image.dtype)
        frame[...] = others
        view = detector_view(frame, *self.axes)
        view[:, self.clocking.pixels] = detector_view(image, *self.axes)
        return frame

    @cached_property
    def frame_bias(self):
        """Level of all samples of a frame after a reset, in DN; outputs and columns differ."""
        random = self._random("interleaved")
        levels = random.normal(self.kind.bias, 350, self.clocking.noutputs)[self.clocking.output]
        levels = levels + random.normal(0, 60, len(levels)) + 35 * self.clocking.parity
        return self.frame(self.bias, science_view(levels.astype(np.float32), *self.axes))

    @cached_property
    def frame_read_noise(self):
        """White noise of one read of all samples of a frame, in DN."""
        noise = np.where(self._bad_references, 10, 1) * self.kind.read_noise / self.kind.gain
        return self.frame(self.read_noise, science_view(noise, *self.axes))

    @cached_property
    def frame_mask(self):
        """Flags of all samples of a frame, uint32."""
        bad = np.uint32(dq.BAD_REF_PIXEL | dq.DO_NOT_USE)
        flags = np.uint32(dq.REFERENCE_PIXEL) | self._bad_references * bad
        return self.frame(self.mask, science_view(flags, *self.axes))

    @cached_property
    def _bad_references(self):
        """Which samples of a row, of those that are no pixels, are too noisy to use, bool."""
        row = np.arange(self.clocking.frame_shape[1])
        others = np.setdiff1d(row, row[self.clocking.pixels])
        number = len(others) // _SAMPLES_PER_BAD_REFERENCE
        bad = self._random("bad references").choice(others, number, replace=False)
        return np.isin(row, bad)[np.newaxis]

    def reset_anomaly(self, integration, frame):
        """Return the level that a reset leaves in a frame, in DN; the first of each is 0."""
        amplitudes = self.kind.reset_anomaly or (0.0,)
        amplitude = amplitudes[min(integration, len(amplitudes) - 1)]
        fading = amplitude * np.exp(-frame / _ANOMALY_FRAMES)
        return np.float32(fading) * self._anomaly_pattern

    @cached_property
    def _anomaly_pattern(self):
        """Strength of the reset anomaly, 1 on the average."""
        rows, columns = self._whole.frame_shape
        wave = self._along_slow(0.3 * np.sin(6 * np.arange(rows) / rows))
        return 1 + wave + self._along_fast(0.2 * np.cos(9 * np.arange(columns) / columns))

    @cached_property
    def _whole(self):
        """How pixels of the full frame are read, without anything that is interleaved."""
        simplest = next(iter(self.instrument.patterns.values()))
        return self._clocking(self.instrument.subarrays[self.name][0], simplest)

    def _clocking(self, subarray, pattern=None):
        rows, columns = subarray.shape
        shape = (columns, rows) if abs(self.placement.fastaxis) == 2 else (rows, columns)
        return self.instrument.clocking(subarray, shape, pattern or self.pattern)

    def _random(self, topic, *index):
        key = zlib.crc32(f"{self.name} {topic}".encode())
        return np.random.default_rng([self.seed, key, *index])

    def _cut(self, image):
        """Return the subarray's part of an image of the full frame, or of one row or column."""
        return np.broadcast_to(image, self.instrument.shape)[self.subarray.window]

    def _indices(self, y, x):
        """Return the place in the subarray's flattened image of those pixels that are in it."""
        rows, columns = self.subarray.window
        y, x = y - rows.start, x - columns.start
        ny, nx = self.subarray.shape
        inside = (y >= 0) & (y < ny) & (x >= 0) & (x < nx)
        return y[inside] * nx + x[inside]

    def _noise(self, topic):
        """Return normal noise of unit variance that belongs to the pixels.

        It is made tile by tile, so that a small subarray costs little.
        """
        rows, columns = self.subarray.window
        tiles_y = range(rows.start // TILE, -(-rows.stop // TILE))
        tiles_x = range(columns.start // TILE, -(-columns.stop // TILE))
        first_y, first_x = tiles_y[0] * TILE, tiles_x[0] * TILE
        image = np.empty((len(tiles_y) * TILE, len(tiles_x) * TILE), dtype=np.float32)
        for tile_y, tile_x in itertools.product(tiles_y, tiles_x):
            tile = self._random(topic, tile_y, tile_x).standard_normal((TILE, TILE), np.float32)
            y, x = tile_y * TILE - first_y, tile_x * TILE - first_x
            image[y : y + TILE, x : x + TILE] = tile
        return image[
            rows.start - first_y : rows.stop - first_y,
            columns.start - first_x : columns.stop - first_x,
        ]

    def _along_fast(self, profile):
        profile = profile.astype(np.float32)[np.newaxis, :]
        return self._cut(science_view(profile, *self.axes))

    def _along_slow(self, profile):
        profile = profile.astype(np.float32)[:, np.newaxis]
        return self._cut(science_view(profile, *self.axes))

    def _per_output(self, values):
        return self._along_fast(values[self._whole.output])

    def _border(self):
        """Return where the reference pixels of a full frame are."""
        height, width = self.instrument.border
        rows, columns = self.instrument.shape
        reference = np.ones(self.instrument.shape, dtype=bool)
        reference[height : rows - height, width : columns - width] = False
        return reference
