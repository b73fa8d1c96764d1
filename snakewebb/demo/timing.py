"""When the frames of an exposure are read, and how much later than its light passes the Sun.

An integration is a reset, as long as a frame, and then frames without a pause. All times are UTC
as modified Julian dates.
"""

from functools import cached_property

import numpy as np
from astropy import units
from astropy.coordinates import get_body_barycentric, get_body_barycentric_posvel
from astropy.time import Time

DAY = 86400.0
_LIGHT = 299792.458  # km/s
_L2_DISTANCE = 0.01  # from the Earth, relative to the distance of the Earth from the Sun


class Timing:
    """The times of an exposure.

    Parameters
    ----------
    exposure : Exposure
        The exposure.

    Attributes
    ----------
    frame, group, integration, exposure : float
        Seconds that a frame takes, that groups are apart, that an integration and all of them
        gather light.
    start, end : float
        From the first reset to the last read.
    """

    def __init__(self, exposure):
        pattern = exposure.pattern
        self.nframes = pattern.nframes
        self.frames_per_group = pattern.nframes + pattern.groupgap
        self.dropped = exposure.drop_frames1
        self.frames = (exposure.ngroups - 1) * self.frames_per_group + pattern.nframes
        self.frames += self.dropped
        self.ngroups = exposure.ngroups
        self.nints = exposure.nints
        self.frame = exposure.camera.frame_time
        self.group = self.frames_per_group * self.frame
        self.integration = self.frames * self.frame
        self.exposure = self.nints * self.integration
        self.start = Time(exposure.start, scale="utc").mjd
        self.end = self.group_end(self.nints - 1, self.ngroups - 1)
        self._direction = _unit_vector(exposure.ra, exposure.dec)

    def integration_start(self, integration):
        """Return when an integration starts to gather light, the first being 0."""
        return self.start + (integration * (self.frames + 1) + 1) * self.frame / DAY

    def group_end(self, integration, group):
        """Return when the last frame of a group has been read, the first group being 0."""
        frames = self.dropped + group * self.frames_per_group + self.nframes
        return self.integration_start(integration) + frames * self.frame / DAY

    @property
    def middle(self):
        """The middle between start and end."""
        return (self.start + self.end) / 2

    @cached_property
    def orbit(self):
        """Position (km) and velocity (km/s) of the telescope, from the barycentre and the Earth.

        The telescope is taken to be at the second Lagrange point.
        """
        earth = get_body_barycentric_posvel("earth", self._moment)
        position = earth[0].xyz.to_value(units.km)
        velocity = earth[1].xyz.to_value(units.km / units.s)
        return {
            "barycentric": (position * (1 + _L2_DISTANCE), velocity * (1 + _L2_DISTANCE)),
            "geocentric": (position * _L2_DISTANCE, velocity * _L2_DISTANCE),
        }

    @cached_property
    def barycentric_correction(self):
        """Seconds by which light reaches the barycentre of the solar system after the telescope."""
        return float(self.orbit["barycentric"][0] @ self._direction / _LIGHT)

    @cached_property
    def heliocentric_correction(self):
        """Seconds by which light reaches the Sun after the telescope."""
        sun = get_body_barycentric("sun", self._moment).xyz.to_value(units.km)
        return float((self.orbit["barycentric"][0] - sun) @ self._direction / _LIGHT)

    @property
    def _moment(self):
        return Time(self.middle, format="mjd", scale="utc")


def iso(mjd):
    """Return a modified Julian date as ``YYYY-MM-DDTHH:MM:SS.sss``."""
    return Time(mjd, format="mjd", scale="utc").isot


def group_table(timing, subarray, dtype):
    """Return the table of the end of each group, a row each.

    Parameters
    ----------
    timing : Timing
        The times of the exposure.
    subarray : Subarray
        What is read.
    dtype : numpy dtype
        Columns of the table.
    """
    integration, group = np.divmod(np.arange(timing.nints * timing.ngroups), timing.ngroups)
    end = timing.group_end(integration, group)
    microseconds = np.rint(end % 1 * DAY * 1e6)
    table = np.zeros(len(end), dtype=dtype)
    table["integration_number"] = integration + 1
    table["group_number"] = group + 1
    table["end_day"] = end - 51544  # counted from 2000-01-01
    table["end_milliseconds"], table["end_submilliseconds"] = np.divmod(microseconds, 1000)
    table["group_end_time"] = iso(end)
    table["number_of_columns"] = subarray.xsize
    table["number_of_rows"] = subarray.ysize
    table["completion_code_text"] = "COMPLETE"
    table["bary_end_time"] = end + timing.barycentric_correction / DAY
    table["helio_end_time"] = end + timing.heliocentric_correction / DAY
    return table


def integration_table(timing, dtype):
    """Return the table of start, middle and end of each integration.

    Parameters
    ----------
    timing : Timing
        The times of the exposure.
    dtype : numpy dtype
        Columns of the table.
    """
    number = np.arange(timing.nints)
    start = timing.integration_start(number)
    end = timing.group_end(number, timing.ngroups - 1)
    table = np.zeros(timing.nints, dtype=dtype)
    table["integration_number"] = number + 1
    for name, mjd in (("start", start), ("mid", (start + end) / 2), ("end", end)):
        table[f"int_{name}_MJD_UTC"] = mjd
        table[f"int_{name}_BJD_TDB"] = mjd + timing.barycentric_correction / DAY
    return table


def _unit_vector(ra, dec):
    ra, dec = np.radians(ra), np.radians(dec)
    return np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
