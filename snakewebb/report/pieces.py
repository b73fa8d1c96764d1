"""All that shows one exposure, made at once: its files are read one time only."""

import json
from pathlib import Path

import numpy as np

from snakewebb.report import diagrams, drawing, quicklook, sheet
from snakewebb.report.facts import facts_of, jobs_of, told_by
from snakewebb.report.signals import compared
from snakewebb.run.files import appearing_whole
from snakewebb.run.naming import root_of


def show(raw_path, product_paths, benchmarks, picture, page, numbers):
    """Write what shows an exposure.

    Parameters
    ----------
    raw_path : str
        The raw exposure.
    product_paths : list of str
        What was made of it; the first is shown.
    benchmarks : str or Path
        The folder with what its jobs cost.
    picture : str
        The picture before and after to write, as PNG.
    page : str
        The page to write with both pictures, parameters and reference files, as HTML.
    numbers : str
        The numbers to write, for the page of the run, as JSON.
    """
    from astropy.io import fits

    root = root_of(product_paths[0])
    on_disk = {"memmap": True, "do_not_scale_image_data": True}
    with fits.open(raw_path, **on_disk) as raw, fits.open(product_paths[0]) as product:
        exposure = quicklook.read(raw, product)
        facts = facts_of(root, product, jobs_of(benchmarks))
        told = told_by(product, root)
        apart = integrations(product, product_paths)
        diagram = diagram_of(facts, exposure, raw["SCI"].data, apart)
        images = drawing.as_png(quicklook.drawn(exposure, root))
    write(picture, images)
    write(page, sheet.written(told, drawing.as_small_jpeg(images), diagram).encode())
    write(numbers, json.dumps(facts, indent=1).encode())


def diagram_of(facts, exposure, raw, apart):
    """Return the diagrams of an exposure as PNG, and keep nothing of what they compare."""
    signals = compared(exposure, raw, apart)
    return drawing.as_png(diagrams.drawn(facts, signals, quicklook.described(exposure.header)))


def integrations(product, paths):
    """Return what was made of each integration, or None if they were not kept apart."""
    from astropy.io import fits

    if product["SCI"].data.ndim == 3:
        return product["SCI"].data
    apart = str(paths[0]).replace(".fits", "ints.fits")
    if product["SCI"].data.ndim == 4 or apart not in map(str, paths):
        return None
    return np.asarray(fits.getdata(apart, "SCI"))


def write(path, content):
    """Write a file, so that it appears whole or not at all."""
    with appearing_whole(Path(path)) as beside:
        beside.write_bytes(content)
