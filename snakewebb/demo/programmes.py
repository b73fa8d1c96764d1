"""The exposures that come with the package."""

from snakewebb.demo.exposures import Exposure
from snakewebb.demo.scenes import Source, star_field

_FIELD = {"ra": 80.4875, "dec": -69.4975}
_STARS = star_field(**_FIELD, radius=110, number=4000, brightest=1.5e5, seed=1)
_BRIGHT_STARS = (
    Source(**_FIELD, rate=8e5),
    *star_field(**_FIELD, radius=8, number=60, faintest=300, brightest=4e5, seed=2),
)

SMALL = (
    Exposure(
        root="jw09000001001_02101_00001_nrca1",
        detector="NRCA1",
        filter="F150W",
        pupil="CLEAR",
        exp_type="NRC_IMAGE",
        subarray="SUB160",
        readpatt="BRIGHT1",
        ngroups=6,
        nints=2,
        sources=_BRIGHT_STARS,
        cosmic_rays=50,
        **_FIELD,
    ),
    Exposure(
        root="jw09000001001_02103_00001_nrca1",
        detector="NRCA1",
        filter="F150W",
        pupil="CLEAR",
        exp_type="NRC_IMAGE",
        subarray="SUB160",
        readpatt="SHALLOW4",
        ngroups=5,
        start="2024-03-01T12:05:00",
        sources=_BRIGHT_STARS,
        cosmic_rays=50,
        **_FIELD,
    ),
    Exposure(
        root="jw09000001001_02105_00001_nrcalong",
        detector="NRCALONG",
        filter="F444W",
        pupil="CLEAR",
        exp_type="NRC_IMAGE",
        subarray="SUB160",
        readpatt="RAPID",
        ngroups=5,
        nints=4,
        start="2024-03-01T12:10:00",
        sources=_BRIGHT_STARS,
        cosmic_rays=50,
        **_FIELD,
    ),
    Exposure(
        root="jw09000002001_02101_00001_nis",
        detector="NIS",
        filter="F380M",
        pupil="CLEARP",
        exp_type="NIS_IMAGE",
        subarray="SUB64",
        readpatt="NIS",
        ngroups=5,
        nints=2,
        start="2024-03-02T12:00:00",
        sources=_BRIGHT_STARS,
        cosmic_rays=50,
        **_FIELD,
    ),
)

DEMO = (
    Exposure(
        root="jw09001001001_02101_00001_nrca1",
        detector="NRCA1",
        filter="F150W",
        pupil="CLEAR",
        exp_type="NRC_IMAGE",
        readpatt="BRIGHT1",
        ngroups=6,
        start="2024-04-01T08:00:00",
        sources=_STARS,
        **_FIELD,
    ),
    Exposure(
        root="jw09001001001_02103_00001_nrcalong",
        detector="NRCALONG",
        filter="F444W",
        pupil="CLEAR",
        exp_type="NRC_IMAGE",
        subarray="SUB160",
        readpatt="BRIGHT2",
        ngroups=5,
        nints=25,
        start="2024-04-01T08:10:00",
        sources=_BRIGHT_STARS,
        sky=1.0,
        **_FIELD,
    ),
    Exposure(
        root="jw09001002001_02101_00001_nis",
        detector="NIS",
        filter="F150W",
        pupil="CLEARP",
        exp_type="NIS_IMAGE",
        readpatt="NIS",
        ngroups=4,
        start="2024-04-02T08:00:00",
        sources=_STARS,
        **_FIELD,
    ),
)

BENCHMARK = (
    Exposure(
        root="jw09002001001_02101_00001_nrca1",
        detector="NRCA1",
        filter="F150W",
        pupil="CLEAR",
        exp_type="NRC_IMAGE",
        readpatt="RAPID",
        ngroups=10,
        start="2024-05-01T08:00:00",
        sources=_STARS,
        **_FIELD,
    ),
)

# Not simulated here: raw data of an earlier simulator, which references for it can calibrate.
NIRISS_INTERFEROMETRY = Exposure(
    root="jw00793001001_01101_00001_nis",
    detector="NIS",
    filter="F480M",
    pupil="NRM",
    exp_type="NIS_IMAGE",
    subarray="SUB80",
    readpatt="NISRAPID",
    ngroups=6,
    nints=5,
    start="2020-09-20T16:44:24",
    ra=82.187,
    dec=-65.448,
)

PROGRAMMES = {"small": SMALL, "demo": DEMO, "benchmark": BENCHMARK}
SERVED = PROGRAMMES | {"demo": (*DEMO, NIRISS_INTERFEROMETRY)}
