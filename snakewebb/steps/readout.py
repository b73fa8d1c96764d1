"""What an exposure tells of its readout."""


def readout(exposure):
    """Return the times of an exposure, as the kernel names them.

    Raises
    ------
    ValueError
        If the exposure does not tell one of them.
    """
    times = {name: getattr(exposure, name) for name in ("group_time", "frame_time", "nframes")}
    missing = [name for name, value in times.items() if value is None]
    if missing:
        raise ValueError(f"the exposure does not tell {', '.join(missing)}")
    return times


def first_integration(exposure):
    """Return the place of a file's first integration in the exposure, counted from zero."""
    return (exposure.integration_start or 1) - 1
