"""Dead letters: people are told once for a cause, however many deliveries fail of it."""

from collections.abc import Iterator
from threading import Thread

import pytest

from incident_bot.settings import Secret
from incident_bot.store import deliveries, outbox
from incident_bot.store.database import Database, Tx
from incident_bot.workflow import dead_letters
from tests.builders import drafted, recorded
from tests.processes import wait_until


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=3) as database:
        yield database


def _die_of_privacy(tx: Tx) -> None:
    incident = recorded(tx)
    deliveries.add(tx, incident, [drafted("topic"), drafted("invite", user_ids=("U0BEN",))])
    tx.run(
        """
        update deliveries set state = 'dead', settled_at = %s, reason = 'missing_scope',
            detail = 'missing_scope, needs groups:write'
        """,
        tx.now,
    )


def test_two_that_fail_of_one_cause_at_once_are_told_once(database: Database) -> None:
    database.run(_die_of_privacy)
    topic, invite = database.run(lambda tx: outbox.of_incident(tx, 1))
    with database.transaction() as first:
        dead_letters.report(first, topic)
        second = Thread(target=database.run, args=[lambda tx: dead_letters.report(tx, invite)])
        second.start()
        waits = "select 1 from pg_locks where locktype = 'advisory' and not granted"
        ended_or_waits = wait_until(
            lambda: not second.is_alive() or bool(database.run(lambda tx: tx.scalars(waits)))
        )
        assert ended_or_waits
    second.join()
    told = "select destination from deliveries where kind = 'dead_letter'"
    assert database.run(lambda tx: tx.scalars(told)) == ["incident-channel"]
