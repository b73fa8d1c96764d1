"""A bound on memory: large arrays lie in files, and no more of them in memory than there is room.

The system reads the pages of such an array when they are used, and writes back what was changed. So
an exposure of any length passes, by the same operations in the same order as in memory.
"""

import contextlib
import math
import mmap
import os
import tempfile
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from snakewebb.errors import InputError
from snakewebb.steps.cores import allocating

LEAST = 2**20
"""Bytes from which on an array lies in a file."""

FULL = 0.5
"""Part of the bound at which pages are given back; the rest is for what is done until then."""

INTERVAL = 0.002
"""Seconds between two looks at the memory in use."""

MEGABYTE = 2**20
RESIDENT = Path("/proc/self/statm")


@contextlib.contextmanager
def bounded(megabytes: int | None) -> Iterator[None]:
    """Keep the memory of this process below a bound within a ``with`` block.

    Parameters
    ----------
    megabytes : int or None
        The bound; without one, arrays lie in memory as usual.

    Yields
    ------
    None
        Nothing. Arrays that were made in the block can be used after it.

    Raises
    ------
    InputError
        If the system does not tell how much memory a process uses.
    """
    if megabytes is None:
        yield
        return
    if not RESIDENT.exists():
        raise InputError("memory can be bounded on Linux only: leave out the parameter `memory`")
    scratch = Scratch()
    with allocating(scratch.empty), watched(scratch, int(FULL * megabytes * MEGABYTE)):
        yield


class Scratch:
    """Arrays in temporary files, which vanish with the arrays."""

    def __init__(self) -> None:
        self._contents: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()
        self._lock = threading.Lock()

    def empty(self, shape: int | tuple[int, ...], dtype: type | str) -> np.ndarray:
        """Return a new array of any values, in a file if it is large.

        Raises
        ------
        InputError
            If there is no room for the file.
        """
        shape = shape if isinstance(shape, tuple) else (shape,)
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if size < LEAST:
            return np.empty(shape, dtype)
        try:
            with tempfile.TemporaryFile(prefix="snakewebb-") as file:
                os.posix_fallocate(file.fileno(), 0, size)
                content = mmap.mmap(file.fileno(), size)
                content.madvise(mmap.MADV_RANDOM)  # or a page would bring a hundred others
        except OSError as fault:
            raise InputError(
                f"no room for {size // MEGABYTE} MB in {tempfile.gettempdir()}: {fault}; "
                "name a larger folder in TMPDIR, or give a larger `memory`"
            ) from fault
        with self._lock:
            self._contents.add(content)
        return np.ndarray(shape, dtype, buffer=content)

    def release(self) -> None:
        """Take all arrays out of the memory of the process; what they hold stays in their files."""
        with self._lock:
            contents = list(self._contents)
        for content in contents:
            content.madvise(mmap.MADV_DONTNEED)


@contextlib.contextmanager
def watched(scratch: Scratch, limit: int) -> Iterator[None]:
    """Release arrays whenever the process uses more bytes than a limit."""
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(INTERVAL):
            if resident() > limit:
                scratch.release()

    watchman = threading.Thread(target=watch, name="memory", daemon=True)
    watchman.start()
    try:
        yield
    finally:
        ended.set()
        watchman.join()


def resident() -> int:
    """Return how many bytes of memory the process uses."""
    return int(RESIDENT.read_text().split()[1]) * mmap.PAGESIZE
