"""Simulated raw exposures of JWST, and a CRDS cache that serves them without a network."""

from snakewebb.demo.cache import environment, make_cache
from snakewebb.demo.exposures import Exposure, make_exposure
from snakewebb.demo.programmes import PROGRAMMES, SERVED

__all__ = ["PROGRAMMES", "SERVED", "Exposure", "environment", "make_cache", "make_exposure"]
