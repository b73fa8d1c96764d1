"""What is worth knowing of a calibrated exposure, as plain numbers and words."""

import csv
import math
import re
from pathlib import Path

import numpy as np

from snakewebb.errors import InputError
from snakewebb.kernels import dq
from snakewebb.run import provenance
from snakewebb.steps import all_steps
from snakewebb.steps.group_flags import flagged_per_group

BITS = {name: bit for name, bit in vars(dq).items() if name.isupper()}
OPTICS = ("FILTER", "PUPIL", "GRATING", "BAND")
NOTHING = (None, "", "CLEAR", "N/A")
PROGRAMME = re.compile(r"jw(\d{5})")
COMPLETE = re.compile(r"(?:^| )(\w+): complete in ([\d.]+) s$")
END_OF_TREE = b"\n..."
NOT_OF_CALIBRATION = ("quicklook",)
IN_BOTH_KINDS = ("calibrated_ramp", "dark")


def programme_of(root):
    """Return the programme that an exposure is named after, in words.

    Examples
    --------
    >>> programme_of("jw01345001001_02201_00001_nrca1")
    'Programme 1345'
    """
    found = PROGRAMME.match(root)
    return f"Programme {int(found[1])}" if found else "Other exposures"


def facts_of(root, product, jobs):
    """Return what is worth knowing of an exposure.

    Parameters
    ----------
    root : str
        Its name.
    product : astropy.io.fits.HDUList
        The product that is looked at.
    jobs : list of (str, float, float)
        Name, seconds and peak memory (MB) of each job that made it.

    Returns
    -------
    dict
        All that the pages and diagrams show, but images and curves; JSON can hold it.

    Raises
    ------
    InputError
        If the product does not say how it was made.
    """
    header, image = product[0].header, product["SCI"]
    flags = flags_of(product)
    tree = tree_of(product)
    return {
        "exposure": root,
        "instrument": header.get("INSTRUME", ""),
        "detector": header.get("DETECTOR", ""),
        "type": header.get("EXP_TYPE", ""),
        "mode": mode_of(header),
        "nints": header.get("NINTS"),
        "ngroups": header.get("NGROUPS"),
        "steps": told_by(product, root)["status"],
        "pixels": int(flags.size),
        "flags": fractions(flags),
        "per_group": per_group(product, tree),
        "median": median_of_good(image.data, flags),
        "unit": image.header.get("BUNIT", ""),
        "jobs": jobs,
        "seconds_of_steps": seconds_of_steps(tree.get("cal_logs", {})),
    }


def told_by(product, root):
    """Return what a product says about how it was made; see `provenance.of_meta`.

    Raises
    ------
    InputError
        If it does not say so.
    """
    told = provenance.of_meta(tree_of(product).get("meta", {}), root)
    if told is None:
        raise InputError(f"{root}: the product does not say how it was made")
    return told


def flags_of(product):
    """Return the data-quality flags of the pixels of a product."""
    return np.asarray(product["PIXELDQ" if "PIXELDQ" in product else "DQ"].data, np.uint32)


def mode_of(header):
    """Return in words with which optics and how an exposure was read."""
    optics = [str(header[key]) for key in OPTICS if header.get(key) not in NOTHING]
    readout = [str(header[key]) for key in ("SUBARRAY", "READPATT") if header.get(key)]
    return " ".join([*optics, *readout])


def fractions(flags):
    """Return the fraction of pixels that bear each flag, by name, without those that none does."""
    counts = {name: np.count_nonzero(flags & np.uint32(bit)) for name, bit in BITS.items()}
    return {name: count / flags.size for name, count in counts.items() if count}


def per_group(product, tree):
    """Return the fraction of pixels that bear a flag in each group, by name, or an empty dict."""
    counted = tree.get("meta", {}).get("snakewebb", {}).get("flagged_per_group")
    if "GROUPDQ" in product:
        counted = flagged_per_group(np.asarray(product["GROUPDQ"].data, np.uint8))
    if not counted:
        return {}
    pixels = flags_of(product).size * max(1, product[0].header.get("NINTS") or 1)
    return {name: [number / pixels for number in numbers] for name, numbers in counted.items()}


def median_of_good(images, flags):
    """Return the median of the pixels that may be used, or None where there are none."""
    good = images[..., (flags & np.uint32(dq.DO_NOT_USE)) == 0]
    known = good[np.isfinite(good)]
    return float(np.median(known)) if known.size else None


def tree_of(product):
    """Return the tree in the ASDF extension of a product, or an empty one.

    It is YAML up to a line of dots. The library for ASDF would first load all its plug-ins, which
    takes longer than all the rest.
    """
    if "ASDF" not in product:
        return {}
    import yaml

    stored = product["ASDF"].data.tobytes()
    text = stored[: stored.index(END_OF_TREE)]
    return yaml.load(text[text.index(b"\n---") :], loader()) or {}


def loader():
    """Return a class that loads YAML and takes every object with a tag for what it consists of."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        """Plain lists, mappings and text."""

    def plain(loader, suffix, node):
        if isinstance(node, yaml.MappingNode):
            return loader.construct_mapping(node, deep=True)
        if isinstance(node, yaml.SequenceNode):
            return loader.construct_sequence(node, deep=True)
        return loader.construct_scalar(node)

    Loader.add_multi_constructor("", plain)
    return Loader


def seconds_of_steps(logs):
    """Return the seconds that each step computed, as the log in a product says."""
    lines = [line for of_pipeline in logs.values() for line in of_pipeline]
    found = (COMPLETE.search(line) for line in lines)
    return {match[1]: float(match[2]) for match in found if match and match[1] in all_steps()}


def jobs_of(folder):
    """Return name, seconds and peak memory (MB) of each job on an exposure, the oldest first.

    After a run step by step and another one by stage there are benchmarks of both: those of the
    same kind as the newest count.
    """
    paths = [p for p in Path(folder).glob("*.tsv") if p.stem not in NOT_OF_CALIBRATION]
    paths.sort(key=lambda path: path.stat().st_mtime)
    by_step = {path: path.stem in all_steps() for path in paths if path.stem not in IN_BOTH_KINDS}
    newest = list(by_step.values())[-1:]
    return [measured(path) for path in paths if by_step.get(path) in (None, *newest)]


def measured(path):
    """Return the name of a job, its seconds, and its peak memory in MB; None if unknown."""
    with open(path, newline="") as file:
        row = next(csv.DictReader(file, delimiter="\t"), {})
    return path.stem, number(row.get("s")), number(row.get("max_rss"))


def number(text):
    """Return the number that a text says, or None if it does not say one."""
    try:
        value = float(text)
    except (TypeError, ValueError):
        return None
    return value if math.isfinite(value) else None
