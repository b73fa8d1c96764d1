"""How kernels use the machine: blocks of rows that stay in the cache, threads, large arrays."""

import contextlib
import contextvars
from concurrent.futures import ThreadPoolExecutor

import numpy as np

_threads = contextvars.ContextVar("threads", default=1)
_allocate = contextvars.ContextVar("allocate", default=np.empty)


@contextlib.contextmanager
def threads(number):
    """Let `each` work with a number of threads within a `with` block.

    Parameters
    ----------
    number : int
        At least 1. It does not change any number that a kernel returns.

    Yields
    ------
    None
        Nothing; other threads of the caller keep the number they have.
    """
    token = _threads.set(number)
    try:
        yield
    finally:
        _threads.reset(token)


@contextlib.contextmanager
def allocating(allocate):
    """Let `empty` make arrays in another way within a ``with`` block.

    Parameters
    ----------
    allocate : callable
        Takes shape and type as `numpy.empty` does, and returns an array.

    Yields
    ------
    None
        Nothing; other threads of the caller make arrays as before.
    """
    token = _allocate.set(allocate)
    try:
        yield
    finally:
        _allocate.reset(token)


def empty(shape, dtype):
    """Return a new array that may be large, as ramps and rates of all integrations are.

    Parameters
    ----------
    shape : tuple of int
        Its shape.
    dtype : type
        Its type.

    Returns
    -------
    ndarray
        Of any values; by `numpy.empty`, or as `allocating` says.
    """
    return _allocate.get()(shape, dtype)


def row_blocks(ny, nx, *, pixels=2**15):
    """Return slices of rows that cover an image.

    Parameters
    ----------
    ny, nx : int
        Shape of the image.
    pixels : int
        Largest number of pixels in a block; a block has at least one row.

    Returns
    -------
    list of slice
        In order, without overlap.
    """
    rows = max(1, pixels // max(nx, 1))
    return [slice(first, min(first + rows, ny)) for first in range(0, ny, rows)]


def each(work, blocks):
    """Return what a function returns for each block, in their order.

    Parameters
    ----------
    work : callable
        Called with a block. It must not write where it works on another block, since blocks are
        shared out among `threads`; numpy's `errstate` holds there, too.
    blocks : sequence
        Such as those of `row_blocks`.

    Returns
    -------
    list
        One result for each block. The first error that a block raises is raised.
    """
    number = min(_threads.get(), len(blocks))
    if number < 2:
        return [work(block) for block in blocks]
    with ThreadPoolExecutor(number) as pool:
        tasks = [pool.submit(contextvars.copy_context().run, work, block) for block in blocks]
    return [task.result() for task in tasks]
