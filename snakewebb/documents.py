"""The files that are generated from the declarations: schema, tables of parameters, list of steps.

They are committed; a test fails when one is stale. ``make docs`` writes them.
"""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from snakewebb.pipelines import PIPELINES
from snakewebb.run.parameters import NOUNS, override_parameter
from snakewebb.run.run_config import (
    ALL,
    CONFIG_KEYS,
    CRDS_VARIABLES,
    NAMED_BY_WORKFLOW,
    NOTHING,
    STAGE,
    STEP,
)
from snakewebb.steps import all_steps
from snakewebb.steps.declaration import COMMON_PARAMETERS, Parameter, Step

JSON_TYPES = {
    bool: ["boolean"],
    int: ["integer"],
    float: ["number"],
    str: ["string"],
    bool | str: ["boolean", "string"],
    object: ["string"],
}
MARKS = re.compile(r"(<!-- parameters -->\n).*?(<!-- /parameters -->)", re.DOTALL)


def documents(root: Path) -> dict[Path, str]:
    """Return the content of every generated file by its path.

    Parameters
    ----------
    root : Path
        The folder of the project; holds the pages that tables are put into.
    """
    texts = {root / "config" / "schema.json": json.dumps(schema(), indent=1) + "\n"}
    config_page = root / "config" / "README.md"
    texts[config_page] = filled(config_page, configuration_table())
    for step in all_steps().values():
        page = root / "docs" / "steps" / f"{step.name}.md"
        texts[page] = filled(page, step_tables(step))
    index = root / "docs" / "steps" / "README.md"
    texts[index] = filled(index, step_list())
    return texts


def write_documents(root: Path) -> list[Path]:
    """Write the generated files that are stale, and return their paths."""
    stale = [
        path
        for path, text in documents(root).items()
        if not path.is_file() or path.read_text() != text
    ]
    for path in stale:
        path.write_text(documents(root)[path])
    return stale


def filled(page: Path, table: str) -> str:
    """Return the text of a page with a table put between its marks."""
    text = page.read_text() if page.is_file() else ""
    if not MARKS.search(text):
        raise ValueError(f"{page} has no lines <!-- parameters --> and <!-- /parameters -->")
    return MARKS.sub(lambda found: f"{found[1]}{table}{found[2]}", text)


def schema() -> dict[str, Any]:
    """Return the JSON schema of the configuration.

    It holds no ``default``: Snakemake would write them into the configuration, where they would
    stand above the parameter files of CRDS.
    """
    of_pipelines = {p.name: value_schema(p) for p in pipeline_parameters()}
    types = schemas_of_keys()
    properties = {key: {"description": CONFIG_KEYS[key], **types[key]} for key in CONFIG_KEYS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of snakewebb",
        **mapping(properties | of_pipelines),
        "required": ["exposures", "results"],
    }


def schemas_of_keys() -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each key of the configuration that is no parameter."""
    steps = {name: schema_of_step(step) for name, step in all_steps().items()}
    of_pipelines = {p.name: value_schema(p) for p in pipeline_parameters()}
    group = mapping({"steps": mapping(steps), **of_pipelines})
    keep = {"anyOf": [{"enum": [ALL, NOTHING]}, {"type": "array", "items": {"enum": [*steps]}}]}
    return {
        "exposures": {"type": ["string", "array"], "items": {"type": "string"}},
        "results": {"type": "string"},
        "pipeline": {"enum": [*PIPELINES, None]},
        "keep": keep,
        "threads": {"type": "integer", "minimum": 1},
        "granularity": {"enum": [STEP, STAGE]},
        "quicklook": {"type": "boolean"},
        "crds": mapping({key: {"type": "string"} for key in CRDS_VARIABLES}),
        "config_file": {"type": ["string", "null"]},
        "steps": mapping(steps),
        "groups": {"type": "object", "additionalProperties": group},
    }


def schema_of_step(step: Step) -> dict[str, Any]:
    """Return the JSON schema of what the configuration says about a step."""
    properties = {p.name: value_schema(p) for p in configurable(step)}
    return {
        "description": step.title,
        "type": ["object", "null"],
        "properties": properties,
        "additionalProperties": False,
    }


def mapping(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON schema of a mapping that holds some keys and no others."""
    return {"type": "object", "properties": properties, "additionalProperties": False}


def configurable(step: Step) -> list[Parameter]:
    """Return what the configuration may say about a step."""
    common = [p for p in COMMON_PARAMETERS if p.name not in NAMED_BY_WORKFLOW]
    overrides = [override_parameter(reference) for reference in step.references]
    return [*common, *step.parameters, *overrides]


def value_schema(parameter: Parameter) -> dict[str, Any]:
    """Return the JSON schema of one value."""
    types = JSON_TYPES[parameter.type]
    one: dict[str, Any] = {"type": types if len(types) > 1 else types[0]}
    if parameter.choices:
        one = {"enum": list(parameter.choices)}
    if parameter.minimum is not None:
        one["minimum"] = parameter.minimum
    if parameter.maximum is not None:
        one["maximum"] = parameter.maximum
    if parameter.many:
        types, one = ["array"], {"type": "array", "items": one}
    if parameter.optional and "type" in one:
        one["type"] = [*types, "null"]
    return {"description": parameter.doc, **one}


def configuration_table() -> str:
    """Return the table of the keys of the configuration."""
    rows = [(f"`{key}`", text) for key, text in CONFIG_KEYS.items()]
    rows += [(f"`{p.name}`", p.doc) for p in pipeline_parameters()]
    return table(("key", "what it is"), rows)


def pipeline_parameters() -> list[Parameter]:
    """Return the parameters of the pipelines themselves, each once."""
    all_of_them = (parameter for each in PIPELINES.values() for parameter in each.parameters)
    return list({parameter.name: parameter for parameter in all_of_them}.values())


def step_list() -> str:
    """Return the table of all steps, in the order of the pipelines."""
    order = dict.fromkeys(name for p in PIPELINES.values() for name in p.steps)
    steps = [all_steps()[name] for name in order]
    rows = [(f"[{s.name}]({s.name}.md)", f"`{s.class_name}`", s.title) for s in steps]
    return table(("step", "class", "what it does"), rows)


def step_tables(step: Step) -> str:
    """Return the tables of a step: its parameters, and its reference files."""
    rows = [parameter_row(p) for p in step.parameters]
    text = table(("parameter", "value", "default", "what it does"), rows) if rows else ""
    references = [(f"`{r.type}`", r.title, "yes" if r.required else "no") for r in step.references]
    if references:
        gap = "\n" if text else ""
        text += gap + table(("reference file", "what it holds", "needed"), references)
    return text or "The step has no parameters of its own, and reads no reference file.\n"


def parameter_row(parameter: Parameter) -> tuple[str, ...]:
    """Return the row of a parameter."""
    if parameter.choices:
        value = ", ".join(f"`{choice}`" for choice in parameter.choices)
    else:
        value = ("list: " if parameter.many else "") + NOUNS[parameter.type]
        limits = (("≥", parameter.minimum), ("≤", parameter.maximum))
        value += "".join(f", {sign} {limit:g}" for sign, limit in limits if limit is not None)
    unit = f" ({parameter.unit})" if parameter.unit else ""
    return f"`{parameter.name}`", value + unit, f"`{parameter.default}`", parameter.doc


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)
