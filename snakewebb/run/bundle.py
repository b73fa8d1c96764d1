"""Pack the files of CRDS that a run needs, to carry them to a machine without network.

Unpacked there, the archive is a cache: `CRDS_PATH` names its folder, and the run needs no server.
"""

import hashlib
import io
import tarfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from snakewebb.pipelines import Pipeline
from snakewebb.run import crds
from snakewebb.run.files import appearing_whole

SUMS = "SHA256SUMS"


def needed(
    references: Iterable[str], exposures: Iterable[tuple[Pipeline, Mapping[str, Any]]]
) -> list[str]:
    """Return the files of the cache that a run needs.

    Parameters
    ----------
    references : iterable of str
        Paths of the reference files of its plans.
    exposures : iterable of (Pipeline, mapping)
        Pipeline and selection keywords, of one exposure of each mode.

    Returns
    -------
    list of str
        Those, the parameter files, the rules by which all were selected, and the few files in
        which a cache tells of itself.
    """
    files = set(references)
    for pipeline, exposure in exposures:
        types = crds.types_asked(pipeline)
        parameters = [kind for kind in types if kind.startswith("pars-")]
        files |= set(crds.known_files(exposure, parameters))
        files |= set(crds.rule_files(str(exposure["meta.instrument.name"]).lower(), types))
    return sorted(files | set(crds.configuration_files()))


def pack(files: Iterable[str], cache: Path, archive: Path) -> None:
    """Write files of a cache into an archive (tar), with the checksum of each.

    Parameters
    ----------
    files : iterable of str
        Paths in the cache.
    cache : Path
        The folder of the cache.
    archive : Path
        What to write; it appears whole or not at all.
    """
    sums = []
    with appearing_whole(archive) as beside, tarfile.open(beside, "w") as tar:
        for file in map(Path, files):
            name = file.absolute().relative_to(cache.absolute()).as_posix()
            with open(file, "rb") as content:
                sums.append(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {name}\n")
            tar.add(file, name)
        text = "".join(sums).encode()
        about = tarfile.TarInfo(SUMS)
        about.size = len(text)
        tar.addfile(about, io.BytesIO(text))
