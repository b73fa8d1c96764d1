"""The arithmetic of calibration: numpy arrays in, numpy arrays out, one file per algorithm.

A kernel knows nothing of files, data models, instruments or logs, and writes into nothing
but its ``out`` argument.
"""
