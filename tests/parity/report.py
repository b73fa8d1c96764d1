"""The table of a comparison, for people."""

HEAD = (
    "case",
    "product",
    "array",
    "pixels",
    "worst",
    "worst relative",
    "outside",
    "flags differ",
    "result",
)
LEFT = {"case", "product", "array", "result"}


def cells(row):
    """Return the texts of one row of the table."""
    return (
        row.case,
        row.product,
        row.array,
        f"{row.pixels}",
        f"{row.absolute:.2g}",
        f"{row.relative:.2g}",
        f"{row.outside / row.pixels:.2g}" if row.pixels else "",
        f"{row.flags}",
        row.fault or "agrees",
    )


def table(rows):
    """Return a table of arrays, one row each."""
    return markdown(HEAD, map(cells, rows))


def overview(rows):
    """Return a table of cases and products: how far the worst of the arrays of each is off."""
    products = list(dict.fromkeys(row.product for row in rows))
    grouped = {}
    for row in rows:
        grouped.setdefault(row.case, {}).setdefault(row.product, []).append(row)
    lines = [
        (case, *(cell(found.get(product)) for product in products))
        for case, found in grouped.items()
    ]
    return markdown(("case", *products), lines)


def cell(rows):
    """Return the text for the arrays of one product; "=" is equal value for value."""
    if not rows:
        return ""
    if any(row.fault for row in rows):
        return "disagrees"
    if all(row.identical for row in rows):
        return "="
    worst = max(row.absolute for row in rows)
    flags = max(row.flags for row in rows)
    return f"{worst:.0e}" + (f", {flags} px" if flags else "")


def markdown(head, lines):
    """Return a Markdown table that is aligned in a terminal, too."""
    lines = [head, *lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = [
        "-" * w if name in LEFT else "-" * (w - 1) + ":"
        for name, w in zip(head, widths, strict=True)
    ]
    return "\n".join(aligned(head, texts, widths) for texts in (head, rule, *lines[1:]))


def aligned(head, texts, widths):
    """Return one line of a table."""
    padded = [
        text.ljust(width) if name in LEFT else text.rjust(width)
        for name, text, width in zip(head, texts, widths, strict=True)
    ]
    return f"| {' | '.join(padded)} |"


def summary(rows):
    """Return the verdict in one sentence."""
    faults = sum(bool(row.fault) for row in rows)
    identical = sum(row.identical for row in rows)
    cases = len({row.case for row in rows})
    return (
        f"{len(rows)} arrays of {cases} cases compared with those of jwst 3.0.0: "
        f"{faults} disagree, {len(rows) - faults} agree, {identical} of them value for value."
    )


def report(rows):
    """Return the whole report."""
    return f"""# Parity with jwst

{summary(rows)}

Of each case and product, the largest difference where flags agree, in the unit of the array, and
the pixels whose flags differ; `=` says that all arrays are equal value for value.

{overview(rows)}

## Every array

- *worst*: largest difference where flags agree, in the unit of the array.
- *worst relative*: the same as a share of the value, of pixels bright enough to be judged by it.
- *outside*: share of the pixels out of tolerance; of flags and tables, of those that differ.

The tolerances are in `tests/parity/compare.py`.

{table(rows)}
"""
