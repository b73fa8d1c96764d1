"""Warnings that a run gives are heard, for the log that its products carry."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

ROOT = logging.getLogger("snakewebb")


class Ear(logging.Handler):
    """Hears the warnings that one thread gives.

    Where nobody else listens, warnings of all threads go on to where they went without it.
    """

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.thread = threading.get_ident()
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note a warning."""
        if record.thread == self.thread:
            self.heard.append(f"{record.levelname}: {record.getMessage()}")
        passes_on = self is passing_on(record.thread) and not others_listen(record.name)
        if passes_on and logging.lastResort:
            logging.lastResort.handle(record)


@contextmanager
def hearing() -> Iterator[list[str]]:
    """Give a list that the warnings of this thread are added to."""
    ear = Ear()
    ROOT.addHandler(ear)
    try:
        yield ear.heard
    finally:
        ROOT.removeHandler(ear)


def passing_on(thread: int | None) -> Ear | None:
    """Return the one ear that passes warnings of a thread on.

    It is the last of that thread, as a hook may start a run within a run; or else of any.
    """
    ears = [handler for handler in ROOT.handlers if isinstance(handler, Ear)]
    own = [ear for ear in ears if ear.thread == thread]
    return next(reversed(own or ears), None)


def others_listen(name: str) -> bool:
    """Tell whether a logger has any handlers but ears."""
    logger: logging.Logger | None = logging.getLogger(name)
    while logger is not None:
        if any(not isinstance(handler, Ear) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False
