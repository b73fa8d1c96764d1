"""Best references and parameter files from the JWST Calibration Reference Data System (CRDS)."""

import logging
import os
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from snakewebb.errors import ReferenceFileError, noted, raise_all
from snakewebb.pipelines import Pipeline
from snakewebb.run import fetching
from snakewebb.run.parameter_files import read_parameter_file
from snakewebb.run.parameters import Layer
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import Step

log = logging.getLogger(__name__)

NONE = "N/A"
UNKNOWN_TYPE = "Unknown reference type"
DEFAULT_CACHE = "/grp/crds/cache"
VARIABLES = ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL")
PARAMETER_FILE = re.compile(r"jwst_\w+_pars-\w+_\d+\.asdf")

_lock = threading.RLock()
_environment: tuple[str, ...] | None = None


def parameter_files_wanted() -> bool:
    """Tell whether parameter files are to be read from CRDS."""
    switch = os.environ.get("STPIPE_DISABLE_CRDS_STEPPARS", "")
    return switch.lower() not in ("true", "1", "t", "yes")


def check_settings() -> None:
    """Raise one error that says which settings of CRDS are missing."""
    cache = os.environ.get("CRDS_PATH")
    if not cache and not Path(DEFAULT_CACHE).is_dir():
        raise ReferenceFileError(
            "CRDS is not set up: set CRDS_PATH to the folder of the reference file cache, "
            "and CRDS_SERVER_URL (https://jwst-crds.stsci.edu) if files may be fetched; "
            "CRDS_CONTEXT chooses a context other than the operational one"
        )
    if cache and not Path(cache).is_dir() and not os.environ.get("CRDS_SERVER_URL"):
        raise ReferenceFileError(
            f"CRDS_PATH names {cache}, which is no folder, and CRDS_SERVER_URL is not set: "
            "set CRDS_PATH to an existing cache, or CRDS_SERVER_URL to fill a new one"
        )


@contextmanager
def package() -> Iterator[Any]:
    """Give the crds package to one thread at a time.

    It remembers its first answers, even for another cache, context or server: it is made to forget
    them when the environment has changed.
    """
    global _environment
    check_settings()
    with _lock:
        import crds

        environment = tuple(os.environ.get(name, "") for name in VARIABLES)
        if environment != _environment:
            crds.core.utils.clear_function_caches()
            if environment[-1]:
                crds.client.api.set_crds_server(environment[-1])
            _environment = environment
        crds.core.log.set_verbose(-1)
        yield crds


def ask(question: str, *args, **keywords):
    """Call a function of the crds package; its failures become one clear error."""
    with package() as crds:
        try:
            return getattr(crds, question)(*args, observatory="jwst", **keywords)
        except (Exception, SystemExit) as fault:
            raise ReferenceFileError(
                f"CRDS gives no answer (CRDS_PATH={os.environ.get('CRDS_PATH')}, "
                f"CRDS_SERVER_URL={os.environ.get('CRDS_SERVER_URL')}, "
                f"CRDS_CONTEXT={os.environ.get('CRDS_CONTEXT')}): {reason(fault)}"
            ) from fault


def reason(fault: BaseException) -> str:
    """Return why the crds package gave no answer; by itself it may end the process without one."""
    named, server = os.environ.get("CRDS_CONTEXT", ""), os.environ.get("CRDS_SERVER_URL")
    if named.endswith(".pmap") and not Path(place_of_mapping(named)).is_file():
        return (
            f"the context {named} is not in the cache, and the server {server or '(none is set)'} "
            "does not send it; name one of its contexts"
        )
    if isinstance(fault, SystemExit):
        return f"the server {server or '(none is set)'} cannot be reached"
    return str(fault)


def context() -> str:
    """Return the name of the context in use, or raise one clear error."""
    with package() as crds:
        try:
            return crds.get_context_name("jwst")
        except (Exception, SystemExit) as fault:
            raise ReferenceFileError(
                f"CRDS knows no context: set CRDS_CONTEXT, or CRDS_SERVER_URL to ask for the "
                f"operational one ({fault})"
            ) from fault


def version() -> str:
    """Return the version of the crds package, without the cost of importing it."""
    import importlib.metadata

    return importlib.metadata.version("crds")


def recommended(exposure: Mapping[str, Any], types: Iterable[str]) -> dict[str, str]:
    """Return the name of the best file of each type.

    Parameters
    ----------
    exposure : mapping
        The exposure's selection keywords, as ``model.get_crds_parameters()`` gives them.
    types : iterable of str
        Types of reference files.

    Returns
    -------
    dict
        A file name, `NONE` where CRDS says that there is none on purpose, or a sentence that
        starts with ``NOT FOUND``.
    """
    types = sorted(types)
    if not types:
        return {}
    answers = ask("getrecommendations", dict(exposure), reftypes=types)
    return {kind: NONE if says_none(answer) else answer for kind, answer in answers.items()}


def says_none(answer: str) -> bool:
    """Tell whether an answer of CRDS means that a type has no file on purpose."""
    return answer.upper() in ("N/A", "NOT FOUND N/A")


def selected_by(exposure: Mapping[str, Any], kind: str) -> dict[str, str]:
    """Return the keywords, and their values, by which the best file of a type is selected.

    Parameters
    ----------
    exposure : mapping
        The exposure's selection keywords.
    kind : str
        Type of reference files.

    Returns
    -------
    dict
        Value by keyword, empty for a type that the context has no rules for.
    """
    with package() as crds:
        mapping = crds.get_cached_mapping(context())
        try:
            rules = mapping.get_imap(exposure["meta.instrument.name"]).get_rmap(kind)
        except (crds.core.exceptions.CrdsError, LookupError):
            return {}
    names = [name.lower() for names in rules.parkey for name in names]
    return {name: str(exposure.get(name)) for name in names if name in exposure}


def fetched(exposure: Mapping[str, Any], types: Iterable[str]) -> dict[str, str]:
    """Return the path of the best file of each type, fetched into the cache if need be.

    Raises
    ------
    ReferenceFileError
        One error for all files that could not be fetched, or arrived damaged; they are not kept.
    """
    types = sorted(types)
    if not types:
        return {}
    answers = ask("getrecommendations", dict(exposure), reftypes=types)
    located = places(answers.values())
    problems: list[str] = []
    for path in located.values():
        with noted(problems):
            fetch(path)
    raise_all(problems, ReferenceFileError)
    return {kind: located[name] for kind, name in answers.items()}


def fetch(path: str | Path) -> None:
    """Fetch a file to its place in the cache, unless it is there."""
    with package():
        if not Path(path).is_file():
            fetching.fetch(Path(path))


def types_asked(pipeline: Pipeline) -> set[str]:
    """Return all types of files that the plan of a pipeline may ask CRDS for."""
    steps = [all_steps()[name] for name in pipeline.steps]
    references = {r.type for step in steps for r in step.references if not r.keyword}
    classes = (pipeline.class_name, *(step.class_name for step in steps))
    return references | {f"pars-{name.lower()}" for name in classes}


def rules_of(instrument: str, types: Iterable[str]) -> list[Any]:
    """Return the rules by which the context selects files of some types for an instrument."""
    import crds

    context_rules = ask("get_symbolic_mapping", context())
    rules = []
    for kind in types:
        try:
            rules.append(context_rules.get_imap(instrument).get_rmap(kind))
        except (crds.core.exceptions.CrdsError, LookupError):  # none for it
            continue
    return rules


def cache() -> Path:
    """Return the folder of the cache."""
    return Path(os.environ.get("CRDS_PATH") or DEFAULT_CACHE)


def known_files(exposure: Mapping[str, Any], types: Iterable[str]) -> list[str]:
    """Return where the best files of some types are, of those that the context knows."""
    answers = recommended(exposure, types).values()
    names = [name for name in answers if name != NONE and not name.startswith("NOT FOUND")]
    return list(places(names).values())


def rule_files(instrument: str, types: Iterable[str]) -> list[str]:
    """Return where the rules are by which files of some types are selected."""
    of_context = ask("get_symbolic_mapping", context())
    rules = [of_context, of_context.get_imap(instrument), *rules_of(instrument, types)]
    return [place_of_mapping(each.filename) for each in rules]


def configuration_files() -> list[str]:
    """Return the files in which the cache tells of itself."""
    from crds.core import config

    return [str(path) for path in Path(config.get_crds_cfgpath("jwst")).iterdir() if path.is_file()]


def place_of_mapping(name: str) -> str:
    """Return where rules of CRDS are in the cache."""
    from crds.core import config

    return config.locate_mapping(name, "jwst")


def places(names: Iterable[str]) -> dict[str, str]:
    """Return where each file of CRDS is in the cache, or will be once it is fetched."""
    check_settings()
    from crds.core import config

    return {name: config.locate_file(name, "jwst") for name in names}


def best_references(
    exposure: Mapping[str, Any], types: Mapping[str, bool], name: str, *, fetch: bool = True
) -> dict[str, str]:
    """Return the path of the best file of each type, or `NONE`.

    Parameters
    ----------
    exposure : mapping
        The exposure's selection keywords.
    types : mapping of str to bool
        Types of reference files, and whether an answer is required: of the others one that the
        context does not know counts as `NONE`.
    name : str
        The exposure, for the error.
    fetch : bool
        Whether files that are not in the cache are fetched now.

    Raises
    ------
    ReferenceFileError
        One error for all types without a best reference.
    """
    names = recommended(exposure, types)
    problems = []
    for kind, answer in names.items():
        if answer.startswith("NOT FOUND"):
            if UNKNOWN_TYPE in answer and not types[kind]:
                names[kind] = NONE
                continue
            problems.append(
                f"{name}: CRDS context {context()} has no best reference of type {kind!r} "
                f"({answer.removeprefix('NOT FOUND').strip()}); "
                f"give one with override_{kind}, or override_{kind}='N/A' to do without"
            )
    raise_all(problems, ReferenceFileError)
    found = {kind: answer for kind, answer in names.items() if answer != NONE}
    if fetch:
        paths = fetched(exposure, found)
    else:
        located = places(found.values())
        paths = {kind: located[file] for kind, file in found.items()}
    return {kind: paths.get(kind, NONE) for kind in types}


def parameter_layers(target: Pipeline | Step, exposure: Mapping[str, Any]) -> list[Layer]:
    """Return the parameter files that CRDS chooses, those of steps before that of the pipeline."""
    if not parameter_files_wanted():
        return []
    steps = [target] if isinstance(target, Step) else [all_steps()[n] for n in target.steps]
    owners: dict[str, Pipeline | Step] = {f"pars-{step.class_name.lower()}": step for step in steps}
    if isinstance(target, Pipeline):
        owners[f"pars-{target.class_name.lower()}"] = target
    known = [
        kind
        for kind, answer in recommended(exposure, owners).items()
        if answer != NONE and not answer.startswith("NOT FOUND")
    ]
    paths = fetched(exposure, known)
    layers = []
    for kind, owner in owners.items():
        if kind in paths:
            path = paths[kind]
            layers += read_parameter_file(path, owner, origin=Path(path).name, strict=False)
    return layers


def is_parameter_file(origin: str) -> bool:
    """Tell whether the origin of a value is a parameter file that CRDS chose; none has lines."""
    return PARAMETER_FILE.fullmatch(origin) is not None
