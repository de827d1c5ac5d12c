"""Errands: done by one worker of all, now and then, and again soon when one fails."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from incident_bot.errors import DeliveryError, Reason
from incident_bot.jobs.errands import Errand, forget_requests
from incident_bot.settings import Secret
from incident_bot.store import inbox
from incident_bot.store.database import Database

HOUR = timedelta(hours=1)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database(Secret(database_url), pool_size=2) as database:
        yield database


def later(database: Database, age: timedelta) -> None:
    """As if that much time had passed since the checkpoints."""
    database.run(lambda tx: tx.run("update checkpoints set at = at - %s", age))


def test_one_worker_of_two_does_it_and_again_when_it_is_due(database: Database) -> None:
    done: list[str] = []
    ours = Errand(database, "sweep", lambda: done.append("ours"), every=HOUR)
    theirs = Errand(database, "sweep", lambda: done.append("theirs"), every=HOUR)
    assert (ours.do(), theirs.do()) == (True, False)
    later(database, timedelta(minutes=59))
    assert (ours.do(), theirs.do()) == (False, False)
    later(database, timedelta(minutes=1))
    assert (theirs.do(), ours.do()) == (True, False)
    assert done == ["ours", "theirs"]


def test_one_that_failed_is_tried_again_in_minutes(database: Database) -> None:
    def fail() -> None:
        raise DeliveryError(Reason.TIMEOUT, "slow")

    errand = Errand(database, "sweep", fail, every=HOUR)
    with pytest.raises(DeliveryError):
        errand.do()
    assert not errand.do()
    later(database, timedelta(minutes=5))
    with pytest.raises(DeliveryError):
        errand.do()


def test_one_for_the_start_is_done_by_each_process_until_it_succeeds_once(
    database: Database,
) -> None:
    done: list[str] = []

    def work() -> None:
        done.append("")
        if len(done) == 1:
            raise DeliveryError(Reason.TIMEOUT, "slow")

    first, second = (Errand(database, "learn", work, every=HOUR, at_start=True) for _ in range(2))
    with pytest.raises(DeliveryError):
        first.do()
    assert (first.do(), second.do()) == (True, True)
    assert (first.do(), second.do()) == (False, False)
    later(database, HOUR)
    assert (first.do(), second.do()) == (True, False)


def test_only_requests_that_nobody_can_repeat_any_more_are_forgotten(database: Database) -> None:
    """A form that stayed open since yesterday may still be sent a second time."""
    database.run(lambda tx: [inbox.take(tx, key) for key in ("old", "yesterday", "new")])
    for key, age in (("old", timedelta(days=3)), ("yesterday", timedelta(hours=36))):
        aged = "update inbox set received_at = received_at - %s where key = %s"
        with database.transaction() as tx:
            tx.run(aged, age, key)
    forget_requests(database)
    kept = database.run(lambda tx: tx.scalars("select key from inbox order by key"))
    assert kept == ["new", "yesterday"]
