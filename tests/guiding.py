"""Exposures of a guider at work and reference files for them, small, for the tests."""

from dataclasses import dataclass

import numpy as np

from snakewebb.kernels import dq

RESET_LEVEL, PHOTONS, READ_NOISE = 9000, 4000, 7  # DN, DN per second in the star's core, DN
ADC_MAXIMUM = 65535
WIDTH = 2048
FLAT_FLAGS = (dq.NO_FLAT_FIELD, dq.DO_NOT_USE, dq.UNRELIABLE_FLAT)


@dataclass(frozen=True)
class Mode:
    """How a guider reads in one of its functions; values are those of flight headers.

    Parameters
    ----------
    readpatt, subarray : str
        Values of the keywords of these names.
    nints, ngroups : int
        Integrations, and groups of each.
    shape : tuple of int
        Rows and columns.
    frame, group : float
        Times from frame to frame and from group to group in seconds.
    nframes, groupgap : int
        Frames averaged in a group, and dropped after it.
    tables : tuple of str
        Names of the tables that come with it.
    """

    readpatt: str
    subarray: str
    nints: int
    ngroups: int
    shape: tuple[int, int]
    frame: float
    group: float
    nframes: int = 1
    groupgap: int = 0
    tables: tuple[str, ...] = ()


_STARS = ("planned_star_table", "flight_star_table")
_MOTION = ("pointing_table", "centroid_table")

MODES = {
    "FGS_ID-IMAGE": Mode("ID", "2048X64", 2, 2, (96, 112), 0.3406, 0.3406, tables=_STARS),
    "FGS_ID-STACK": Mode("ID", "2048X64", 2, 2, (16, 2304), 0.3406, 0.3406, tables=_STARS),
    "FGS_ACQ1": Mode("ACQ1", "128X128", 6, 2, (128, 128), 0.182, 0.364, groupgap=1),
    "FGS_ACQ2": Mode("ACQ2", "32X32", 5, 2, (32, 32), 0.01254, 0.05016, groupgap=3),
    "FGS_TRACK": Mode(
        "TRACK",
        "32X32",
        192,
        2,
        (32, 32),
        0.01254,
        0.02508,
        groupgap=1,
        tables=(*_MOTION, "track_sub_table"),
    ),
    "FGS_FINEGUIDE": Mode(
        "FINEGUIDE", "8X8", 512, 8, (8, 8), 0.00126, 0.05418, 4, 39, tables=_MOTION
    ),
}


@dataclass(frozen=True)
class Guiding:
    """One exposure of a guider at work.

    Parameters
    ----------
    exp_type : str
        Its type, one of `MODES`.
    detector : str
        Name of the detector.
    seed : int
        Another seed gives another exposure.
    """

    exp_type: str
    detector: str = "GUIDER2"
    seed: int = 1

    @property
    def is_stack(self):
        """Whether its image is a stack of strips, wider than the detector."""
        return self.mode.shape[1] > WIDTH

    @property
    def mode(self):
        """How it is read, a `Mode`."""
        return MODES[self.exp_type]

    @property
    def filename(self):
        """Name of the raw product."""
        name = self.exp_type.removeprefix("FGS_").lower()
        return f"jw09100001001_gs-{name}_{self.detector[-1]}_uncal.fits"

    @property
    def corner(self):
        """First column and row on the detector, counted from 1."""
        return (1, 1) if self.is_stack else (887, 1022)

    def write(self, folder):
        """Write the raw product and return its path."""
        from stdatamodels.jwst.datamodels import GuiderRawModel

        folder.mkdir(parents=True, exist_ok=True)
        model = GuiderRawModel({"meta": self._metadata()})
        model.data = self._reads()
        random = np.random.default_rng([self.seed, 2])
        for name in self.mode.tables:
            setattr(model, name, filled_table(random, model.get_dtype(name)))
        path = folder / self.filename
        model.save(path)
        return path

    def _reads(self):
        """Return what is read: a star on a reset level, with noise and a few cosmic rays."""
        random, mode = np.random.default_rng([self.seed, 1]), self.mode
        ny, nx = mode.shape
        y, x = np.mgrid[:ny, :nx]
        star = np.exp(-((y - 0.45 * ny) ** 2 + (x - 0.55 * nx) ** 2) / 8)
        signal = random.poisson(PHOTONS * mode.group * star, (mode.nints, mode.ngroups, ny, nx))
        hits = random.random(signal.shape) < 1e-4
        signal[hits] += random.integers(500, 20000, hits.sum())
        level = RESET_LEVEL + 300 * random.standard_normal((mode.nints, 1, ny, nx))
        noise = READ_NOISE * random.standard_normal(signal.shape)
        reads = level + signal.cumsum(axis=1) + noise
        return np.clip(np.rint(reads), 0, ADC_MAXIMUM).astype(np.float32)

    def _metadata(self):
        mode = self.mode
        reads = {
            "type": self.exp_type,
            "readpatt": mode.readpatt,
            "nints": mode.nints,
            "ngroups": mode.ngroups,
            "nframes": mode.nframes,
            "groupgap": mode.groupgap,
            "frame_time": mode.frame,
            "group_time": mode.group,
            "frame_divisor": 1,
            "zero_frame": False,
        }
        return metadata(self.detector, self.corner, mode.shape, mode.subarray) | {
            "bunit_data": "DN",
            "exposure": reads,
            "observation": {"date": "2022-04-27", "time": "00:30:49.000"},
        }


def filled_table(random, columns, rows=3):
    """Return a table with something in every column."""
    table = np.zeros(rows, columns)
    for name in table.dtype.names:
        values = random.integers(0, 90, rows)
        table[name] = values.astype(str) if table.dtype[name].kind == "S" else values
    return table


def write_references_for(guiding, folder):
    """Write references for an exposure, and return the steps that use them.

    There are none for a stack of strips but mask and flat.
    """
    corner, (ny, nx) = guiding.corner, guiding.mode.shape
    if guiding.is_stack:
        of_detector = write_references(folder, guiding.detector, (1, 1), (ny, WIDTH), gaps=0)
        own = write_references(folder / "stack", guiding.detector, corner, (ny, nx))
        return own | {"guider_cds": of_detector["guider_cds"]}
    around = corner[0] - 16, corner[1] - 16
    return write_references(folder, guiding.detector, around, (ny + 32, nx + 52))


def write_references(folder, detector="GUIDER2", corner=(871, 1006), shape=(160, 180), gaps=0.003):
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
    gaps : float
        Share of the pixels that gain, flat and the error of the flat do not know.

    Returns
    -------
    dict
        The argument ``steps`` of the pipeline.
    """
    from stdatamodels.jwst import datamodels

    models = {
        kind: model_class({"meta": metadata(detector, corner, shape) | described(kind)})
        for kind, model_class in (
            ("mask", datamodels.MaskModel),
            ("gain", datamodels.GainModel),
            ("readnoise", datamodels.ReadnoiseModel),
            ("flat", datamodels.FlatModel),
        )
    }
    random = np.random.default_rng(1)
    models["mask"].dq = flags(random, shape, (dq.HOT, dq.DEAD | dq.DO_NOT_USE))
    models["gain"].data = varied(random, shape, 1.8, 0.02)
    models["readnoise"].data = varied(random, shape, 11, 0.1)
    models["gain"].data[random.random(shape) < gaps] = np.nan
    flat = models["flat"]
    flat.data, flat.err = varied(random, shape, 1, 0.03), varied(random, shape, 0.004, 0.2)
    flat.dq = flags(random, shape, FLAT_FLAGS)
    flat.data[random.random(shape) < gaps] = np.nan
    flat.data[random.random(shape) < gaps] = 0
    flat.err[random.random(shape) < gaps] = np.nan
    paths = {}
    folder.mkdir(parents=True, exist_ok=True)
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


def metadata(detector, corner, shape, subarray="GENERIC"):
    """Return what a header tells of a detector and a part of it."""
    return {
        "telescope": "JWST",
        "instrument": {"name": "FGS", "detector": detector},
        "subarray": {
            "name": subarray,
            "xstart": corner[0],
            "ystart": corner[1],
            "xsize": shape[1],
            "ysize": shape[0],
            "fastaxis": 2 if detector == "GUIDER2" else -2,
            "slowaxis": -1,
        },
    }


def described(kind):
    """Return what else the header of a reference file must tell."""
    return {
        "reftype": kind.upper(),
        "description": "for a test",
        "author": "snakewebb",
        "pedigree": "SIMULATION",
        "useafter": "2015-01-01T00:00:00",
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
