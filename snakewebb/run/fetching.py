"""Fetch a reference file from the server of CRDS: once, checked, and whole or not at all."""

import hashlib
import logging
import os
import shutil
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snakewebb.errors import ReferenceFileError
from snakewebb.run.crds import check_settings
from snakewebb.run.files import appearing_whole

log = logging.getLogger("snakewebb")

PATIENCE = 60
"""Seconds without an answer after which a server counts as silent."""


def fetch(path: str | Path) -> None:
    """Fetch a reference file to its place in the cache.

    Parameters
    ----------
    path : str or Path
        Where it belongs; its name is that of CRDS.

    Raises
    ------
    ReferenceFileError
        If the server does not know or does not send it, or sends another size or checksum than it
        tells. Then there is no file.
    """
    path = Path(path)
    known = told_by_server(path.name)
    with appearing_whole(path) as beside:
        download(address(path.name), beside)
        check(beside, known, path.name)
    log.info("fetched %s, %s bytes", path.name, known["size"])


def told_by_server(name: str) -> Mapping[str, Any]:
    """Return what the server tells of a file, its ``size`` and ``sha1sum`` among it."""
    check_settings()
    from crds.client import api

    server = os.environ.get("CRDS_SERVER_URL")
    if not server:
        raise ReferenceFileError(f"CRDS_SERVER_URL is not set: nobody to fetch {name} from")
    api.set_crds_server(server)
    try:
        known = api.get_file_info_map("jwst", files=[name], fields=["size", "sha1sum"])[name]
    except Exception as fault:
        raise ReferenceFileError(
            f"the server of CRDS, {server}, tells nothing of {name}: {fault}"
        ) from fault
    if not isinstance(known, Mapping):
        raise ReferenceFileError(f"the server of CRDS does not know {name}")
    return known


def address(name: str) -> str:
    """Return the address from which the server sends a file."""
    from crds.client import api

    try:
        return str(api.get_flex_uri(name, "jwst"))
    except Exception as fault:
        raise ReferenceFileError(f"the server of CRDS does not tell where {name} is") from fault


def download(url: str, path: Path) -> None:
    """Write what an address sends into a file."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as sent, open(path, "wb") as file:
            shutil.copyfileobj(sent, file)
    except OSError as fault:
        raise ReferenceFileError(f"{url} cannot be fetched: {fault}") from fault


def check(path: Path, known: Mapping[str, Any], name: str) -> None:
    """Refuse a file of another size or checksum than the server tells."""
    size = path.stat().st_size
    if size != int(known["size"]):
        raise ReferenceFileError(f"{name} came with {size} bytes instead of {known['size']}")
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha1").hexdigest()
    if digest != known["sha1sum"]:
        raise ReferenceFileError(f"{name} came damaged: its checksum is not {known['sha1sum']}")
