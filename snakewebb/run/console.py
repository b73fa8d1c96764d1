"""How a job speaks: a log file for the record, one clear message on the terminal for a fault."""

import logging
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snakewebb.errors import SnakewebbError

KILOBYTE, MEGABYTE = 2**10, 2**20
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def tell_jobs(python: str, checkout: Path) -> None:
    """Tell the jobs what runs them, by the environment; in their commands it would rerun them."""
    os.environ["SNAKEWEBB_PYTHON"] = python
    known = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(checkout), known)))


def peak_memory() -> int:
    """Return the largest memory that the process has had, in MB; samples would miss a peak."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (MEGABYTE if sys.platform == "darwin" else KILOBYTE))


@contextmanager
def job_log(path: str) -> Iterator[None]:
    """Write the log of a job to a file; end the process with one message on a user's fault.

    Parameters
    ----------
    path : str
        The log file; it is made new.
    """
    handler = logging.FileHandler(Path(path), mode="w")
    handler.setFormatter(logging.Formatter(FORMAT))
    logger = logging.getLogger("snakewebb")
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
        logger.info("largest memory %d MB", peak_memory())
    except SnakewebbError as fault:
        logger.error("%s", fault)
        print(f"error: {fault}", file=sys.stderr)
        sys.exit(1)
    except BaseException:
        logger.exception("stopped")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
