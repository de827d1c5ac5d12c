"""A snapshot shows one moment, writes nothing, and ends when nobody reads from it any more."""

from collections.abc import Iterator

import psycopg
import pytest

from incident_bot.domain.incidents import Severity, Status
from incident_bot.domain.reports import Selection
from incident_bot.domain.timeline import Kind
from incident_bot.errors import Unavailable, UserError
from incident_bot.settings import Secret
from incident_bot.store import exporting, incidents, snapshots, timeline
from incident_bot.store.database import Database, Tx
from tests.builders import recorded
from tests.processes import wait_until

EVERYTHING = Selection()


def test_what_is_written_while_it_is_read_is_not_in_it(
    database: Database, database_url: str
) -> None:
    for number in range(600):  # more than are held at once
        database.run(lambda tx, number=number: recorded(tx, title=f"Number {number}"))  # type: ignore[misc]
    with snapshots.opened(Secret(database_url)) as tx:
        rows = exporting.reported_incidents(tx, EVERYTHING)
        first = next(rows).incident

        def change_much(other: Tx) -> None:
            recorded(other, Severity.P1, title="Declared meanwhile")
            timeline.add(other, first.id, Kind.NOTE, actor="U0BEN", text="meanwhile")
            for each in (600, 1):
                before = incidents.by_id(other, each)
                incidents.save_state(other, before, before.moved_to(Status.RESOLVED, other.now))

        database.run(change_much)
        found = [first, *(row.incident for row in rows)]
        entries = [row.entry for row in exporting.reported_entries(tx, EVERYTHING)]
    assert [each.id for each in found] == list(range(1, 601))
    assert {each.status for each in found} == {Status.DECLARED}
    assert {each.kind for each in entries} == {Kind.DECLARED}
    with snapshots.opened(Secret(database_url)) as tx:
        after = [row.incident.status for row in exporting.reported_incidents(tx, EVERYTHING)]
    assert (len(after), after.count(Status.RESOLVED)) == (601, 2)


def test_nothing_can_be_written_through_it(database_url: str) -> None:
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        snapshots.opened(Secret(database_url)) as tx,
    ):
        recorded(tx)


def left_alone(tx: Tx, database_url: str) -> None:
    """Take no further rows until the server has ended it, and then some."""
    rows: Iterator[dict[str, int]] = tx.stream(dict, "select n from generate_series(1, 5000) as n")
    assert next(rows) == {"n": 1}
    tx.run("set local idle_in_transaction_session_timeout = 1")
    backend = tx.connection.info.backend_pid
    with psycopg.connect(database_url, autocommit=True) as other:
        activity = "select from pg_stat_activity where pid = %s"
        assert wait_until(lambda: other.execute(activity, [backend]).fetchone() is None)
    list(rows)


def test_one_that_nobody_reads_from_any_more_ends_with_a_sentence(database_url: str) -> None:
    """Vacuum would keep what it could see for as long."""
    with (
        pytest.raises(
            UserError, match=r"^The database ended the reading \(.+\)\. Try again; .* by --output"
        ),
        snapshots.opened(Secret(database_url)) as tx,
    ):
        left_alone(tx, database_url)


def test_one_whose_database_is_away_says_so() -> None:
    with (
        pytest.raises(Unavailable, match="Connection refused"),
        snapshots.opened(Secret("postgresql://nobody@127.0.0.1:1/nowhere")),
    ):
        pass


def test_times_are_in_utc_whatever_the_server_thinks(database: Database, database_url: str) -> None:
    database.run(recorded)
    with psycopg.connect(database_url, autocommit=True) as other:
        name = other.info.dbname.encode()
        other.execute(b"alter database " + name + b" set timezone = 'Asia/Kolkata'")
    with snapshots.opened(Secret(database_url)) as tx:
        (row,) = exporting.reported_incidents(tx, EVERYTHING)
        assert row.incident.declared_at.utcoffset() == tx.now.utcoffset()
        assert str(row.incident.declared_at.tzinfo) == "UTC"
