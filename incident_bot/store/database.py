"""The narrow waist to PostgreSQL: a pool for each process and one transaction for each request."""

import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock
from typing import Any, Final, LiteralString, TypeVar

import psycopg
from psycopg import Connection
from psycopg.abc import PQGen
from psycopg.rows import kwargs_row, tuple_row
from psycopg_pool import ConnectionPool, PoolTimeout

from incident_bot import metrics
from incident_bot.domain.deliveries import Queue
from incident_bot.errors import Unavailable
from incident_bot.libraries import require
from incident_bot.settings import Secret

# Without these a server that hangs keeps a thread, and behind a pooler no statement runs twice.
require("psycopg>=3.3,<4", Connection, "wait", "prepare_threshold")

log = logging.getLogger(__name__)
logging.getLogger("psycopg.pool").setLevel(logging.ERROR)  # we say the same once, in one line

T = TypeVar("T")

# A server that became read-only is one that was failed over: another connection may find the new.
_LOST: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.ReadOnlySqlTransaction,
)
_ENDS_THE_CONNECTION: Final = frozenset({"FATAL", "PANIC"})  # postgresql.org: message severity
_TRIES: Final = 5
# One round trip opens the transaction, has its times in UTC whatever the server's own zone is,
# bounds every statement of it and reads its clock. To compile a statement, or to plan it anew for
# its values, takes longer than ours run, and PostgreSQL does both where it expects to gain by it.
# SET LOCAL rather than start-up options: a pooler in transaction mode forwards these.
_BEGIN: Final = (
    "begin; set local timezone = 'UTC'; set local jit = off;"
    " set local plan_cache_mode = force_generic_plan;"
    " set local statement_timeout = {timeout};"
    " set local idle_in_transaction_session_timeout = 10000;"
    " select clock_timestamp(), pg_backend_pid()"
)
_HELD_ROWS: Final = 500
_PREPARED_AFTER: Final = 2
"""A connection runs a statement so often before the server is told to remember its plan."""


class CommitUnknown(Unavailable):
    """The database was lost in the commit: it may have been recorded, and a repeat would tell."""


class _Connection(Connection[Any]):
    """A connection that is given up at a moment, also when the server says nothing any more.

    statement_timeout is the server's to keep, and one that hangs keeps nothing.
    """

    until = math.inf

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        if timeout is None and self.until != math.inf:
            timeout = max(0.001, self.until - time.monotonic())
        return super().wait(gen, interval, timeout)


@dataclass(slots=True)
class Tx:
    """An open transaction; `now` is the database's clock and the only clock of the operation."""

    connection: Connection[Any]
    now: datetime
    wakes: set[Queue] = field(default_factory=set)
    """Queues that have something new to deliver once this commits."""

    is_committing: bool = False
    """The server was told to commit, so that its silence says nothing."""

    typed_by: str = ""
    """The account and host of whoever typed it on the command line; empty for all else."""

    @property
    def on_command_line(self) -> bool:
        return bool(self.typed_by)

    def all(
        self, make: Callable[..., T], sql: LiteralString, /, *params: Any, **named: Any
    ) -> list[T]:
        """Make something of each row; parameters are `%s` in turn, or `%(name)s` from four on."""
        with self.connection.cursor(row_factory=kwargs_row(make)) as cursor:
            return cursor.execute(sql, named or params).fetchall()

    def maybe(
        self, make: Callable[..., T], sql: LiteralString, /, *params: Any, **named: Any
    ) -> T | None:
        """Make something of the first row; None when there is none."""
        with self.connection.cursor(row_factory=kwargs_row(make)) as cursor:
            return cursor.execute(sql, named or params).fetchone()

    def one(self, make: Callable[..., T], sql: LiteralString, /, *params: Any, **named: Any) -> T:
        """Make something of the first row; raises LookupError when there is none."""
        found = self.maybe(make, sql, *params, **named)
        if found is None:
            raise LookupError(sql)
        return found

    def scalars(self, sql: LiteralString, /, *params: Any, **named: Any) -> list[Any]:
        """Return the first column of each row."""
        with self.connection.cursor(row_factory=tuple_row) as cursor:
            return [row[0] for row in cursor.execute(sql, named or params)]

    def stream(self, make: Callable[..., T], sql: LiteralString, /, **named: Any) -> Iterator[T]:
        """Make something of each row, as it is asked for; of all rows only some are held at once.

        The server keeps the rest, so that memory does not grow with the answer.
        """
        with self.connection.cursor(name="rows", row_factory=kwargs_row(make)) as cursor:
            cursor.itersize = _HELD_ROWS
            yield from cursor.execute(sql, named)

    def is_writable(self) -> bool:
        return self.scalars("show transaction_read_only") == ["off"]

    def run(self, sql: LiteralString, /, *params: Any, **named: Any) -> int:
        """Run a statement; returns how many rows it touched."""
        return self.connection.execute(sql, named or params).rowcount


class Database:
    """PostgreSQL as this process sees it. The pool opens at the first use, after any fork."""

    faults: Final = (Unavailable, psycopg.Error)
    """A transaction raises one of these when the database cannot take it."""

    def __init__(
        self,
        url: Secret,
        *,
        pool_size: int,
        limit_seconds: float = 2.3,
        notify: Callable[[Set[Queue]], None] | None = None,
    ) -> None:
        """Nothing takes longer than the limit, whatever the server does; Slack waits 3 s.

        `notify` is called after a commit with the queues that the transaction wrote for.
        """
        self._notify = notify
        self._url = url
        self._pool_size = pool_size
        self._limit_seconds = limit_seconds
        self._wait_seconds = limit_seconds * 0.6  # for a connection; the rest is for the work
        self._begin_seconds = limit_seconds * 0.4
        self._begin = _BEGIN.format(timeout=int(limit_seconds * 1000)).encode()
        self._pool: ConnectionPool[_Connection] | None = None
        self._pid = 0
        self._opening = Lock()

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def run(self, work: Callable[[Tx], T], *, since: float | None = None) -> T:
        """Run `work` in one transaction, and notify the queues that it wrote for.

        It is run again from the start when the connection was lost.

        `work` may therefore run twice, the second time perhaps after the first was committed:
        its own unique key must make the repeat harmless. Raises Unavailable when the database
        cannot take it and nothing was recorded, and CommitUnknown when nobody can tell. The time
        limit counts from `since` on the monotonic clock, when somebody has waited since then.
        """
        until = (since or time.monotonic()) + self._limit_seconds
        tries, failure, tx = 0, Unavailable, None
        while True:
            tries += 1
            try:
                with self.transaction(until) as tx:
                    done = work(tx)
                break
            except Unavailable as error:
                raise failure(str(error)) from error
            except psycopg.Error as error:
                if not _is_lost(error):
                    raise
                if tx is not None and tx.is_committing:
                    failure = CommitUnknown
                problem = error.sqlstate or type(error).__name__
                log.warning("database connection lost", extra={"problem": problem})
                metrics.DATABASE_ERRORS.labels((error.sqlstate or "none")[:2]).inc()
                is_slow = isinstance(error, psycopg.errors.QueryCanceled)
                if is_slow or tries == _TRIES or time.monotonic() > until:
                    raise failure(problem) from error
                # At once when one connection was lost; then a failover needs its moments, of which
                # a worker, whose limit is long, has more to give.
                time.sleep(self._limit_seconds * 0.04 * (tries - 1))
        if self._notify and tx.wakes:
            self._notify(tx.wakes)
        return done

    @contextmanager
    def transaction(self, until: float | None = None) -> Iterator[Tx]:
        """Commits at the end, rolls back on an exception; given up when the clock says `until`.

        Raises Unavailable when no connection is free.
        """
        connection, now = self._begun(until or time.monotonic() + self._limit_seconds)
        try:
            tx = Tx(connection, now)
            yield tx
            tx.is_committing = True
            connection.execute(b"commit", prepare=False)
        except BaseException as error:
            if isinstance(error, psycopg.Error) and _is_lost(error):
                connection.close()
            else:
                _roll_back(connection)
            raise
        finally:
            self._open_pool().putconn(connection)

    def _begun(self, until: float) -> tuple[_Connection, datetime]:
        """A connection with an open transaction, and the database's time.

        One that was lost while nobody used it, as after a restart, is replaced. To begin is to
        check: the pool's own check is a round trip more, and waits a second before it goes on.
        """
        pool = self._open_pool()
        while True:
            connection = self._taken_from(pool, until)
            try:
                connection.until = min(until, time.monotonic() + self._begin_seconds)
                now = self._begin_on(connection)
            except psycopg.Error as error:
                connection.close()
                pool.putconn(connection)
                if not _is_lost(error):
                    raise
            else:
                connection.until = until
                return connection, now

    def _taken_from(self, pool: ConnectionPool[_Connection], until: float) -> _Connection:
        """A connection; asked for every second anew, since the pool connects only when asked."""
        asked_at = time.monotonic()
        give_up = min(until, asked_at + self._wait_seconds)
        while True:
            try:
                connection = pool.getconn(timeout=min(1.0, give_up - time.monotonic()))
            except PoolTimeout as error:
                if time.monotonic() > give_up:
                    _count_wait("none", asked_at)
                    raise Unavailable("no database connection") from error
            else:
                _count_wait("taken", asked_at)
                return connection

    def _begin_on(self, connection: _Connection) -> datetime:
        cursor = connection.execute(self._begin, prepare=False)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        assert row is not None
        now: datetime = row[0]
        # A pooler shows itself by a key that is not the server's: in transaction mode it has each
        # transaction meet another session, which knows nothing of what this one has prepared.
        is_direct = row[1] == connection.info.backend_pid
        connection.prepare_threshold = _PREPARED_AFTER if is_direct else None
        return now

    def _open_pool(self) -> ConnectionPool[_Connection]:
        if self._pool is None or self._pid != os.getpid():
            with self._opening:
                if self._pool is None or self._pid != os.getpid():
                    self._pool, self._pid = self._new_pool(), os.getpid()
        return self._pool

    def _new_pool(self) -> ConnectionPool[_Connection]:
        return ConnectionPool(
            self._url.reveal(),
            connection_class=_Connection,
            min_size=1,
            max_size=self._pool_size,
            timeout=self._wait_seconds,
            kwargs={
                "autocommit": True,
                "connect_timeout": 2,
                "tcp_user_timeout": 5000,
                "application_name": "incident-bot",
            },
            # Given up soon, and begun anew by whoever next needs one: the pool's own pauses double,
            # and would outlast a long outage by as long again.
            reconnect_timeout=1,
            open=True,
        )

    def close(self) -> None:
        """Close the pool; on Python 3.13 a process with an open one hangs at its exit."""
        if self._pool is not None and self._pid == os.getpid():
            self._pool.close(timeout=1)
            self._pool = None


def _count_wait(outcome: str, asked_at: float) -> None:
    metrics.DATABASE_WAIT_SECONDS.labels(outcome).observe(time.monotonic() - asked_at)


def _is_lost(error: psycopg.Error) -> bool:
    """Say whether another connection may do what this one cannot do any more.

    A worker that was frozen in a transaction finds it ended, whatever class of error that is.
    """
    return isinstance(error, _LOST) or error.diag.severity_nonlocalized in _ENDS_THE_CONNECTION


def _roll_back(connection: _Connection) -> None:
    try:
        connection.rollback()
    except psycopg.Error:
        connection.close()
