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
    """Print the table of a run, and where its pictures are."""
    import pandas as pd

    from snakewebb.errors import InputError

    path = options.results / "summary.csv"
    if not path.is_file():
        raise InputError(f"{path} does not exist: {options.results} holds no finished run")
    print(pd.read_csv(path).to_string(index=False))
    pictures = options.results / "quicklook"
    if pictures.is_dir():
        print(f"pictures: {pictures}/*.png")


def print_changes(options: argparse.Namespace) -> None:
    """Print what differs between the plans by two contexts."""
    from snakewebb.errors import ParameterError
    from snakewebb.run.run_config import read_config, with_defaults
    from snakewebb.run.contexts import as_text, compare

    if len(options.context) != 2:
        raise ParameterError("two contexts can be compared: --context A --context B")
    config = with_defaults(read_config(options.configfile))
    number, found = compare(config, tuple(options.context))
    print(as_text(found, options.context, number))


def write_docs(options: argparse.Namespace) -> None:
    """Write stale generated files, and print their names."""
    from snakewebb.documents import write_documents

    for path in write_documents(options.root):
        print(path)


if __name__ == "__main__":
    sys.exit(main())
