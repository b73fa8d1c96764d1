"""Questions to CRDS by the names that scripts know from ``stpipe.crds_client``.

The observatory, which scripts name with each question, is always JWST.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from snakewebb.run import crds

__all__ = [
    "get_context_used",
    "get_multiple_reference_paths",
    "get_reference_file",
    "reference_uri_to_cache_path",
]


def get_context_used(observatory: str = "jwst") -> str:
    """Return the name of the context by which files are chosen."""
    return crds.context()


def get_reference_file(
    parameters: Mapping[str, Any], reference_file_type: str, observatory: str = "jwst"
) -> str:
    """Return the path of the best file of a type, or ``"N/A"``.

    Parameters
    ----------
    parameters : mapping
        The exposure's selection keywords, as ``model.get_crds_parameters()`` gives them.
    reference_file_type : str
        The type.
    observatory : str
        Accepted for scripts, without effect.
    """
    found = get_multiple_reference_paths(parameters, [reference_file_type], observatory)
    return found[reference_file_type]


def get_multiple_reference_paths(
    parameters: Mapping[str, Any], reference_file_types: Iterable[str], observatory: str = "jwst"
) -> dict[str, str]:
    """Return the path of the best file of each type, or ``"N/A"``; as `get_reference_file`."""
    types = dict.fromkeys(reference_file_types, True)
    return crds.best_references(parameters, types, "the exposure")


def reference_uri_to_cache_path(reference_uri: str, observatory: str = "jwst") -> str:
    """Return where the cache has a file that a product names as ``crds://…``."""
    with crds.package() as package:
        return package.locate_file(reference_uri.removeprefix("crds://"), "jwst")
