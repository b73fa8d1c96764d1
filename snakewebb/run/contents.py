"""Whether a raw exposure is still the one that a run began with.

Its date does not tell: files are touched, copied and fetched again. Its content does, but a plan
must not read every array. So the first job that reads an exposure notes the digest of its content,
and a plan compares contents only where the date changed.
"""

import json
import os
from pathlib import Path

from snakewebb.run.digest import digest_of
from snakewebb.run.files import appearing_whole
from snakewebb.run.headers import Header
from snakewebb.run.remembered import Remembered, read_tree

KIND = "exposure"


def note_content(path: str, note: Path) -> None:
    """Note size, date and digest of an exposure that a job is about to read."""
    status = os.stat(path)
    state = [status.st_size, status.st_mtime_ns]
    if read_tree(note).get("state") != state:
        with appearing_whole(note) as beside:
            beside.write_text(json.dumps({"state": state, "content": digest_of(path)}))


def identity(path: str, header: Header, note: Path, remembered: Remembered) -> str:
    """Return a text that changes if, and only if, an exposure is another one than before.

    Parameters
    ----------
    path : str
        The exposure.
    header : Header
        Its header.
    note : Path
        Where the job that reads it notes its content.
    remembered : Remembered
        Holds the identity of the plan before.
    """
    earlier = remembered.before(KIND, path)

    def find_out(path: str) -> str:
        new = f"header {header.digest}"
        if earlier is None or earlier.partition(",")[0] != new:
            return new
        if same_content(path, note):
            return earlier
        return f"{new}, changed {os.stat(path).st_mtime_ns}"

    return remembered.about(KIND, path, find_out)


def same_content(path: str, note: Path) -> bool:
    """Tell whether an exposure has the content that a job noted."""
    noted = read_tree(note)
    if not noted or noted["state"][0] != os.stat(path).st_size:
        return False
    return noted["content"] == digest_of(path)
