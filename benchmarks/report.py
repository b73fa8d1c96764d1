"""Results of benchmarks: kept in a JSON file, shown as tables and as a picture."""

import json
import math

from benchmarks.cases import CASES, SERIES
from benchmarks.processes import ROOT, Cost

STORE = ROOT / "benchmarks" / "results.json"
PAGE = ROOT / "benchmarks" / "results.md"
PICTURE = ROOT / "docs" / "pictures" / "performance.png"
NONE = "-"

HEAD = """# Time and memory, measured

Written by `python -m benchmarks`. Each row: fresh processes, which import, read, calibrate and
write the final products, run by turns; medians. CPU is the time of all cores together.
"""
CASES_HEAD = """
## Beside jwst 3.0.0

Each cell: seconds on the clock, seconds of CPU, peak memory. Ratios are those of jwst to snakewebb.

| case | snakewebb | jwst 3.0.0 | clock | CPU | memory | runs | measured |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""
FLOOR_HEAD = """
## The floor

What it takes to read the exposure and its references and to write the products, without any
calibration: with plain stdatamodels and astropy, and as snakewebb does it. The last column is the
time that a whole run of snakewebb takes, in units of the first.

| case | stdatamodels and astropy | snakewebb | run / floor |
| --- | --- | --- | --- |
"""
SERIES_HEAD = """
## Growth

CPU seconds of exposures that differ in one size. The exponent is that of what a run takes beyond
the smallest, over how much larger it is: 1 if cost grows linearly.

| size | CPU seconds | exponent |
| --- | --- | --- |
"""


def load(machine):
    """Return the results so far, if they are of the same machine."""
    results = json.loads(STORE.read_text()) if STORE.exists() else {}
    if results.get("machine") != machine:
        results = {"machine": machine, "cases": {}, "growth": {}}
    return results


def keep(results):
    """Write the results, and what shows them."""
    STORE.write_text(json.dumps(results, indent=1) + "\n")
    PAGE.write_text(page(results))
    if any("jwst" in costs for costs in results["cases"].values()):
        draw(results, PICTURE)


def page(results):
    """Return the tables."""
    cases = {name: results["cases"][name] for name in CASES if name in results["cases"]}
    growth = {name: results["growth"][name] for name in SERIES if name in results["growth"]}
    parts = [HEAD, f"\nMachine: {results['machine']}.\n"]
    parts += [CASES_HEAD, *(row(name, costs) for name, costs in cases.items())]
    if any("floor" in costs for costs in cases.values()):
        parts += [FLOOR_HEAD, *(floor_row(name, costs) for name, costs in cases.items())]
    if growth:
        parts += [SERIES_HEAD, *(growth_row(name, of_size) for name, of_size in growth.items())]
    return "".join(parts)


def cost_of(costs, program):
    """Return the cost of a program, or None if it was not measured."""
    return Cost(*costs[program]) if program in costs else None


def cell(cost):
    """Return a cost in words."""
    return f"{cost.wall:.1f} s, {cost.cpu:.1f} s, {cost.megabytes:.0f} MB" if cost else NONE


def ratios(costs):
    """Return how many times the cost of snakewebb that of jwst is."""
    ours, theirs = cost_of(costs, "snakewebb"), cost_of(costs, "jwst")
    if ours is None or theirs is None:
        return None
    return Cost(*(other / own for other, own in zip(theirs, ours, strict=True)))


def row(name, costs):
    """Return the row of a case."""
    ratio = ratios(costs)
    columns = [CASES[name].title, *(cell(cost_of(costs, p)) for p in ("snakewebb", "jwst"))]
    columns += [f"{value:.1f}" for value in ratio] if ratio else [NONE] * 3
    return f"| {' | '.join((*columns, str(costs['runs']), costs['date']))} |\n"


def floor_row(name, costs):
    """Return the row of the floor of a case."""
    plain, own, whole = (
        cost_of(costs, program) for program in ("floor", "floor of snakewebb", "snakewebb")
    )
    ratio = f"{whole.wall / plain.wall:.2f}" if plain and whole else NONE
    return f"| {CASES[name].title} | {cell(plain)} | {cell(own)} | {ratio} |\n"


def growth_row(name, seconds):
    """Return the row of a series."""
    sizes = {int(size): value for size, value in seconds.items()}
    shown = ", ".join(f"{value:.2f} for {size}" for size, value in sizes.items())
    return f"| {name} | {shown} | {exponent(sizes):.2f} |\n"


def exponent(seconds):
    """Return the power with which cost grows beyond that of the smallest size.

    Parameters
    ----------
    seconds : dict of float
        By size.

    Returns
    -------
    float
        Slope of a line fitted to the logarithms of what there is beyond the smallest.
    """
    (smallest, least), *others = sorted(seconds.items())
    x = [math.log(size - smallest) for size, _ in others]
    y = [math.log(max(value - least, 1e-3)) for _, value in others]
    mean_x, mean_y = sum(x) / len(x), sum(y) / len(y)
    products = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True))
    return products / sum((a - mean_x) ** 2 for a in x)


def draw(results, path):
    """Draw how many times less time and memory than jwst each case takes."""
    from matplotlib.figure import Figure

    shown = {name: ratios(results["cases"].get(name, {})) for name in reversed(CASES)}
    shown = {name: ratio for name, ratio in shown.items() if ratio}
    figure = Figure(figsize=(9, 1.2 + 0.5 * len(shown)), layout="constrained")
    panels = figure.subplots(1, 2, sharey=True)
    titles = [CASES[name].title for name in shown]
    for panel, what, colour, values in (
        (panels[0], "Time", "#3182bd", [ratio.wall for ratio in shown.values()]),
        (panels[1], "Peak memory", "#3a9d6b", [ratio.megabytes for ratio in shown.values()]),
    ):
        bars = panel.barh(titles, values, color=colour, height=0.6)
        panel.bar_label(bars, fmt="%.1f", padding=3)
        panel.axvline(1, color="#2d2d37", linewidth=0.8)
        panel.set_xlim(0, 1.15 * max(values))
        panel.set_title(f"{what}, jwst 3.0.0 / snakewebb", loc="left", fontsize=10)
        panel.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
