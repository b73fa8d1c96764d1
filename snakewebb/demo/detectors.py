"""The detectors as they are: the truth behind a simulated exposure and its reference files.

A near-infrared detector of JWST is a Teledyne HAWAII-2RG of 2048 x 2048 pixels with a border of
four reference pixels, which have no photodiode. Four outputs, or one for a small subarray, read
strips side by side along the fast axis, ten microseconds a pixel.

Everything here is generated from a seed, with magnitudes typical of the flight detectors. Images
are in the orientation of the science products, in which the fast axis may run along either image
axis in either direction; the reading electronics works in the detector's own frame.

References: M. J. Rieke et al. (2023), PASP 135, 028001, doi:10.1088/1538-3873/acac53 (NIRCam);
R. Doyon et al. (2023), PASP 135, 098001, doi:10.1088/1538-3873/acd41b (NIRISS); positions in the
focal plane and corners of subarrays from the JWST Science Instrument Aperture File.
"""

import itertools
import zlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from snakewebb.kernels import dq

SIZE = 2048
BORDER = 4
ADC_MAXIMUM = 65535
TILE = 256


@dataclass(frozen=True)
class Subarray:
    """A rectangle of pixels that is read out.

    Parameters
    ----------
    name : str
        Value of the keyword SUBARRAY.
    xstart, ystart : int
        First column and row, counted from 1.
    xsize, ysize : int
        Number of columns and rows.
    outputs : int
        Number of detector outputs that read it.
    """

    name: str
    xstart: int
    ystart: int
    xsize: int
    ysize: int
    outputs: int = 1

    @property
    def shape(self):
        """Shape ``(ysize, xsize)`` of its images."""
        return self.ysize, self.xsize

    @property
    def window(self):
        """Slices that cut it out of a full frame."""
        x, y = self.xstart - 1, self.ystart - 1
        return slice(y, y + self.ysize), slice(x, x + self.xsize)

    def contains(self, other):
        """Whether another subarray lies within this one."""
        return all(
            mine.start <= theirs.start and theirs.stop <= mine.stop
            for mine, theirs in zip(self.window, other.window, strict=True)
        )


@dataclass(frozen=True)
class Kind:
    """Typical properties of a kind of detector.

    Parameters
    ----------
    gain : float
        Electrons per DN.
    read_noise : float
        White noise of a single read, in electrons.
    flicker_noise : float
        Noise with a 1/f spectrum in a single read, in electrons, in all outputs alike.
    reset_noise : float
        Scatter of the level after a reset, in electrons.
    bias : float
        Level after a reset, in DN.
    full_well : float
        Electrons that a pixel can hold.
    dark_current : float
        Electrons per second.
    pixel_scale : float
        Arcseconds per pixel.
    """

    gain: float
    read_noise: float
    flicker_noise: float
    reset_noise: float
    bias: float
    full_well: float
    dark_current: float
    pixel_scale: float


@dataclass(frozen=True)
class Placement:
    """Which detector of which instrument it is, and how it lies in the focal plane.

    Parameters
    ----------
    instrument : str
        Name of the instrument.
    kind : Kind
        Its typical properties.
    fastaxis, slowaxis : int
        Direction of readout in the science frame: 1 is +x, 2 is +y, negative is backwards.
    sca_number : int
        Number of the sensor chip assembly.
    v2, v3 : float
        Place of the centre in the telescope's field, in arcseconds.
    v3_angle : float
        Angle from the V3 axis to the y axis of the image, in degrees.
    module, channel : str, optional
        Part of NIRCam.
    """

    instrument: str
    kind: Kind
    fastaxis: int
    slowaxis: int
    sca_number: int
    v2: float
    v3: float
    v3_angle: float
    module: str | None = None
    channel: str | None = None


_SHORT = Kind(2.05, 7.5, 2.5, 20.0, 11500.0, 104000.0, 0.002, 0.0311)
_LONG = Kind(1.82, 6.5, 2.5, 20.0, 10500.0, 84000.0, 0.03, 0.0629)
_NIRISS = Kind(1.61, 9.0, 3.5, 22.0, 12500.0, 81000.0, 0.03, 0.0656)

PLACEMENTS = {
    "NRCA1": Placement("NIRCAM", _SHORT, -1, 2, 481, 120.525, -527.543, -0.563, "A", "SHORT"),
    "NRCA2": Placement("NIRCAM", _SHORT, 1, -2, 482, 119.589, -459.863, -0.220, "A", "SHORT"),
    "NRCA3": Placement("NIRCAM", _SHORT, -1, 2, 483, 51.886, -527.953, 0.274, "A", "SHORT"),
    "NRCA4": Placement("NIRCAM", _SHORT, 1, -2, 484, 52.195, -459.972, 0.089, "A", "SHORT"),
    "NRCALONG": Placement("NIRCAM", _LONG, -1, 2, 485, 86.039, -493.386, -0.074, "A", "LONG"),
    "NRCB1": Placement("NIRCAM", _SHORT, 1, -2, 486, -120.970, -457.789, 0.367, "B", "SHORT"),
    "NRCB2": Placement("NIRCAM", _SHORT, -1, 2, 487, -121.155, -525.478, 0.860, "B", "SHORT"),
    "NRCB3": Placement("NIRCAM", _SHORT, 1, -2, 488, -53.140, -457.822, -0.437, "B", "SHORT"),
    "NRCB4": Placement("NIRCAM", _SHORT, -1, 2, 489, -52.846, -525.729, -0.317, "B", "SHORT"),
    "NRCBLONG": Placement("NIRCAM", _LONG, 1, -2, 490, -89.597, -491.474, 0.008, "B", "LONG"),
    "NIS": Placement("NIRISS", _NIRISS, -2, -1, 496, -291.141, -698.015, 0.561),
}


def _corner_subarrays(right, top):
    """Return the square subarrays of a NIRCam short-wave detector, in a corner of it."""
    return tuple(
        Subarray(f"SUB{size}", 1 + right * (SIZE - size), 1 + top * (SIZE - size), size, size)
        for size in (160, 320, 640)
    )


def _centred_subarrays(x, y):
    """Return the square subarrays of a NIRCam long-wave detector around a pixel."""
    return tuple(
        Subarray(f"SUB{size}", x - size // 2, y - size // 2, size, size) for size in (160, 320, 640)
    )


_FULL = Subarray("FULL", 1, 1, SIZE, SIZE, outputs=4)
_SUBARRAYS = {
    "NRCA1": _corner_subarrays(right=True, top=True),
    "NRCA2": _corner_subarrays(right=True, top=False),
    "NRCA3": _corner_subarrays(right=False, top=True),
    "NRCA4": _corner_subarrays(right=False, top=False),
    "NRCALONG": (
        *_centred_subarrays(1025, 1025),
        *(Subarray(f"SUBGRISM{rows}", 1, 1, SIZE, rows, outputs=4) for rows in (64, 128, 256)),
    ),
    "NRCB1": _corner_subarrays(right=False, top=False),
    "NRCB2": _corner_subarrays(right=False, top=True),
    "NRCB3": _corner_subarrays(right=True, top=False),
    "NRCB4": _corner_subarrays(right=True, top=True),
    "NRCBLONG": _centred_subarrays(985, 1021),
    "NIS": (
        Subarray("SUB80", 1045, 1, 80, 80),
        *(Subarray(f"SUB{n}", SIZE + 1 - n, SIZE + 1 - n, n, n) for n in (64, 128, 256)),
    ),
}


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


def find_subarray(detector, name):
    """Return a subarray of a detector by its name."""
    if detector not in PLACEMENTS:
        raise ValueError(f"no detector {detector!r}; there are {', '.join(PLACEMENTS)}")
    subarrays = {s.name: s for s in (_FULL, *_SUBARRAYS[detector])}
    if name not in subarrays:
        raise ValueError(f"{detector} has no subarray {name!r}; it has {', '.join(subarrays)}")
    return subarrays[name]


def smallest_subarray(detector, names):
    """Return the smallest subarray of a detector that contains all of the named ones."""
    wanted = [find_subarray(detector, name) for name in names]
    candidates = [s for s in (_FULL, *_SUBARRAYS[detector]) if all(map(s.contains, wanted))]
    return min(candidates, key=lambda s: s.xsize * s.ysize)


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
    """

    def __init__(self, name, subarray="FULL", seed=0):
        self.name = name
        self.subarray = find_subarray(name, subarray)
        self.seed = seed
        self.placement = PLACEMENTS[name]
        self.kind = self.placement.kind

    @property
    def axes(self):
        """Fast axis and slow axis in the science frame."""
        return self.placement.fastaxis, self.placement.slowaxis

    @property
    def readout_shape(self):
        """Number of rows, and of pixels in a row, in the detector's frame."""
        rows, columns = self.subarray.shape
        return (columns, rows) if abs(self.placement.fastaxis) == 2 else (rows, columns)

    @property
    def frame_time(self):
        """Seconds that one read takes: 12 pixels more in each row, a row or two more in each."""
        rows, columns = self.readout_shape
        outputs = self.subarray.outputs
        row = columns // outputs + 12
        pixels = row * (rows + 1) + 1 if outputs > 1 else row * (rows + 2)
        return round(pixels * 1e-5, 5)

    @cached_property
    def reference_pixels(self):
        """Where the reference pixels are, bool."""
        return self._cut(_reference_pixels())

    @cached_property
    def flaws(self):
        """The bad pixels: for each name in `FLAWS` their indices in the flattened image."""
        active = SIZE - 2 * BORDER
        numbers = [flaw.number for flaw in FLAWS.values()]
        chosen = self._random("flaws").choice(active**2, sum(numbers), replace=False)
        y, x = chosen // active + BORDER, chosen % active + BORDER
        kinds = np.split(np.stack([y, x]), np.cumsum(numbers)[:-1], axis=1)
        return {name: self._indices(*yx) for name, yx in zip(FLAWS, kinds, strict=True)}

    @cached_property
    def bad_reference_pixels(self):
        """Indices in the flattened image of the few reference pixels too noisy to use."""
        y, x = np.nonzero(_reference_pixels())
        chosen = self._random("bad reference pixels").choice(len(y), 60, replace=False)
        return self._indices(y[chosen], x[chosen])

    @cached_property
    def mask(self):
        """Flags of bad pixels, uint32."""
        mask = np.where(self.reference_pixels, np.uint32(dq.REFERENCE_PIXEL), np.uint32(0))
        for name, indices in self.flaws.items():
            mask.flat[indices] |= np.uint32(FLAWS[name].flags)
        mask.flat[self.bad_reference_pixels] |= np.uint32(dq.BAD_REF_PIXEL | dq.DO_NOT_USE)
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
        columns = random.normal(0, 60, SIZE)
        columns[::2] += 35
        bias = 45 * self._noise("bias")
        bias += self._along_fast(columns)
        bias += self._along_slow(250 * np.exp(-np.arange(SIZE) / 150))
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

    def _random(self, topic, *index):
        key = zlib.crc32(f"{self.name} {topic}".encode())
        return np.random.default_rng([self.seed, key, *index])

    def _cut(self, image):
        """Return the subarray's part of an image of the full frame, or of one row or column."""
        return np.broadcast_to(image, (SIZE, SIZE))[self.subarray.window]

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
        return self._along_fast(np.repeat(values, SIZE // len(values)))


def _reference_pixels():
    """Return where the reference pixels of a full frame are."""
    reference = np.ones((SIZE, SIZE), dtype=bool)
    reference[BORDER:-BORDER, BORDER:-BORDER] = False
    return reference
