"""Digests by which the workflow sees that a step's source or an override file has changed."""

import ast
import functools
import hashlib
import importlib.util
from pathlib import Path

LAYERS = ("snakewebb.kernels", "snakewebb.steps")
READER = "snakewebb.steps.reference_images"
FRAME = frozenset(
    {"snakewebb.steps", "snakewebb.steps.declaration", "snakewebb.steps.reference_types"}
)


@functools.cache
def source_digest(step: str) -> str:
    """Return the digest of a step's module, and of the kernels and helpers that it reaches.

    How images of references are read is among them for every step.
    """
    return digest_of_sources(f"snakewebb.steps.{step}", READER)


def digest_of_sources(*modules: str, layers: tuple[str, ...] = LAYERS) -> str:
    """Return the digest of modules, and of those of some packages that they reach."""
    wanted, seen = [*modules], {}
    while wanted:
        module = wanted.pop()
        if module not in seen:
            seen[module] = text = source_of(module)
            wanted += imported(text, layers) - FRAME
    digest = hashlib.sha256()
    for module in sorted(seen):
        digest.update(seen[module].encode())
    return digest.hexdigest()[:16]


def source_of(module: str) -> str:
    """Return the source text of a module."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return Path(spec.origin).read_text()


def imported(text: str, layers: tuple[str, ...] = LAYERS) -> set[str]:
    """Return the modules of some packages, usually kernels and steps, that a text imports."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in layers:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name for name in names if name.startswith(layers) and name not in layers}


def digest_of(path: str) -> str:
    """Return the digest of a file's content."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
