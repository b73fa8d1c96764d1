"""The file through which exposures tell each other which pixels may show persistence.

It is an ASDF file with an entry for each detector, as jwst writes it: rows, columns and closing
times of windows, their length, and the name of the exposure written last. Windows that closed
stay in it, since an earlier exposure may be calibrated again. No two exposures of a detector
overlap in time, so the time at which a window opened tells which exposure it belongs to.
"""

import fcntl
import os
from pathlib import Path

import numpy as np

WINDOW = np.dtype([("end", np.float64), ("row", np.int64), ("column", np.int64)])
"""When a window closes, in seconds of Unix time, and its pixel on the detector, from zero."""


def read_windows(path, detector, duration):
    """Return the windows of some length on a detector.

    Parameters
    ----------
    path : str or Path, or None
        The file; without one there are no windows.
    detector : str
        Name of the detector.
    duration : int
        Length of the windows in seconds; those of another length do not count.

    Returns
    -------
    ndarray of WINDOW

    Raises
    ------
    ValueError
        If it is not such a file.
    """
    entry = {} if path is None else read_entries(path).get(detector, {})
    same = bool(entry) and int(entry["pers_time"]) == duration
    windows = np.empty(len(entry["vals"]) if same else 0, dtype=WINDOW)
    if same:
        windows["end"], windows["row"], windows["column"] = (
            entry[key] for key in ("vals", "rows", "cols")
        )
    return windows


def read_entries(path):
    """Return the entries of all detectors; see `read_windows` for what it raises."""
    import asdf

    try:
        with asdf.open(path, lazy_load=False, memmap=False) as file:
            return {
                detector: {
                    "rows": np.array(entry["rows"]),
                    "cols": np.array(entry["cols"]),
                    "vals": np.array(entry["vals"]),
                    "pers_time": int(entry["pers_time"]),
                    "filename": str(entry["filename"]),
                }
                for detector, entry in file.tree.items()
                if detector not in ("asdf_library", "history")
            }
    except (OSError, ValueError, TypeError, KeyError) as fault:
        raise ValueError(f"{path} is no file of persistence windows: {fault}") from None


class WindowFile:
    """The windows of an exposure, to be added to a file; it is saved like a data model.

    Others may add theirs at the same time: from `save` to `close` the folder is locked.

    Parameters
    ----------
    path : Path
        Where the file is or will be.
    detector, exposure : str
        Names.
    duration : int
        Length of the windows in seconds.
    own : ndarray of WINDOW
        Those that the exposure opened.
    others : ndarray of WINDOW
        Those that it read from another file.
    span : (float, float)
        First and last time at which the exposure can have opened windows; those in the file take
        the place of none.
    """

    def __init__(self, path, detector, exposure, *, duration, own, others, span):
        self.path = Path(path)
        self.detector = detector
        self.exposure = exposure
        self.duration = duration
        self.own = own
        self.others = others
        self.span = span
        self._lock = None

    def save(self, path):
        """Write what the file holds, and the windows, to another path."""
        import asdf

        self._lock = os.open(self.path.parent, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        entries = read_entries(self.path) if self.path.is_file() else {}
        there = read_windows(self.path if entries else None, self.detector, self.duration)
        windows = self._together(np.concatenate([there, self.others]))
        entries[self.detector] = {
            "rows": windows["row"].copy(),
            "cols": windows["column"].copy(),
            "vals": windows["end"].copy(),
            "pers_time": self.duration,
            "filename": self.exposure,
        }
        asdf.AsdfFile(entries).write_to(path)

    def close(self):
        """Let others write the file."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _together(self, others):
        """Return windows of other exposures and the own ones, each once, the last at the end."""
        opened = others["end"] - self.duration
        foreign = (opened < self.span[0]) | (opened > self.span[1])
        return np.unique(np.concatenate([others[foreign], self.own]))
