"""The command line of the jobs of the workflow: ``python -m snakewebb.work``.

Each rule runs one command of it; people use ``snakemake`` and ``python -m snakewebb``.
"""

import argparse
from pathlib import Path

from snakewebb.run.console import job_log
from snakewebb.run.occupied import at_work


def main(arguments: list[str] | None = None) -> None:
    """Run one job."""
    parser = argparse.ArgumentParser(prog="python -m snakewebb.work", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--log", required=True, help="log file of the job")
    common.add_argument("--read", nargs="+", default=(), help="what the job starts from")
    common.add_argument("--write", nargs="+", required=True, help="what it makes")
    of_plan = argparse.ArgumentParser(add_help=False)
    of_plan.add_argument("--plan", required=True, help="plan of the exposure")
    of_plan.add_argument("--threads", type=int, default=1, help="threads that it may use")
    commands = parser.add_subparsers(required=True)

    one = commands.add_parser("step", parents=[common, of_plan], help="one step of one exposure")
    one.add_argument("name", help="name of the step")
    one.set_defaults(command=step)
    stage_ = commands.add_parser("stage", parents=[common, of_plan], help="all steps of one")
    stage_.set_defaults(command=stage)
    ramp_ = commands.add_parser("ramp", parents=[common, of_plan], help="name a corrected ramp")
    ramp_.set_defaults(command=ramp)
    picture_ = commands.add_parser("quicklook", parents=[common], help="a picture of one exposure")
    picture_.set_defaults(command=quicklook)
    table_ = commands.add_parser("summary", parents=[common], help="the table of all products")
    table_.set_defaults(command=summary)

    fetch_ = commands.add_parser("fetch", parents=[common], help="a reference file")
    fetch_.set_defaults(command=fetch)
    bundle_ = commands.add_parser("bundle", parents=[common], help="all files of CRDS")
    bundle_.set_defaults(command=bundle)

    options = parser.parse_args(arguments)
    with at_work(folder_of_run(options.log)), job_log(options.log):
        options.command(options)


def folder_of_run(log: str) -> Path:
    """Return the folder of the run that a log file belongs to: it holds the folder of all logs."""
    return next(folder.parent for folder in Path(log).parents if folder.name == "logs")


def step(options: argparse.Namespace) -> None:
    """Run one calibration step on one exposure."""
    from snakewebb.run.job import run_job

    run_job(options.name, options.plan, options.read, options.write, options.threads)


def stage(options: argparse.Namespace) -> None:
    """Take one exposure through all steps."""
    from snakewebb.run.job import run_stage

    run_stage(options.plan, options.read[0], options.write, options.threads)


def ramp(options: argparse.Namespace) -> None:
    """Save the corrected ramp of one exposure under its final name."""
    from snakewebb.run.job import save_ramp

    save_ramp(options.plan, options.read[0], options.write[0])


def quicklook(options: argparse.Namespace) -> None:
    """Draw one exposure before and after calibration."""
    from snakewebb.quicklook import draw

    draw(options.read[0], options.read[1], options.write[0])


def summary(options: argparse.Namespace) -> None:
    """List the products of a run in a table."""
    from snakewebb.run.summary import write_summary

    write_summary(Path(options.read[0]).read_text().splitlines(), options.write[0])


def fetch(options: argparse.Namespace) -> None:
    """Fetch a reference file into the cache of CRDS."""
    from snakewebb.run import fetching

    fetching.fetch(options.write[0])


def bundle(options: argparse.Namespace) -> None:
    """Pack the files of CRDS that a run needs."""
    from snakewebb.run.bundle import pack

    listed, cache = options.read
    pack(Path(listed).read_text().splitlines(), Path(cache), Path(options.write[0]))


if __name__ == "__main__":
    main()
