"""Reference files: which one serves which step, whether it fits, and its arrays."""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from snakewebb.errors import InputError, ReferenceFileError, raise_all
from snakewebb.run import crds
from snakewebb.run.files import filtering, size_of
from snakewebb.run.headers import scan
from snakewebb.run.parameters import Setting, Settings
from snakewebb.steps.declaration import Content, Reference, Step
from snakewebb.steps.layout import (
    NEAR_INFRARED_SIDE,
    refuse_other_stripes,
    shape_on_detector,
    striped,
    stripes_of_image,
)
from snakewebb.steps.reference_images import ImageFile, Part

NONE = crds.NONE


@dataclass(frozen=True)
class Choice:
    """The file or open model that serves one reference type, and what chose it.

    A `file` of None means that there is none.
    """

    reference: Reference
    file: Any
    origin: str

    @property
    def users(self) -> bool:
        """Whether a user chose it, and not CRDS."""
        return not self.origin.startswith("CRDS")

    @property
    def name(self) -> str:
        """The name that the product's header gives."""
        if self.file is None:
            return NONE
        if not isinstance(self.file, str):
            return str(self.file.meta.filename or type(self.file).__name__)
        return f"crds://{Path(self.file).name}" if self.origin.startswith("CRDS") else self.file


Choices = dict[str, dict[str, Choice]]
"""The choice for each step and reference type."""


def choose(
    steps: Iterable[Step],
    settings: Settings,
    exposure: Mapping[str, Any],
    name: str,
    *,
    fetch: bool = True,
) -> Choices:
    """Choose the reference files of steps for one exposure.

    Parameters
    ----------
    steps : iterable of Step
        The steps that will run.
    settings : Settings
        Holds the overrides.
    exposure : mapping
        The exposure's selection keywords for CRDS.
    name : str
        The exposure, for errors.
    fetch : bool
        Whether files that are not in the cache of CRDS are fetched now.

    Returns
    -------
    dict
        ``choices[step][type]``.

    Raises
    ------
    ReferenceFileError
        One error for everything that is missing.
    """
    steps = list(steps)
    asked: dict[str, bool] = {}
    beside: dict[str, str] = {}
    kind = exposure.get("meta.exposure.type")
    for step in steps:
        parameters = settings.values_of(step.name)
        for reference in step.references:
            named = users_file(reference, settings[step.name]) is not None
            if named or not reference.asked_for(parameters, kind):
                continue
            if reference.keyword:
                beside[reference.type] = file_beside(reference, exposure, name)
            else:
                asked[reference.type] = asked.get(reference.type, False) or reference.required
    best = crds.best_references(exposure, asked, name, fetch=fetch) if asked else {}
    best = {**best, **beside}
    origin = f"CRDS {crds.context()}" if asked else ""
    return {
        step.name: {r.type: choice(r, settings[step.name], best, origin) for r in step.references}
        for step in steps
    }


def file_beside(reference: Reference, exposure: Mapping[str, Any], name: str) -> str:
    """Return the path of the file that an exposure names, in its folder.

    Raises
    ------
    ReferenceFileError
        If its header does not name one.
    """
    if found := files_beside([reference], exposure, name):
        return found[0]
    raise ReferenceFileError(
        f"{name}: the header lacks keyword {reference.keyword}, which names the file of "
        f"{reference.title}; name it in override_{reference.type}, or N/A to do without"
    )


def files_beside(
    references: Iterable[Reference], exposure: Mapping[str, Any], name: str
) -> tuple[str, ...]:
    """Return the paths of the files that keywords of an exposure name, in its folder.

    Parameters
    ----------
    references : iterable of Reference
        Types of files, of which those count that a keyword names.
    exposure : mapping
        Its keywords by their place in a data model.
    name : str
        Its path; of one that has none its name, and files are in the working directory.
    """
    places = {reference.place for reference in references if reference.keyword}
    named = [exposure.get(place) or NONE for place in sorted(places)]
    return tuple(str(Path(name).parent / each) for each in named if each != NONE)


def choice(reference: Reference, settings, best: Mapping[str, str], origin: str) -> Choice:
    """Return the choice for one type: the override, or else the best of CRDS or of the exposure."""
    users = users_file(reference, settings)
    if users is None:
        file = best.get(reference.type, NONE)
        if file == NONE:
            return Choice(reference, None, origin)
        of_exposure = f"keyword {reference.keyword}" if reference.keyword else origin
        return Choice(reference, file, of_exposure)
    is_none = isinstance(users.value, str) and users.value.upper() == NONE
    return Choice(reference, None if is_none else users.value, users.origin)


def users_file(reference: Reference, settings: Mapping[str, Setting]) -> Setting | None:
    """Return the setting by which a user named a reference file of a type, or None."""
    for name in (reference.named_by, f"override_{reference.type}"):
        if name and settings[name].value is not None:
            return settings[name]
    return None


def check(choices: Choices, shape: tuple[int, ...], subarray: Any, name: str) -> None:
    """Check that reference files exist, can be read, are of their type and fit the exposure.

    Raises
    ------
    ReferenceFileError
        One error for all that is wrong.
    """
    problems = []
    for step, of_step in choices.items():
        for kind, chosen in of_step.items():
            try:
                check_one(chosen, shape, subarray)
            except ReferenceFileError as fault:
                problems.append(f"{name}: {step}: {kind} reference {chosen.name} {fault}")
    raise_all(problems, ReferenceFileError)


def check_one(chosen: Choice, shape: tuple[int, ...], subarray: Any) -> None:
    """Check one reference file, or raise the rest of a sentence that starts with its name."""
    if chosen.file is None:
        return
    reference, is_file = chosen.reference, isinstance(chosen.file, str)
    by = f"(chosen by {chosen.origin})"
    if reference.keyword and is_file and not Path(chosen.file).is_file():
        raise ReferenceFileError(
            f"does not exist {by}: put it there, beside the exposure, or name it in "
            f"override_{reference.type}, or N/A to do without"
        )
    found = described(chosen.file, by) if is_file else described_model(chosen.file, reference)
    if found.type and found.type.lower() != reference.type:
        raise ReferenceFileError(f"is of type {found.type!r}, not {reference.type!r} {by}")
    if fault := fault_of_contents(found, reference):
        raise ReferenceFileError(
            f"{fault}; a reference of type {reference.type} has "
            f"{' and '.join(str(each) for each in reference.contents if each.required)}: "
            f"name such a file in override_{reference.type}, or N/A for none {by}"
        )
    if not (is_file and reference.subarray):
        return
    images = found.shape_of(reference.contents[0])[-2:]
    if is_averaged(reference, images, shape):
        return
    try:
        window(images, found.start, shape, subarray)
    except ValueError as fault:
        raise ReferenceFileError(f"does not fit: {fault} {by}") from None


Shape = tuple[int, ...]


@dataclass(frozen=True)
class Description:
    """What a reference file says of itself.

    Its `contents` are the shapes of arrays by extension or attribute, with () for a table; `start`
    is the first column and row on the detector, as far as it tells.
    """

    type: str
    contents: dict[str, Shape]
    start: tuple[Any, Any] = (None, None)

    def shape_of(self, content: Content) -> Any:
        """Return the shape of an array, () for a table, None for what is not there."""
        return self.contents.get(content.extension, self.contents.get(content.name))


def fault_of_contents(found: Description, reference: Reference) -> str:
    """Return what a file lacks or has in another shape than a type of reference, or nothing."""
    images = None
    for each in reference.contents:
        shape = found.shape_of(each)
        if shape is None:
            if each.required:
                return f"has no {each.extension}"
            continue
        if len(shape) not in (each.dimensions or (0,)):
            what = f"an array {shape}" if shape else "a table"
            return f"has {what} in {each.extension}"
        images = images or shape[-2:]
        if each.dimensions and shape[-2:] != images:
            return f"has an array {shape} in {each.extension}, and others of {images}"
    return ""


def described(path: str, by: str) -> Description:
    """Return what a reference file says of itself, or raise the rest of a sentence about it."""
    if not Path(path).is_file():
        raise ReferenceFileError(f"does not exist {by}")
    status = Path(path).stat()
    try:
        return description_of(path, status.st_mtime_ns, status.st_size)
    except Exception as fault:  # whatever readers of files raise
        raise ReferenceFileError(
            f"cannot be read: {fault}; fetch it again, or name another file {by}"
        ) from None


@functools.lru_cache(maxsize=4096)
def description_of(path: str, changed: int, size: int) -> Description:
    """Return what a reference file says of itself, read once while date and size stay."""
    described_as = {".asdf": described_tree, ".json": described_json}
    return described_as.get(Path(path).suffix, described_fits)(path)


def described_tree(path: str) -> Description:
    """Return what an ASDF file says of itself; all of it is read, to see that it is there."""
    import asdf

    strictly = filtering("error", asdf.exceptions.AsdfConversionWarning)
    with strictly, asdf.open(path, lazy_load=False, memmap=False) as file:
        meta = file.tree.get("meta", {})
        shapes = {name: getattr(value, "shape", ()) for name, value in file.tree.items()}
        return Description(meta.get("reftype") or "", shapes)


def described_json(path: str) -> Description:
    """Return what a JSON file says of itself."""
    tree = read_json(path)
    return Description(tree.get("reftype") or "", dict.fromkeys(tree, ()))


def read_json(path: str) -> dict[str, Any]:
    """Return what a JSON file holds."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def described_fits(path: str) -> Description:
    """Return what a FITS file says of itself."""
    first, *others = scan(path)
    if max(extension.end for extension in (first, *others)) > size_of(Path(path)):
        raise InputError("it is cut short")
    named = {"PRIMARY": first, **{extension.name: extension for extension in others}}
    contents = {
        name: () if extension.cards.get("XTENSION") == "BINTABLE" else extension.shape
        for name, extension in named.items()
        if extension.cards.get("NAXIS")
    }
    start = (first.cards.get("SUBSTRT1"), first.cards.get("SUBSTRT2"))
    return Description(first.cards.get("REFTYPE") or "", contents, start)


def described_model(model: Any, reference: Reference) -> Description:
    """Return what an open model has of what a type of reference holds."""
    contents = {}
    for each in reference.contents:
        value = getattr(model, each.name, None)
        if value is not None:
            contents[each.extension] = value.shape if each.dimensions else ()
    return Description("", contents)


def is_averaged(reference: Reference, images: tuple[int, ...], shape: tuple[int, ...]) -> bool:
    """Tell whether each pixel of an exposure gets the mean of a reference image.

    It does where the exposure is a stack of strips that overlap, wider than the detector.
    """
    return reference.averaged and shape[-1] > NEAR_INFRARED_SIDE and tuple(images) != tuple(shape)


def window(
    images: tuple[int, ...], start: tuple[Any, Any], shape: tuple[int, ...], subarray: Any
) -> tuple[Part, Part]:
    """Return the part of a reference image that the exposure's subarray covers.

    References of an exposure that is interleaved with reference pixels have the shape of its raw
    frames, or that of the detector for steps that come later; neither is cut.

    Parameters
    ----------
    images : tuple of int
        Shape (ny, nx) of the reference image.
    start : tuple of int or None
        Its first column and row on the detector, counted from 1; None counts as 1.
    shape : tuple of int
        Shape (ny, nx) of the exposure's image.
    subarray : object
        The exposure's ``meta.subarray``.

    Returns
    -------
    tuple of slice or ndarray of int
        Rows and columns.

    Raises
    ------
    ValueError
        If the reference does not cover the subarray or, of the same shape, lies elsewhere on the
        detector, or has stripes that are not supported.
    """
    refuse_other_stripes(subarray)
    if tuple(images) in (tuple(shape), shape_on_detector(shape)):
        refuse_another_place(start, subarray)
        return slice(None), slice(None)
    if subarray.xstart is None or subarray.ystart is None:
        raise ValueError(
            "the exposure does not tell where its subarray starts, SUBSTRT1 and SUBSTRT2"
        )
    parts: list[Part] = []
    for axis, first, own in ((0, subarray.ystart, start[1]), (1, subarray.xstart, start[0])):
        size, length = images[axis], shape[axis]
        if striped(subarray) and axis == 2 - abs(subarray.slowaxis):
            parts.append(stripes_of_image(subarray, length, size))
            continue
        offset = first - (own or 1)
        if offset < 0 or offset + length > size:
            raise ValueError(
                f"its image has {images[0]} rows and {images[1]} columns, "
                f"the exposure {shape[0]} and {shape[1]} "
                f"from row {subarray.ystart} and column {subarray.xstart}"
            )
        parts.append(slice(offset, offset + length))
    return parts[0], parts[1]


def refuse_another_place(start: tuple[Any, Any], subarray: Any) -> None:
    """Raise if a reference of the exposure's shape tells that it lies elsewhere on the detector."""
    if striped(subarray):
        return
    for axis, own, wanted in zip(
        ("column", "row"), start, (subarray.xstart, subarray.ystart), strict=True
    ):
        if None not in (own, wanted) and own != wanted:
            raise ValueError(f"its image starts in {axis} {own} of the detector, not in {wanted}")


def start_on_detector(meta: Any) -> tuple[Any, Any]:
    """Return the first column and row of a reference; some types do not tell."""
    place = meta.subarray if meta.hasattr("subarray") else None
    return (place.xstart, place.ystart) if place is not None else (None, None)


def image_of(reference: Any) -> tuple[int, ...]:
    """Return the shape (ny, nx) of the images of a reference."""
    if isinstance(reference, ImageFile):
        return reference.image
    return getattr(reference, reference.get_primary_array_name()).shape[-2:]


class CutReference:
    """A reference model whose images are cut to the exposure's subarray.

    It has the attributes of the model; arrays are read and cut once.
    """

    def __init__(self, model, window_of_image: tuple[Part, Part], image: tuple[int, ...]):
        self._model = model
        self._window = window_of_image
        self._image = tuple(image)

    def __getattr__(self, name: str):
        value = getattr(self._model, name)
        if isinstance(value, np.ndarray) and value.shape[-2:] == self._image:
            value = value[(..., *self._window)]
            self.__dict__[name] = value
        return value


class AveragedReference:
    """A reference model whose images have the mean of all known pixels in every pixel."""

    def __init__(self, model, image: tuple[int, ...], shape: tuple[int, ...]):
        self._model = model
        self._image = tuple(image)
        self._shape = tuple(shape)

    def __getattr__(self, name: str):
        value = getattr(self._model, name)
        if isinstance(value, np.ndarray) and value.shape == self._image:
            value = np.full(self._shape, value[np.isfinite(value)].mean(), value.dtype)
            self.__dict__[name] = value
        return value


def key_of(chosen: Choice) -> str:
    """Return what tells a reference from others: a file may serve as two types."""
    return f"{chosen.reference.type} {chosen.file}"


class Shelf:
    """The open reference files of one exposure: each is opened once, whatever steps read it."""

    def __init__(self, model):
        self._shape = model.shape[-2:]
        self._subarray = model.meta.subarray
        self._instrument = model.meta.instrument.name
        self._open: dict[str, Any] = {}
        self._cut: dict[str, Any] = {}

    def get(self, chosen: Choice):
        """Return the reference as the step reads it, or None where there is none."""
        if chosen.file is None:
            return None
        if not isinstance(chosen.file, str):
            return self._fitted(chosen, chosen.file)
        key = key_of(chosen)
        if key not in self._cut:
            self._cut[key] = self._fitted(chosen, self._opened(chosen, key))
        return self._cut[key]

    def keep(self, choices: Iterable[Choice]) -> None:
        """Close and forget all but those that later steps read."""
        kept = {key_of(chosen) for chosen in choices}
        for key in self._cut.keys() - kept:
            del self._cut[key]
        for key in self._open.keys() - kept:
            self._open.pop(key).close()

    def _opened(self, chosen: Choice, key: str):
        from stdatamodels.jwst import datamodels

        reference = chosen.reference
        model = reference.model_for(self._instrument)
        try:
            if reference.images:
                return ImageFile(chosen.file, reference.contents, model)
            source = read_json(chosen.file) if chosen.file.endswith(".json") else chosen.file
            self._open[key] = getattr(datamodels, model)(source)
        except Exception as fault:
            raise ReferenceFileError(
                f"{chosen.reference.type} reference {chosen.file} (chosen by {chosen.origin}) "
                f"cannot be read: {fault}"
            ) from fault
        return self._open[key]

    def _fitted(self, chosen: Choice, model):
        if not chosen.reference.subarray:
            return model
        image = image_of(model)
        if is_averaged(chosen.reference, image, self._shape):
            return AveragedReference(model, image, self._shape)
        start = start_on_detector(model.meta)
        try:
            part = window(image, start, self._shape, self._subarray)
        except ValueError as fault:
            raise ReferenceFileError(
                f"{chosen.reference.type} reference {chosen.name} (chosen by {chosen.origin}) "
                f"does not fit: {fault}"
            ) from None
        return model.cut(part) if isinstance(model, ImageFile) else CutReference(model, part, image)

    def close(self) -> None:
        """Close every file."""
        for model in self._open.values():
            model.close()
