"""Deliveries: an update that nobody has begun shows later changes too; one under way cannot."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import INCIDENT_CHANNEL, THROTTLE, TOPIC, Draft, Queue
from incident_bot.domain.incidents import Severity
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import deliveries, incidents, leases, outbox, outcomes, statuspage
from incident_bot.store.database import Database, Tx
from tests.builders import drafted, recorded

RECONCILED = (
    drafted("card", INCIDENT_CHANNEL),
    drafted("topic", TOPIC),
    drafted("announcement", "C0P1"),
    drafted("direct_message_current", "U0DAN"),
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


@pytest.mark.parametrize("draft", RECONCILED, ids=lambda draft: str(draft.kind))
def test_of_two_changes_in_a_row_one_update_is_sent(
    database: Database, number: int, draft: Draft
) -> None:
    assert change(database, number, draft) == 1
    assert change(database, number, draft) == 1


@pytest.mark.parametrize("draft", RECONCILED, ids=lambda draft: str(draft.kind))
def test_a_change_while_an_update_is_under_way_is_another_update(
    database: Database, number: int, draft: Draft
) -> None:
    change(database, number, draft)
    (under_way,) = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
    assert change(database, number, draft) == 2
    database.run(lambda tx: outcomes.sent(tx, under_way))
    (second,) = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
    assert second.kind == draft.kind


def test_an_edit_of_a_direct_message_goes_after_what_is_urgent(database: Database) -> None:
    def add(tx: Tx) -> list[str]:
        drafts = [drafted("direct_message_current", "U0DAN"), drafted("announcement", "C0P1")]
        deliveries.add(tx, recorded(tx, Severity.P1), drafts)
        return tx.scalars("select kind from deliveries order by urgency, id")

    assert database.run(add) == ["announcement", "direct_message_current"]


def test_what_takes_the_place_of_a_message_put_off_is_put_off_no_longer_than_that(
    database: Database, number: int
) -> None:
    message = drafted("direct_message", "U0DAN")
    change(database, number, message)
    (first,) = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
    database.run(lambda tx: outcomes.sent(tx, first))
    database.run(lambda tx: tx.run("update incidents set version = 2"))
    for _ in range(3):
        assert change(database, number, replace(message, throttled=True)) == 1
    put_off = (
        "select run_at - lag(settled_at) over (order by id) from deliveries where id in (1, 4)"
    )
    assert database.run(lambda tx: tx.scalars(put_off))[1] == THROTTLE


def test_a_change_makes_an_update_due_that_was_put_off(database: Database, number: int) -> None:
    change(database, number, RECONCILED[0])
    put_off = "update deliveries set run_at = run_at + interval '5 minutes'"
    database.run(lambda tx: tx.run(put_off))
    assert database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9)) == []
    change(database, number, RECONCILED[0])
    assert len(database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))) == 1


WAITING = (
    replace(drafted("topic", TOPIC), waits=True),
    replace(drafted("announcement", "C0P1"), waits=True),
)


def waiting_after_release(database: Database) -> Sequence[str]:
    def release(tx: Tx) -> list[str]:
        deliveries.release_ready(tx)
        return tx.scalars("select kind from deliveries where waiting order by kind")

    return database.run(release)


def test_what_was_written_while_the_channel_was_recorded_does_not_wait_for_ever(
    database: Database, number: int
) -> None:
    """The notice of the status page holds no incident, so both happen at once."""
    as_read = database.run(lambda tx: incidents.by_id(tx, number))
    database.run(
        lambda tx: incidents.save_channel(tx, number, channel_id="C0INC", channel_name="inc")
    )
    assert waiting_after_release(database) == []
    database.run(lambda tx: deliveries.add(tx, as_read, WAITING))
    assert waiting_after_release(database) == []


@pytest.mark.parametrize(
    ("state", "waiting"),
    [("pending", ["announcement", "topic"]), ("dead", ["topic"]), ("superseded", ["topic"])],
)
def test_without_a_channel_waits_only_what_is_said_in_it(
    database: Database, number: int, state: str, waiting: list[str]
) -> None:
    change(database, number, drafted("channel"))
    database.run(
        lambda tx: (
            tx.run("update deliveries set state = %s, settled_at = created_at", state)
            if state != "pending"
            else 0
        )
    )
    for draft in WAITING:
        change(database, number, draft)
    assert waiting_after_release(database) == waiting


def _by_a_change(tx: Tx) -> None:
    deliveries.add(tx, incidents.by_id(tx, 1), [RECONCILED[0]])


def _by_a_rise(tx: Tx) -> None:
    deliveries.lift(tx, replace(incidents.by_id(tx, 1), severity=Severity.P1))


def _by_a_sync(tx: Tx) -> None:
    tx.run("update deliveries set queue = 'statuspage'")
    statuspage.make_due_now(tx)


def _by_hand(tx: Tx) -> None:
    tx.run("update deliveries set state = 'dead', settled_at = %s", tx.now)
    outbox.retry_dead(tx, 1)


@pytest.mark.parametrize("make_due", [_by_a_change, _by_a_rise, _by_a_sync, _by_hand])
@pytest.mark.parametrize("in_doubt", [True, False])
def test_nothing_hurries_what_a_vendor_may_just_be_taking(
    database: Database, number: int, make_due: Callable[[Tx], None], in_doubt: bool
) -> None:
    change(database, number, RECONCILED[0])
    (tried,) = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
    error = DeliveryError(Reason.CONNECTION, "reset", retryable=True, ambiguous=in_doubt)
    database.run(lambda tx: outcomes.again(tx, tried, error, after=timedelta(minutes=5)))

    def due_in(tx: Tx) -> timedelta:
        make_due(tx)
        run_at: datetime = tx.scalars("select run_at from deliveries where state = 'pending'")[0]
        return run_at - tx.now

    assert database.run(due_in) == (leases.SETTLING if in_doubt else timedelta())
