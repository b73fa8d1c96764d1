"""snakewebb: the calibration of JWST exposures, as files and rules or in memory."""

__version__ = "0.1.0"
