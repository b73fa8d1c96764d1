"""Compare two products, array by array, and say how far they are apart."""

from dataclasses import dataclass

import numpy as np
from astropy.io import fits

FLAGS = {"DQ", "PIXELDQ", "GROUPDQ"}
FLAGS_MAY_DIFFER = 5e-6  # of the pixels
MAY_BE_OUTSIDE = 1e-5  # of the pixels
GROSS = 0.1  # of ERR
GROSS_WITHOUT_ERROR = 100  # times the tolerance


@dataclass(frozen=True)
class Tolerance:
    """How far values may be apart: the largest of the three.

    Parameters
    ----------
    relative : float
        Share of the value itself.
    absolute : float
        In the unit of the array.
    of_error : float
        Share of the ERR of the pixel.
    """

    relative: float
    absolute: float = 0.0
    of_error: float = 0.0


RAMP = Tolerance(relative=1e-5, absolute=0.002)
RATE = Tolerance(relative=1e-5, of_error=1e-3)
ERROR = Tolerance(relative=1e-4)
VARIANCE = Tolerance(relative=1e-4, absolute=1e-12)
"""Photon noise of rates that cancel is zero, or what their rounding leaves."""


@dataclass(frozen=True)
class Row:
    """How one array compares.

    Parameters
    ----------
    case, product, array : str
        What was compared.
    pixels : int
        Values in the array of jwst.
    absolute, relative : float
        Largest difference where flags agree; the relative one of those pixels that are bright
        enough to be judged by it.
    outside : int
        Pixels out of tolerance; of flags, those that differ.
    flags : int
        Pixels whose flags differ.
    fault : str
        Why the arrays do not agree; empty if they do.
    """

    case: str
    product: str
    array: str
    pixels: int = 0
    absolute: float = 0.0
    relative: float = 0.0
    outside: int = 0
    flags: int = 0
    fault: str = ""

    @property
    def identical(self):
        """Whether the arrays are equal, value for value."""
        return not (self.fault or self.absolute or self.outside or self.flags)


def compare_products(ours, peer, case, product, columns=slice(None)):
    """Compare every array and table of two FITS products.

    Parameters
    ----------
    ours, peer : path-like
        Our product, and that of jwst.
    case, product : str
        Names for the rows.
    columns : slice
        Columns of images that are compared.

    Returns
    -------
    list of Row
    """
    with fits.open(ours) as our_file, fits.open(peer) as peer_file:
        ours, peer = (arrays(file, columns) for file in (our_file, peer_file))
    same_flags = agreement_of_flags(ours, peer)
    rows = []
    for name in [*peer, *(name for name in ours if name not in peer)]:
        fault = difference_in_kind(ours.get(name), peer.get(name))
        numbers = {"fault": fault} if fault else compared(name, ours, peer, same_flags)
        rows.append(Row(case, product, name, **numbers))
    return rows


def arrays(file, columns):
    """Return the images, some columns of them, and tables of an open product by name."""
    return {
        hdu.name: np.asarray(hdu.data)[(..., columns) if hdu.is_image else ...]
        for hdu in file
        if hdu.data is not None and hdu.name != "ASDF"
    }


def difference_in_kind(ours, peer):
    """Return why two arrays cannot be compared value by value, or an empty string."""
    if ours is None or peer is None:
        return "missing" if ours is None else "not in jwst"
    if ours.shape != peer.shape:
        return f"shape {ours.shape}, not {peer.shape}"
    our_type, peer_type = (array.dtype.newbyteorder("=") for array in (ours, peer))
    return "" if our_type == peer_type else f"{our_type}, not {peer_type}"


def agreement_of_flags(ours, peer):
    """Return where all flags agree, as an array or, without flags, as True."""
    same = np.True_
    for name in sorted(FLAGS & ours.keys() & peer.keys()):
        if ours[name].shape == peer[name].shape:
            same = same & (ours[name] == peer[name])
    return same


def agreement_for(shape, same):
    """Return where flags agree, for an image that may have other axes than the flags."""
    if shape[-2:] != same.shape[-2:]:
        return np.broadcast_to(np.True_, shape)
    if shape != same.shape:
        same = same.all(axis=tuple(range(same.ndim - 2)))
    return np.broadcast_to(same, shape)


def compared(name, ours, peer, same):
    """Return the numbers of a row."""
    if peer[name].dtype.names:
        return compared_tables(ours[name], peer[name])
    if name in FLAGS:
        return compared_flags(ours[name], peer[name])
    error = peer.get("ERR")
    if name == "ERR" or name.startswith("VAR_"):
        tolerance, error = ERROR if name == "ERR" else VARIANCE, peer[name]
    elif name == "SCI" and error is not None:
        tolerance = RATE
    else:
        tolerance, error = RAMP, None
    same = agreement_for(peer[name].shape, same)
    return compared_values(ours[name], peer[name], tolerance, error, same)


def compared_tables(ours, peer):
    """Return the numbers of a row for a table; NaN agrees with NaN."""
    differ = sum(
        any(a != b and (a == a or b == b) for a, b in zip(*rows, strict=True))
        for rows in zip(ours, peer, strict=True)
    )
    fault = f"{differ} rows differ" if differ else ""
    return {"pixels": peer.size, "outside": differ, "fault": fault}


def compared_flags(ours, peer):
    """Return the numbers of a row for flags."""
    differ = int(np.count_nonzero(ours != peer))
    allowed = int(FLAGS_MAY_DIFFER * peer.size)
    fault = f"{differ} pixels differ, {allowed} may" if differ > allowed else ""
    return {"pixels": peer.size, "outside": differ, "flags": differ, "fault": fault}


def compared_values(ours, peer, tolerance, error, same):
    """Return the numbers of a row for values, gathered plane by plane to save memory."""
    absolute, relative, outside, gross = [], [], 0, 0
    for i in np.ndindex(peer.shape[:-2]):
        off, value = difference(ours[i], peer[i]), size(peer[i])
        noise = 0 if error is None else size(error[i])
        least = np.fmax(tolerance.absolute, tolerance.of_error * noise)
        allowed = np.fmax(tolerance.relative * value, least)
        limit = GROSS_WITHOUT_ERROR * allowed if error is None else GROSS * noise
        bright = (off > 0) & (tolerance.relative * value > least)

        outside += exceeding(off, allowed).sum()
        gross += (exceeding(off, np.fmax(limit, allowed)) & same[i]).sum()
        absolute.append(off.max(where=same[i], initial=0))
        share = np.divide(off, value, out=np.zeros_like(off), where=bright)
        relative.append(share.max(where=same[i], initial=0))
    return {
        "pixels": peer.size,
        "absolute": float(max(absolute)),
        "relative": float(max(relative)),
        "outside": int(outside),
        "flags": int(np.count_nonzero(~same)),
        "fault": fault_of_values(outside, int(MAY_BE_OUTSIDE * peer.size), gross),
    }


def size(values):
    """Return absolute values in double precision."""
    return np.abs(values.astype(np.float64))


def difference(ours, peer):
    """Return how far values are apart; infinitely, if only one of two is NaN or infinite."""
    with np.errstate(invalid="ignore"):
        off = np.abs(ours.astype(np.float64) - peer)
    off[np.isnan(off)] = np.inf
    off[(ours == peer) | (np.isnan(ours) & np.isnan(peer))] = 0
    return off


def exceeding(off, limit):
    """Return where a difference exceeds a limit; where the limit is NaN, any does."""
    return (off > 0) & ~(off <= limit)


def fault_of_values(outside, allowed, gross):
    """Return why values do not agree, or an empty string."""
    faults = []
    if outside > allowed:
        faults.append(f"{outside} pixels out of tolerance, {allowed} may")
    if gross:
        faults.append(f"{gross} pixels grossly off though their flags agree")
    return "; ".join(faults)
