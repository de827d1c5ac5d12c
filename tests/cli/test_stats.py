"""`incident-bot stats`: a table for a person, with bars at a terminal, and JSON for a script."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incident_bot import cli
from incident_bot.domain.incidents import Severity, Status
from incident_bot.settings import Secret
from incident_bot.store import incidents
from incident_bot.store.database import Database, Tx
from tests.builders import recorded
from tests.cli.terminal import Terminal


@pytest.fixture
def database(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("DATABASE_URL", database_url)
    with Database(Secret(database_url), pool_size=1, limit_seconds=60) as database:
        yield database


def resolved(tx: Tx, at: datetime, minutes: int, severity: Severity = Severity.P2) -> None:
    found = recorded(Tx(tx.connection, at), severity, service=f"{severity}-service")
    incidents.save_state(
        tx, found, found.moved_to(Status.RESOLVED, at + timedelta(minutes=minutes))
    )


def some(tx: Tx) -> None:
    """Write three incidents of today and one of a year ago."""
    for minutes, severity in ((10, Severity.P1), (20, Severity.P1), (60, Severity.P3)):
        resolved(tx, tx.now - timedelta(minutes=1), minutes, severity)
    resolved(tx, tx.now - timedelta(days=365), 1, Severity.P4)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert cli.main(["stats", "--json", *words]) == 0
    return json.loads(capsys.readouterr().out)


def test_it_is_of_the_last_90_days(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    database.run(some)
    found = asked(capsys)
    since, until = (datetime.fromisoformat(found[name]) for name in ("since", "until"))
    assert timedelta(days=90) <= until - since < timedelta(days=91)
    assert (since.hour, since.minute, since.tzinfo) == (0, 0, UTC)
    assert found["all"]["declared"] == 3
    assert found["all"]["time_to_resolve"] == {
        "count": 3,
        "median_seconds": 1200.0,
        "p90_seconds": 3120.0,
        "mean_seconds": 1800.0,
        "longest_seconds": 3600.0,
    }
    assert asked(capsys, "--since", "2020-01-01")["all"]["declared"] == 4


def test_a_person_reads_a_table(database: Database, capsys: pytest.CaptureFixture[str]) -> None:
    database.run(some)
    assert cli.main(["stats"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("3 incidents declared from ")
    assert said[1] == "3 incidents counted, 0 of them still open, 0 reopened."
    assert [line.split() for line in said[3:]] == [
        ["of", "median", "90", "%", "mean", "longest"],
        *(
            ["time", "to", what, *values.split()]
            for what, values in (
                ("acknowledge", "3 20 min 52 min 30 min 1 h 0 min"),
                ("mitigate", "0 - - - -"),
                ("resolve", "3 20 min 52 min 30 min 1 h 0 min"),
            )
        ),
    ]


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("severity", ["P1", "P3"]),
        ("service", ["P1-service", "P3-service"]),
        ("month", [f"{datetime.now(UTC):%Y-%m}"]),
    ],
)
def test_each_group_is_shown_apart(
    database: Database, capsys: pytest.CaptureFixture[str], by: str, names: list[str]
) -> None:
    database.run(some)
    found = asked(capsys, "--by", by)
    assert found["by"] == by
    assert sum(each["declared"] for each in found["groups"]) == 3
    assert [each["name"] for each in found["groups"]] == names or by == "month"
    assert cli.main(["stats", "--by", by]) == 0
    shown = capsys.readouterr().out
    for each in found["groups"]:
        assert shown.count(f"\n{each['name']} ") == 4  # how many, and three times


def test_where_there_are_none_it_says_for_which_time(
    database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["stats", "--since", "2020-01-01", "--until", "2020-01-01"]) == 0
    said = capsys.readouterr().out
    assert said == (
        "No incident was declared from 2020-01-01 00:00:00 UTC to 2020-01-02 00:00:00 UTC. "
        "--since and --until choose another time.\n"
    )
    assert asked(capsys, "--by", "service")["groups"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--since 2026-03-02 --until 2026-03-01", "--since must be before --until."),
        ("--since 2999-01-01", "--since must be before --until."),
        ("--by person", "'service', 'severity', 'month'"),
    ],
)
def test_a_slip_is_told(
    database: Database, capsys: pytest.CaptureFixture[str], words: str, said: str
) -> None:
    assert cli.main(["stats", *words.split()]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(("encoding", "bar"), [("utf-8", "█"), ("ascii", "#")])
def test_a_terminal_has_bars(
    database: Database, database_url: str, encoding: str, bar: str
) -> None:
    database.run(some)
    settings = {"DATABASE_URL": database_url, "COLUMNS": "120", "PYTHONIOENCODING": encoding}
    terminal = Terminal(settings, "stats", "--by", "severity")
    assert terminal.end() == 0
    assert bar * 20 in terminal.said
    assert max(map(len, terminal.said.splitlines())) <= 120
