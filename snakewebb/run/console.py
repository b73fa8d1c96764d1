"""How a job speaks: a log file for the record, one clear message on the terminal for a fault."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from snakewebb.errors import SnakewebbError

FORMAT = "%(asctime)s %(levelname)s %(message)s"


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
