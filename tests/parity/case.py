"""What a comparison with jwst is of."""

from dataclasses import dataclass, field

from snakewebb.demo.exposures import Exposure
from tests.guiding import Guiding


@dataclass(frozen=True)
class Case:
    """One exposure, calibrated by both with the same parameters.

    Parameters
    ----------
    name : str
        How it is called in the report.
    exposure : Exposure or Guiding
        What is simulated, and what reference files are made for.
    steps : dict
        The argument ``steps`` of the pipeline. A value that is a function writes a file: called
        with the exposure and a folder it returns the path.
    file : str
        A raw exposure that others made, where it lies from the project's root; it is used instead
        of a simulated one, and the case is skipped where it is absent.
    header : dict
        Entries of ``meta`` of the raw exposure that are other than simulated.
    pipeline : str
        Class of the pipeline.
    columns : slice
        Columns that are compared, where those of jwst are arbitrary elsewhere
        (``docs/differences.md``).
    """

    name: str
    exposure: Exposure | Guiding
    steps: dict = field(default_factory=dict)
    file: str = ""
    header: dict = field(default_factory=dict)
    pipeline: str = "Detector1Pipeline"
    columns: slice = field(default_factory=lambda: slice(None))

    @property
    def has_own_references(self):
        """Whether its reference files are not those of the demo's cache."""
        return isinstance(self.exposure, Guiding)
