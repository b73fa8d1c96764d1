"""What an exposure tells of its readout."""

SECONDS_PER_DAY = 86400

KEYWORDS = {"group_time": "TGROUP", "frame_time": "TFRAME", "nframes": "NFRAMES"}


def readout(exposure, names=tuple(KEYWORDS)):
    """Return the times of an exposure, as the kernels name them.

    Raises
    ------
    ValueError
        If the exposure does not tell one of them, or it is not above zero.
    """
    times = {name: getattr(exposure, name) for name in names}
    wrong = [KEYWORDS[name] for name, value in times.items() if value is None or value <= 0]
    if wrong:
        raise ValueError(f"the exposure does not tell {', '.join(wrong)}, above zero")
    return times


def group_time(exposure):
    """Return the time from group to group, in seconds; see `readout` for what it raises."""
    return readout(exposure, ("group_time",))["group_time"]


def frame_time(exposure):
    """Return the time that a frame takes, in seconds; see `readout` for what it raises."""
    return readout(exposure, ("frame_time",))["frame_time"]


def first_integration(exposure):
    """Return the place of a file's first integration in the exposure, counted from zero."""
    return (exposure.integration_start or 1) - 1
