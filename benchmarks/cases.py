"""What is measured: simulated exposures of different length, shape and instrument."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from snakewebb.demo import PROGRAMMES, Exposure, environment, make_cache, make_exposure

FULL_FRAME = PROGRAMMES["benchmark"][0]
FIELD = PROGRAMMES["demo"][0].sources
BRIGHT = PROGRAMMES["small"][0].sources
NIRISS = Exposure(
    root="jw09002002001_02101_00001_nis",
    detector="NIS",
    filter="F150W",
    pupil="CLEARP",
    exp_type="NIS_IMAGE",
    readpatt="NISRAPID",
    ngroups=8,
    sources=FIELD,
)
MIRI = Exposure(
    root="jw09002003001_02101_00001_mirimage",
    detector="MIRIMAGE",
    filter="F1000W",
    exp_type="MIR_IMAGE",
    readpatt="FASTR1",
    ngroups=20,
    nints=2,
    sources=FIELD,
)
NIRSPEC = Exposure(
    root="jw09002004001_02101_00001_nrs1",
    detector="NRS1",
    filter="F100LP",
    grating="G140H",
    exp_type="NRS_IFU",
    readpatt="NRSIRS2RAPID",
    ngroups=10,
    sources=FIELD,
)


@dataclass(frozen=True)
class Case:
    """An exposure, and the parameters of steps with which it is calibrated."""

    title: str
    exposure: Exposure
    steps: dict = field(default_factory=dict)

    def make(self, folder):
        """Make the exposure with a cache of reference files, unless a folder has them already.

        Most references are those of the full frame, as in the real CRDS.

        Parameters
        ----------
        folder : pathlib.Path
            Where to make them.

        Returns
        -------
        path : pathlib.Path
            The exposure.
        variables : dict of str
            The environment in which its references are found.
        """
        path, context = folder / self.exposure.filename, folder / "context.txt"
        if not context.exists():
            make_exposure(self.exposure, folder)
            whole = replace(self.exposure, subarray="FULL", outputs=None)
            context.write_text(make_cache((self.exposure, whole), folder / "crds"))
        return path, environment(folder / "crds", Path(context).read_text())


CASES = {
    "nircam": Case(
        "NIRCam full frame, 1 x 10 RAPID, snowballs",
        FULL_FRAME,
        {"jump": {"expand_large_events": True}},
    ),
    "medium8": Case(
        "NIRCam full frame, 1 x 5 MEDIUM8", replace(FULL_FRAME, readpatt="MEDIUM8", ngroups=5)
    ),
    "rapid": Case("NIRCam full frame, 2 x 4 RAPID", replace(FULL_FRAME, ngroups=4, nints=2)),
    "niriss": Case(
        "NIRISS full frame, 1 x 8 NISRAPID, charge migration",
        NIRISS,
        {"charge_migration": {"skip": False}},
    ),
    "miri": Case("MIRI full frame, 2 x 20 FASTR1", MIRI),
    "irs2": Case("NIRSpec full frame, 1 x 10 NRSIRS2RAPID", NIRSPEC),
    "subarray": Case(
        "NIRISS 64 x 64, 20 x 5 NISRAPID",
        replace(NIRISS, subarray="SUB64", nints=20, ngroups=5, sources=BRIGHT),
    ),
    "series": Case(
        "NIRISS 256 x 256, 500 x 10 NISRAPID, time series",
        replace(NIRISS, subarray="SUB256", nints=500, ngroups=10, sources=BRIGHT, time_series=True),
    ),
}
"""By short names for the command line; the first is the headline."""

_RAPID = replace(FULL_FRAME, subarray="SUB640")
_INTEGRATIONS = replace(NIRISS, subarray="SUB256", ngroups=10, sources=BRIGHT)
SERIES = {
    "groups": {n: replace(_RAPID, ngroups=n) for n in (5, 20, 40, 80)},
    "integrations": {n: replace(_INTEGRATIONS, nints=n) for n in (5, 20, 40, 80)},
    "pixels": {
        size**2: replace(FULL_FRAME, subarray=name)
        for name, size in (("SUB160", 160), ("SUB320", 320), ("SUB640", 640), ("FULL", 2048))
    },
}
"""Exposures that differ in one size, from the smallest to the largest."""
