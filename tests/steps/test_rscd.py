"""Flags for the groups that the reset switches spoil, on exposures."""

from types import SimpleNamespace

import numpy as np
import pytest
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.kernels.dq import DO_NOT_USE, FLUX_ESTIMATED, HOT, SATURATED
from snakewebb.steps.declaration import NotApplicable
from snakewebb.steps.rscd import STEP


def exposure(nints=3, ngroups=10, subarray="FULL", readpatt="FASTR1", first=1):
    model = datamodels.RampModel(np.zeros((nints, ngroups, 2, 2), np.float32))
    model.meta.instrument.name = "MIRI"
    model.meta.subarray.name, model.meta.exposure.readpatt = subarray, readpatt
    model.meta.exposure.integration_start = first
    return model


def reference(*rows):
    """Return a reference of rows (subarray, readpatt, group_skip1, group_skip)."""
    model = datamodels.RSCDModel()
    names = ("subarray", "readpatt", "group_skip1", "group_skip")
    dtype = list(zip(names, ("S17", "S12", "i4", "i4"), strict=True))
    model.rscd_group_skip_table = np.array(list(rows), dtype=dtype)
    return model


ROWS = (
    ("SUB64", "FASTR1", 0, 6),
    ("FULL", "SLOWR1", 1, 3),
    ("FULL", "FASTR1", 2, 4),
    ("FULL", "FASTR1", 5, 5),
)


def apply(model, rscd=None):
    """Apply the step and return how many groups of an unsaturated pixel are flagged."""
    STEP.apply(model, SimpleNamespace(rscd=rscd or reference(*ROWS)), SimpleNamespace())
    return (model.groupdq[:, :, 1, 1] == DO_NOT_USE).sum(axis=1).tolist()


@pytest.mark.parametrize(
    ("options", "flagged"),
    [
        ({}, [2, 4, 4]),
        ({"nints": 1}, [2]),
        ({"readpatt": "SLOWR1"}, [1, 3, 3]),
        ({"subarray": "SUB64"}, [0, 6, 6]),
        ({"ngroups": 6}, [2, 3, 3]),
        ({"ngroups": 5}, [1, 1, 1]),
        ({"ngroups": 3}, [0, 0, 0]),
        ({"first": None}, [2, 4, 4]),
        ({"first": 2}, [4, 4, 4]),
    ],
)
def test_the_first_integration_of_the_exposure_has_a_number_of_its_own(options, flagged):
    assert apply(exposure(**options)) == flagged


def test_a_bright_pixel_keeps_groups_and_has_an_estimated_flux():
    model = exposure()
    model.pixeldq[0, 0] = HOT
    model.groupdq[0, 3:, 0, 0] = SATURATED
    model.groupdq[1, 2:, 0, 1] = SATURATED
    model.groupdq[2, 4:, 0, 1] = SATURATED

    apply(model)

    assert model.groupdq[0, :4, 0, 0].tolist() == [DO_NOT_USE, 0, 0, SATURATED]
    assert model.groupdq[1, :3, 0, 1].tolist() == [0, 0, SATURATED]
    assert model.pixeldq.tolist() == [[HOT | FLUX_ESTIMATED, FLUX_ESTIMATED], [0, 0]]
    assert model.meta.rscd.instance == {
        "ngroups_skip_int1": 2,
        "keep_bright_firstgroup_int1": 0,
        "keep_groups_saturation_int1": 1,
        "ngroups_skip_int2p": 4,
        "keep_bright_firstgroup_int2p": 1,
        "keep_groups_saturation_int2p": 1,
    }


def test_no_pixel_keeps_its_first_group_for_brightness_where_none_is_skipped():
    model = exposure(ngroups=3, nints=1)
    model.groupdq[0, 1:] = SATURATED
    apply(model)
    assert model.meta.rscd.keep_bright_firstgroup_int1 == 0


def test_a_single_integration_tells_nothing_of_later_ones():
    model = exposure(nints=1)
    apply(model)
    assert model.meta.rscd.ngroups_skip_int2p is None


@pytest.mark.parametrize("older", [True, False])
def test_a_table_in_a_file_may_lack_the_column_for_the_first_integration(tmp_path, older):
    path = tmp_path / "rscd.fits"
    columns = [
        fits.Column("subarray", "17A", array=["FULL"]),
        fits.Column("readpatt", "12A", array=["FASTR1"]),
        fits.Column("group_skip1", "J", array=[3]),
        fits.Column("group_skip", "J", array=[4]),
    ]
    del columns[2 : 2 + older]
    table = fits.BinTableHDU.from_columns(columns, name="RSCD_GROUP_SKIP")
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(path)

    with datamodels.RSCDModel(path) as rscd:
        assert apply(exposure(), rscd) == [1 if older else 3, 4, 4]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"ngroups": 2}, "2 groups are too few to do without any"),
        ({"subarray": "SUB128"}, "the rscd reference has no row for SUB128, FASTR1"),
        ({"readpatt": "FASTGRPAVG8"}, "the rscd reference has no row for FULL, FASTGRPAVG8"),
    ],
)
def test_short_ramps_and_unknown_readouts_are_left_alone(options, reason):
    model = exposure(**options)
    with pytest.raises(NotApplicable, match=reason):
        apply(model)
    assert (model.groupdq == 0).all()
