"""Deliveries claimed ahead of the threads, and their way back when a worker stops."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier, Event, Semaphore
from typing import LiteralString

import psycopg

from incident_bot.clients.transport import check_call
from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue, Sent
from incident_bot.domain.incidents import Severity
from incident_bot.jobs.dispatcher import SWEEP_SECONDS, Dispatcher
from incident_bot.jobs.lease import LeaseLost
from incident_bot.settings import Secret
from incident_bot.store import deliveries, leases
from incident_bot.store.database import Database
from tests.builders import drafted, recorded
from tests.processes import wait_until
from tests.tcp_proxy import State, proxy_to


def _add_messages(database: Database, count: int) -> None:
    """Direct messages that are due, to as many people, about one incident."""
    drafts = [drafted("direct_message", f"U0BOSS{number}") for number in range(count)]
    database.run(lambda tx: deliveries.add(tx, recorded(tx), drafts))


def _states(database: Database) -> list[str]:
    return database.run(lambda tx: tx.scalars("select distinct state from deliveries"))


def test_to_stop_is_to_record_what_was_sent(database_url: str) -> None:
    """Also what somebody keeps from being recorded for a moment."""
    sent = Event()
    with (
        psycopg.connect(database_url) as other,
        Database(Secret(database_url), pool_size=2) as ours,
    ):

        def deliver_one(delivery: Delivery) -> Sent:
            other.execute("select from deliveries where id = %s for update", [delivery.id])
            sent.set()
            return Sent(delivery=delivery, channel_id="D0", ts="1.1")

        _add_messages(ours, 1)
        dispatcher = Dispatcher(ours, deliver_one, Queue.NOTIFICATIONS, threads=1)
        dispatcher.start()
        assert sent.wait(10)
        stopping = threading.Thread(target=dispatcher.stop)
        stopping.start()
        time.sleep(0.3)
        assert stopping.is_alive()
        other.rollback()
        stopping.join(10)
        assert _states(ours) == ["sent"]


class _Held:
    """Sends that each wait to be let go."""

    def __init__(self) -> None:
        self.begun: list[Delivery] = []
        self.let_go = Semaphore(0)

    def deliver_one(self, delivery: Delivery) -> Sent:
        self.begun.append(delivery)
        self.let_go.acquire()
        return Sent(delivery=delivery, channel_id="D0", ts="1.1")


@contextmanager
def _holding(url: str, count: int, *, threads: int) -> Iterator[tuple[_Held, Dispatcher, Database]]:
    """A dispatcher each thread of which has a send, and as many more claimed as it takes."""
    held = _Held()
    with Database(Secret(url), pool_size=2) as database:
        _add_messages(database, count)
        dispatcher = Dispatcher(database, held.deliver_one, Queue.NOTIFICATIONS, threads=threads)
        dispatcher.start()
        try:
            assert wait_until(lambda: len(held.begun) == threads)
            yield held, dispatcher, database
        finally:
            held.let_go.release(count)
            dispatcher.stop()


def _claimed(database: Database, more: LiteralString = "") -> int:
    rows: LiteralString = "select id from deliveries where lease_token is not null"
    return len(database.run(lambda tx: tx.scalars(rows + more)))


def test_a_quarter_more_is_claimed_than_there_are_threads(database_url: str) -> None:
    with _holding(database_url, 30, threads=8) as (held, dispatcher, database):
        dispatcher.wake()
        time.sleep(0.3)
        assert _claimed(database) == 10
        assert len(held.begun) == 8


def test_a_p1_is_sent_before_what_waits_for_a_thread(database_url: str) -> None:
    """It waits for the next thread to be free, and for nothing that was claimed before it."""
    with _holding(database_url, 30, threads=8) as (held, _, database):
        message = drafted("direct_message", "U0DAN")
        database.run(lambda tx: deliveries.add(tx, recorded(tx, Severity.P1), [message]))
        held.let_go.release()  # one that waits begins, and there is room for another
        assert wait_until(lambda: _claimed(database, " and urgency = 1") == 1)
        held.let_go.release()
        assert wait_until(lambda: len(held.begun) == 10)
        assert [each.destination for each in held.begun].index("U0DAN") == 9


def test_what_waits_for_a_thread_is_put_back_at_once_when_the_worker_stops(
    database_url: str,
) -> None:
    with _holding(database_url, 10, threads=8) as (held, dispatcher, database):
        stopping = threading.Thread(target=dispatcher.stop)
        stopping.start()
        as_before = "attempts = 0 and crashes = 0 and not maybe_sent and lease_until is null"
        put_back = f"select count(*) from deliveries where {as_before}"
        with psycopg.connect(database_url, autocommit=True) as looking:

            def are_put_back() -> bool:
                found = looking.execute(put_back.encode()).fetchone()
                return found == (2,)

            assert wait_until(are_put_back)
        assert len(held.begun) == 8, "the others are still being sent"
        held.let_go.release(10)
        stopping.join(10)
        assert len(held.begun) == 8, "and nothing is begun by a worker that stops"
        states = "select state from deliveries order by state"
        assert database.run(lambda tx: tx.scalars(states)) == ["pending"] * 2 + ["sent"] * 8


def test_nothing_is_begun_once_the_worker_was_told_to_stop(database_url: str) -> None:
    """Though it cannot give anything back for as long as the database hangs."""
    with (
        proxy_to(database_url) as (proxy, url),
        _holding(url, 5, threads=4) as (held, dispatcher, _),
    ):
        proxy.set(State.FROZEN)
        time.sleep(SWEEP_SECONDS + 0.3)  # its next sweep hangs
        stopping = threading.Thread(target=dispatcher.stop)
        stopping.start()
        held.let_go.release()
        time.sleep(0.5)
        assert len(held.begun) == 4
        proxy.set(State.UP)
        held.let_go.release(5)
        stopping.join(20)
        assert len(held.begun) == 4


def test_what_waited_for_longer_than_its_lease_is_not_sent(database_url: str) -> None:
    """Its lease ran out before a thread was free, and another worker has it."""
    lost: list[int] = []
    begun, let_go = list[int](), Event()

    def deliver_one(delivery: Delivery) -> None:
        begun.append(delivery.id)
        let_go.wait(20)
        try:
            check_call()
        except LeaseLost:
            lost.append(delivery.id)

    with Database(Secret(database_url), pool_size=2) as database:
        _add_messages(database, 5)
        lease = timedelta(seconds=0.5)
        dispatcher = Dispatcher(database, deliver_one, Queue.NOTIFICATIONS, threads=4, lease=lease)
        dispatcher.start()
        assert wait_until(lambda: _claimed(database) == 5)
        time.sleep(0.6)
        theirs = database.run(lambda tx: leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=9))
        assert len(theirs) == 5
        let_go.set()
        assert wait_until(lambda: len(lost) == 5)
        dispatcher.stop()
        assert sorted(lost) == sorted(each.id for each in theirs)


def test_sixty_four_messages_cost_less_than_a_round_trip_each(database_url: str) -> None:
    """One claim reads what all of them need, and a few records are enough."""
    all_sent = Barrier(64)

    def deliver_one(delivery: Delivery) -> Sent:
        assert delivery.reading is not None
        all_sent.wait(30)
        return Sent(delivery=delivery, channel_id="D0", ts="1.1")

    with proxy_to(database_url) as (proxy, url), Database(Secret(url), pool_size=1) as database:
        _add_messages(database, 64)
        dispatcher = Dispatcher(database, deliver_one, Queue.NOTIFICATIONS, threads=64)
        before = proxy.round_trips
        dispatcher.start()
        with Database(Secret(database_url), pool_size=1) as elsewhere:
            assert wait_until(lambda: _states(elsewhere) == ["sent"], 30)
        dispatcher.stop()
        assert proxy.round_trips - before < 64
