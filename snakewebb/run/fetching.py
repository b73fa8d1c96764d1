"""Fetch a file from the server of CRDS: checked, and whole or not at all.

`snakewebb.run.crds` calls it, which gives the crds package to one thread at a time. Of the package
it takes what the server tells of files; the package itself would put a file in its place first and
check it then.
"""

import hashlib
import logging
import os
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import ReferenceFileError
from snakewebb.run.files import appearing_whole

log = logging.getLogger("snakewebb")

PATIENCE = 60
"""Seconds without an answer after which a server counts as silent."""
UNTOLD = ("", "none")


def fetch(path: Path) -> None:
    """Fetch a file to its place in the cache.

    Parameters
    ----------
    path : Path
        Where it belongs; its name is that of CRDS.

    Raises
    ------
    ReferenceFileError
        If the server does not know or does not send it, or sends another size or checksum than it
        tells. Then there is no file.
    """
    try:
        known, url = told_by_server(path.name)
        with appearing_whole(path) as beside:
            download(url, beside)
            size = check(beside, known, path.name)
    except ReferenceFileError:
        raise
    except Exception as fault:  # whatever the crds package raises
        raise ReferenceFileError(
            f"{path.name} is not in the cache {os.environ.get('CRDS_PATH')} and cannot be fetched "
            f"from {address_of_server()}: {fault}"
        ) from fault
    log.info("fetched %s, %d bytes", path.name, size)


def address_of_server() -> str | None:
    """Return the address of the server of CRDS."""
    return os.environ.get("CRDS_SERVER_URL")


def told_by_server(name: str) -> tuple[Mapping[str, Any], str]:
    """Return size and checksum of a file, and the address from which it is sent."""
    from crds.client import api
    from crds.core import config

    if not address_of_server():
        raise LookupError("CRDS_SERVER_URL is not set")
    if config.get_cache_readonly():
        raise PermissionError("CRDS_READONLY_CACHE is set")
    known = api.get_download_metadata().get(name)
    if not isinstance(known, Mapping):
        raise LookupError("the server does not know it")
    return known, str(api.get_flex_uri(name, "jwst"))


def download(url: str, path: Path) -> None:
    """Write what an address sends into a file."""
    with urllib.request.urlopen(url, timeout=PATIENCE) as sent, open(path, "wb") as file:
        shutil.copyfileobj(sent, file)


def check(path: Path, known: Mapping[str, Any], name: str) -> int:
    """Return the size of a file; refuse one of another size or checksum than the server tells."""
    size, right = path.stat().st_size, known.get("sha1sum", "")
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha1").hexdigest()
    if size != int(known["size"]) or right not in (*UNTOLD, digest):
        raise ReferenceFileError(
            f"{name} arrived damaged from {address_of_server()}, with {size} bytes of "
            f"{known['size']}, and is not kept; call again to fetch it again"
        )
    return size
