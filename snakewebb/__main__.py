"""The command line: ``python -m snakewebb``."""

import argparse
import sys
from pathlib import Path

from snakewebb.errors import SnakewebbError


def main(arguments: list[str] | None = None) -> int:
    """Run one command, and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m snakewebb", description=__doc__)
    commands = parser.add_subparsers(required=True)

    summary = commands.add_parser("summary", help="print the table of the products of a run")
    summary.add_argument("results", type=Path, help="folder of the run")
    summary.set_defaults(command=print_summary)

    plan = commands.add_parser(
        "plan", help="list the exposures and steps that another context of CRDS would change"
    )
    plan.add_argument("--configfile", type=Path, required=True, help="configuration of the run")
    plan.add_argument(
        "--context", action="append", required=True, help="a context of CRDS; give it twice"
    )
    plan.set_defaults(command=print_changes)

    why = commands.add_parser(
        "explain", help="say why an exposure is, or a product was, calibrated as it is"
    )
    why.add_argument("path", help="an exposure, or a product of snakewebb")
    why.add_argument("--pipeline", help="class of the pipeline, such as Detector1Pipeline")
    why.add_argument("--step", help="name or class of a step, called alone or in the pipeline")
    why.add_argument("--configfile", help="a configuration of the workflow")
    why.add_argument("--json", action="store_true", help="print a tree for machines")
    why.set_defaults(command=print_explanation)

    docs = commands.add_parser("docs", help="write the generated files of this checkout")
    docs.add_argument("--root", type=Path, default=Path(), help="folder of the checkout")
    docs.set_defaults(command=write_docs)

    options = parser.parse_args(arguments)
    try:
        options.command(options)
    except SnakewebbError as fault:
        print(f"error: {fault}", file=sys.stderr)
        return 1
    return 0


def print_summary(options: argparse.Namespace) -> None:
    """Print the table of a run, and where its pictures and pages are."""
    import pandas as pd

    from snakewebb.errors import InputError

    path = options.results / "summary.csv"
    if not path.is_file():
        raise InputError(f"{path} does not exist: {options.results} holds no finished run")
    print(pd.read_csv(path).to_string(index=False))
    pictures = options.results / "quicklook"
    if pictures.is_dir():
        print(f"pictures: {pictures}/*.png")
    page = options.results / "overview.html"
    if page.is_file():
        print(f"pages: {page} of the run, {options.results / 'report'}/*.html of each exposure")


def print_changes(options: argparse.Namespace) -> None:
    """Print what differs between the plans by two contexts."""
    from snakewebb.errors import ParameterError
    from snakewebb.run.configuration import read
    from snakewebb.run.contexts import as_text, compare
    from snakewebb.run.run_config import with_defaults

    if len(options.context) != 2:
        raise ParameterError("two contexts can be compared: --context A --context B")
    config = with_defaults(read(options.configfile)[0])
    number, found = compare(config, tuple(options.context))
    print(as_text(found, options.context, number))


def print_explanation(options: argparse.Namespace) -> None:
    """Print every parameter and reference file with its origin."""
    import json

    from snakewebb.run.explain import as_text, explain

    tree = explain(options.path, options.pipeline, options.step, options.configfile)
    print(json.dumps(tree, indent=1) if options.json else as_text(tree))


def write_docs(options: argparse.Namespace) -> None:
    """Write stale generated files, and print their names."""
    from snakewebb.documents import write_documents

    for path in write_documents(options.root):
        print(path)


if __name__ == "__main__":
    sys.exit(main())
