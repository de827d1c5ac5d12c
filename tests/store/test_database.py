"""The connections: what the server is told to remember, and when it is not."""

import re
import socket
import threading
import time
from collections.abc import Iterator, Set
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import psycopg
import pytest

from incident_bot.domain.deliveries import Queue
from incident_bot.domain.incidents import Severity
from incident_bot.errors import InvalidInput, Unavailable
from incident_bot.settings import Secret
from incident_bot.store import counters, incidents
from incident_bot.store.counters import Counter
from incident_bot.store.database import Database, Tx
from tests.builders import recorded
from tests.processes import wait_until

_KEY: Final = re.compile(rb"(?<=K\x00\x00\x00\x0c)....", re.DOTALL)
_OTHER_KEY: Final = bytes([0, 0, 0, 7])


@contextmanager
def _pooler(url: str) -> Iterator[str]:
    """Run a proxy that replaces the session key by its own, as a connection pooler does."""
    parts = urlsplit(url)
    listener = socket.create_server(("127.0.0.1", 0))
    ends = [listener]

    def forward(source: socket.socket, to: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(65_536):
                to.sendall(_KEY.sub(_OTHER_KEY, chunk))

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((parts.hostname, parts.port or 5432))
                ends.extend((near, far))
                for way in ((near, far), (far, near)):
                    threading.Thread(target=forward, args=way, daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    yield url.replace(f":{parts.port}/", f":{listener.getsockname()[1]}/")
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def _database(url: str) -> Iterator[Database]:
    with Database(Secret(url), pool_size=1) as database:
        yield database


def _prepared(tx: Tx) -> list[str]:
    return tx.scalars("select statement from pg_prepared_statements")


def _add(tx: Tx) -> None:
    recorded(tx, Severity.P1)


def test_times_are_utc_whatever_the_servers_zone_is(database_url: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(f"alter database {admin.info.dbname} set timezone = 'Asia/Tokyo'".encode())
    with _database(database_url) as database:
        database.run(_add)
        (incident,) = database.run(lambda tx: incidents.open_ones(tx, limit=1)).worst
        for moment in (incident.declared_at, database.run(lambda tx: tx.now)):
            assert moment.utcoffset() == timedelta(0)


def test_what_is_asked_again_and_again_is_planned_once(database_url: str) -> None:
    with _database(database_url) as database:
        for _ in range(4):
            database.run(_add)
        (prepared,) = database.run(_prepared)
        assert "insert into incidents" in prepared


def test_behind_a_pooler_nothing_is_left_in_a_session(database_url: str) -> None:
    with _pooler(database_url) as url, _database(url) as database:
        for _ in range(4):
            database.run(_add)
        assert database.run(_prepared) == []


def test_a_column_added_meanwhile_is_no_news_to_what_is_prepared(database_url: str) -> None:
    with _database(database_url) as database:
        for _ in range(4):
            database.run(_add)
        with psycopg.connect(database_url, autocommit=True) as other:
            other.execute("alter table incidents add column mood text not null default 'calm'")
        database.run(_add)
        assert database.run(lambda tx: incidents.open_ones(tx, limit=9)).count == 5


def test_a_statement_that_was_refused_does_not_spoil_what_is_prepared(database_url: str) -> None:
    with _database(database_url) as database:
        for _ in range(4):
            database.run(_add)
        with pytest.raises(psycopg.errors.UndefinedTable), database.transaction() as tx:
            tx.run("select from nowhere")
        database.run(_add)
        assert database.run(lambda tx: incidents.open_ones(tx, limit=9)).count == 5


def test_the_server_compiles_no_statement_of_ours_and_plans_none_twice(database_url: str) -> None:
    """It does by itself where it expects to gain, and takes longer than the statement then does."""
    with _database(database_url) as database:
        assert database.run(lambda tx: tx.scalars("show jit")) == ["off"]
        planned = database.run(lambda tx: tx.scalars("show plan_cache_mode"))
        assert planned == ["force_generic_plan"]


def test_the_server_stops_what_takes_too_long(database_url: str) -> None:
    """The one who asked has gone; what they asked for must not go on and hold locks."""
    with Database(Secret(database_url), pool_size=1, limit_seconds=0.5) as hasty:
        with pytest.raises(Unavailable):
            hasty.run(lambda tx: tx.run("select pg_sleep(30)"))
        with psycopg.connect(database_url, autocommit=True) as other:
            active = (
                "select from pg_stat_activity where datname = current_database()"
                " and query ~ 'pg_slee[p]' and state = 'active'"
            )
            assert wait_until(lambda: other.execute(active).fetchone() is None, 5)


def test_what_a_transaction_wrote_for_is_notified_after_its_commit(database_url: str) -> None:
    """It does not matter who ran it: nobody can forget to."""
    notified: list[tuple[set[Queue], list[int]]] = []

    def notify(queues: Set[Queue]) -> None:
        with psycopg.connect(database_url) as other:
            seen = other.execute("select count(*) from counters").fetchone()
        notified.append((set(queues), list(seen or ())))

    def write(tx: Tx) -> None:
        counters.add(tx, Counter.DEAD, "card")
        tx.wakes |= {Queue.STATUSPAGE}

    with Database(Secret(database_url), pool_size=1, notify=notify) as database:
        database.run(lambda tx: tx.is_writable())
        assert notified == []
        database.run(write)
    assert notified == [({Queue.STATUSPAGE}, [1])]


def test_a_transaction_that_failed_notifies_nobody(database_url: str) -> None:
    notified: list[Set[Queue]] = []

    def fail(tx: Tx) -> None:
        tx.wakes.add(Queue.NOTIFICATIONS)
        raise InvalidInput("no")

    with Database(Secret(database_url), pool_size=1, notify=notified.append) as database:
        with pytest.raises(InvalidInput):
            database.run(fail)
        assert notified == []


def test_a_transaction_that_the_server_ended_meanwhile_is_run_again(database_url: str) -> None:
    tries = []

    def pause_once(tx: Tx) -> str:
        tries.append(tx.now)
        if len(tries) == 1:
            tx.run("set local idle_in_transaction_session_timeout = 20")
            time.sleep(0.3)
        return str(tx.scalars("select 'done'")[0])

    with Database(Secret(database_url), pool_size=1) as database:
        assert database.run(pause_once) == "done"
    assert len(tries) == 2
