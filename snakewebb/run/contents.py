"""Whether a raw exposure is still the one that a run began with.

Its date does not tell: files are touched, copied and fetched again. Its content does, but a plan
must not read every array. So the first job that reads an exposure notes the digest of its content,
and a plan compares contents only where the date changed.
"""

import json
from pathlib import Path

from snakewebb.run.digest import digest_of
from snakewebb.run.files import appearing_whole
from snakewebb.run.headers import Header, read_header
from snakewebb.run.remembered import Remembered, read_tree, state_of


def note_content(path: str, note: Path) -> None:
    """Note size, date and digests of an exposure that a job is about to read.

    Of several contents with the same header, the first is told from the others for good.
    """
    known, state = read_tree(note), state_of(path)
    if known.get("state") == state:
        return
    header, content = read_header(path).digest, digest_of(path)
    first = known["first"] if known.get("header") == header else content
    tree = {"state": state, "header": header, "content": content, "first": first}
    with appearing_whole(note) as beside:
        beside.write_text(json.dumps(tree))


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
        Holds the identity of files that have not been touched since the plan before.

    Returns
    -------
    str
        The header tells; and the content, where it is not the first that a job read with it.
    """

    def find_out(path: str) -> str:
        new, known = f"header {header.digest}", read_tree(note)
        if known.get("header") != header.digest:
            return new
        noted = known["state"] == state_of(path)
        content = known["content"] if noted else digest_of(path)
        return new if content == known["first"] else f"{new}, content {content}"

    return remembered.about(f"exposure in {note.parent}", path, find_out)
