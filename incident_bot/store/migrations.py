"""Bring the database to the schema that this version knows."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import IsolationLevel
from yoyo import read_migrations
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.migrations import Migration, default_migration_table

from incident_bot.libraries import require as require_library
from incident_bot.settings import Secret
from incident_bot.store import fitness, privileges
from incident_bot.store.connecting import connected
from incident_bot.store.schema import FOLDER

_YOYO: Final = "yoyo-migrations>=9.0,<10"
require_library(_YOYO, Migration, "load", "process_steps")
require_library(_YOYO, PostgresqlPsycopgBackend, "init_database", "ensure_internal_schema_updated")
require_library(_YOYO, PostgresqlPsycopgBackend, "break_lock", "to_apply", "is_applied", "mark_one")
require_library(_YOYO, PostgresqlPsycopgBackend, "transaction", "execute", "log_migration")
require_library(_YOYO, PostgresqlPsycopgBackend, "connection")

_LOCK: Final = 0x1C1DE28  # any number, the same in every version
_EARLIER_LOCK: Final = 0x1C1DE27  # of versions that knew no migration after 0018-documents
_TURN_SECONDS: Final = 0.1
_LOCK_MS: Final = 500  # the longest that requests stand behind a migration that waits
_PAUSE_SECONDS: Final = 2.0  # for those to be answered
_PATIENCE_SECONDS: Final = 3600.0

log = logging.getLogger(__name__)


def migrate(database_url: Secret) -> list[str]:
    """Apply what is missing, one migrator at a time; returns the names applied.

    Raises Unavailable when the database cannot be reached or is lost, and ConfigError when it is
    not fit.
    """
    with (
        privileges.required(database_url, of_the_owner=True),
        connected(database_url, client_encoding="utf8") as connection,
    ):
        connection.isolation_level = IsolationLevel.READ_COMMITTED  # in which only statements see
        fitness.require(connection)
        _take_turn(connection)
        return _apply(database_url)


def _take_turn(connection: psycopg.Connection[Any]) -> None:
    """Wait until no other migrator runs, and hold the lock until the transaction ends.

    It is asked for again and again, in a transaction each: `create index concurrently` waits for
    transactions that were seen in a statement, and would wait for one that waits for its migrator.
    Nor has the question parameters, since a statement with some keeps its snapshot until the next.
    """
    # A lock of the transaction: a pooler in transaction mode would keep one of the session.
    ask = f"select pg_try_advisory_xact_lock({_LOCK})".encode()
    while connection.execute(ask).fetchone() != (True,):
        connection.rollback()
        time.sleep(_TURN_SECONDS)
    connection.execute("set local idle_in_transaction_session_timeout = 0")


def _apply(database_url: Secret) -> list[str]:
    with _backend(database_url) as backend:
        missing = backend.to_apply(read_migrations(str(FOLDER)))
        for migration in missing:
            _apply_one(backend, migration)
        return [migration.id for migration in missing]


def _apply_one(backend: Any, migration: Any) -> None:
    migration.load()
    if migration.use_transactions:
        _apply_at_once(backend, migration)
    else:
        _apply_step_by_step(backend, migration)


def _apply_at_once(backend: Any, migration: Any) -> None:
    """Apply it when no lock it needs is held for long, as by a backup; raises after an hour.

    Whatever waits for a lock on a table holds up all who come after it, and those are people.
    """
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            # yoyo's own apply records the migration in a second transaction: a kill between
            # the two would leave a schema that it then tries to create again.
            with backend.transaction():
                backend.execute(f"set local lock_timeout = {_LOCK_MS}")
                backend.execute(f"select pg_advisory_xact_lock({_EARLIER_LOCK})")
                if not backend.is_applied(migration):
                    migration.process_steps(backend, "apply")
                    _record(backend, migration)
        except psycopg.errors.LockNotAvailable:
            if time.monotonic() > until:
                raise
            log.warning("tables in use, trying again", extra={"migration": migration.id})
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def _apply_step_by_step(backend: Any, migration: Any) -> None:
    """Apply one that says `transactional: false`: each statement is committed by itself.

    It blocks nobody, waits for whoever is writing, and is recorded after its last statement. One
    that was killed is begun anew, so its statements can be repeated.
    """
    if _is_direct(backend.connection):  # a pooler in transaction mode would give it to others
        backend.execute("set statement_timeout = 0")
    migration.process_steps(backend, "apply")
    with backend.transaction():
        _record(backend, migration)


def _record(backend: Any, migration: Any) -> None:
    backend.log_migration(migration, "apply")
    backend.mark_one(migration, log=False)


def _is_direct(connection: psycopg.Connection[Any]) -> bool:
    pid = connection.execute("select pg_backend_pid()").fetchone()
    return pid == (connection.info.backend_pid,)


@contextmanager
def _backend(database_url: Secret) -> Iterator[Any]:
    # yoyo logs the operating system's user name and fails for a uid that has none.
    os.environ.setdefault("LOGNAME", "incident-bot")
    # The URL goes to psycopg whole, so that each that serves the bot serves here: yoyo reads fewer.
    ours = {"conninfo": database_url.reveal(), "prepare_threshold": None}
    nothing = dict.fromkeys(("username", "password", "hostname", "port", "database"))
    target = DatabaseURI(scheme="postgresql+psycopg", args=ours, **nothing)
    backend = PostgresqlPsycopgBackend(target, default_migration_table)
    try:
        backend.init_database()
        backend.break_lock()  # a killed migrator's: ours is let go with its connection
        backend.ensure_internal_schema_updated()
        yield backend
    finally:
        backend.connection.close()
