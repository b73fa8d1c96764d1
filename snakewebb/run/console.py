"""How a job is called, and how it speaks.

It has a log file for the record, and one clear message on the terminal for a fault.
"""

import argparse
import logging
import os
import resource
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from snakewebb.errors import SnakewebbError
from snakewebb.run.occupied import at_work

SEVERAL = ("read", "write")
KILOBYTE, MEGABYTE = 2**10, 2**20
FORMAT = "%(asctime)s %(levelname)s %(message)s"


def tell_jobs(python: str, checkout: Path) -> None:
    """Tell the jobs what runs them, by the environment; in their commands it would rerun them."""
    os.environ["SNAKEWEBB_PYTHON"] = python
    os.environ["SNAKEWEBB_SCRIPTS"] = str(checkout / "scripts")
    known = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(checkout), known)))


def tell(lines: Iterable[str]) -> None:
    """Print lines beside what Snakemake prints."""
    for line in lines:
        print(line, file=sys.stderr)


def end_with(fault: SnakewebbError) -> NoReturn:
    """End the process with the words for a user's fault, and no line of the rules after them."""
    print(f"error: {fault}", file=sys.stderr)
    sys.exit(1)


def peak_memory() -> int:
    """Return the largest memory that the process has had, in MB; samples would miss a peak."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (MEGABYTE if sys.platform == "darwin" else KILOBYTE))


@contextmanager
def job(description: str, *names: str) -> Iterator[argparse.Namespace]:
    """Give a script what its rule says, with a log, and tell other runs that it is at work.

    Parameters
    ----------
    description : str
        What the script does.
    *names : str
        The options of its command line that it needs, besides ``--log``, ``--write`` for what it
        makes, and ``--threads`` for those that it may use.
    """
    parser = argparse.ArgumentParser(description=description)
    for name in ("log", "write", *names):
        parser.add_argument(f"--{name}", nargs="+" if name in SEVERAL else None, required=True)
    parser.add_argument("--threads", type=int, default=1)
    said = parser.parse_args()
    with at_work(folder_of_run(said.log)), job_log(said.log):
        yield said


def folder_of_run(log: str) -> Path:
    """Return the folder of the run that a log file belongs to: it holds the folder of all logs."""
    return next(folder.parent for folder in Path(log).parents if folder.name == "logs")


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
        end_with(fault)
    except BaseException:
        logger.exception("stopped")
        raise
    finally:
        logger.removeHandler(handler)
        handler.close()
