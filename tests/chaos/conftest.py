"""The table that a chaos run ends with, of which each line is shown as soon as it is known."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.chaos.rounds import COLUMNS, IS_LONG, Ran

_PROPERTY = "ran"


@pytest.fixture
def ran(record_property: Any) -> Any:
    """Call it with what came of the suite; it becomes a line of the table."""
    return lambda **facts: record_property(_PROPERTY, Ran(**facts).cells())


@pytest.hookimpl(trylast=True)  # the reporter is made by one of these
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if IS_LONG and reporter:  # a process that only runs tests for another has none
        config.pluginmanager.register(_Lines(reporter))


class _Lines:
    """Shows that a run of an hour goes on, and how."""

    def __init__(self, reporter: Any) -> None:
        self._reporter = reporter

    def pytest_runtest_logreport(self, report: Any) -> None:
        for cells in _found(report):
            self._reporter.ensure_newline()
            self._reporter.write_line(_line(cells))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
    ]
    if found := sorted(cells for report in reports for cells in _found(report)):
        terminalreporter.section("chaos")
        for cells in (COLUMNS, ("---",) * len(COLUMNS), *found):
            terminalreporter.write_line(_line(cells))


def _found(report: Any) -> Iterator[tuple[str, ...]]:
    if report.when == "call":
        yield from (tuple(value) for name, value in report.user_properties if name == _PROPERTY)


def _line(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"
