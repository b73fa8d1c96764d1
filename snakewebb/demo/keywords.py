"""The header of a raw product, from the description of an exposure.

Entries have the names of the attributes of data models; which FITS keyword each becomes is a
matter of the schemas of stdatamodels. What only the telescope's own systems could tell (dither
pattern, guide star, velocity aberration) is at its simplest.
"""

import numpy as np
from astropy.wcs import WCS

from snakewebb.demo import micro_shutters
from snakewebb.demo.timing import DAY, iso


def header(exposure, timing):
    """Return the metadata of a raw product.

    Parameters
    ----------
    exposure : Exposure
        The exposure.
    timing : Timing
        Its times.

    Returns
    -------
    dict
        Nested as ``model.meta`` is.
    """
    return {
        "origin": "STSCI",
        "telescope": "JWST",
        "time_sys": "UTC",
        "time_unit": "s",
        "hga_move": False,
        "compress": False,
        "bunit_data": "DN",
        "program": {"title": "Simulated exposures", "pi_name": "snakewebb", "category": "CAL"},
        "observation": _observation(exposure, timing),
        "visit": _visit(exposure),
        "target": _target(exposure),
        "instrument": _instrument(exposure),
        "exposure": _readout(exposure, timing) | _times(timing),
        "subarray": subarray_metadata(exposure.camera),
        "dither": {"primary_type": "NONE", "position_number": 1, "total_points": 1},
        "time": _arrival(timing),
        "ephemeris": _ephemeris(timing),
        "guidestar": {"gs_order": 1, "gs_id": "S000000001", "gs_pcs_mode": "FINEGUIDE"},
        "coordinates": {"reference_frame": "ICRS"},
        "velocity_aberration": _velocity_aberration(exposure),
        "aperture": _aperture(exposure),
        "pointing": _telescope_axis(exposure),
        "wcsinfo": _wcsinfo(exposure),
    }


def subarray_metadata(camera):
    """Return the metadata of the part of a `Detector` that is read."""
    part = camera.subarray
    return {
        "name": part.name,
        "xstart": part.xstart,
        "ystart": part.ystart,
        "xsize": part.xsize,
        "ysize": part.ysize,
        "fastaxis": camera.placement.fastaxis,
        "slowaxis": camera.placement.slowaxis,
    }


def world_coordinates(exposure):
    """Return the WCS that the header describes: a tangent plane around the subarray's centre."""
    info = _wcsinfo(exposure)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = info["ctype1"], info["ctype2"]
    wcs.wcs.crpix = info["crpix1"], info["crpix2"]
    wcs.wcs.crval = info["crval1"], info["crval2"]
    wcs.wcs.cdelt = info["cdelt1"], info["cdelt2"]
    wcs.wcs.pc = [[info["pc1_1"], info["pc1_2"]], [info["pc2_1"], info["pc2_2"]]]
    return wcs


def _observation(exposure, timing):
    visit = exposure.root[2:13]
    date, time = iso(timing.start).split("T")
    return {
        "date": date,
        "time": time,
        "date_beg": iso(timing.start),
        "date_end": iso(timing.end),
        "visit_id": visit,
        "program_number": visit[:5],
        "observation_number": visit[5:8],
        "visit_number": visit[8:],
        "bkgdtarg": False,
    } | ({} if exposure.is_of_guider else _activity(exposure.root))


def _activity(root):
    """Return what a root tells of the activity within the visit."""
    visit, activity, number, _ = root[2:].split("_")
    group, sequence, activity = activity[:2], activity[2], activity[3:]
    return {
        "obs_id": f"V{visit}P00000000{group}{sequence}{activity}",
        "visit_group": group,
        "sequence_id": sequence,
        "activity_id": activity,
        "exposure_number": str(int(number)),
    }


def _visit(exposure):
    return {
        "engineering_quality": "OK",
        "engdb_pointing_quality": "PLANNED",
        "type": "PRIME_TARGETED_FIXED",
        "status": "SUCCESSFUL",
        "start_time": exposure.start.replace("T", " "),
        "total_exposures": 1,
        "internal_target": False,
        "too_visit": False,
        "tsovisit": exposure.time_series,
        "exp_only": False,
        "crowded_field": False,
    }


def _target(exposure):
    return {
        "proposer_name": "DEMO",
        "catalog_name": "UNKNOWN",
        "type": "FIXED",
        "ra": exposure.ra,
        "dec": exposure.dec,
        "proposer_ra": exposure.ra,
        "proposer_dec": exposure.dec,
    }


def _instrument(exposure):
    camera = exposure.camera
    placement = camera.placement
    instrument = {
        "name": camera.instrument.name,
        "detector": exposure.detector,
        "filter": exposure.filter,
        "pupil": exposure.pupil,
        "pupil_position": exposure.pupil_position,
        "grating": exposure.grating,
        "band": exposure.band,
        "module": placement.module,
        "channel": placement.channel,
    }
    if camera.instrument.name == "NIRSPEC":
        instrument |= {"gwa_xtilt": 0.331, "gwa_ytilt": 0.125, "gwa_tilt": 37.0}
    if shutters := micro_shutters.file_name(exposure):
        instrument |= {"msa_metadata_file": shutters, "msa_metadata_id": micro_shutters.NUMBER}
    return {key: value for key, value in instrument.items() if value is not None}


def _readout(exposure, timing):
    pattern, camera = exposure.pattern, exposure.camera
    readout = {
        "count": 1,
        "prime_parallel": "PRIME",
        "type": exposure.exp_type,
        "readpatt": exposure.readpatt,
        "noutputs": camera.clocking.noutputs,
        "nints": exposure.nints,
        "integration_start": 1,
        "integration_end": exposure.nints,
        "ngroups": exposure.ngroups,
        "nframes": pattern.nframes,
        "frame_divisor": pattern.nframes,
        "groupgap": pattern.groupgap,
        "drop_frames1": exposure.drop_frames1,
        "drop_frames3": 0,
        "nsamples": pattern.nsamples,
        "sample_time": 10.0,
        "frame_time": timing.frame,
        "group_time": timing.group,
        "integration_time": timing.integration,
        "exposure_time": timing.exposure,
        "effective_exposure_time": timing.exposure,
        "nresets_at_start": 1,
        "nresets_between_ints": 1,
        "zero_frame": pattern.zeroframe,
        "data_problem": False,
        "sca_num": camera.placement.sca_number,
        "clock_adjust_rate": 0.0,
    }
    if pattern.interleaved:
        readout |= {"nrs_normal": 16, "nrs_reference": 4}
    return readout


def _times(timing):
    duration = timing.exposure + (timing.nints - 1) * timing.frame
    times = {"duration": duration, "elapsed_exposure_time": duration}
    for name, mjd in (("start", timing.start), ("mid", timing.middle), ("end", timing.end)):
        times[f"{name}_time"] = mjd
        times[f"{name}_time_mjd"] = mjd
        times[f"{name}_time_tdb"] = mjd + timing.barycentric_correction / DAY
    return times


def _arrival(timing):
    arrival = {}
    for frame in ("barycentric", "heliocentric"):
        correction = getattr(timing, f"{frame}_correction")
        arrival[f"{frame}_correction"] = correction
        arrival[f"{frame}_expstart"] = timing.start + correction / DAY
        arrival[f"{frame}_expmid"] = timing.middle + correction / DAY
        arrival[f"{frame}_expend"] = timing.end + correction / DAY
    return arrival


def _ephemeris(timing):
    ephemeris = {"reference_frame": "EME2000", "type": "Predicted", "time": timing.middle}
    for short, frame, factor in (("bary", "barycentric", 1), ("geo", "geocentric", 1000)):
        position, velocity = timing.orbit[frame]
        for axis, along, speed in zip("xyz", position, velocity, strict=True):
            ephemeris[f"spatial_{axis}_{short}"] = float(along * factor)
            ephemeris[f"velocity_{axis}_{short}"] = float(speed * factor)
    return ephemeris


def _velocity_aberration(exposure):
    return {"scale_factor": 1.0, "va_ra_ref": exposure.ra, "va_dec_ref": exposure.dec}


def _aperture(exposure):
    placement = exposure.camera.placement
    name = f"{placement.aperture}_{exposure.subarray}"
    angle = (exposure.roll + placement.v3_angle) % 360
    return {"name": name, "pps_name": name, "position_angle": angle}


def _reference_point(exposure):
    """Return the place of the subarray's centre in the telescope's field, in arcseconds."""
    camera = exposure.camera
    part, placement, scale = camera.subarray, camera.placement, camera.kind.pixel_scale
    rows, columns = camera.instrument.shape
    x = (part.xstart + (part.xsize - 1) / 2 - (columns + 1) / 2) * scale
    y = (part.ystart + (part.ysize - 1) / 2 - (rows + 1) / 2) * scale
    angle = np.radians(placement.v3_angle)
    v2 = placement.v2 - x * np.cos(angle) + y * np.sin(angle)
    v3 = placement.v3 + x * np.sin(angle) + y * np.cos(angle)
    return float(v2), float(v3)


def _telescope_axis(exposure):
    v2, v3 = _reference_point(exposure)
    roll = np.radians(exposure.roll)
    east = (v2 * np.cos(roll) + v3 * np.sin(roll)) / 3600
    north = (v3 * np.cos(roll) - v2 * np.sin(roll)) / 3600
    return {
        "ra_v1": float(exposure.ra - east / np.cos(np.radians(exposure.dec))),
        "dec_v1": float(exposure.dec - north),
        "pa_v3": exposure.roll,
    }


def _wcsinfo(exposure):
    camera = exposure.camera
    angle = np.radians(exposure.roll + camera.placement.v3_angle)
    v2, v3 = _reference_point(exposure)
    return {
        "wcsaxes": 2,
        "ctype1": "RA---TAN",
        "ctype2": "DEC--TAN",
        "cunit1": "deg",
        "cunit2": "deg",
        "crpix1": (camera.subarray.xsize + 1) / 2,
        "crpix2": (camera.subarray.ysize + 1) / 2,
        "crval1": exposure.ra,
        "crval2": exposure.dec,
        "cdelt1": camera.kind.pixel_scale / 3600,
        "cdelt2": camera.kind.pixel_scale / 3600,
        "pc1_1": float(-np.cos(angle)),
        "pc1_2": float(np.sin(angle)),
        "pc2_1": float(np.sin(angle)),
        "pc2_2": float(np.cos(angle)),
        "v2_ref": v2,
        "v3_ref": v3,
        "vparity": -1,
        "v3yangle": camera.placement.v3_angle,
        "ra_ref": exposure.ra,
        "dec_ref": exposure.dec,
        "roll_ref": exposure.roll,
        "velosys": 0.0,
    }
