"""The table at the end of a chaos run; each row is also shown as soon as it is known."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.rounds import COLUMNS, IS_LONG, SuiteResult

_PROPERTY = "chaos_row"


@pytest.fixture
def report(record_property: Any) -> Any:
    """A function that takes the result of a suite and adds it as a row to the table."""
    return lambda **facts: record_property(_PROPERTY, SuiteResult(**facts).cells())


@pytest.hookimpl(trylast=True)  # the reporter is made by one of these
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if IS_LONG and reporter:  # a process that only runs tests for another has none
        config.pluginmanager.register(_LiveRows(reporter))


class _LiveRows:
    """Prints each row when its suite ends, as a run takes hours."""

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter

    def pytest_runtest_logreport(self, report: Any) -> None:
        for cells in _rows(report):
            self._reporter.ensure_newline()
            self._reporter.write_line(_markdown(cells))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    if found := sorted(cells for report in reports for cells in _rows(report)):
        terminalreporter.section("chaos")
        for cells in (COLUMNS, ("---",) * len(COLUMNS), *found):
            terminalreporter.write_line(_markdown(cells))


def _rows(report: Any) -> Iterator[tuple[str, ...]]:
    if report.when == "call":
        yield from (tuple(value) for name, value in report.user_properties if name == _PROPERTY)


def _markdown(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
