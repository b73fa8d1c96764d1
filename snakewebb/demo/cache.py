"""A small CRDS cache that serves simulated exposures, without a server.

A cache holds reference files, and the rules by which the ``crds`` package selects them. A pipeline
mapping names one mapping for each instrument; that names one for each type of reference; and that
lists the files by values of entries in an exposure's header, its selectors, and by date.

Reference: CRDS User's Guide, https://jwst-crds.stsci.edu/static/users_guide/.
"""

import hashlib
import json
import pprint
from pathlib import Path

from snakewebb.demo import parameter_files, references

_DATE = ("META.OBSERVATION.DATE", "META.OBSERVATION.TIME")


def make_cache(exposures, folder, *, serial=1):
    """Write a CRDS cache with all that the first stage of calibration asks for.

    Parameters
    ----------
    exposures : iterable of Exposure
        Those that are to find reference files. A file for several subarrays of a detector covers
        the smallest one that contains them all.
    folder : path-like
        The root of the cache, for ``CRDS_PATH``; made if missing.
    serial : int
        Number in the names of the mappings. A process that reads two caches needs two numbers,
        since ``crds`` remembers mappings by name.

    Returns
    -------
    str
        Name of the context, for ``CRDS_CONTEXT``.
    """
    folder = Path(folder)
    instruments = {}
    for exposure in exposures:
        instruments.setdefault(exposure.camera.instrument.name, []).append(exposure)
    mappings = _Mappings(folder / "mappings" / "jwst", serial)
    selector = {}
    for instrument, group in instruments.items():
        types = dict.fromkeys(references.NOT_APPLICABLE + parameter_files.NOT_APPLICABLE, "N/A")
        types |= _write_references(instrument, group, folder, mappings)
        types |= _write_parameters(instrument, folder, mappings)
        types = {name.upper(): rules for name, rules in types.items()}
        selector[instrument] = mappings.write_instrument(instrument, types)
    context = mappings.write_pipeline(selector)
    _write_configuration(folder / "config" / "jwst", context)
    return context


def environment(folder, context):
    """Return the environment variables that make ``crds`` use a cache and no server.

    Parameters
    ----------
    folder : path-like
        The root of the cache.
    context : str
        Name of its context.

    Returns
    -------
    dict of str
    """
    return {
        "CRDS_PATH": str(Path(folder).resolve()),
        "CRDS_CONTEXT": context,
        "CRDS_SERVER_URL": "https://crds.invalid",
        "CRDS_READONLY_CACHE": "1",
    }


def _write_references(instrument, exposures, folder, mappings):
    """Write the reference files of an instrument; return the name of the rules of each type."""
    rules = {}
    for kind in references.types_of(instrument):
        shared = {}
        for exposure in exposures:
            shared.setdefault(tuple(kind.selection(exposure).values()), []).append(exposure)
        files = {}
        for values, group in shared.items():
            files[values] = "N/A"
            if served := [exposure for exposure in group if kind.is_for(exposure)]:
                name = f"jwst_{instrument.lower()}_{kind.name}_{len(files):04d}.{kind.extension}"
                with references.make_reference(kind, served) as model:
                    _write_model(model, _place(folder, instrument, name))
                files[values] = name
        selectors = kind.selectors_of(instrument)
        rules[kind.name] = mappings.write_rules(instrument, kind.name, selectors, files)
    return rules


def _write_model(model, path):
    """Write a reference file as it is; `save` would translate its flags once more."""
    if path.suffix == ".asdf":
        from asdf import AsdfFile

        AsdfFile(dict(model.instance)).write_to(path)
    elif path.suffix == ".json":
        contents = {k: v for k, v in model.instance.items() if k not in ("meta", "history")}
        path.write_text(json.dumps({"reftype": model.meta.reftype, **contents}, indent=1))
    else:
        model.to_fits(path, overwrite=True)


def _write_parameters(instrument, folder, mappings):
    """Write the parameter files of an instrument; return the name of the rules of each type."""
    types = {}
    for file in parameter_files.FILES:
        if file.instrument == instrument:
            types.setdefault(file.type, []).append(file)
    rules = {}
    for name, members in types.items():
        files = {}
        for number, file in enumerate(members, 1):
            filename = f"jwst_{instrument.lower()}_{name}_{number:04d}.asdf"
            file.write(_place(folder, instrument, filename))
            files[tuple(file.selection.values())] = filename
        selectors = tuple(members[0].selection)
        files[("N/A",) * len(selectors)] = "N/A"  # all others
        rules[name] = mappings.write_rules(instrument, name, selectors, files)
    return rules


def _place(folder, instrument, name):
    """Return the path of a reference file in the cache, its folder made."""
    path = folder / "references" / "jwst" / instrument.lower() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _write_configuration(folder, context):
    """Write what ``crds`` would remember of its last talk with a server."""
    folder.mkdir(parents=True, exist_ok=True)
    server = {
        "observatory": "jwst",
        "operational_context": context,
        "edit_context": context,
        "bad_files_list": [],
        "force_remote_mode": 0,
        "last_synced": references.USEAFTER.replace("T", " "),
        "status": "cache",
    }
    (folder / "server_config").write_text(pprint.pformat(server) + "\n")
    (folder / "bad_files.txt").write_text("")
    (folder / "ref_cache_subdir_mode").write_text("instrument")


class _Mappings:
    """Writes mappings, the files of selection rules.

    Parameters
    ----------
    folder : pathlib.Path
        Where they go; made if missing.
    serial : int
        Number in their names.
    """

    def __init__(self, folder, serial):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.serial = serial

    def write_pipeline(self, instruments):
        """Write the pipeline mapping, from instruments to their mappings; return its name."""
        header = {"mapping": "PIPELINE", "parkey": ("META.INSTRUMENT.NAME",)}
        return self._write(f"jwst_{self.serial:04d}.pmap", header, pprint.pformat(instruments))

    def write_instrument(self, instrument, types):
        """Write an instrument mapping, from reference types to their rules; return its name."""
        header = {"mapping": "INSTRUMENT", "instrument": instrument, "parkey": ("REFTYPE",)}
        name = f"jwst_{instrument.lower()}_{self.serial:04d}.imap"
        return self._write(name, header, pprint.pformat(types))

    def write_rules(self, instrument, reference_type, selectors, files):
        """Write the rules of a reference type, from values of selectors to files."""
        header = {
            "mapping": "REFERENCE",
            "instrument": instrument,
            "filekind": reference_type.upper(),
            "classes": ("Match", "UseAfter") if selectors else ("UseAfter",),
            "parkey": (selectors, _DATE) if selectors else (_DATE,),
        }
        name = f"jwst_{instrument.lower()}_{reference_type}_{self.serial:04d}.rmap"
        if not selectors:
            return self._write(name, header, _by_date(files[()]))
        cases = "".join(_case(values, file) for values, file in sorted(files.items(), key=str))
        return self._write(name, header, f"Match({{\n{cases}}})")

    def _write(self, name, header, selector):
        """Write a mapping, with the checksum of all its lines but that of the checksum."""
        header = {"name": name, "observatory": "JWST", "derived_from": "snakewebb.demo"} | header
        lines = [f"    {key!r} : {value!r},\n" for key, value in sorted(header.items())]
        head, tail = "".join(lines), f"}}\n\nselector = {selector}\n"
        digest = hashlib.sha1(f"header = {{\n{head}{tail}".encode()).hexdigest()
        text = f"header = {{\n{head}    'sha1sum' : {digest!r},\n{tail}"
        (self.folder / name).write_text(text)
        return name


def _case(values, file):
    """Return the lines of a rule: these values of the selectors lead to this file."""
    key = tuple(map(str, values)) if len(values) > 1 else str(values[0])
    if file == "N/A":
        return f"    {key!r} : 'N/A',\n"
    return f"    {key!r} : {_by_date(file)},\n"


def _by_date(file):
    """Return the rule that a file serves all exposures since it came into use."""
    date = references.USEAFTER.replace("T", " ")
    return f"UseAfter({{\n        {date!r} : {file!r},\n    }})"
