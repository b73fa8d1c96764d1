"""Flags of reference files, whose bits mean what the file itself defines.

Reference: JWST calibration pipeline documentation, "Reference files: DQ_DEF extension".
"""

import numpy as np

LARGEST_IN_TABLE = 2**20
"""Flags up to this value are looked up in a table of all values, larger ones bit by bit."""


def translated(flags, definitions):
    """Return flags with standard bits in the place of those of a file.

    Parameters
    ----------
    flags : ndarray, uint32
        As in the file.
    definitions : sequence of (int, int)
        Bits in the file and the standard bits for them. Bits without a definition are dropped.

    Returns
    -------
    ndarray, uint32
        Of the shape of `flags`.
    """
    largest = int(flags.max(initial=0))
    if largest > LARGEST_IN_TABLE:
        return _bit_by_bit(flags, definitions)
    return _bit_by_bit(np.arange(largest + 1, dtype=np.uint32), definitions).take(flags)


def _bit_by_bit(flags, definitions):
    """Return standard bits, found for one definition after the other."""
    standard = np.zeros(flags.shape, dtype=np.uint32)
    for bits, meaning in definitions:
        standard[(flags & np.uint32(bits)) != 0] |= np.uint32(meaning)
    return standard
