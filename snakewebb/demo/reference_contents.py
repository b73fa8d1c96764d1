"""What reference files hold, by type, from the truth about a detector.

Each function takes a `Detector` and the exposures that share a file. It returns arrays, and
metadata of this type alone, by the names of the data model's attributes.
"""

import numpy as np

from snakewebb.demo.detectors import FLAWS
from snakewebb.demo.readout import convolve
from snakewebb.demo.timing import Timing
from snakewebb.kernels import dq

_BINS = 500  # of a period of a wave
_LONGEST_ANOMALY = 15  # groups
_SHORTEST_DARK = 3  # groups
_ORDERS = (
    (62.3, 18.0, 4.0, 2.83, 0.85),
    (95.4, 40.0, 14.0, 1.42, 0.6),
    (150.6, 50.0, 40.0, 0.95, 0.6),
)
"""Row, curvature and tilt of the trace of an order, and its longest and shortest wavelength."""
_LARGEST_DARK = 3 * 2048**2  # pixels; the darks of long exposures are extrapolated


def mask(detector, exposures):
    """Return the flags of bad pixels."""
    return {"dq": detector.frame_mask}


def superbias(detector, exposures):
    """Return the bias, of a whole frame."""
    bias = detector.bias.copy()
    flags = _forget(detector, "unknown_bias", bias)
    return {"data": detector.frame(bias, detector.frame_bias), "dq": detector.frame(flags, 0)}


def saturation(detector, exposures):
    """Return the thresholds."""
    thresholds = detector.saturation
    return {"data": thresholds, "dq": _forget(detector, "unknown_saturation", thresholds)}


def linearity(detector, exposures):
    """Return the polynomial of the signal above the bias."""
    return _polynomial(detector, 0, 1, *detector.linearity)


def linearity_with_bias(detector, exposures):
    """Return the polynomial of values that have the bias in them."""
    bias, (square, cube) = detector.bias, detector.linearity
    return _polynomial(
        detector,
        square * bias**2 - cube * bias**3,
        1 - 2 * square * bias + 3 * cube * bias**2,
        square - 3 * cube * bias,
        cube,
    )


def _polynomial(detector, *orders):
    """Return coefficients, from the constant to the highest order."""
    coefficients = np.empty((len(orders), *detector.subarray.shape), dtype=np.float32)
    for image, values in zip(coefficients, orders, strict=True):
        image[...] = values
    return {"coeffs": coefficients, "dq": _forget(detector, "unknown_linearity", coefficients)}


def dark(detector, exposures):
    """Return the dark ramp of one integration."""
    return _dark_ramp(detector, exposures[0].pattern, max(e.ngroups for e in exposures))


def dark_by_frame(detector, exposures):
    """Return the dark ramp, read frame by frame."""
    single = next(iter(detector.instrument.patterns.values()))
    return _dark_ramp(detector, single, max(Timing(e).frames for e in exposures))


def dark_of_integrations(detector, exposures):
    """Return the dark ramps of the first integration and of all others."""
    single = dark(detector, exposures)
    ramp, flags, meta = single["data"], single["dq"], single["meta"]
    return {
        "data": np.stack([ramp, ramp * np.float32(1.02)]),
        "dq": np.stack([flags, flags])[:, np.newaxis],
        "meta": {"exposure": meta["exposure"] | {"nints": 2}},
    }


def _dark_ramp(detector, pattern, needed):
    size = detector.subarray.xsize * detector.subarray.ysize
    ngroups = max(min(needed, _LARGEST_DARK // size), _SHORTEST_DARK)
    interval = (pattern.nframes + pattern.groupgap) * detector.frame_time
    seconds = interval * np.arange(ngroups, dtype=np.float32)
    slope = convolve(detector.dark_current, detector.ipc_kernel) / detector.gain
    ramp = seconds[:, np.newaxis, np.newaxis] * slope
    readout = {"nframes": pattern.nframes, "groupgap": pattern.groupgap, "ngroups": ngroups}
    return {
        "data": ramp,
        "dq": _forget(detector, "unknown_dark", ramp),
        "meta": {"exposure": readout},
    }


def gain(detector, exposures):
    """Return the gain."""
    values = detector.gain
    _forget(detector, "unknown_gain", values)
    return {"data": values, "meta": {"bunit_data": "ELECTRONS/DN"}}


def read_noise(detector, exposures):
    """Return the noise of a difference of two reads."""
    flicker = detector.kind.flicker_noise / detector.kind.gain
    noise = np.sqrt(2) * np.hypot(detector.read_noise, np.float32(flicker))
    return {"data": noise.astype(np.float32), "meta": {"bunit_data": "DN"}}


def ipc(detector, exposures):
    """Return the kernel that undoes the inter-pixel capacitance, cut to 3 x 3 pixels."""
    padded = np.pad(detector.ipc_kernel, 3)
    inverse = np.fft.ifft2(1 / np.fft.fft2(np.fft.ifftshift(padded)))
    kernel = np.fft.fftshift(inverse.real)[3:-3, 3:-3]
    return {"data": (kernel / kernel.sum()).astype(np.float32)}


def refpix(detector, exposures):
    """Return the weights of the reference output and of interleaved reference pixels."""
    clocking = detector.clocking
    frequency = np.abs(np.fft.fftfreq(clocking.length))
    weights = {"alpha": 0.2 * np.exp(-frequency / 0.01), "beta": 0.8 * np.exp(-frequency / 0.02)}
    columns = [(f"{name}_{output}", "f4") for name in weights for output in range(4)]
    table = np.zeros(2 * clocking.length, dtype=columns)
    for name, _ in columns:
        table[name][::2] = weights[name.partition("_")[0]]  # the imaginary parts stay 0
    bad = np.zeros(8, dtype=[("OUTPUT", "u2"), ("ODD_EVEN", "u2"), ("MASK", "u4")])
    bad["OUTPUT"], bad["ODD_EVEN"] = np.divmod(np.arange(8), 2) + np.ones((2, 1), int)
    bad["MASK"][[0, 5]] = 1 << 2, 1 << 20
    return {"irs2_table": table, "dq_table": bad}


def sirs_kernel(detector, exposures):
    """Return the weights of reference pixels at the left and right of each output."""
    height = detector.instrument.shape[0] // 2 + 1
    smooth = np.exp(-np.arange(height) / 200).astype(np.complex64)
    share = np.array([[0.5], [0.4], [0.4], [0.5]], dtype=np.complex64)
    kernel = {"gamma": share * smooth, "zeta": share * smooth}
    return {name.lower(): kernel for name in sorted({e.detector for e in exposures})}


def picture_frame(detector, exposures):
    """Return the thermal light of a frame around the detector, in DN per second."""
    y, x = (np.linspace(-1, 1, n, dtype=np.float32) for n in detector.subarray.shape)
    return {"data": 0.01 * np.maximum(y[:, np.newaxis] ** 4, x**4)}


def reset(detector, exposures):
    """Return the reset anomaly of the first integration and of all others."""
    groups = range(min(max(e.ngroups for e in exposures), _LONGEST_ANOMALY))
    data = np.array([[detector.reset_anomaly(i, group) for group in groups] for i in range(2)])
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[detector.flaws["telegraph"]] = dq.OTHER_BAD_PIXEL
    return {
        "data": data,
        "dq": flags,
        "meta": {"exposure": {"ngroups": len(groups), "nints": 2}},
    }


def rscd(detector, exposures):
    """Return how many groups are left out after a reset."""
    modes = sorted({(e.subarray, e.readpatt) for e in exposures})
    table = np.zeros(
        len(modes),
        [("subarray", "S17"), ("readpatt", "S12"), ("group_skip1", "i4"), ("group_skip", "i4")],
    )
    table["subarray"], table["readpatt"] = zip(*modes, strict=True)
    table["group_skip1"], table["group_skip"] = 1, 2
    return {"rscd_group_skip_table": table}


def emicorr(detector, exposures):
    """Return the shapes of the waves, and which of them the exposures have."""
    shape = np.sin(2 * np.pi * np.arange(_BINS) / _BINS).astype(np.float32)
    waves = {f"Hz{int(wave.frequency)}": wave for wave in detector.kind.interference}
    cases = {}
    for exposure in exposures:
        clocking = exposure.camera.clocking
        name, names = exposure.subarray, list(waves)
        if name == "FULL":
            name += "_FAST" if exposure.pattern.nsamples == 1 else "_SLOW"
        cases[name] = {
            "rowclocks": clocking.row_clocks,
            "frameclocks": clocking.clocks,
            "freqs": {"FAST": names, "SLOW": dict.fromkeys(detector.instrument.detectors, names)},
        }
    frequencies = {
        name: {"frequency": wave.frequency, "phase_amplitudes": shape}
        for name, wave in waves.items()
    }
    return {"frequencies": frequencies, "subarray_cases": cases}


def traces(detector, exposures):
    """Return where the orders of a slitless grism fall, made up much as they do in NIRISS."""
    orders = [traced_order(number, *shape) for number, shape in enumerate(_ORDERS, 1)]
    return {
        "traces": [trace for trace, _ in orders],
        "wavecal_models": [calibration for _, calibration in orders],
        "throughputs": [],
        "meta": {
            "pwcpos_cmd": 245.76,
            "pwcpos_bounds": [245.4, 246.1],
            "order2_separation_cutoff": [0.77, 0.95],
            "soss_xdim": 2048,
            "soss_ydim": 300,
            "subarray_ymin": 1792,
            "wavemap_nwl": 5001,
            "wavemap_wlmin": 0.5,
            "wavemap_wlmax": 5.5,
        },
    }


def traced_order(number, row, curvature, tilt, longest, shortest):
    """Return the trace of an order and its calibration in wavelength, from its shape."""
    x = np.arange(2048.0)
    away = (x - 1100) / 1000
    trace = {
        "spectral_order": number,
        "trace": np.stack([x, row + tilt * away + curvature * away**2], axis=1),
        "pivot_x": 1100.0,
        "pivot_y": float(row),
        "oversampling": 1,
        "cutoff": 2048,
        "short_cutoff": shortest,
    }
    bend = 0.02 * (longest - shortest)
    calibration = {
        "spectral_order": number,
        "polynomial_degree": 2,
        "coefficients": np.array([longest, shortest - longest + bend, -0.01, -bend, 0.0, 0.0]),
        "coefficient_labels": "1, x, offset, x^2, x offset, offset^2",
        "scale_extents": np.array([[0.0, -0.5], [2048.0, 0.5]]),
    }
    return trace, calibration


def trap_density(detector, exposures):
    """Return the traps of each pixel, relative to a typical one."""
    density = detector.trap_density
    dead = np.zeros(density.shape, dtype=np.uint32)
    dead.flat[detector.flaws["dead"]] = dq.DO_NOT_USE
    density[dead != 0] = np.nan
    return {"data": density, "dq": dead}


def trap_parameters(detector, exposures):
    """Return three families of traps, made up: those that release late hold less."""
    columns = ("capture0", "capture1", "capture2", "decay_param")
    rows = [(200, -1 / 2000, 400, -1 / 10), (250, -1 / 100, 60, -1 / 100), (80, -1 / 10, 10, -1e-3)]
    return {"trappars_table": np.array(rows, dtype=[(name, np.float64) for name in columns])}


def persistence_saturation(detector, exposures):
    """Return the linear signal at which nine tenths of the well are full."""
    full_well = np.float32(0.9) * (detector.ceiling - detector.bias)
    return {"data": full_well, "dq": _forget(detector, "unknown_saturation", full_well)}


def flat(detector, exposures):
    """Return the sensitivity; dead pixels have none."""
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[detector.flaws["dead"]] = dq.DO_NOT_USE | dq.NO_FLAT_FIELD
    values = np.where(detector.sensitivity > 0, detector.sensitivity, np.float32(1))
    return {"data": values, "err": np.full_like(values, 0.002), "dq": flags}


def _forget(detector, flaw, images):
    """Set the pixels with a flaw to NaN in images, and return the flags that say so."""
    indices = detector.flaws[flaw]
    images.reshape(-1, detector.mask.size)[:, indices] = np.nan
    flags = np.zeros(detector.subarray.shape, dtype=np.uint32)
    flags.flat[indices] = FLAWS[flaw].reference_flags
    return flags
