"""Faults of input, parameters and references: each says what is wrong, where, and what to do."""

import difflib
from collections.abc import Iterable, Sequence


class SnakewebbError(Exception):
    """Base of all errors that a user can mend; shown without a traceback on the command line.

    Parameters
    ----------
    text : str
        What is wrong, all of it.
    problems : sequence of str
        The same one by one, for whoever collects more of them.
    """

    def __init__(self, text: str, problems: Sequence[str] = ()):
        super().__init__(text)
        self.problems = list(problems) or [text]


class InputError(SnakewebbError):
    """An exposure, a table of exposures or a product is missing, damaged or of the wrong kind."""


class ParameterError(SnakewebbError):
    """A pipeline, step or parameter is unknown, or a value is not allowed."""


class ReferenceFileError(SnakewebbError):
    """A reference file is missing, unreadable or does not fit the exposure."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the sentence that tells which known name was probably meant.

    Parameters
    ----------
    name : str
        What the user wrote.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        ``"did you mean 'jump'?"``, or the list of known names where none is near.
    """
    known = sorted(known)
    close = difflib.get_close_matches(str(name), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"known: {', '.join(known)}" if known else "there are none"


def raise_all(problems: list[str], error: type[SnakewebbError]) -> None:
    """Raise one error that lists all problems, if there are any."""
    if len(problems) == 1:
        raise error(problems[0])
    if problems:
        listed = "\n".join(f"  - {problem}" for problem in problems)
        raise error(f"{len(problems)} problems:\n{listed}", problems)
