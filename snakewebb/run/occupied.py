"""One run at a time in a folder, and no rests of one that was killed.

The system takes the lock of a process away when it ends, however it ends: nobody has to unlock
anything after a power cut. Jobs hold a lock of their own, since those of a run that was killed go
on, and the next run must wait for them.
"""

import fcntl
import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from snakewebb.errors import InputError
from snakewebb.run.files import WRITING

log = logging.getLogger("snakewebb")

OF_RUN = ".run.lock"
OF_JOBS = ".jobs.lock"


def exclusive(results: Path) -> IO[str]:
    """Return a lock on a folder of products, which holds while the process lives.

    Raises
    ------
    InputError
        If another run is at work.
    """
    results.mkdir(parents=True, exist_ok=True)
    lock = open(results / OF_RUN, "w")  # noqa: SIM115  (it stays open as long as the process)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise InputError(f"another run is at work in {results}; wait for its end") from None
    wait_for_jobs(results)
    return lock


def wait_for_jobs(results: Path) -> None:
    """Wait until the jobs of a run that was killed have ended."""
    with open(results / OF_JOBS, "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log.warning("jobs of a run that was killed are still at work; waiting for them")
            fcntl.flock(lock, fcntl.LOCK_EX)


@contextmanager
def at_work(results: Path) -> Iterator[None]:
    """Tell the next run, while a job lasts, that it is at work."""
    results.mkdir(parents=True, exist_ok=True)
    with open(results / OF_JOBS, "w+") as lock:  # a network file system shares what can be read
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


def remove_rests(results: Path) -> None:
    """Remove what jobs that were killed had begun to write."""
    for folder in (
        results,
        results / "quicklook",
        results / "report",
        results / "plans",
        results / "plans" / "content",
    ):
        for rest in folder.glob(f"{WRITING}*"):
            shutil.rmtree(rest, ignore_errors=True)
