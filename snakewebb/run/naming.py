"""How products are named: root, suffix, extension."""

import functools
from pathlib import Path

from snakewebb.pipelines import PIPELINES
from snakewebb.steps import all_steps

RAW_SUFFIX = "uncal"
FURTHER_SUFFIXES = ("trapsfilled", "fitopt")
"""Of what steps make besides their result."""


def integrations_suffix(suffix: str) -> str:
    """Return the suffix of a product that keeps the integrations apart."""
    return f"{suffix}ints"


@functools.cache
def known_suffixes() -> frozenset[str]:
    """Return every suffix that a product may carry."""
    products = {RAW_SUFFIX, *FURTHER_SUFFIXES, *all_steps()}
    for pipeline in PIPELINES.values():
        products.add(pipeline.suffix)
        products.update(suffix for _, suffix in pipeline.saved_before.values())
    return frozenset(products | {integrations_suffix(suffix) for suffix in products})


def root_of(name: str | Path) -> str:
    """Return the root of a file name, without extension and known suffix.

    Examples
    --------
    >>> root_of("data/jw00017001001_01101_00001_nrca1_uncal.fits")
    'jw00017001001_01101_00001_nrca1'
    """
    stem = Path(name).name
    for extension in (".gz", ".fits", ".asdf"):
        stem = stem.removesuffix(extension)
    for suffix in sorted(known_suffixes(), key=len, reverse=True):
        if stem.endswith(f"_{suffix}") and stem != f"_{suffix}":
            return stem.removesuffix(f"_{suffix}")
    return stem


def product_name(root: str, suffix: str, extension: str = ".fits") -> str:
    """Return the file name of a product."""
    return f"{root}_{suffix}.{extension.lstrip('.')}"
