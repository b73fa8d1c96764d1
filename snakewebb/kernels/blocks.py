"""Blocks of image rows, small enough that the arrays a kernel works on stay in the cache."""

import contextlib
import contextvars
from concurrent.futures import ThreadPoolExecutor

_threads = contextvars.ContextVar("threads", default=1)


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
