"""Frames that are interleaved with reference pixels: the IRS2 readout of NIRSpec.

The electronics turn to reference pixels again and again while they read a row, and a fifth output
reads a reference signal all the time.

All frames here are in detector orientation: 2048 rows, the slow axis, of 5 times 640 samples. The
first 640 columns are of the reference output, the others of the four outputs of the detector.
Reference output and every second output of the detector are read towards smaller columns. Of 20
samples, a block, the middle four are of reference pixels, read in two pairs.

Reading the 640 samples of a row takes the time of 712: the electronics pause for one before and
for one after they turn to reference pixels, and for eight at the end of the row. These 712 times
are called slots.

References: Rauscher et al. (2017), PASP 129, 105003, DOI 10.1088/1538-3873/aa83fd; JWST pipeline
documentation, "NIRSpec IRS2 Readout Mode" and "REFPIX Reference File".
"""

import numpy as np

OUTPUTS = 4
"""Outputs of the detector."""

SAMPLES = 640
"""Samples of one output in a row."""

ROWS = 2048
"""Rows of a frame."""

COLUMNS = (1 + OUTPUTS) * SAMPLES
"""Samples in a row of a frame."""

SLOTS = 712
"""Times of a sample that reading a row takes."""

LENGTH = ROWS * SLOTS
"""Slots of a frame."""

BLOCK = 20
"""Samples from one turn to reference pixels to the next."""

BLOCK_SLOTS = 22
"""Slots of a block."""

BLOCKS = SAMPLES // BLOCK
"""Blocks in a row of one output."""

_place = np.arange(SAMPLES) % BLOCK
_is_reference = (_place >= 8) & (_place < 12)

SCIENCE = np.flatnonzero(~_is_reference)
"""Samples of one output that are of pixels of the detector."""

REFERENCE = np.flatnonzero(_is_reference)
"""Samples of one output that are of reference pixels."""

SLOT = np.arange(SAMPLES) // BLOCK * BLOCK_SLOTS + _place + (_place >= 8) + (_place >= 12)
"""Slot of each sample of an output, in the order of time."""


def check_frames(frames, *, rows=None):
    """Raise unless frames are those of an interleaved readout.

    Parameters
    ----------
    frames : ndarray, shape (..., rows, columns)
    rows : int, optional
        Rows that they must have; by default any number.

    Raises
    ------
    ValueError
        If they do not have that many rows of 3200 samples.
    """
    ny, nx = frames.shape[-2:]
    if nx != COLUMNS or rows not in (None, ny):
        raise ValueError(
            f"frames of {ny} rows and {nx} columns are not of the interleaved readout, "
            f"which has {ROWS} and {COLUMNS}"
        )


def is_forward(output):
    """Return whether an output is read towards larger columns.

    Parameters
    ----------
    output : int
        Output of the detector, from 1; 0 is the reference output.

    Returns
    -------
    bool
    """
    return output % 2 == 1


def interleaved_columns():
    """Return which columns of a frame are read when the electronics turn to reference pixels.

    Returns
    -------
    ndarray, shape (3200,), bool
        Interleaved reference pixels, and samples of the reference output at the same time.
    """
    return np.tile(_is_reference, 1 + OUTPUTS)


def reference_columns():
    """Return which columns of a frame show reference only, and no pixel of the detector.

    Returns
    -------
    ndarray, shape (3200,), bool
        Interleaved reference pixels, and the reference output.
    """
    columns = interleaved_columns()
    columns[:SAMPLES] = True
    return columns


def channels(*, odd_even_columns=True):
    """Return a number for each column of a frame, the same for those that share an offset.

    Odd and even columns of the detector have offsets of their own. Of interleaved reference
    pixels the pair at smaller columns belongs to the even ones, the other to the odd ones.

    Parameters
    ----------
    odd_even_columns : bool
        Tell odd and even columns apart, not only outputs.

    Returns
    -------
    ndarray, shape (3200,), int
    """
    output = np.arange(COLUMNS) // SAMPLES
    if not odd_even_columns:
        return output
    odd = np.where(_is_reference, _place >= BLOCK // 2, _place % 2 == 1)
    return 2 * output + np.tile(odd, 1 + OUTPUTS)
