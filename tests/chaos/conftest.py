"""The table that a chaos run ends with."""

from typing import Any

import pytest

from tests.chaos.rounds import COLUMNS, Ran

_PROPERTY = "ran"


@pytest.fixture
def ran(record_property: Any) -> Any:
    """Call it with what came of the suite; it becomes a line of the table."""
    return lambda **facts: record_property(_PROPERTY, Ran(**facts).cells())


def pytest_terminal_summary(terminalreporter: Any) -> None:
    found = [
        value
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in getattr(report, "user_properties", [])
        if name == _PROPERTY and report.when == "call"
    ]
    if found:
        terminalreporter.section("chaos")
        for cells in (COLUMNS, ("---",) * len(COLUMNS), *found):
            terminalreporter.write_line(f"| {' | '.join(cells)} |")
