"""The drain: what it costs to look whether anything is due."""

import time
from threading import Lock

import psycopg

from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.jobs.drain import Drain
from incident_bot.settings import Secret
from incident_bot.store import leases
from incident_bot.store.database import Database
from tests.chaos.crew import crew
from tests.line import line_to
from tests.processes import wait_until


def _carry(delivery: Delivery) -> None:
    pass


def _is_swept(url: str) -> bool:
    with psycopg.connect(url) as connection:
        return connection.execute("select from checkpoints").fetchone() is not None


def test_a_look_is_one_transaction(database_url: str) -> None:
    """Claim, and ask when the next is due: one begin and one commit around the two."""
    with line_to(database_url) as (line, url), Database(Secret(url), pool_size=1) as database:
        drain = Drain(database, _carry, Queue.NOTIFICATIONS, threads=4)
        drain.start()
        assert wait_until(lambda: _is_swept(database_url))
        time.sleep(0.2)  # the commit is heard of
        before = line.round_trips
        drain.ring()
        assert wait_until(lambda: line.round_trips >= before + 4)
        time.sleep(0.2)  # for one more
        drain.stop()
        assert line.round_trips == before + 4


class _Worker:
    """Carries each delivery for a while, and counts how many at once."""

    def __init__(self, database: Database) -> None:
        self.carried: list[int] = []
        self.most_at_once = 0
        self._at_once = 0
        self._counting = Lock()
        self.drain = Drain(database, self._carry, Queue.NOTIFICATIONS, threads=4)
        self.drain.start()

    def _carry(self, delivery: Delivery) -> None:
        with self._counting:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        self.drain.ring()  # there is more, if it may be claimed
        time.sleep(0.05)
        with self._counting:
            self._at_once -= 1
        self.carried.append(delivery.id)


def test_each_worker_tries_one_suspect_at_a_time(database_url: str, redis_url: str) -> None:
    """And none of them waits for the lease of one that was left once more."""
    with crew(database_url, redis_url, drains=0) as bot:
        for number in range(8):
            bot.type(f"declare P2 checkout Left twice {number}")
        heads = bot.sql("update deliveries set crashes = 2 where not waiting returning lane")
        with bot.database.transaction() as tx:
            (left,) = leases.claim(tx, Queue.NOTIFICATIONS, limit=50)
        workers = [_Worker(bot.database) for _ in range(2)]
        carried = [worker.carried for worker in workers]
        assert wait_until(lambda: sum(map(len, carried)) >= len(set(heads)) - 1)
        for worker in workers:
            worker.drain.stop()
        assert [worker.most_at_once for worker in workers] == [1, 1]
        assert all(carried)
        assert left.id not in carried[0] + carried[1]
