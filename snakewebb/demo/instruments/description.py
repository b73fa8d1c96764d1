"""The words in which the facts of an instrument are written down."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from snakewebb.demo.clocking import Clocking


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
class Pattern:
    """A readout pattern.

    Parameters
    ----------
    nframes : int
        Frames that are averaged to a group.
    groupgap : int
        Frames that are dropped between two groups.
    zeroframe : bool
        Whether the first frame of an integration is kept on its own too.
    nsamples : int
        How often a pixel is sampled in a frame.
    interleaved : bool
        Whether reference pixels are read again and again within a row (IRS2).
    """

    nframes: int
    groupgap: int
    zeroframe: bool = False
    nsamples: int = 1
    interleaved: bool = False


@dataclass(frozen=True)
class Wave:
    """Electromagnetic interference of one frequency.

    Parameters
    ----------
    frequency : float
        In Hz.
    amplitude : float
        In DN.
    """

    frequency: float
    amplitude: float


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
    wavelength : float
        Micrometres, of light through an optical element whose name does not tell.
    reset_anomaly : tuple of float
        Level in the first frame of the first integration and of all others, in DN, that has
        decayed some frames later.
    last_frame : float
        Level in every second row of the last group of an integration, in DN, when the row
        beneath is being reset.
    interference : tuple of Wave
        Waves in the signal.
    """

    gain: float
    read_noise: float
    flicker_noise: float
    reset_noise: float
    bias: float
    full_well: float
    dark_current: float
    pixel_scale: float
    wavelength: float = 2.0
    reset_anomaly: tuple[float, ...] = ()
    last_frame: float = 0.0
    interference: tuple[Wave, ...] = ()


@dataclass(frozen=True)
class Placement:
    """Which detector it is, and how it lies in the focal plane.

    Parameters
    ----------
    kind : Kind
        Its typical properties.
    fastaxis, slowaxis : int
        Direction of readout in the science frame: 1 is +x, 2 is +y, negative is backwards.
    sca_number : int
        Number of the sensor chip assembly.
    aperture : str
        The first part of the names of its apertures.
    v2, v3 : float
        Place of the centre in the telescope's field, in arcseconds.
    v3_angle : float
        Angle from the V3 axis to the y axis of the image, in degrees.
    module, channel : str, optional
        Part of the instrument.
    """

    kind: Kind
    fastaxis: int
    slowaxis: int
    sca_number: int
    aperture: str
    v2: float
    v3: float
    v3_angle: float
    module: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Instrument:
    """An instrument.

    Parameters
    ----------
    name : str
        Value of the keyword INSTRUME.
    shape : tuple of int
        Rows and columns of a detector in the science frame.
    border : tuple of int
        Rows at the bottom and top, and columns at the left and right, of reference pixels.
    detectors : mapping of str to Placement
        Its detectors by name.
    subarrays : mapping of str to tuple of Subarray
        The subarrays of each detector, the full frame first.
    patterns : mapping of str to Pattern
        Its readout patterns by name, the simplest first.
    clocking : callable
        ``clocking(subarray, shape, pattern)`` returns the `Clocking` of a subarray that has a
        shape in the detector's frame.
    reference_output : bool
        Whether the samples of a reference output are kept beside the image.
    """

    name: str
    shape: tuple[int, int]
    border: tuple[int, int]
    detectors: Mapping[str, Placement]
    subarrays: Mapping[str, tuple[Subarray, ...]]
    patterns: Mapping[str, Pattern]
    clocking: Callable[[Subarray, tuple[int, int], Pattern], Clocking]
    reference_output: bool = False

    def find_subarray(self, detector, name, outputs=None):
        """Return a subarray of a detector by its name, read by a number of outputs."""
        subarrays = {s.name: s for s in self.subarrays[detector]}
        if name not in subarrays:
            raise ValueError(f"{detector} has no subarray {name!r}; it has {', '.join(subarrays)}")
        return replace(subarrays[name], outputs=outputs or subarrays[name].outputs)

    def find_pattern(self, name):
        """Return a readout pattern by its name."""
        if name not in self.patterns:
            known = ", ".join(self.patterns)
            raise ValueError(f"{self.name} has no pattern {name!r}; it has {known}")
        return self.patterns[name]

    def alike(self, pattern):
        """Return the names of all patterns whose frames look like those of one of them."""
        return tuple(
            name for name, p in self.patterns.items() if p.interleaved == pattern.interleaved
        )
