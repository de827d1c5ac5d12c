"""The outbox by hand: what is retried goes out as if it were new, what is under way stays."""

from datetime import timedelta

import pytest

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue, State
from incident_bot.errors import Conflict
from incident_bot.store import deliveries, forgetting, leases, outbox, outcomes
from incident_bot.store.database import Database, Tx
from incident_bot.store.leases import MAX_CRASHES
from tests.builders import drafted, recorded


@pytest.fixture
def number(database: Database) -> int:
    """A delivery that is due."""

    def add(tx: Tx) -> int:
        draft = drafted("direct_message", "U0DAN")
        deliveries.add(tx, recorded(tx), [draft])
        return int(tx.scalars("select id from deliveries")[0])

    return database.run(add)


def claim(database: Database) -> list[Delivery]:
    return database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=1))


def state(database: Database, number: int) -> State:
    return database.run(lambda tx: outbox.by_id(tx, number).state)


def test_what_was_given_up_for_its_crashes_is_retried_and_arrives(
    database: Database, number: int
) -> None:
    crashed = "update deliveries set crashes = %s, lease_until = %s"
    database.run(lambda tx: tx.run(crashed, MAX_CRASHES, tx.now))
    assert claim(database) == []
    assert database.run(lambda tx: leases.bury_crashed(tx, Queue.NOTIFICATIONS)) == [number]
    database.run(lambda tx: outbox.retry(tx, number))
    (again,) = claim(database)
    assert database.run(lambda tx: outcomes.sent(tx, again))
    assert state(database, number) is State.SENT


def test_what_is_retried_has_a_day_again(database: Database, number: int) -> None:
    died = "update deliveries set state = 'dead', settled_at = %s, give_up_at = %s"
    database.run(lambda tx: tx.run(died, tx.now, tx.now))
    database.run(lambda tx: outbox.retry(tx, number))
    (again,) = claim(database)
    assert again.give_up_at > again.claimed_at + timedelta(hours=23)


def test_what_is_retried_is_looked_for_from_the_beginning(database: Database, number: int) -> None:
    died = "update deliveries set state = 'dead', settled_at = %s, bookmark = 'C0P1/ page-7'"
    database.run(lambda tx: tx.run(died, tx.now))
    database.run(lambda tx: outbox.retry(tx, number))
    (again,) = claim(database)
    assert again.bookmark.cursor_in("C0P1/") == ""


def test_what_is_being_sent_cannot_be_dropped(database: Database, number: int) -> None:
    (under_way,) = claim(database)
    with pytest.raises(Conflict, match="under way"):
        database.run(lambda tx: outbox.drop(tx, number))
    assert database.run(lambda tx: outcomes.sent(tx, under_way))
    assert state(database, number) is State.SENT


def test_what_is_not_under_way_is_dropped(database: Database, number: int) -> None:
    database.run(lambda tx: outbox.drop(tx, number))
    assert state(database, number) is State.SUPERSEDED
    assert claim(database) == []


def test_only_what_is_dead_is_retried(database: Database, number: int) -> None:
    with pytest.raises(Conflict, match="only a dead one"):
        database.run(lambda tx: outbox.retry(tx, number))


def test_what_has_no_words_any_more_is_not_retried(database: Database, number: int) -> None:
    died = "update deliveries set state = 'dead', settled_at = %s - interval '1 day'"
    database.run(lambda tx: tx.run(died, tx.now))
    assert database.run(lambda tx: forgetting.blank_settled(tx, before=tx.now, since=None, limit=9))
    (incident_id,) = database.run(lambda tx: tx.scalars("select incident_id from deliveries"))
    assert database.run(lambda tx: outbox.retry_dead(tx, incident_id)) == 0
    with pytest.raises(Conflict, match="cannot be retried: what it said is dropped by now"):
        database.run(lambda tx: outbox.retry(tx, number))
    assert state(database, number) is State.DEAD


@pytest.mark.parametrize("wanted", [None, *State])
def test_deliveries_are_listed_by_their_state_newest_first(
    database: Database, wanted: State | None
) -> None:
    def add(tx: Tx) -> None:
        for each in (*State, *State):
            deliveries.add(tx, recorded(tx), [drafted("direct_message", "U0DAN")])
            if each is not State.PENDING:
                settled = "update deliveries set state = %s, settled_at = %s where id = ("
                tx.run(settled + "select max(id) from deliveries)", each, tx.now)

    database.run(add)
    found = database.run(lambda tx: outbox.find(tx, state=wanted, limit=9))
    assert len(found) == (8 if wanted is None else 2)
    assert {each.state for each in found} == (set(State) if wanted is None else {wanted})
    assert [each.id for each in found] == sorted((each.id for each in found), reverse=True)
    assert len(database.run(lambda tx: outbox.find(tx, state=wanted, limit=1))) == 1
