"""Deliveries: an update that nobody has begun shows later changes too; one under way cannot."""

import pytest

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, TOPIC, Draft, Queue
from incident_bot.store import deliveries, incidents, leases
from incident_bot.store.database import Database, Tx
from tests.builders import drafted, recorded

MIRRORS = (
    drafted("card", INCIDENT_CHANNEL),
    drafted("topic", TOPIC),
    drafted("announcement", "C0P1"),
)


@pytest.fixture
def number(database: Database) -> int:
    return database.run(lambda tx: recorded(tx).id)


def change(database: Database, number: int, draft: Draft) -> int:
    """Write the update of a change; returns how many updates are pending."""

    def add(tx: Tx) -> int:
        deliveries.add(tx, incidents.by_id(tx, number), [draft])
        return int(tx.scalars("select count(*) from deliveries where state = 'pending'")[0])

    return database.run(add)


@pytest.mark.parametrize("draft", MIRRORS, ids=lambda draft: str(draft.kind))
def test_of_two_changes_in_a_row_one_update_is_sent(
    database: Database, number: int, draft: Draft
) -> None:
    assert change(database, number, draft) == 1
    assert change(database, number, draft) == 1


@pytest.mark.parametrize("draft", MIRRORS, ids=lambda draft: str(draft.kind))
def test_a_change_while_an_update_is_under_way_is_another_update(
    database: Database, number: int, draft: Draft
) -> None:
    change(database, number, draft)
    (under_way,) = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
    assert change(database, number, draft) == 2
    database.run(lambda tx: leases.sent(tx, under_way))
    (second,) = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
    assert second.kind == draft.kind


def test_a_change_makes_an_update_due_that_was_put_off(database: Database, number: int) -> None:
    change(database, number, MIRRORS[0])
    put_off = "update deliveries set run_at = run_at + interval '5 minutes'"
    database.run(lambda tx: tx.run(put_off))
    assert database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9)) == []
    change(database, number, MIRRORS[0])
    assert len(database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))) == 1
