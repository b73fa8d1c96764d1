"""The headers of an exposure, read without its arrays: quick enough for thousands of files.

A library for FITS builds objects for each card and extension; a plan needs a few dozen values.
"""

import functools
import gzip
import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from snakewebb.errors import InputError
from snakewebb.steps.reference_images import is_compressed

BLOCK = 2880
CARD = 80
FIRST = b"SIMPLE  ="
TEXT = re.compile(r"'((?:[^']|'')*)'")
LOGICAL = {"T": True, "F": False}
OF_MODEL = "meta.model_type"
"""Tells of the model that a file is read into, which is another one for the same exposure."""


@dataclass(frozen=True)
class Extension:
    """One header of a FITS file: its cards, and where its data end in the file."""

    cards: Mapping[str, Any]
    end: int

    @property
    def name(self) -> str:
        """Its EXTNAME."""
        return str(self.cards.get("EXTNAME", ""))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its array, the last axis the fastest."""
        return shape_in(self.cards)


class Keywords:
    """Keywords as attributes; one that the header lacks is None."""

    def __init__(self, values: Mapping[str, Any]):
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> None:
        return None


@dataclass(frozen=True)
class Header:
    """What a plan needs of an exposure.

    Parameters
    ----------
    keys : mapping
        Values of keywords by their place in a data model, such as ``meta.exposure.type``.
    shape : tuple of int
        Shape of the science array.
    digest : str
        Digest of the headers, by which a file that was made anew is told from the old one.
    """

    keys: Mapping[str, Any]
    shape: tuple[int, ...]
    digest: str

    @property
    def subarray(self) -> Keywords:
        """The place of the exposure on the detector, as ``meta.subarray`` of a data model."""
        start = "meta.subarray."
        named = {k.removeprefix(start): v for k, v in self.keys.items() if k.startswith(start)}
        return Keywords(named)

    def to_tree(self) -> dict[str, Any]:
        """Return plain values."""
        return asdict(self)

    @classmethod
    def from_tree(cls, tree: Mapping[str, Any]) -> "Header":
        """Return the header that plain values describe."""
        return cls(tree["keys"], tuple(tree["shape"]), tree["digest"])


def read_header(path: str | Path) -> Header:
    """Read what a plan needs of the headers of an exposure that was checked before."""
    headers = scan(path)
    extensions = by_name(headers)
    keys = {}
    for (name, keyword), place in keyword_places().items():
        value = extensions[name].cards.get(keyword) if name in extensions else None
        if value is not None:
            keys[place] = value
    return outline_of(headers, keys)


def read_outline(path: str | Path) -> Header:
    """Read shape and digest alone, for which no keyword has to be known."""
    return outline_of(scan(path), {})


def outline_of(headers: list[Extension], keys: Mapping[str, Any]) -> Header:
    """Return what headers say, with the keywords that were found in them."""
    digest = hashlib.sha256(repr(headers).encode()).hexdigest()
    return Header(keys, by_name(headers)["SCI"].shape, digest[:16])


def by_name(headers: list[Extension]) -> dict[str, Extension]:
    """Return headers by the name of their extension, the first as ""."""
    first, *others = headers
    return {"": first, **{extension.name: extension for extension in others}}


def scan(path: str | Path) -> list[Extension]:
    """Return every header of a FITS file; one that is compressed is read as it unfolds.

    Raises
    ------
    InputError
        If the file is not FITS.
    """
    with gzip.open(path) if is_compressed(path) else open(path, "rb") as file:
        return list(extensions_of(file, path))


def extensions_of(file: Any, path: str | Path) -> Iterator[Extension]:
    """Yield the headers of an open file."""
    if file.read(len(FIRST)) != FIRST:
        raise InputError(f"{path} is not a FITS file")
    file.seek(0)
    position = 0
    while text := header_text(file):
        cards = cards_of(text)
        position += len(text) + data_size(cards)
        yield Extension(cards, position)
        file.seek(position)


def header_text(file: BinaryIO) -> bytes:
    """Return a header as it stands in a file, nothing where the file ends."""
    text = b""
    while block := file.read(BLOCK):
        text += block
        if b"END" + b" " * (CARD - 3) in block:
            return text
    return b""


def cards_of(text: bytes) -> dict[str, Any]:
    """Return the values of the keywords of a header; comments and long texts are left out."""
    cards = {}
    written = text.decode("latin-1")
    for start in range(0, len(written), CARD):
        card = written[start : start + CARD]
        if card[8:10] == "= ":
            cards[card[:8].rstrip()] = value_of(card[10:])
    return cards


def value_of(field: str) -> Any:
    """Return the value that a card holds: a text, a number, a truth value or None."""
    found = TEXT.match(field.lstrip())
    if found:
        return found[1].replace("''", "'").rstrip()
    word = field.partition("/")[0].strip()
    if word in LOGICAL:
        return LOGICAL[word]
    for convert in (int, float):
        try:
            return convert(word.replace("D", "E"))
        except ValueError:
            continue
    return None


def data_size(cards: Mapping[str, Any]) -> int:
    """Return how many bytes of whole blocks the data of a header take."""
    if not cards.get("NAXIS"):
        return 0
    elements = math.prod(shape_in(cards)) + cards.get("PCOUNT", 0)
    size = abs(cards["BITPIX"]) // 8 * cards.get("GCOUNT", 1) * elements
    return math.ceil(size / BLOCK) * BLOCK


def shape_in(cards: Mapping[str, Any]) -> tuple[int, ...]:
    """Return the shape of the array that a header describes."""
    return tuple(cards[f"NAXIS{axis}"] for axis in range(cards["NAXIS"], 0, -1))


@functools.cache
def keyword_places() -> dict[tuple[str, str], str]:
    """Return the place in a data model of each keyword, by extension ("" is the first)."""
    from stdatamodels.jwst.datamodels import JwstDataModel

    found = places_in(JwstDataModel().schema)
    return {
        ("" if hdu == "PRIMARY" else hdu, keyword): place
        for place, hdu, keyword in found
        if place != OF_MODEL
    }


def places_in(schema: Mapping[str, Any], place: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield place, extension and keyword of all that a schema gives a keyword."""
    if "fits_keyword" in schema:
        yield place, schema.get("fits_hdu", "PRIMARY"), schema["fits_keyword"]
    for part in schema.get("allOf", ()):
        yield from places_in(part, place)
    for name, part in schema.get("properties", {}).items():
        yield from places_in(part, f"{place}.{name}" if place else name)
