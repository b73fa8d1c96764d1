"""Gathers what the cases found, and shows it in one table at the end."""

from pathlib import Path

import pytest

from tests.parity.report import overview, report, summary, table

ROWS = pytest.StashKey()
REPORT = Path(__file__).parents[2] / "parity" / "report.md"


def pytest_configure(config):
    """Begin with an empty table."""
    config.stash[ROWS] = []


@pytest.fixture(scope="session")
def rows(pytestconfig):
    """Return the list that each case adds its rows to."""
    return pytestconfig.stash[ROWS]


def pytest_terminal_summary(terminalreporter, config):
    """Write the report as a file, and print an overview and what disagrees."""
    if rows := config.stash[ROWS]:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report(rows))
        terminalreporter.section("parity with jwst")
        faults = [row for row in rows if row.fault]
        for text in (overview(rows), *([table(faults)] if faults else []), summary(rows)):
            terminalreporter.write_line(text)
        terminalreporter.write_line(f"The whole table: {REPORT}")
