"""Say which reference files flight exposures find, in a process of its own.

The package crds remembers what it has read of a cache, so one process reads one cache.

Usage: python -m tests.flight_references EXPOSURE ...

The answer is JSON, by exposure and way to ask: the name of the best file of each type.
"""

import json
import sys

import crds as package
from astropy.io import fits
from stdatamodels.jwst.datamodels import JwstDataModel

from snakewebb.errors import ReferenceFileError
from snakewebb.pipelines import pipeline_for
from snakewebb.run import crds
from snakewebb.run.files import open_exposure
from snakewebb.steps import all_steps

KEYWORDS = {
    "META.INSTRUMENT.NAME": "INSTRUME",
    "META.INSTRUMENT.DETECTOR": "DETECTOR",
    "META.INSTRUMENT.CHANNEL": "CHANNEL",
    "META.INSTRUMENT.MODULE": "MODULE",
    "META.INSTRUMENT.FILTER": "FILTER",
    "META.INSTRUMENT.PUPIL": "PUPIL",
    "META.INSTRUMENT.CORONAGRAPH": "CORONMSK",
    "META.EXPOSURE.TYPE": "EXP_TYPE",
    "META.EXPOSURE.READPATT": "READPATT",
    "META.EXPOSURE.NOUTPUTS": "NOUTPUTS",
    "META.SUBARRAY.NAME": "SUBARRAY",
    "META.OBSERVATION.DATE": "DATE-OBS",
    "META.OBSERVATION.TIME": "TIME-OBS",
}
"""What the context selects by, and the keyword that holds it."""


def answers(path):
    """Return what an exposure finds, asked in several ways."""
    header = fits.getheader(path)
    steps = pipeline_for(header["EXP_TYPE"]).order(header["INSTRUME"])
    types = {reference.type for step in steps for reference in all_steps()[step].references}
    usual = {
        reference.type: reference.required
        for step in steps
        if not all_steps()[step].skip
        for reference in all_steps()[step].references
    }
    with JwstDataModel(path) as model:
        keys = model.get_crds_parameters()
    with open_exposure(path, "ramp").model as model:
        keys_of_open = model.get_crds_parameters()
    return {
        "header": crds.recommended(keys, types),
        "open": crds.recommended(keys_of_open, types),
        "keywords": by_keywords(header, types),
        "said": what_is_said(keys, usual, path),
    }


def by_keywords(header, types):
    """Return what CRDS says to the keywords of a header alone."""
    selectors = {name: str(header[key]) for name, key in KEYWORDS.items() if key in header}
    return package.getrecommendations(selectors, reftypes=sorted(types), observatory="jwst")


def what_is_said(keys, types, path):
    """Return the error about types without a best file, or an empty text."""
    known = {
        kind: types[kind]
        for kind, answer in crds.recommended(keys, types).items()
        if answer.startswith("NOT FOUND")
    }
    try:
        crds.best_references(keys, known, path)
    except ReferenceFileError as fault:
        return str(fault)
    return ""


if __name__ == "__main__":
    print(json.dumps({path: answers(path) for path in sys.argv[1:]}))
