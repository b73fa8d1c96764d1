"""The pipelines as data: the ordered steps for each instrument, and what they deliver."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from snakewebb.steps.declaration import Parameter
from snakewebb.steps.exposure_types import (
    DARK_TYPES,
    GUIDER,
    GUIDER_TYPES,
    SCIENCE,
    normal_type,
)


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
    exposures : str
        ``"science"``, or ``"guider"`` for exposures of a guider at work.
    exposure_types : tuple of str
        Types (EXP_TYPE) of the exposures that take this pipeline if nobody names one.
    parameters : tuple of Parameter
        Parameters of the pipeline itself.
    moved : mapping
        By step: when it has another place in the order, as ``when(parameters)``, and the step that
        it follows then.
    saved_before : mapping
        By step: the parameter that asks for the model as it is before that step, and the suffix
        it is saved with. It is also the final product if that step is skipped.
    """

    name: str
    class_name: str
    title: str
    orders: Mapping[str, tuple[str, ...]]
    suffix: str
    exposures: str = SCIENCE
    exposure_types: tuple[str, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    moved: Mapping[str, tuple[Callable, str]] = field(default_factory=dict)
    saved_before: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def order(self, instrument: str) -> tuple[str, ...]:
        """Return the names of the steps for an instrument, in order."""
        return self.orders.get(instrument, self.orders.get("", ()))

    def suffix_of(self, kind: str) -> str:
        """Return the suffix of the result, which is still a ramp if no slopes were fitted."""
        if kind == "ramp" and self.saved_before:
            return next(suffix for _, suffix in self.saved_before.values())
        return self.suffix

    def arranged(self, order: tuple[str, ...], values_of: Callable) -> tuple[str, ...]:
        """Return an order of steps with each in the place that its parameters ask for.

        Parameters
        ----------
        order : tuple of str
            Names of steps.
        values_of : callable
            ``values_of(step)`` returns the parameters of a step.
        """
        for step, (when, place) in self.moved.items():
            if step in order and place in order and when(values_of(step)):
                others = [name for name in order if name != step]
                after = others.index(place) + 1
                order = (*others[:after], step, *others[after:])
        return order

    @property
    def jwst_name(self) -> str:
        """The name that jwst gives it, as in ``strun calwebb_detector1``."""
        return f"calwebb_{self.name.removesuffix('pipeline')}"

    @property
    def jwst_module(self) -> str:
        """The module in which jwst has the class, as parameter files name it."""
        return f"jwst.pipeline.{self.jwst_name}"

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps that occur for any instrument, each after those before it."""
        return merged(self.orders.values())


def merged(orders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """Return what occurs in any of some orders, in one order; the first goes before the others."""
    names: list[str] = []
    for order in orders:
        place = 0
        for name in order:
            if name not in names:
                names.insert(place, name)
            place = max(place, names.index(name) + 1)
    return tuple(names)


NEAR_INFRARED_RAMP = (
    "group_scale",
    "dq_init",
    "saturation",
    "ipc",
    "superbias",
    "refpix",
    "linearity",
    "dark_current",
    "charge_migration",
    "jump",
    "picture_frame",
    "clean_flicker_noise",
    "persistence",
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
    "charge_migration",
    "jump",
    "picture_frame",
    "clean_flicker_noise",
    "persistence",
    "ramp_fit",
    "gain_scale",
)


def subtracts_persistence(parameters) -> bool:
    """Tell whether persistence is subtracted, before the dark current, and not only flagged."""
    return parameters.persistence_time is None


MEMORY = Parameter(
    "memory",
    int,
    None,
    "Memory to keep below, at any length of the exposure: large arrays lie in temporary files, in "
    "the folder TMPDIR. The numbers are the same.",
    unit="MB",
    minimum=256,
    pixels=False,
)
"""Parameter of every pipeline."""

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
        MEMORY,
    ),
    moved={"persistence": (subtracts_persistence, "linearity")},
    saved_before={"ramp_fit": ("save_calibrated_ramp", "ramp")},
)


def before_dark_current(order: tuple[str, ...]) -> tuple[str, ...]:
    """Return the steps of an order that an exposure without light needs before it is a dark."""
    earlier = order[: order.index("dark_current")]
    return tuple(name for name in earlier if name != "persistence")


DARK = Pipeline(
    name="darkpipeline",
    class_name="DarkPipeline",
    title="Correct the ramps of exposures without light, up to the dark current.",
    orders={name: before_dark_current(order) for name, order in DETECTOR1.orders.items()},
    suffix="dark",
    exposure_types=DARK_TYPES,
    parameters=(MEMORY,),
)

GUIDER_PIPELINE = Pipeline(
    name="guiderpipeline",
    class_name="GuiderPipeline",
    title="From raw reads of a guider at work to calibrated images.",
    orders={"FGS": ("dq_init", "guider_cds", "flat_field")},
    suffix="cal",
    exposures=GUIDER,
    exposure_types=GUIDER_TYPES,
    parameters=(MEMORY,),
)

PIPELINES = {each.class_name: each for each in (DETECTOR1, DARK, GUIDER_PIPELINE)}


def pipeline_for(exposure_type: str | None) -> Pipeline:
    """Return the pipeline that an exposure of a type takes if nobody names one."""
    wanted = normal_type(exposure_type)
    return next((p for p in PIPELINES.values() if wanted in p.exposure_types), DETECTOR1)
