"""The pipelines as data: the ordered steps for each instrument, and what they deliver."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from snakewebb.steps.declaration import Parameter


@dataclass(frozen=True)
class Pipeline:
    """An ordered chain of steps.

    Parameters
    ----------
    name : str
        The name used in the configuration and, after ``pars-``, in CRDS.
    class_name : str
        Name of the Python class that users import.
    title : str
        One sentence for users.
    orders : mapping
        The names of the steps in order, by instrument; the key ``""`` serves all others.
    suffix : str
        Suffix of the final product; that of its values per integration has ``ints`` after it.
    parameters : tuple of Parameter
        Parameters of the pipeline itself.
    saved_before : mapping
        By step: the parameter that asks for the model as it is before that step, and the suffix
        it is saved with. It is also the final product if that step is skipped.
    """

    name: str
    class_name: str
    title: str
    orders: Mapping[str, tuple[str, ...]]
    suffix: str
    parameters: tuple[Parameter, ...] = ()
    saved_before: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def order(self, instrument: str) -> tuple[str, ...]:
        """Return the names of the steps for an instrument, in order."""
        return self.orders.get(instrument, self.orders.get("", ()))

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps that occur for any instrument."""
        return tuple(dict.fromkeys(name for order in self.orders.values() for name in order))


NEAR_INFRARED_RAMP = (
    "group_scale",
    "dq_init",
    "saturation",
    "ipc",
    "superbias",
    "refpix",
    "linearity",
    "dark_current",
    "jump",
    "ramp_fit",
    "gain_scale",
)

MIRI_RAMP = (
    "group_scale",
    "dq_init",
    "emicorr",
    "saturation",
    "ipc",
    "firstframe",
    "lastframe",
    "reset",
    "linearity",
    "rscd",
    "dark_current",
    "refpix",
    "jump",
    "ramp_fit",
    "gain_scale",
)

DETECTOR1 = Pipeline(
    name="detector1pipeline",
    class_name="Detector1Pipeline",
    title="From raw ramps to count rates.",
    orders={
        "NIRCAM": NEAR_INFRARED_RAMP,
        "NIRISS": NEAR_INFRARED_RAMP,
        "NIRSPEC": NEAR_INFRARED_RAMP,
        "FGS": NEAR_INFRARED_RAMP,
        "MIRI": MIRI_RAMP,
    },
    suffix="rate",
    parameters=(
        Parameter(
            "save_calibrated_ramp",
            bool,
            False,
            "Save the corrected ramp that the slopes are fitted to, as `_ramp`.",
            pixels=False,
        ),
    ),
    saved_before={"ramp_fit": ("save_calibrated_ramp", "ramp")},
)

PIPELINES = {DETECTOR1.class_name: DETECTOR1}
