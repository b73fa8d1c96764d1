"""Exposures and references for which parameters matter.

A scene is a function that returns an exposure and the references of a step; those that are not
named are absent. Scenes of a kind are made by a function that returns them, always the same one for
the same arguments.
"""

from functools import cache
from types import SimpleNamespace

import asdf
import numpy as np
from astropy.io import fits
from stdatamodels.jwst import datamodels

from snakewebb.kernels import irs2
from snakewebb.kernels.dq import DO_NOT_USE, JUMP_DET, SATURATED
from snakewebb.steps.flagging_window import UNIX_EPOCH

OWN_FLAGS, OWN_FLAT, OWN_MASK = "flags.fits", "flat.fits", "mask.fits"
OWN_WAVES, OWN_WINDOWS, OWN_TRAPS = "waves.asdf", "windows.asdf", "x_trapsfilled.fits"
"""Files of a user that examples name."""

START = 60000.0
"""Date of exposures."""

DETECTORS = {"NIRCAM": "NRCA1", "NIRISS": "NIS", "NIRSPEC": "NRS1", "MIRI": "MIRIMAGE"}


def ramp(shape, noise=3, instrument="NIRCAM"):
    """Return an exposure of noisy ramps (nints, ngroups, ny, nx) of single frames."""
    data = np.random.default_rng(1).normal(30, noise, shape).cumsum(axis=1).astype(np.float32)
    model = datamodels.RampModel(data)
    model.pixeldq = np.zeros(shape[-2:], np.uint32)
    exposure = model.meta.exposure
    exposure.group_time = exposure.frame_time = 10.0
    exposure.nframes, exposure.groupgap, exposure.ngroups = 1, 0, shape[1]
    exposure.noutputs, exposure.readpatt, exposure.zero_frame = 1, "RAPID", False
    exposure.start_time, exposure.end_time = START, START + 0.01
    exposure.nresets_at_start = exposure.nresets_between_ints = 1
    model.meta.instrument.name = instrument
    model.meta.instrument.detector = DETECTORS[instrument]
    subarray = model.meta.subarray
    subarray.name, subarray.xstart, subarray.ystart = "SUB160", 101, 101
    subarray.fastaxis, subarray.slowaxis = -1, 2
    return model


def gain_and_readnoise(shape):
    return SimpleNamespace(
        gain=datamodels.GainModel(np.full(shape, 2, np.float32)),
        readnoise=datamodels.ReadnoiseModel(np.full(shape, 5, np.float32)),
    )


@cache
def jumps(ngroups=8, nints=1, noise=3):
    """Return ramps with jumps in one pixel each, of sizes that double from 4 DN to 8192 DN."""

    def scene():
        model = ramp((nints, ngroups, 9, 36), noise)
        for i in range(12):
            model.data[0, ngroups // 2 :, 4, 1 + 3 * i] += 2 ** (i + 2)
        return model, gain_and_readnoise(model.data.shape[-2:])

    return scene


def several_jumps():
    """Return ramps with a large jump, which raises the noise, and another one near the limit."""
    model = ramp((1, 12, 9, 36))
    model.data[0, 3:] += 500
    model.data[0, 9:] += np.linspace(15, 40, 36, dtype=np.float32)
    return model, gain_and_readnoise(model.data.shape[-2:])


@cache
def large_events(saturated=True):
    """Return two integrations with a snowball of radius 8 far from the edges."""

    def scene():
        model = ramp((2, 8, 120, 120))
        y, x = np.ogrid[:120, :120]
        distance = np.hypot(y - 60, x - 60)
        model.groupdq[0, 3, distance < 8] = JUMP_DET
        if saturated:
            model.groupdq[0, 3:, distance < 4] = SATURATED
        return model, gain_and_readnoise(model.data.shape[-2:])

    return scene


@cache
def shower(radius=8, height=15):
    """Return many groups with a faint extended event in one of them."""

    def scene():
        model = ramp((1, 14, 60, 60), instrument="MIRI")
        y, x = np.ogrid[:60, :60]
        model.data[0, 6:, np.hypot(y - 30, x - 30) < radius] += height
        return model, gain_and_readnoise(model.data.shape[-2:])

    return scene


@cache
def saturating(nframes=1, bias=None):
    """Return a ramp that saturates in one pixel."""

    def scene():
        model = ramp((1, 4, 7, 7))
        model.data[0, :, 3, 3] = (13000, 35000, 60000, 61000)
        model.meta.exposure.nframes = nframes
        level = np.full((7, 7), 60000, np.float32)
        superbias = None if bias is None else datamodels.SuperBiasModel(np.full_like(level, bias))
        saturation = datamodels.SaturationModel(data=level)
        return model, SimpleNamespace(saturation=saturation, superbias=superbias)

    return scene


@cache
def reference_pixels(shape):
    """Return a part of a near-infrared detector that is read by four outputs."""

    def scene():
        model = ramp(shape)
        model.meta.subarray.xstart = model.meta.subarray.ystart = 1
        model.meta.exposure.noutputs = 4
        kernels = datamodels.SIRSKernelModel()
        coefficients = np.arange(4, dtype=np.complex64)[:, np.newaxis] + np.ones(1025, np.complex64)
        kernels.nrca1 = {"gamma": coefficients, "zeta": coefficients}
        return model, SimpleNamespace(sirskernel=kernels)

    return scene


def reference_columns():
    """Return a full frame of MIRI."""
    model = ramp((1, 2, 1024, 1032), instrument="MIRI")
    model.meta.subarray.name = "FULL"
    return model, SimpleNamespace()


def interleaved_reference_pixels():
    """Return a frame of NIRSpec that is interleaved with reference pixels."""
    model = ramp((1, 1, 3200, 2048), instrument="NIRSPEC")
    model.meta.exposure.readpatt = "NRSIRS2RAPID"
    model.meta.subarray.fastaxis, model.meta.subarray.slowaxis = 2, 1
    weights = np.zeros(2 * irs2.LENGTH, np.float32)
    table = {f"{name}_{output}": weights for name in ("alpha", "beta") for output in range(4)}
    return model, SimpleNamespace(refpix=SimpleNamespace(irs2_table=table, dq_table=None))


def dark():
    """Return a ramp and a dark."""
    model = ramp((1, 3, 4, 4))
    reference = datamodels.DarkModel(np.ones((5, 4, 4), np.float32))
    reference.meta.exposure.nframes, reference.meta.exposure.groupgap = 1, 0
    reference.meta.exposure.ngroups = 5
    reference.meta.instrument.name = "NIRCAM"
    return model, SimpleNamespace(dark=reference)


def masked():
    """Return a ramp and a mask."""
    model = ramp((1, 3, 4, 4))
    return model, SimpleNamespace(mask=datamodels.MaskModel(dq=np.zeros((4, 4), np.uint32)))


def saturated_early():
    """Return ramps, one of which is saturated from its second group on."""
    model = ramp((1, 6, 4, 4))
    model.groupdq[0, 1:, 2, 2] = SATURATED
    return model, gain_and_readnoise((4, 4))


def bright_early():
    """Return ramps of MIRI, one of which is saturated from its third group on."""
    model = ramp((1, 5, 4, 4), instrument="MIRI")
    model.groupdq[0, 2:, 2, 2] = SATURATED
    return model, SimpleNamespace()


def ramps_alone():
    """Return ramps that need no reference."""
    return ramp((1, 4, 4, 4)), SimpleNamespace()


def guider_images():
    """Return images of a guider and a flat."""
    model = datamodels.GuiderCalModel(data=np.full((2, 4, 4), 60, np.float32))
    model.err, model.dq = np.full((2, 4, 4), 3, np.float32), np.zeros((4, 4), np.uint32)
    return model, SimpleNamespace(flat=flat_of((4, 4), 2))


def flat_of(shape, level):
    """Return a flat field without structure."""
    flat = datamodels.FlatModel(data=np.full(shape, level, np.float32))
    flat.err, flat.dq = np.full(shape, 0.1, np.float32), np.zeros(shape, np.uint32)
    return flat


def interference():
    """Return an exposure of MIRI, and a reference with a wave of 390 Hz."""
    model = ramp((4, 8, 16, 16), instrument="MIRI")
    model.meta.exposure.readpatt, model.meta.exposure.nsamples = "FASTR1", 1
    model.meta.subarray.name, model.meta.subarray.xstart = "SUB64", 1
    model.meta.exposure.frame_time = 0.08512
    return model, SimpleNamespace(emicorr=waves(390.625))


def waves(frequency):
    """Return a reference with a sine."""
    model, number = datamodels.EmiModel(), 500
    shape = np.sin(2 * np.pi * (np.arange(number) + 0.5) / number).astype(np.float32)
    model.frequencies = {"wave": {"frequency": frequency, "phase_amplitudes": shape}}
    clocks = {"rowclocks": 28, "frameclocks": 8512}
    model.subarray_cases = {"SUB64": {**clocks, "freqs": {"FAST": ["wave"]}}}
    model.meta.author, model.meta.description, model.meta.pedigree = "author", "waves", "DUMMY"
    model.meta.useafter = "2022-01-01T00:00:00"
    return model


def charge_traps():
    """Return an exposure with a saturated pixel, and the references of the trap model."""
    model = ramp((1, 5, 4, 4))
    model.groupdq[0, 2:, 1, 1] = SATURATED
    density = datamodels.TrapDensityModel(np.ones((4, 4), np.float32))
    full_well = datamodels.PersistenceSatModel(np.full((4, 4), 1000, np.float32))
    for reference in (density, full_well):
        subarray = reference.meta.subarray
        subarray.xstart, subarray.ystart, subarray.xsize, subarray.ysize = 101, 101, 4, 4
    pars = datamodels.TrapParsModel()
    families = [(180.0, -0.02, 420.0, -0.1), (80.0, -0.1, 10.0, -0.01)]
    pars.trappars_table = np.array(families, dtype=pars.get_dtype("trappars_table"))
    return model, SimpleNamespace(trapdensity=density, trappars=pars, persat=full_well)


@cache
def flicker(instrument="NIRISS", kind="NIS_IMAGE", subarray="SUB80"):
    """Return two integrations with flicker noise and a star that is fainter in the second one."""

    def scene():
        model = ramp((2, 4, 32, 48), instrument=instrument)
        rng, time = np.random.default_rng(2), np.arange(4, dtype=np.float32)
        model.data += 10 * rng.normal(size=(2, 4, 1, 48)).astype(np.float32)
        model.data[:, :, 10:14, 20:24] += 50 * time.reshape(4, 1, 1)
        model.data[0, :, 10:16, 20:26] += 20 * time.reshape(4, 1, 1)
        model.meta.exposure.type = kind
        model.meta.subarray.name = subarray
        model.meta.subarray.fastaxis, model.meta.subarray.slowaxis = 2, 1
        references = gain_and_readnoise((32, 48))
        references.flat = flat_of((32, 48), 1)
        references.flat.data[:, ::3] = 2
        references.flat.dq[20:] = DO_NOT_USE
        return model, references

    return scene


def picture_frame():
    """Return a full frame of NIRSpec in which a picture frame grows, and its pattern."""
    model = ramp((1, 3, 64, 64), instrument="NIRSPEC")
    model.data[..., 30:33, 30:33] += 500 * np.arange(3, dtype=np.float32).reshape(3, 1, 1)
    model.meta.subarray.name, model.meta.exposure.type = "FULL", "NRS_AUTOWAVE"
    y, x = np.mgrid[:64, :64].astype(np.float32)
    references = gain_and_readnoise((64, 64))
    references.pictureframe = SimpleNamespace(data=1 + ((x - 32) ** 2 + (y - 32) ** 2) / 1000)
    return model, references


def write_files(folder):
    """Write the files of a user."""
    flags = np.full((4, 4), DO_NOT_USE, np.uint32)
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(flags)]).writeto(folder / OWN_FLAGS)
    flat_of((4, 4), 3).save(folder / OWN_FLAT)
    datamodels.ImageModel(np.eye(32, 48, dtype=np.float32)).save(folder / OWN_MASK)
    waves(100.0).save(folder / OWN_WAVES)
    traps = datamodels.TrapsFilledModel(np.full((2, 4, 4), 1e4, np.float32))
    traps.meta.exposure.end_time = START - 0.001
    traps.meta.instrument.detector = "NRCA1"
    traps.save(folder / OWN_TRAPS)
    write_windows(folder / OWN_WINDOWS)


def write_windows(path):
    """Write a file with a window that an exposure before opened in one pixel."""
    end = (START - UNIX_EPOCH) * 86400 + 30.0
    entry = {"rows": np.array([102]), "cols": np.array([103]), "vals": np.array([end])}
    about = {"pers_time": 1000, "filename": "before_linearity.fits"}
    asdf.AsdfFile({"NRCA1": entry | about}).write_to(path)
