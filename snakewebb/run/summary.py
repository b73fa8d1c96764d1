"""The table of a run: each product with its mode, size, time and peak memory."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from snakewebb.run.naming import root_of

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("product", "exposure", "mode", "MB", "seconds", "peak MB")
MODE_KEYWORDS = ("INSTRUME", "DETECTOR", "FILTER", "PUPIL", "SUBARRAY", "READPATT")
MEGABYTE = 1e6


def write_summary(products: Iterable[str], path: str) -> None:
    """Write the table of the products of a run as CSV, into the folder of the run."""
    summarize(products, Path(path).parent).to_csv(path, index=False)


def summarize(products: Iterable[str], results: Path) -> pd.DataFrame:
    """Return the table of the products of a run.

    Parameters
    ----------
    products : iterable of str
        Paths of FITS products.
    results : Path
        Folder of the run; holds the benchmarks of its jobs.

    Returns
    -------
    DataFrame
        One row a product. Seconds are the sum, and peak memory the largest, of all jobs of the
        product's exposure.
    """
    import pandas as pd

    rows = []
    for product in map(Path, products):
        root = root_of(product)
        seconds, peak = cost(results / "benchmarks" / root)
        size = product.stat().st_size / MEGABYTE
        rows.append((product.name, root, mode_of(product), round(size, 1), seconds, peak))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def mode_of(product: Path) -> str:
    """Return in words with what and how an exposure was taken."""
    from astropy.io import fits

    header = fits.getheader(product)
    words = [str(header[key]) for key in MODE_KEYWORDS if header.get(key)]
    return " ".join([*words, f"{header.get('NINTS', '?')}x{header.get('NGROUPS', '?')}"])


def cost(folder: Path) -> tuple[float, float]:
    """Return the seconds of all jobs of an exposure, and the largest memory of one in MB."""
    import pandas as pd

    benchmarks = [pd.read_csv(path, sep="\t") for path in sorted(folder.glob("*.tsv"))]
    if not benchmarks:
        return float("nan"), float("nan")
    jobs = pd.concat(benchmarks)
    seconds = pd.to_numeric(jobs["s"], errors="coerce").sum()
    peak = pd.to_numeric(jobs["max_rss"], errors="coerce").max()
    return round(float(seconds), 1), round(float(peak), 0)
