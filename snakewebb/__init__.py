"""snakewebb: the calibration of JWST exposures, as files and rules or in memory."""

from snakewebb.step_modules import install

__version__ = "0.1.0"

install(__name__)
