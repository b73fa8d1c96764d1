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
        The argument ``steps`` of the pipeline.
    file : str
        A raw exposure that others made, where it lies from the project's root; it is used instead
        of a simulated one, and the case is skipped where it is absent.
    pipeline : str
        Class of the pipeline.
    user_flags : bool
        Whether a file with flags of the user is given to the step dq_init.
    user_mask : bool
        Whether a file with a mask of the user is given to the step clean_flicker_noise.
    gain : float, optional
        The gain that the step jump finds in all pixels, in electrons / DN, instead of theirs.
    """

    name: str
    exposure: Exposure | Guiding
    steps: dict = field(default_factory=dict)
    file: str = ""
    pipeline: str = "Detector1Pipeline"
    user_flags: bool = False
    user_mask: bool = False
    gain: float | None = None

    @property
    def is_of_guider(self):
        """Whether it is an exposure of a guider at work."""
        return isinstance(self.exposure, Guiding)
