"""The words in which a step declares itself.

A declaration is the only source for the Python class and its keyword check, the configuration
schema, the documentation, the CRDS look-ups, the parameters of the rule and the rerun digest.
"""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from snakewebb.steps.exposure_types import SCIENCE


class NotApplicable(Exception):  # noqa: N818  (a verdict on an exposure, not a fault)
    """A step has nothing to do for this exposure; the product says SKIPPED and the log why."""


@dataclass(frozen=True)
class Extra:
    """A further product of a step, which the run layer saves and closes.

    Parameters
    ----------
    model : data model
        What to save.
    suffix : str
        Suffix of its name, after the root of the exposure.
    name : str, optional
        The name that the user gave it, instead of root and suffix.
    extension : str
        File type of its name.
    with_result : bool
        Whether it is saved just where the result of the step or pipeline is.
    """

    model: Any
    suffix: str
    name: str | None = None
    extension: str = ".fits"
    with_result: bool = False


class Hook:
    """The type of parameters whose value is a function, or the import path of one."""


@dataclass(frozen=True)
class Parameter:
    """One typed parameter of a step.

    Parameters
    ----------
    name : str
        The name users write.
    type : type
        ``bool``, ``int``, ``float``, ``str`` or ``bool | str``: of the value, or of each element
        if `many`.
    default : object
        Used when nobody says otherwise. ``None`` as default makes ``None`` a valid value.
    doc : str
        One sentence for users.
    unit : str
        Unit of the value, where it has one.
    minimum, maximum : number, optional
        Inclusive limits.
    choices : sequence, optional
        The only values allowed.
    many : bool
        The value is a list.
    pixels : bool
        False for what changes how or where a step runs and is saved, never its numbers.
    file : bool
        The value is the path of a file that the step reads.
    pattern : str
        Regular expression that a text must match.
    nullable : bool
        ``None`` is a valid value although it is not the default.
    """

    name: str
    type: Any
    default: Any
    doc: str
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple = ()
    many: bool = False
    pixels: bool = True
    file: bool = False
    pattern: str = ""
    nullable: bool = False

    @property
    def optional(self) -> bool:
        """Whether ``None`` is a valid value."""
        return self.nullable or self.default is None or None in self.choices


@dataclass(frozen=True)
class Content:
    """An array or table that a type of reference file holds.

    Parameters
    ----------
    name : str
        The attribute of the data model.
    extension : str
        The extension of a FITS file; of an ASDF file the same as `name`.
    dimensions : tuple of int
        How many axes an array may have; none for a table, or a branch of an ASDF file.
    required : bool
        No file is without it.
    """

    name: str
    extension: str
    dimensions: tuple[int, ...] = ()
    required: bool = True

    def __str__(self) -> str:
        """Return what it is, for users."""
        if not self.dimensions:
            return f"a table {self.extension}"
        return f"an array {self.extension} of {' or '.join(map(str, self.dimensions))} axes"


@dataclass(frozen=True)
class Reference:
    """One type of reference file.

    Parameters
    ----------
    type : str
        The CRDS type, and the name after ``override_``.
    model : str
        The class of ``stdatamodels.jwst.datamodels`` that reads it.
    title : str
        What it holds, for users.
    contents : tuple of Content
        The arrays and tables that are read; images all have the rows and columns of the first one.
    required : bool
        Without it ("N/A") the step is skipped.
    subarray : bool
        Its images are cut to the exposure's subarray.
    models : tuple of (str, str)
        Pairs of instrument and model class, where an instrument has a layout of its own.
    named_by : str
        A parameter of the step by which users name a file of their own, besides ``override_``.
    averaged : bool
        For a stack of strips, which is no part of the detector, every pixel gets its mean.
    asked_for : callable
        ``asked_for(parameters, exposure_type)`` tells whether CRDS is asked for the file.
    keyword, place : str
        Keyword of the exposure that names the file, which lies beside it, and the place of the
        keyword in a data model; no file of CRDS then.
    """

    type: str
    model: str
    title: str
    contents: tuple[Content, ...] = ()
    required: bool = True
    subarray: bool = True
    models: tuple[tuple[str, str], ...] = ()
    named_by: str = ""
    averaged: bool = False
    asked_for: Callable = lambda parameters, exposure_type: True
    keyword: str = ""
    place: str = ""

    @property
    def images(self) -> bool:
        """Whether it holds images, and nothing else."""
        return bool(self.contents) and all(content.dimensions for content in self.contents)

    def optional(self) -> "Reference":
        """Return the same type for a step that can do without it."""
        return dataclasses.replace(self, required=False)

    def averaged_for_stacks(self) -> "Reference":
        """Return the same type for a step that needs no more than a mean for a stack of strips."""
        return dataclasses.replace(self, averaged=True)

    def named_by_parameter(self, name: str) -> "Reference":
        """Return the same type for a step with a parameter of its own that names the file."""
        return dataclasses.replace(self, named_by=name)

    def asked_for_if(self, condition: Callable) -> "Reference":
        """Return the same type for a step that does not need the file under all conditions."""
        return dataclasses.replace(self, asked_for=condition)

    def model_for(self, instrument: str) -> str:
        """Return the name of the model class for an instrument."""
        return dict(self.models).get(instrument, self.model)


@dataclass(frozen=True)
class Step:
    """One step of calibration.

    Parameters
    ----------
    name : str
        Name of the rule, the configuration key, the suffix and the documentation page.
    class_name : str
        Name of the Python class that users import.
    package : str
        Name of the module that users import the class from.
    title : str
        One sentence for users: what it does to the exposure.
    apply : callable
        ``apply(model, references, parameters)`` takes arrays out of the model, calls kernels and
        puts arrays back. It returns None when it changed the model in place, else the new model
        or a tuple of them; an `Extra` may be among them, or come alone. It raises
        `NotApplicable` when there is nothing to do.
    status : str
        Attribute of ``meta.cal_step`` that holds COMPLETE, SKIPPED or FAILED.
    kernels : sequence of str
        Modules of ``snakewebb.kernels`` that it calls; a change of their source reruns the step.
    parameters, references : sequence
        What it can be told, and what it reads besides the exposure.
    skip : bool
        Default of the common parameter ``skip``.
    input : str
        ``"ramp"`` for a step that works on ramps, ``"rate"`` for one that works on slopes.
    rates : bool
        A step on ramps takes rates, too, when it is called alone.
    output : str
        The same as `input` for what it returns; default as `input`.
    with_integrations : bool
        It returns a pair: the rate of the exposure, and those of its integrations.
    exposures : str
        ``"science"``, ``"guider"`` for exposures of a guider at work, or ``"any"``.
    instruments : sequence of str
        Those whose exposures it takes; it is skipped for others. None named means all.
    aliases : sequence of str
        Other names that users write for it in parameter files and ``steps=``.
    contradictions : callable
        ``contradictions(parameters)`` returns what is wrong with values that are right one by
        one, in a list of sentences.
    besides : callable
        ``besides(parameters, kinds)`` returns the suffixes of what the step makes ``with_result``,
        where `kinds` are the types of which there is a reference file.
    interleaved : bool
        It takes frames of NIRSpec that are still interleaved with reference pixels (IRS2). Before
        any other step these pixels are left out if they are still there.
    """

    name: str
    class_name: str
    package: str
    title: str
    apply: Callable
    status: str
    kernels: Sequence[str] = ()
    parameters: Sequence[Parameter] = ()
    references: Sequence[Reference] = ()
    skip: bool = False
    input: str = "ramp"
    rates: bool = False
    output: str = ""
    with_integrations: bool = False
    exposures: str = SCIENCE
    instruments: Sequence[str] = ()
    aliases: Sequence[str] = ()
    contradictions: Callable = lambda parameters: []
    besides: Callable = lambda parameters, kinds: ()
    interleaved: bool = False

    @property
    def jwst_name(self) -> str:
        """The name that jwst gives it."""
        return self.name

    @property
    def jwst_module(self) -> str:
        """The module in which jwst has the class, as parameter files name it."""
        return f"jwst.{self.package}.{self.name}_step"

    def reference(self, reference_type: str) -> Reference:
        """Return the declaration of one of the step's reference types."""
        return next(r for r in self.references if r.type == reference_type)


COMMON_PARAMETERS = (
    Parameter("skip", bool, False, "Leave this step out.", pixels=False),
    Parameter("save_results", bool, False, "Save the result.", pixels=False),
    Parameter("output_file", str, None, "Name of the product, without suffix.", pixels=False),
    Parameter("output_dir", str, None, "Folder of the product.", pixels=False),
    Parameter(
        "output_ext",
        str,
        ".fits",
        "File type of the product.",
        choices=(".fits", "fits", ".asdf", "asdf"),
        pixels=False,
    ),
    Parameter(
        "suffix",
        str,
        None,
        "Suffix of the product instead of its own.",
        pattern=r"[\w.-]+",
        pixels=False,
    ),
)
"""What every step and pipeline can be told."""

HOOK_PARAMETERS = (
    Parameter("pre_hooks", Hook, (), "Functions that are given the exposure before.", many=True),
    Parameter("post_hooks", Hook, (), "Functions that are given the result after.", many=True),
)
"""What every step and pipeline can be told by a Python caller, and by nobody else."""

UNUSED_PARAMETERS = (
    "input_dir",
    "name",
    "output_use_index",
    "output_use_model",
    "search_output_file",
    "int_name",
    "modify_input",
    "use_ellipses",
)
"""Parameters of jwst that are common and have no meaning here, or have no effect even there."""
