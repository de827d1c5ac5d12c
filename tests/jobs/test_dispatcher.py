"""The dispatcher: what a look costs, and deliveries that end workers or never end."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Event, Lock

import psycopg
import pytest
from werkzeug.test import Client

from incident_bot.deliveries import KNOWN
from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.errors import Unavailable
from incident_bot.jobs.dispatcher import Dispatcher
from incident_bot.settings import Secret
from incident_bot.store import deliveries, heartbeats, incidents, leases
from incident_bot.store.database import Database, Tx
from incident_bot.store.leases import LEASE
from tests.builders import drafted, recorded
from tests.chaos.in_process_bot import InProcessBot, in_process_bot
from tests.processes import wait_until
from tests.scraped import scraped
from tests.tcp_proxy import proxy_to


def _ignore(delivery: Delivery) -> None:
    pass


def _is_swept(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select from checkpoints").fetchone() is not None


def test_a_look_is_one_transaction(database_url: str) -> None:
    """Claim, and ask when the next is due: one begin and one commit around the two."""
    with proxy_to(database_url) as (proxy, url), Database(Secret(url), pool_size=1) as database:
        dispatcher = Dispatcher(database, _ignore, Queue.NOTIFICATIONS, threads=4)
        dispatcher.start()
        assert wait_until(lambda: _is_swept(database_url))
        time.sleep(0.2)  # the commit is heard of
        before = proxy.round_trips
        dispatcher.wake()
        assert wait_until(lambda: proxy.round_trips >= before + 4)
        time.sleep(0.2)  # for one more
        dispatcher.stop()
        assert proxy.round_trips == before + 4


def test_a_sweep_lets_go_what_need_not_wait(database_url: str) -> None:
    """Nobody else may come to: the channel is there, and its own release is over."""
    delivered: list[Delivery] = []
    left_waiting = replace(drafted("direct_message", "U0DAN"), waits=True)

    def add_waiting(tx: Tx) -> None:
        incident = recorded(tx)
        deliveries.add(tx, incident, [left_waiting])
        incidents.save_channel(tx, incident.id, channel_id="C0INC", channel_name="inc")

    with Database(Secret(database_url), pool_size=2) as database:
        database.run(add_waiting)
        dispatcher = Dispatcher(database, delivered.append, Queue.NOTIFICATIONS, threads=1)
        dispatcher.start()
        assert wait_until(lambda: bool(delivered))
        dispatcher.stop()


def _suspects(bot: InProcessBot, count: int) -> int:
    """Leave so many and more behind, as two workers did that died; returns how many are due."""
    for number in range(count):
        bot.type(f"declare P2 checkout Left twice {number}")
    return len(
        set(bot.sql("update deliveries set crashes = 2 where not waiting returning ordering_key"))
    )


@contextmanager
def _dispatcher(
    bot: InProcessBot, deliver_one: Callable[[Delivery], None], lease: timedelta = LEASE
) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(bot.database, deliver_one, Queue.NOTIFICATIONS, threads=4, lease=lease)
    dispatcher.start()
    yield dispatcher
    dispatcher.stop()


class _Recording:
    """Carries each delivery for a while, and counts how many at once."""

    def __init__(self) -> None:
        self.delivered: list[int] = []
        self.at_once = self.most_at_once = 0
        self._counting = Lock()

    def deliver_one(self, delivery: Delivery) -> None:
        with self._counting:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        time.sleep(0.05)
        with self._counting:
            self.at_once -= 1
        self.delivered.append(delivery.id)


def test_each_worker_tries_one_suspect_at_a_time(database_url: str, redis_url: str) -> None:
    """And none of them waits for the lease of one that was left once more."""
    first, second = _Recording(), _Recording()
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        due = _suspects(bot, 8)
        with bot.database.transaction() as tx:
            (left,) = leases.claim(tx, KNOWN, Queue.NOTIFICATIONS, limit=50)
        with (
            _dispatcher(bot, first.deliver_one) as one,
            _dispatcher(bot, second.deliver_one) as other,
        ):

            def are_delivered() -> bool:
                one.wake()  # there is more, if it may be claimed
                other.wake()
                return len(first.delivered) + len(second.delivered) == due - 1

            assert wait_until(are_delivered)
        assert (first.most_at_once, second.most_at_once) == (1, 1)
        assert first.delivered
        assert second.delivered
        assert left.id not in first.delivered + second.delivered


def test_what_could_not_be_recorded_is_given_back(database_url: str, redis_url: str) -> None:
    """The database was away for the record alone: no lease is waited for, and nothing crashed."""
    tried: list[int] = []

    def deliver_one(delivery: Delivery) -> None:
        tried.append(delivery.id)
        if tried.count(delivery.id) == 1:
            raise Unavailable("no database connection")

    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.type("declare P3 checkout Broken")
        with _dispatcher(bot, deliver_one):
            assert wait_until(lambda: len(tried) > len(set(tried)), 20)
        rows = "select attempts || ' ' || crashes || ' ' || maybe_sent from deliveries"
        assert "2 1 true" in bot.sql(f"{rows} where attempts = 2"), "the attempt under way counts"


def test_what_never_ends_holds_up_no_other(
    database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other suspects are tried when its lease has run out; and when it is clear that the thread is
    lost, the dispatcher breaks, with which the worker ends and another is started."""
    broke: list[str] = []
    monkeypatch.setattr(threading, "excepthook", lambda bug: broke.append(str(bug.exc_value)))
    never, begun, delivered = Event(), list[int](), list[int]()

    def deliver_one(delivery: Delivery) -> None:
        begun.append(delivery.id)
        if delivery.id == begun[0]:
            never.wait(60)
        delivered.append(delivery.id)

    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        due = _suspects(bot, 3)
        with _dispatcher(bot, deliver_one, lease=timedelta(seconds=1)):
            assert wait_until(lambda: len(set(delivered)) == due - 1)
            assert wait_until(lambda: broke == [f"delivery {begun[0]} does not end"])
            never.set()


def test_a_dispatcher_shows_that_it_is_alive(database_url: str, redis_url: str) -> None:
    """Again and again, though there is nothing to do."""

    def beat(bot: InProcessBot) -> float:
        last = bot.database.run(heartbeats.last)
        return last[Queue.NOTIFICATIONS].timestamp() if last else 0.0

    with in_process_bot(database_url, redis_url, dispatchers=0) as bot, _dispatcher(bot, _ignore):
        assert wait_until(lambda: beat(bot))
        first = beat(bot)
        assert wait_until(lambda: beat(bot) > first)
        shown = scraped(Client(bot.apps[0]).get("/metrics").get_data(as_text=True))
        name = "incidentbot_sweeper_last_success_timestamp_seconds"
        assert first < shown[f'{name}{{queue="notifications"}}'] <= beat(bot)


def test_a_dispatcher_ends_the_pace_of_a_channel_that_was_idle(
    database_url: str, redis_url: str
) -> None:
    paced = "insert into paced_destinations values ('C0P1', clock_timestamp() - interval '1 min')"
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.sql(paced)
        with _dispatcher(bot, _ignore):
            assert wait_until(lambda: not bot.sql("select 1 from paced_destinations"))


def test_what_crashed_too_often_is_given_up_by_the_dispatcher_and_told(
    database_url: str, redis_url: str
) -> None:
    crashed = "update deliveries set crashes = 8, lease_until = clock_timestamp()"
    with in_process_bot(database_url, redis_url, dispatchers=0) as bot:
        bot.type("declare P1 checkout Down")
        (poison,) = bot.sql(f"{crashed} where destination = 'C0P1' returning id")
        bot.sql("update deliveries set waiting = false")
        delivered = list[int]()
        with _dispatcher(bot, lambda delivery: delivered.append(delivery.id)):
            dead = f"select reason from deliveries where id = {poison} and state = 'dead'"
            assert wait_until(lambda: bot.sql(dead))
        assert bot.sql(dead) == ["crashed"]
        assert int(poison) not in delivered
        assert bot.sql("select payload ->> 'to' from deliveries where kind = 'dead_letter'") == [
            "C0P1"
        ]
        ids = "select count(*) from deliveries group by request_id"
        assert len(bot.sql(ids)) == 1, "what is said of it belongs to the same request"
        assert bot.sql("select value from counters where label = 'announcement'") == ["1"]


def test_a_dispatcher_outlives_a_database_that_takes_no_claim(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    """As one whose schema is not there yet."""

    def write(tx: Tx) -> None:
        draft = drafted("direct_message", "U0DAN")
        deliveries.add(tx, recorded(tx), [draft])
        tx.run("alter table deliveries rename to elsewhere")

    delivered: list[Delivery] = []
    with Database(Secret(database_url), pool_size=2) as database:
        database.run(write)
        dispatcher = Dispatcher(database, delivered.append, Queue.NOTIFICATIONS, threads=1)
        dispatcher.start()
        assert wait_until(lambda: "nothing can be claimed" in caplog.messages)
        database.run(lambda tx: tx.run("alter table elsewhere rename to deliveries"))
        assert wait_until(lambda: delivered)
        dispatcher.stop()


def test_a_database_that_takes_no_claim_is_one_line_for_many_tries(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with proxy_to(database_url) as (proxy, url), Database(Secret(url), pool_size=1) as database:
        database.run(lambda tx: tx.run("alter table deliveries rename to elsewhere"))
        dispatcher = Dispatcher(database, _ignore, Queue.NOTIFICATIONS, threads=1)
        dispatcher.start()
        for _ in range(4):
            before = proxy.round_trips
            dispatcher.wake()
            assert wait_until(lambda before=before: proxy.round_trips >= before + 2)  # type: ignore[misc]
        assert wait_until(lambda: "nothing can be claimed" in caplog.messages)
        dispatcher.stop()
    assert caplog.messages.count("nothing can be claimed") == 1
