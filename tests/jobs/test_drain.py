"""The drain: what it costs to look whether anything is due."""

import time

import psycopg

from incident_bot.domain.deliveries import Delivery, Queue
from incident_bot.jobs.drain import Drain
from incident_bot.settings import Secret
from incident_bot.store.database import Database
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
