"""Time and peak memory of whole runs, beside jwst 3.0.0."""
