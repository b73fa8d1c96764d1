"""The page of a run: one row for each exposure, and what stands out among them."""

import json
from html import escape
from pathlib import Path

import numpy as np

from snakewebb.report.diagrams import COLOURS, PLAIN, tidy
from snakewebb.report.drawing import as_png
from snakewebb.report.page import page, picture
from snakewebb.run.files import appearing_whole

STYLE = """
table { font-size: .78em; }
th, td { padding-right: .7em; }
td { white-space: nowrap; }
th { cursor: pointer; position: sticky; top: 0; background: #fff; }
td:nth-child(n+5), th:nth-child(n+5) { text-align: right; }
tbody tr:hover td { background: #f3f6f8; }
"""
SORT = """
document.querySelectorAll("th").forEach((head, column) => head.addEventListener("click", () => {
  const body = head.closest("table").tBodies[0];
  const value = row => row.cells[column].textContent;
  const up = head.dataset.up = head.dataset.up === "1" ? "-1" : "1";
  const compare = (a, b) => value(a).localeCompare(value(b), "en", {numeric: true});
  const number = row => parseFloat(value(row));
  const numbers = (a, b) => (isNaN(number(a)) - isNaN(number(b))) || number(a) - number(b);
  const order = column > 3 ? numbers : compare;
  [...body.rows].sort((a, b) => up * order(a, b)).forEach(row => body.append(row));
}));
"""
SHOWN_FLAGS = {"DO_NOT_USE": "unusable %", "SATURATED": "saturated %", "JUMP_DET": "hit %"}
UNITS = (("hours", 3600), ("minutes", 60), ("seconds", 1))
UNKNOWN = "?"
LEGEND = (
    "A click on the head of a column sorts by it. Unusable, saturated and hit are the pixels that "
    "bear DO_NOT_USE, SATURATED and JUMP_DET; jumps are those of all groups and integrations; the "
    "median rate is that of the usable pixels. Time is the sum, and memory the largest, of all "
    "jobs that calibrated the exposure."
)


def write_overview(list_of_facts, path):
    """Write the page of a run.

    Parameters
    ----------
    list_of_facts : str or Path
        A file that lists those with the facts of each exposure.
    path : str or Path
        The page.
    """
    facts = [json.loads(Path(p).read_text()) for p in Path(list_of_facts).read_text().splitlines()]
    with appearing_whole(Path(path)) as beside:
        beside.write_text(written(facts))


def written(facts):
    """Return the page of a run, from the facts of each exposure."""
    table = table_of(facts)
    body = (
        f"<h1>{escape(told(table))}</h1>\n"
        f"<p>{LEGEND}</p>\n"
        f"{picture(as_png(drawn(table)), 'the numbers of all exposures')}\n"
        f"{as_html(table)}\n<script>{SORT}</script>"
    )
    return page("All exposures of the run", body, style=STYLE)


def table_of(facts):
    """Return a table with one row for each exposure."""
    import pandas as pd

    return pd.DataFrame([row_of(each) for each in facts])


def row_of(facts):
    """Return the row of an exposure."""
    seconds = [s for _, s, _ in facts["jobs"] if s is not None]
    memory = [mb for _, _, mb in facts["jobs"] if mb is not None]
    states = list(facts["steps"].values())
    nints = facts["nints"] or 1
    jumps = facts["per_group"].get("JUMP_DET")
    return {
        "exposure": facts["exposure"],
        "instrument": facts["instrument"],
        "detector": facts["detector"],
        "mode": facts["mode"],
        "ints": facts["nints"],
        "groups": facts["ngroups"],
        "steps run": states.count("COMPLETE"),
        "skipped": states.count("SKIPPED"),
        **{head: 100 * facts["flags"].get(name, 0) for name, head in SHOWN_FLAGS.items()},
        "jumps": round(sum(jumps) * facts["pixels"] * nints) if jumps else None,
        "median rate": "" if facts["median"] is None else f"{facts['median']:.4g} {facts['unit']}",
        "time s": sum(seconds) if seconds else None,
        "peak MB": max(memory) if memory else None,
    }


def told(table):
    """Return in words what the run was."""
    seconds = table["time s"].sum()
    unit, size = next(each for each in UNITS if seconds >= 2 * each[1] or each[1] == 1)
    detectors = table["detector"].nunique()
    return (
        f"{counted(len(table), 'exposure')} of {counted(detectors, 'detector')}, "
        f"calibrated in {seconds / size:.3g} {unit} of computing"
    )


def counted(number, noun):
    """Return a number with its noun."""
    return f"{number} {noun}{'s' * (number != 1)}"


def as_html(table):
    """Return the table as HTML."""
    kinds = {"time s": "{:.1f}", "peak MB": "{:.0f}"}
    kinds |= dict.fromkeys(SHOWN_FLAGS.values(), "{:.3g}")
    kinds |= dict.fromkeys(("ints", "groups", "jumps"), "{:.0f}")
    formatters = {name: formatter(pattern) for name, pattern in kinds.items()}
    return table.to_html(index=False, border=0, formatters=formatters, na_rep=UNKNOWN)


def formatter(pattern):
    """Return a function that writes a number."""
    return lambda value: UNKNOWN if value is None or np.isnan(value) else pattern.format(value)


def drawn(table):
    """Return a figure of all exposures, in the order of the run."""
    from matplotlib.figure import Figure

    figure = Figure((13, 3.4), dpi=90, layout="constrained")
    flags, seconds, memory = figure.subplots(1, 3)
    numbers = 1 + np.arange(len(table))
    for (name, head), marker in zip(SHOWN_FLAGS.items(), "xso", strict=True):
        values = table[head].to_numpy(float)
        shown = np.where(values > 0, values, np.nan)
        flags.plot(numbers, shown, marker, ms=6, color=COLOURS[name], label=name)
    flags.set(yscale="log", title="Flagged pixels (%)")
    flags.yaxis.set_major_formatter("{x:g}")
    flags.legend(fontsize="small")
    for axis, name, title in (
        (seconds, "time s", "Time of computing (s)"),
        (memory, "peak MB", "Peak memory (MB)"),
    ):
        axis.plot(numbers, table[name].to_numpy(float), "o", ms=6, color=PLAIN)
        high = table[name].max()
        axis.set(title=title, ylim=(0, 1.2 * high if high > 0 else 1))
    for axis in (flags, seconds, memory):
        axis.set(xlim=(0.5, len(table) + 0.5), xlabel="exposure, in the order of the table")
        axis.xaxis.get_major_locator().set_params(integer=True)
        tidy(axis, "both")
    return figure
