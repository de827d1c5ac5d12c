"""Incidents: each has a channel of its own, and the worst are listed first."""

import psycopg
import pytest

from incident_bot.domain.incidents import Severity
from incident_bot.store import incidents
from incident_bot.store.database import Database
from tests.builders import recorded


def test_two_incidents_cannot_have_one_channel(database: Database) -> None:
    first, second = (database.run(lambda tx: recorded(tx).id) for _ in range(2))

    def give(number: int) -> None:
        database.run(
            lambda tx: incidents.save_channel(tx, number, channel_id="C0INC", channel_name="inc")
        )

    give(first)
    with pytest.raises(psycopg.errors.UniqueViolation):
        give(second)


def test_the_worst_are_listed_first_and_of_these_the_newest(database: Database) -> None:
    for severity in (Severity.P2, Severity.P1, Severity.P4, Severity.P2):
        database.run(lambda tx, severity=severity: recorded(tx, severity))  # type: ignore[misc]
    found = database.run(lambda tx: incidents.open_ones(tx, limit=3))
    assert [incident.id for incident in found.worst] == [2, 4, 1]
    assert (found.count, found.more) == (4, 1)


def test_what_is_over_is_not_counted(database: Database) -> None:
    for service in ("checkout", "payments", "payments"):
        database.run(lambda tx, service=service: recorded(tx, service=service))  # type: ignore[misc]
    resolve = "update incidents set status = 'resolved', resolved_at = now() where id = 2"
    database.run(lambda tx: tx.run(resolve))
    assert database.run(lambda tx: incidents.open_ones(tx, limit=1)).count == 2


def test_who_finds_the_incident_of_a_channel_holds_it(
    database: Database, database_url: str
) -> None:
    """So that whoever changes it next sees what became of it."""
    number = database.run(lambda tx: recorded(tx).id)
    database.run(
        lambda tx: incidents.save_channel(tx, number, channel_id="C0INC", channel_name="inc")
    )
    with database.transaction() as tx, psycopg.connect(database_url) as other:
        incidents.in_channel(tx, "C0INC")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            other.execute("select from incidents for update nowait")
