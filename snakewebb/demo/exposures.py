"""Simulated raw exposures: a description goes in, a Level-1b product comes out."""

import re
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from snakewebb.demo import guiding, keywords, micro_shutters
from snakewebb.demo.detectors import Detector
from snakewebb.demo.instruments import find_instrument, find_subarray
from snakewebb.demo.readout import simulate_ramp
from snakewebb.demo.scenes import Source, image_width, render_stars
from snakewebb.demo.timing import Timing, group_table, integration_table
from snakewebb.steps.exposure_types import GUIDER, kind_of_type

_ROOT = re.compile(r"jw\d{11}_(\d{2}[1-9a-z][0-9a-z]{2}_\d{5}_[a-z0-9]+|gs-[a-z0-9-]+_\d{13})")


@dataclass(frozen=True)
class Exposure:
    """Everything that tells one exposure from another.

    Parameters
    ----------
    root : str
        The file name without its suffix, such as ``jw09000001001_02101_00001_nrca1``. Programme,
        observation, visit, activity and exposure number in the header are taken from it. That of a
        guider at work is like ``jw09000001001_gs-track_2024061120000``: its time is in it.
    detector, exp_type, readpatt, subarray : str
        Values of the keywords of these names.
    ngroups, nints : int
        Groups of an integration, and integrations.
    filter, pupil, grating, band : str, optional
        Values of the keywords of these names, which not every instrument has.
    pupil_position : float, optional
        Angle of the wheel that holds a grism, in degrees.
    outputs : int, optional
        How many outputs read the subarray, if not as many as usual.
    drop_frames1 : int
        Frames that are dropped before the first group of an integration.
    start : str
        UTC when it starts, such as ``2024-03-01T12:00:00``.
    ra, dec : float
        Where the centre of the subarray looks, in degrees.
    roll : float
        Angle from north to the telescope's V3 axis, through east, in degrees.
    sources : tuple of Source
        The stars. Those outside the field are welcome.
    sky : float
        Diffuse light in electrons per second and pixel.
    cosmic_rays : float
        How many cosmic rays, relative to the usual number; small subarrays are hit rarely.
    time_series : bool
        Whether it is a time-series observation.
    seed : int
        Another seed gives other noise, and other cosmic rays.
    """

    root: str
    detector: str
    exp_type: str
    readpatt: str
    ngroups: int
    nints: int = 1
    subarray: str = "FULL"
    filter: str | None = None
    pupil: str | None = None
    grating: str | None = None
    band: str | None = None
    pupil_position: float | None = None
    outputs: int | None = None
    drop_frames1: int = 0
    start: str = "2024-03-01T12:00:00"
    ra: float = 80.4875
    dec: float = -69.4975
    roll: float = 280.0
    sources: tuple[Source, ...] = ()
    sky: float = 0.3
    cosmic_rays: float = 1.0
    time_series: bool = False
    seed: int = 0

    def __post_init__(self):
        if not _ROOT.fullmatch(self.root):
            raise ValueError(
                f"root {self.root!r} is not like jw09000001001_02101_00001_nrca1"
                " (programme, observation, visit; group, sequence, activity; number; detector)"
            )
        find_subarray(self.detector, self.subarray)
        find_instrument(self.detector).find_pattern(self.readpatt)
        if min(self.ngroups, self.nints) < 1:
            raise ValueError("an exposure has at least one group and one integration")

    @property
    def camera(self):
        """What is read, and how: a new `Detector`, for the pixels take memory."""
        return Detector(self.detector, self.subarray, readpatt=self.readpatt, outputs=self.outputs)

    @property
    def pattern(self):
        """The readout pattern, a `Pattern`."""
        return find_instrument(self.detector).find_pattern(self.readpatt)

    @property
    def is_of_guider(self):
        """Whether it is taken by a guider at work."""
        return kind_of_type(self.exp_type) == GUIDER

    @property
    def filename(self):
        """Name of the raw product."""
        return f"{self.root}_uncal.fits"


def count_rates(exposure):
    """Return the electrons per second that the scene makes in perfect pixels.

    Returns
    -------
    ndarray, shape (ny, nx), float32
    """
    camera = exposure.camera
    wcs = keywords.world_coordinates(exposure)
    position = np.array([(s.ra, s.dec) for s in exposure.sources]).reshape(-1, 2)
    x, y = wcs.world_to_pixel_values(*position.T)
    width = image_width(exposure.filter, camera.kind.pixel_scale, camera.kind.wavelength)
    stars = render_stars(x, y, [s.rate for s in exposure.sources], width, camera.subarray.shape)
    return stars + np.float32(exposure.sky)


def simulate(exposure):
    """Return the raw product of an exposure.

    Parameters
    ----------
    exposure : Exposure
        What to simulate. The same description gives the same numbers.

    Returns
    -------
    stdatamodels.jwst.datamodels.Level1bModel or GuiderRawModel
        With ``data`` and, where they are kept, ``zeroframe`` and ``refout``; the tables ``group``
        and ``int_times``, or for a guider at work those of what it knew; and the header of a raw
        product.
    """
    from stdatamodels.jwst.datamodels import GuiderRawModel, Level1bModel

    random = np.random.default_rng([exposure.seed, zlib.crc32(exposure.root.encode())])
    ramp = simulate_ramp(
        exposure.camera,
        count_rates(exposure),
        exposure.ngroups,
        exposure.nints,
        random,
        cosmic_rays=exposure.cosmic_rays,
        drop_frames1=exposure.drop_frames1,
    )
    timing = Timing(exposure)
    header = {"meta": keywords.header(exposure, timing)}
    if exposure.is_of_guider:
        model = GuiderRawModel(header)
        model.data = ramp.data.astype(np.float32)
        for name in guiding.tables_of(exposure.exp_type):
            setattr(model, name, guiding.table(random, model.get_dtype(name)))
        return model
    model = Level1bModel(header)
    model.data = ramp.data
    for name in ("zeroframe", "refout"):
        if (extra := getattr(ramp, name)) is not None:
            setattr(model, name, extra)
    model.group = group_table(timing, exposure.camera.subarray, model.get_dtype("group"))
    model.int_times = integration_table(timing, model.get_dtype("int_times"))
    return model


def make_exposure(exposure, folder):
    """Write the raw product of an exposure.

    Parameters
    ----------
    exposure : Exposure
        What to simulate.
    folder : path-like
        Where to put it; made if missing.

    Returns
    -------
    pathlib.Path
        The file, ``<folder>/<root>_uncal.fits``; beside it is that of the micro-shutters, where
        the exposure has one.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / exposure.filename
    with simulate(exposure) as model:
        model.save(path)
    if micro_shutters.file_name(exposure):
        micro_shutters.write(exposure, folder)
    return path
