"""Leases: the most urgent is claimed first, by one worker, and only its holder records anything."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Draft, Queue, Sent
from incident_bot.domain.incidents import Severity
from incident_bot.errors import DeliveryError, Reason
from incident_bot.store import deliveries, incidents, leases, outcomes
from incident_bot.store.database import Database, Tx
from incident_bot.store.leases import MAX_CRASHES
from tests.builders import drafted, recorded

NONE: Final = timedelta(0)
LATE: Final = timedelta(minutes=1)
LATER: Final = DeliveryError(Reason.VENDOR_FAULT, "HTTP 500", retryable=True)
NEVER: Final = DeliveryError(Reason.ARCHIVED, "is_archived")


def add_direct_message(database: Database, severity: Severity = Severity.P3) -> int:
    """A direct message to Dan about a new incident; returns the incident's number."""

    def add(tx: Tx) -> int:
        incident = recorded(tx, severity)
        draft = drafted("direct_message", "U0DAN")
        deliveries.add(tx, incident, [draft])
        return incident.id

    return database.run(add)


def claim(database: Database, limit: int = 10, lease: timedelta = leases.LEASE) -> list[Delivery]:
    return database.run(
        lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=limit, lease=lease)
    )


def rows(database: Database) -> list[str]:
    """Every column of every delivery."""
    return database.run(lambda tx: tx.scalars("select deliveries::text from deliveries"))


def test_a_new_p1_is_claimed_before_an_older_p3(database: Database) -> None:
    add_direct_message(database, Severity.P3)
    grave = add_direct_message(database, Severity.P1)
    assert [each.incident_id for each in claim(database, limit=1)] == [grave]


def test_what_is_given_back_waits_for_what_a_vendor_may_still_take(database: Database) -> None:
    add_direct_message(database)
    unrecorded = claim(database)

    def give_back(tx: Tx) -> list[timedelta]:
        leases.give_back(tx, unrecorded)
        return tx.scalars("select run_at - %s from deliveries", tx.now)

    assert database.run(give_back) == [timedelta(seconds=2)]
    database.run(lambda tx: tx.run("update deliveries set run_at = created_at"))
    (again,) = claim(database)
    assert (again.id, again.check_before_send) == (unrecorded[0].id, True)


def test_what_is_put_back_is_as_if_nobody_had_claimed_it(database: Database) -> None:
    add_direct_message(database)
    before = rows(database)
    (unsent,) = claim(database)
    database.run(lambda tx: leases.put_back(tx, [unsent]))
    assert rows(database) == before


def test_what_another_has_by_now_is_not_put_back(database: Database) -> None:
    add_direct_message(database)
    (late,) = claim(database, lease=NONE)
    claim(database)
    before = rows(database)
    database.run(lambda tx: leases.put_back(tx, [late]))
    assert rows(database) == before


def test_what_may_have_arrived_is_still_in_doubt_when_it_is_put_back(database: Database) -> None:
    add_direct_message(database)
    claim(database, lease=NONE)
    (unsent,) = claim(database)
    database.run(lambda tx: leases.put_back(tx, [unsent]))
    (again,) = claim(database)
    assert again.check_before_send
    assert again.attempts == unsent.attempts


@pytest.mark.parametrize("crashes", [0, 2])
def test_what_one_worker_is_claiming_no_other_waits_for_or_gets(
    database: Database, crashes: int
) -> None:
    add_direct_message(database)
    database.run(lambda tx: tx.run("update deliveries set crashes = %s", crashes))
    with database.transaction() as tx:
        assert len(leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=1)) == 1
        assert claim(database) == []


@pytest.mark.parametrize(
    "record",
    [
        outcomes.sent,
        lambda tx, delivery: outcomes.sent_together(tx, [Sent(delivery=delivery)]),
        lambda tx, delivery: outcomes.again(tx, delivery, LATER, after=NONE),
        lambda tx, delivery: outcomes.dead(tx, delivery, NEVER),
    ],
    ids=["sent", "sent together", "again", "dead"],
)
def test_who_lost_the_lease_records_nothing(
    database: Database, record: Callable[[Tx, Delivery], object]
) -> None:
    add_direct_message(database)
    (first,) = claim(database, lease=NONE)
    (second,) = claim(database)
    before = rows(database)
    assert not database.run(lambda tx: record(tx, first))
    assert rows(database) == before
    assert database.run(lambda tx: record(tx, second))
    assert rows(database) != before


def test_what_is_recorded_once_is_not_recorded_twice(database: Database) -> None:
    add_direct_message(database)
    (only,) = claim(database)
    assert database.run(lambda tx: outcomes.sent(tx, only, ts="1.1"))
    before = rows(database)
    assert not database.run(lambda tx: outcomes.sent(tx, only, ts="2.2"))
    assert not database.run(lambda tx: outcomes.dead(tx, only, NEVER))
    assert rows(database) == before


def test_only_what_crashed_too_often_is_given_up_and_once_its_lease_is_over(
    database: Database,
) -> None:
    def give_up() -> list[int]:
        return database.run(lambda tx: leases.bury_crashed(tx, Queue.NOTIFICATIONS))

    add_direct_message(database)
    add_direct_message(database)
    first, _ = claim(database)
    crashed = "update deliveries set crashes = %s where id = %s"
    database.run(lambda tx: tx.run(crashed, MAX_CRASHES, first.id))
    assert give_up() == []
    database.run(lambda tx: tx.run("update deliveries set lease_until = %s", tx.now))
    assert give_up() == [first.id]


def add_edit_behind(database: Database, draft: Draft) -> None:
    """Something for Dan, and then an edit of what he was sent before."""

    def add(tx: Tx) -> None:
        edit = drafted("direct_message_current", "U0DAN")
        deliveries.add(tx, recorded(tx), [draft, edit])

    database.run(add)


def claimed_kinds(database: Database) -> list[str]:
    return [each.kind for each in claim(database)]


@pytest.mark.parametrize(
    ("state", "claimed"),
    [
        ("run_at = run_at + interval '4 minutes'", ["direct_message_current"]),
        ("run_at = run_at + interval '4 minutes', attempts = 1", []),
        ("lease_until = run_at + interval '1 minute', attempts = 1", []),
        ("attempts = 0", ["direct_message"]),
    ],
    ids=["put off", "tried", "under way", "due"],
)
def test_an_edit_waits_for_a_new_message_but_not_for_one_that_is_put_off(
    database: Database, state: str, claimed: list[str]
) -> None:
    """A message put off reads the state once its time has come; any other may have read it."""
    add_edit_behind(database, drafted("direct_message", "U0DAN"))
    with database.transaction() as tx:
        tx.connection.execute(
            f"update deliveries set {state} where kind = 'direct_message'".encode()
        )
    assert claimed_kinds(database) == claimed


def test_two_edits_of_one_persons_messages_go_in_turn(database: Database) -> None:
    def add(tx: Tx) -> None:
        deliveries.add(tx, incidents.by_id(tx, 1), [drafted("direct_message_current", "U0DAN")])

    database.run(recorded)
    database.run(add)
    assert claimed_kinds(database) == ["direct_message_current"]
    database.run(add)
    assert claimed_kinds(database) == []


@pytest.mark.parametrize("attempts", [0, 1])
def test_a_new_message_waits_for_no_edit(database: Database, attempts: int) -> None:
    def add(tx: Tx) -> None:
        incident = recorded(tx)
        deliveries.add(tx, incident, [drafted("direct_message_current", "U0DAN")])
        tx.run("update deliveries set run_at = %s, attempts = %s", tx.now + LATE, attempts)
        deliveries.add(tx, incident, [drafted("direct_message", "U0DAN")])

    database.run(add)
    assert claimed_kinds(database) == ["direct_message"]


@pytest.mark.parametrize(
    ("ahead", "leased", "seconds"),
    [
        ((), None, None),
        ((0,), None, None),
        ((60, 240), None, 60),
        ((), 30, 30),
        ((60,), 30, 30),
        ((20,), 30, 20),
        ((20, 0), -1, 20),
    ],
    ids=["none", "due", "the sooner", "leased", "lease first", "time first", "lease over"],
)
def test_the_dispatcher_looks_again_when_the_next_one_may_go_out(
    database: Database, ahead: tuple[int, ...], leased: int | None, seconds: float | None
) -> None:
    """Put off until a time, or under way until a lease ends."""

    def arrange(tx: Tx) -> float | None:
        for each in ahead:
            deliveries.add(tx, recorded(tx), [drafted("direct_message", "U0DAN")])
            put_off = "update deliveries set run_at = %s where run_at = %s"
            tx.run(put_off, tx.now + timedelta(seconds=each or -1), tx.now)
        if leased is not None:
            deliveries.add(tx, recorded(tx), [drafted("direct_message", "U0EVE")])
            until = "update deliveries set lease_until = %s, run_at = %s where run_at = %s"
            tx.run(until, tx.now + timedelta(seconds=leased), tx.now - LATE, tx.now)
        return leases.next_due_in(tx, Queue.NOTIFICATIONS)

    assert database.run(arrange) == seconds
