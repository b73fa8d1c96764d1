"""What all near-infrared detectors of JWST have in common.

They are Teledyne HAWAII-2RG of 2048 x 2048 pixels with a border of four reference pixels, which
have no photodiode. Four outputs, or one for a small subarray, read strips side by side along the
fast axis, ten microseconds a pixel.
"""

from snakewebb.demo.clocking import Interleaved, Strips
from snakewebb.demo.instruments.description import Subarray

SIZE = 2048
SHAPE = (SIZE, SIZE)
BORDER = (4, 4)
FULL = Subarray("FULL", 1, 1, SIZE, SIZE, outputs=4)


def clocking(subarray, shape, pattern):
    """Return how a subarray is read."""
    return Interleaved() if pattern.interleaved else Strips(*shape, subarray.outputs)
