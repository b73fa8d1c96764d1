"""One picture of the numbers of an exposure: flags, jumps, signal, time and memory."""

import numpy as np

from snakewebb.report.quicklook import KINDS, percent, write_title

COLOURS = {name: colour for name, _, colour in KINDS}
BEFORE, AFTER, PLAIN = "#e6842a", "#3182bd", "#7d8a96"
SIZE, DPI = (14, 9.2), 100
FEWEST_PER_CENT = 1e-5
MOST_FLAGS, MOST_JOBS = 14, 16
SMALL = {"fontsize": 8.5, "columnspacing": 0.9, "handlelength": 1.4, "handletextpad": 0.5}
ROWS = 8  # at least, so that bars are not as thick as a wall
BINS = 120
TENS = 10.0 ** np.arange(-7, 3)  # up to all of them, in per cent


def drawn(facts, signals, description):
    """Return the figure of an exposure.

    Parameters
    ----------
    facts : dict
        See `facts.facts_of`.
    signals : Signals
        What it looked like before and after.
    description : str
        The line below its name.
    """
    from matplotlib.figure import Figure

    figure = Figure(SIZE, dpi=DPI, layout="constrained")
    figure.get_layout_engine().set(rect=(0.01, 0.01, 0.98, 0.89), wspace=0.06, hspace=0.08)
    write_title(figure, facts["exposure"], description)
    grid = figure.add_gridspec(2, 4)
    draw_flags(figure.add_subplot(grid[0, :2]), facts)
    draw_groups(figure.add_subplot(grid[0, 2:]), facts)
    draw_signals(figure.add_subplot(grid[1, :2]), signals)
    seconds, memory = figure.add_subplot(grid[1, 2]), figure.add_subplot(grid[1, 3])
    draw_cost(seconds, memory, facts)
    return figure


def draw_flags(axis, facts):
    """Draw how many pixels bear each flag."""
    axis.set_title("Flags of the pixels")
    most = sorted(facts["flags"].items(), key=lambda item: item[1])[-MOST_FLAGS:]
    if not most:
        return say(axis, "no pixel is flagged")
    names, values = zip(*most, strict=True)
    per_cent = 100 * np.array(values)
    bars = axis.barh(names, per_cent, color=[COLOURS.get(name, PLAIN) for name in names])
    axis.bar_label(bars, [percent(value) for value in values], padding=4)
    axis.set_ylim(min(len(names) - ROWS, 0) - 0.6, len(names) - 0.4)
    low = min(per_cent.min(), 100 / facts["pixels"]) / 2
    axis.set(
        xscale="log", xlim=(max(low, FEWEST_PER_CENT), 20 * per_cent.max()), xlabel="pixels (%)"
    )
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_xticks([tick for tick in TENS if low < tick < 20 * per_cent.max()])
    tidy(axis, "x")
    return None


def draw_groups(axis, facts):
    """Draw how many pixels are flagged in each group."""
    axis.set_title("Flags of the groups that slopes were fitted to")
    if not facts["per_group"]:
        return say(axis, why_no_groups(facts))
    per_cent = {name: 100 * np.array(values) for name, values in facts["per_group"].items()}
    for (name, values), marker in zip(per_cent.items(), "osx", strict=True):
        label = f"{name}  {percent(np.mean(values) / 100)}"
        shown = np.where(values > 0, values, np.nan)
        groups = 1 + np.arange(len(values))
        axis.plot(groups, shown, marker + "-", ms=5, color=COLOURS[name], label=label)
    axis.set(xlim=(0.5, len(groups) + 0.5), xlabel="group", ylabel="pixels (%)")
    axis.legend(title="mean of all groups", loc="upper center", ncols=3, **SMALL)
    axis.xaxis.get_major_locator().set_params(integer=True)
    flagged = np.concatenate([values[values > 0] for values in per_cent.values()])
    if flagged.size:
        low, high = flagged.min() / 3, flagged.max() * 30
        in_tens(axis, low, high)
        axis.set_yticks([tick for tick in TENS if low < tick < high])
    tidy(axis, "both")
    return None


def why_no_groups(facts):
    """Return in words why nothing is known of the groups of an exposure."""
    if facts["steps"].get("ramp_fit") == "COMPLETE":
        return "the product does not tell: it was made by an earlier version"
    return "no slopes were fitted to groups"


def in_tens(axis, low, high):
    """Give an axis a logarithmic scale with plain numbers."""
    axis.set(yscale="log", ylim=(low, high))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_formatter("")


def draw_signals(axis, signals):
    """Draw a light curve, or the values of all good pixels, before and after."""
    known = np.isfinite(signals.after)
    if not known.any():
        axis.set_title("Signal")
        return say(axis, "no pixel may be used")
    if signals.integrations is None:
        return draw_histogram(axis, signals)
    return draw_curves(axis, signals)


def draw_curves(axis, signals):
    """Draw the light curve of the brightest pixels, each part relative to its median."""
    axis.set_title("Light curve: mean of the brightest tenth of the pixels")
    for name, curve, colour in named(signals):
        middle = np.nanmedian(curve)
        if not np.isfinite(middle) or middle == 0:
            continue
        relative = 100 * (curve / middle - 1)
        label = f"{name}: {middle:.4g} {signals.unit}, scatter {np.nanstd(relative):.2g} %"
        axis.plot(signals.integrations, relative, "o-", ms=3, lw=1, color=colour, label=label)
    axis.set(xlabel="integration", ylabel="difference from the median (%)")
    axis.xaxis.get_major_locator().set_params(integer=True)
    low, high = axis.get_ylim()
    axis.set_ylim(low, high + 0.3 * (high - low))
    axis.legend(loc="upper left", fontsize="small")
    tidy(axis, "both")


def draw_histogram(axis, signals):
    """Draw how many of the good pixels have which signal."""
    axis.set_title("Signal of the pixels that may be used")
    shown = [values[np.isfinite(values)] for _, values, _ in named(signals)]
    low, high = np.percentile(np.concatenate(shown), (0.3, 99))
    width = max(high - low, 1e-6 * max(abs(high), 1))
    bins = np.linspace(low - width / 10, high + width / 10, BINS + 1)
    for name, values, colour in named(signals):
        label = f"{name}: median {median(values):.4g} {signals.unit}"
        axis.hist(values, bins, histtype="step", lw=1.5, color=colour, label=label)
    axis.set(xlabel=f"signal ({signals.unit})", ylabel="pixels")
    in_tens(axis, 0.7, 30 * max(axis.dataLim.y1, 1))
    axis.legend(loc="upper right", fontsize="small")
    tidy(axis, "both")


def median(values):
    """Return the median of the values that are known."""
    return np.nanmedian(values) if np.isfinite(values).any() else np.nan


def named(signals):
    """Yield name, values and colour of the signals that there are."""
    if signals.before is not None and np.isfinite(signals.before).any():
        yield "raw, last less first group", signals.before, BEFORE
    yield "calibrated", signals.after, AFTER


def draw_cost(seconds, memory, facts):
    """Draw time and peak memory of each job; of a job for a stage, also the time of its steps."""
    jobs = facts["jobs"]
    rows = list(jobs)
    if len(jobs) == 1 and jobs[0][0] not in facts["seconds_of_steps"]:
        rows += [(step, s, None) for step, s in facts["seconds_of_steps"].items()]
    seconds.set_title("Time (s)")
    memory.set_title("Peak memory (MB)")
    if not rows:
        say(seconds, "not measured")
        return say(memory, "not measured")
    rows = rows[-MOST_JOBS:][::-1]
    names = [name for name, _, _ in rows]
    for axis, column, pattern in ((seconds, 1, "{:.2f}"), (memory, 2, "{:.0f}")):
        values = [row[column] for row in rows]
        bars = axis.barh(names, [value or 0 for value in values], color=PLAIN)
        axis.bar_label(bars, ["" if v is None else pattern.format(v) for v in values], padding=4)
        axis.margins(x=0.25)
        axis.set_ylim(min(len(names) - ROWS, 0) - 0.6, len(names) - 0.4)
        tidy(axis, "x")
    memory.tick_params(labelleft=False)
    return None


def say(axis, text):
    """Write a few words where there is nothing to draw."""
    axis.set(xticks=[], yticks=[])
    axis.text(0.5, 0.5, text, ha="center", va="center", transform=axis.transAxes, color="0.4")


def tidy(axis, direction):
    """Leave out what does not carry data."""
    axis.spines[["top", "right"]].set_visible(False)
    axis.grid(axis=direction, color="0.9")
    axis.set_axisbelow(True)
