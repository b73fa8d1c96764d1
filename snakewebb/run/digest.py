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
    wanted, seen = [f"snakewebb.steps.{step}", READER], {}
    while wanted:
        module = wanted.pop()
        if module not in seen:
            seen[module] = text = source_of(module)
            wanted += imported(text) - FRAME
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


def imported(text: str) -> set[str]:
    """Return the modules of the layers of kernels and steps that a source text imports."""
    names = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module in LAYERS:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name for name in names if name.startswith(LAYERS) and name not in LAYERS}


def file_digest(path: str) -> str:
    """Return the digest of a file's content."""
    status = Path(path).stat()
    return digest_of_content(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=1024)
def digest_of_content(path: str, changed: int, size: int) -> str:
    """Return the digest of a file's content, read once while date and size stay."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
