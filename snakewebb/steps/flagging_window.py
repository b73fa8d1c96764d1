"""Persistence by windows of time: their file and the clock of an exposure around the kernel."""

from pathlib import Path

import numpy as np

from snakewebb.kernels import persistence_windows as kernel
from snakewebb.kernels.dq import DO_NOT_USE, PERSISTENCE
from snakewebb.steps.declaration import Extra
from snakewebb.steps.layout import first_pixel
from snakewebb.steps.readout import SECONDS_PER_DAY, group_time
from snakewebb.steps.window_file import WINDOW, WindowFile, read_windows

UNIX_EPOCH = 40587
"""The first second of 1970, in days of the modified Julian date."""


def flag_windows(model, parameters):
    """Flag groups in windows; return the file of windows, if one is to be saved."""
    duration = parameters.persistence_time
    detector = model.meta.instrument.detector
    starts, times = clock(model)
    known = read_windows(parameters.persistence_array_file, detector, duration)
    flags = PERSISTENCE | DO_NOT_USE if parameters.persistence_dnu else PERSISTENCE
    _, ends = kernel.flag_windows(
        model.data,
        model.groupdq,
        times,
        ends_before(model, known, starts[0], duration),
        duration=duration,
        threshold=parameters.dn_threshold,
        flags=flags,
        out=model.groupdq,
    )
    if parameters.save_persistence is None:
        return None
    path = Path(parameters.save_persistence).absolute().with_suffix(".asdf")
    file = WindowFile(
        path,
        detector,
        model.meta.filename or "",
        duration=duration,
        own=opened_after(model, ends, starts[0] + duration),
        others=known,
        span=(starts[0], times[-1, -1] + model.meta.exposure.group_time / 2),
    )
    return Extra(file, "persistence", name=str(path), extension=".asdf")


def clock(model):
    """Return when integrations start and groups end, in seconds of Unix time.

    Returns
    -------
    starts : ndarray, shape (nints,)
    times : ndarray, shape (nints, ngroups)

    Raises
    ------
    ValueError
        If the exposure does not tell.
    """
    nints, ngroups = model.data.shape[:2]
    exposure, seconds = model.meta.exposure, group_time(model.meta.exposure)
    starts = starts_in_table(model, nints)
    if starts is None:
        if exposure.start_time is None:
            raise ValueError("the exposure has neither a table INT_TIMES nor EXPSTART")
        start = (exposure.start_time - UNIX_EPOCH) * SECONDS_PER_DAY
        starts = start + np.arange(nints) * (ngroups * seconds)
    return starts, starts[:, np.newaxis] + np.arange(1, ngroups + 1) * seconds


def starts_in_table(model, nints):
    """Return when integrations start by the table INT_TIMES, or None if it does not tell."""
    table = model.int_times if model.hasattr("int_times") else None
    if table is None:
        return None
    first = model.meta.exposure.integration_start or 1
    days = dict(zip(table["integration_number"], table["int_start_MJD_UTC"], strict=True))
    wanted = range(first, first + nints)
    if not all(number in days for number in wanted):
        return None
    return (np.array([days[number] for number in wanted]) - UNIX_EPOCH) * SECONDS_PER_DAY


def ends_before(model, known, start, duration):
    """Return when the windows close that were open when an exposure started."""
    ends = np.full(model.data.shape[-2:], -np.inf)
    y, x = first_pixel(model.meta.subarray)
    rows, columns = known["row"] - y, known["column"] - x
    inside = (rows >= 0) & (rows < ends.shape[0]) & (columns >= 0) & (columns < ends.shape[1])
    chosen = inside & (known["end"] - duration <= start)
    np.maximum.at(ends, (rows[chosen], columns[chosen]), known["end"][chosen])
    return ends


def opened_after(model, ends, time):
    """Return the windows that close after some time."""
    rows, columns = np.nonzero(ends > time)
    windows = np.empty(len(rows), dtype=WINDOW)
    windows["end"] = ends[rows, columns]
    windows["row"], windows["column"] = (
        index + first
        for index, first in zip((rows, columns), first_pixel(model.meta.subarray), strict=True)
    )
    return windows
