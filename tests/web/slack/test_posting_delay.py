"""A delay of posting is looked up once a second, however many ask."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from incident_bot.domain.deliveries import Delay, Queue
from incident_bot.settings import Secret
from incident_bot.store import heartbeats
from incident_bot.store.database import Database
from incident_bot.web.slack.posting_delay import PostingDelay
from tests.tcp_proxy import TcpProxy, proxy_to


@dataclass(slots=True)
class Process:
    """A web process with its database behind a proxy and a clock that the test moves."""

    proxy: TcpProxy
    database: Database
    now: float = 1000.0

    def begin(self) -> None:
        """Let a worker be there, whose heart has just beaten."""
        self.database.run(lambda tx: heartbeats.beat(tx, Queue.NOTIFICATIONS))


@pytest.fixture
def process(database_url: str) -> Iterator[Process]:
    with proxy_to(database_url) as (proxy, url), Database(Secret(url), pool_size=1) as database:
        yield Process(proxy, database)


def test_it_is_read_once_a_second(process: Process) -> None:
    process.begin()
    posting_delay = PostingDelay(lambda: process.now)
    with process.database.transaction() as tx:
        assert posting_delay.known(tx) is None
        tx.run("delete from checkpoints")
        before = process.proxy.round_trips
        assert {posting_delay.known(tx) for _ in range(100)} == {None}
        assert process.proxy.round_trips == before
        process.now += 1
        assert posting_delay.known(tx) is Delay.NO_WORKER
        assert process.proxy.round_trips == before + 1


def test_it_is_read_for_the_first_who_asks_and_after_any_pause(process: Process) -> None:
    posting_delay = PostingDelay(lambda: process.now)
    with process.database.transaction() as tx:
        assert posting_delay.known(tx) is Delay.NO_WORKER
    process.begin()
    process.now += 3600
    with process.database.transaction() as tx:
        assert posting_delay.known(tx) is None
