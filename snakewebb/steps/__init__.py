"""The steps: parameters, references, and how each kernel meets a data model."""
