"""Everything around a step: parameters, references, names, files and provenance."""
