"""Comparison with jwst: the same exposures through both, every product, every array."""
