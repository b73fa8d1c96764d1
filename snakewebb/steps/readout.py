"""What an exposure tells of its readout."""

KEYWORDS = {"group_time": "TGROUP", "frame_time": "TFRAME", "nframes": "NFRAMES"}


def readout(exposure):
    """Return the times of an exposure, as the kernel names them.

    Raises
    ------
    ValueError
        If the exposure does not tell one of them, or it is not above zero.
    """
    times = {name: getattr(exposure, name) for name in KEYWORDS}
    wrong = [KEYWORDS[name] for name, value in times.items() if value is None or value <= 0]
    if wrong:
        raise ValueError(f"the exposure does not tell {', '.join(wrong)}, above zero")
    return times


def first_integration(exposure):
    """Return the place of a file's first integration in the exposure, counted from zero."""
    return (exposure.integration_start or 1) - 1
