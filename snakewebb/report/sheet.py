"""The page of an exposure: its pictures, and where each parameter and reference file came from."""

from html import escape

from snakewebb.report.page import cells, page, picture
from snakewebb.run.explain import rows_of, rows_of_references
from snakewebb.run.parameters import DEFAULT

STYLE = """
body { max-width: 82em; }
table { table-layout: fixed; width: 100%; }
th:nth-child(1) { width: 30%; } th:nth-child(2) { width: 32%; }
td { overflow-wrap: anywhere; }
summary { cursor: pointer; color: #5d6873; padding: .3em 0; }
details { font-size: .93em; }
"""
HEAD = f"<tr>{cells(('parameter or reference', 'value', 'where it came from'), 'th')}</tr>"


def written(told, before_and_after, numbers):
    """Return the page of an exposure.

    Parameters
    ----------
    told : dict
        What its product says about how it was made; see `provenance.of_meta`.
    before_and_after, numbers : bytes
        Its pictures, as PNG or JPEG.
    """
    name = told["exposure"]
    context = f" · CRDS context {told['context']}" if told["context"] else ""
    by = f"{told['target']} of snakewebb {told['version']}{context}"
    body = [
        f"<h1>{escape(name)}</h1>",
        f"<p>{escape(by)}<br>made from <code>{escape(told['made_from'])}</code></p>",
        picture(before_and_after, f"{name} before and after"),
        picture(numbers, f"the numbers of {name}"),
        "<h1>Parameters and references</h1>",
    ]
    body += [section(step, told) for step in told["parameters"]]
    return page(name, "\n".join(body), style=STYLE)


def section(step, told):
    """Return what a step, or the pipeline itself, was told, and by whom."""
    status = told["status"].get(step, "").lower()
    rows = list(rows_of(told["parameters"][step]))
    usual = [(name, value) for name, value, why in rows if why == DEFAULT]
    chosen = list(rows_of_references(told["references"].get(step, {})))
    chosen += [row for row in rows if row[2] != DEFAULT]
    parts = [f"<h2>{escape(step)} <small>{escape(status)}</small></h2>"]
    if chosen:
        parts.append(f"<table>{HEAD}{''.join(f'<tr>{cells(row)}</tr>' for row in chosen)}</table>")
    listed = "<br>".join(f"<code>{escape(f'{name} = {value}')}</code>" for name, value in usual)
    summary = f"<summary>{len(usual)} parameters as the code has them</summary>"
    parts.append(f"<details>{summary}{listed}</details>")
    return "\n".join(parts)
