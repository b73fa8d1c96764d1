"""In which order, and when, the outputs of a detector read its pixels.

A frame is described in the detector's own orientation: rows follow each other along the slow axis,
and the samples of a row lie along the fast axis. A clock is ten microseconds.

References: JWST User Documentation, "NIRCam Detector Readout" and the like of each instrument;
B. J. Rauscher et al. (2017), PASP 129, 105003, doi:10.1088/1538-3873/aa83fd (interleaved reference
pixels); M. E. Ressler et al. (2015), PASP 127, 675, doi:10.1086/682258 (MIRI).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

CLOCK = 1e-5
"""Seconds of a clock."""


class Clocking:
    """The order in which a frame is read.

    Attributes
    ----------
    frame_shape : tuple of int
        Rows, and samples in a row.
    clocks : int
        Clocks from the start of a frame to the next.
    length : int
        Clocks of all rows of a frame.
    output : ndarray of int, shape (samples,)
        Which output reads a sample, the first being 0.
    parity : ndarray of int, shape (1, samples) or (rows, 1)
        Samples that share a momentary level apart from their output: 0 and 1.
    clock : ndarray of int, shape (rows, samples)
        Clock at which a sample is read.
    noutputs : int
        Number of outputs, the value of the keyword NOUTPUTS.
    row_clocks : int
        Clocks of a row.
    pixels : ndarray of int or slice
        Samples of a row that are pixels of the detector.
    """

    pixels = slice(None)

    @property
    def length(self):
        """Clocks of all rows of a frame."""
        return self.frame_shape[0] * self.row_clocks

    @property
    def frame_time(self):
        """Seconds from the start of a frame to the next."""
        return round(self.clocks * CLOCK, 5)


@dataclass(frozen=True)
class Strips(Clocking):
    """Outputs side by side along the fast axis.

    A few clocks are lost in each row, and a row or two in each frame.

    Parameters
    ----------
    rows, columns : int
        Shape of a frame.
    noutputs : int
        Number of outputs.
    overhead : int
        Clocks lost in each row.
    lost_rows : int
        Rows lost in a frame that one output reads.
    """

    rows: int
    columns: int
    noutputs: int = 4
    overhead: int = 12
    lost_rows: int = 2

    @property
    def frame_shape(self):  # noqa: D102
        return self.rows, self.columns

    @property
    def row_clocks(self):
        """Clocks of a row."""
        return self.columns // self.noutputs + self.overhead

    @property
    def clocks(self):  # noqa: D102
        if self.noutputs > 1:
            return self.row_clocks * (self.rows + 1) + 1
        return self.row_clocks * (self.rows + self.lost_rows)

    @property
    def _position(self):
        """Place of a column in the strip of its output."""
        return np.arange(self.columns) % (self.columns // self.noutputs)

    @cached_property
    def output(self):  # noqa: D102
        return np.arange(self.columns) // (self.columns // self.noutputs)

    @cached_property
    def parity(self):  # noqa: D102
        return self._position[np.newaxis, :] % 2

    @cached_property
    def clock(self):  # noqa: D102
        return np.arange(self.rows)[:, np.newaxis] * self.row_clocks + self._position


@dataclass(frozen=True)
class Combs(Clocking):
    """Four outputs that read every fourth column each.

    Parameters
    ----------
    rows, columns : int
        Shape of a frame.
    nsamples : int
        Clocks that four pixels, side by side, take.
    overhead : int
        Clocks lost in each row.
    skipped : int
        Clocks that the rows take that are not read.
    """

    rows: int
    columns: int
    nsamples: int
    overhead: int
    skipped: int

    noutputs = 4

    @property
    def frame_shape(self):  # noqa: D102
        return self.rows, self.columns

    @property
    def row_clocks(self):
        """Clocks of a row."""
        return self.columns // self.noutputs * self.nsamples + self.overhead

    @property
    def clocks(self):  # noqa: D102
        return self.rows * self.row_clocks + self.skipped

    @cached_property
    def output(self):  # noqa: D102
        return np.arange(self.columns) % self.noutputs

    @cached_property
    def parity(self):  # noqa: D102
        return np.arange(self.rows)[:, np.newaxis] % 2

    @cached_property
    def clock(self):  # noqa: D102
        row = np.arange(self.rows)[:, np.newaxis] * self.row_clocks
        return row + np.arange(self.columns) // self.noutputs * self.nsamples


@dataclass(frozen=True)
class Interleaved(Clocking):
    """A reference output and four outputs side by side that turn to reference pixels and back.

    Of 20 samples, 8 are of pixels, 4 of reference pixels, 8 of pixels. The electronics pause for a
    clock before and after they turn to reference pixels, and for eight at the end of a row. The
    reference output and every second output after it are read backwards.
    """

    rows = 2048
    noutputs = 5
    samples = 640
    """Samples of an output in a row."""

    block = 20
    """Samples from one turn to reference pixels to the next."""

    row_clocks = 712
    """Clocks of a row."""

    @property
    def frame_shape(self):  # noqa: D102
        return self.rows, self.noutputs * self.samples

    @property
    def clocks(self):  # noqa: D102
        return self.row_clocks * (self.rows + 1) + 1

    @property
    def _place(self):
        """Place of a sample in its block."""
        return np.arange(self.samples) % self.block

    @cached_property
    def output(self):  # noqa: D102
        return np.arange(self.noutputs * self.samples) // self.samples

    @cached_property
    def parity(self):  # noqa: D102
        reference = (self._place >= 8) & (self._place < 12)
        odd = np.where(reference, self._place >= self.block // 2, self._place % 2 == 1)
        return np.tile(odd.astype(int), self.noutputs)[np.newaxis, :]

    @cached_property
    def pixels(self):  # noqa: D102
        pixels = np.tile((self._place < 8) | (self._place >= 12), self.noutputs)
        return np.flatnonzero(pixels & (self.output > 0))

    @cached_property
    def clock(self):  # noqa: D102
        block = np.arange(self.samples) // self.block
        forwards = block * (self.block + 2) + self._place
        forwards += (self._place >= 8).astype(int) + (self._place >= 12)
        order = [forwards if n % 2 else forwards[::-1] for n in range(self.noutputs)]
        return np.arange(self.rows)[:, np.newaxis] * self.row_clocks + np.concatenate(order)
