"""Gathers what the cases found, and shows it in one table at the end."""

from pathlib import Path

import pytest

from tests.parity.report import report, summary, table

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
    """Write the table as a file, and print of it what is not equal value for value."""
    if rows := config.stash[ROWS]:
        REPORT.parent.mkdir(exist_ok=True)
        REPORT.write_text(report(rows))
        terminalreporter.section("parity with jwst")
        for text in (table([row for row in rows if not row.identical]), summary(rows)):
            terminalreporter.write_line(text)
        terminalreporter.write_line(f"The whole table: {REPORT}")
