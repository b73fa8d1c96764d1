"""Reference files for exposures of a guider at work, for the tests."""

import numpy as np

from snakewebb.kernels import dq

FLAT_FLAGS = (dq.NO_FLAT_FIELD, dq.DO_NOT_USE, dq.UNRELIABLE_FLAT)


def write_references(folder, *, detector="GUIDER2", corner=(871, 1006), shape=(160, 180), seed=1):
    """Write references that cover a part of a guider, and return the steps that use them.

    Parameters
    ----------
    folder : Path
        Where to put them.
    detector : str
        Name of the detector.
    corner : tuple of int
        First column and row that they cover, counted from 1.
    shape : tuple of int
        Rows and columns that they cover.
    seed : int
        Another seed gives other references.

    Returns
    -------
    dict
        The argument ``steps`` of the pipeline.
    """
    from stdatamodels.jwst import datamodels

    models = {
        kind: model_class({"meta": metadata(kind, detector, corner, shape)})
        for kind, model_class in (
            ("mask", datamodels.MaskModel),
            ("gain", datamodels.GainModel),
            ("readnoise", datamodels.ReadnoiseModel),
            ("flat", datamodels.FlatModel),
        )
    }
    random = np.random.default_rng(seed)
    models["mask"].dq = flags(random, shape, (dq.HOT, dq.DEAD | dq.DO_NOT_USE))
    models["gain"].data = varied(random, shape, 1.8, 0.02)
    models["readnoise"].data = varied(random, shape, 11, 0.1)
    models["gain"].data[random.random(shape) < 0.002] = np.nan
    flat = models["flat"]
    flat.data, flat.err = varied(random, shape, 1, 0.03), varied(random, shape, 0.004, 0.2)
    flat.dq = flags(random, shape, FLAT_FLAGS)
    flat.data[random.random(shape) < 0.003] = np.nan
    flat.data[random.random(shape) < 0.003] = 0
    flat.err[random.random(shape) < 0.003] = np.nan
    paths = {}
    for kind, model in models.items():
        paths[kind] = str(folder / f"{detector.lower()}_{kind}.fits")
        model.save(paths[kind])
    return {
        "dq_init": {"override_mask": paths["mask"]},
        "guider_cds": {
            "override_gain": paths["gain"],
            "override_readnoise": paths["readnoise"],
        },
        "flat_field": {"override_flat": paths["flat"]},
    }


def metadata(kind, detector, corner, shape):
    """Return what the header of a reference file must tell."""
    return {
        "reftype": kind.upper(),
        "description": "for a test",
        "author": "snakewebb",
        "pedigree": "SIMULATION",
        "useafter": "2015-01-01T00:00:00",
        "telescope": "JWST",
        "instrument": {"name": "FGS", "detector": detector},
        "subarray": {
            "name": "GENERIC",
            "xstart": corner[0],
            "ystart": corner[1],
            "xsize": shape[1],
            "ysize": shape[0],
            "fastaxis": 2 if detector == "GUIDER2" else -2,
            "slowaxis": -1,
        },
    }


def varied(random, shape, mean, scatter):
    """Return an image of values that scatter by a part of their mean."""
    return (mean * (1 + scatter * random.standard_normal(shape))).astype(np.float32)


def flags(random, shape, choices):
    """Return an image in which each of some flags is set in one of 200 pixels."""
    image = np.zeros(shape, np.uint32)
    for flag in choices:
        image[random.random(shape) < 0.005] |= np.uint32(flag)
    return image
