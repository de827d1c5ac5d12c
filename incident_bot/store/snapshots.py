"""A snapshot: the whole database as it was at one moment, to be read for as long as it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg

from incident_bot.errors import UserError
from incident_bot.settings import Secret
from incident_bot.store.connecting import connected, reason
from incident_bot.store.database import Tx

# Nothing is written and nobody waits for it, so a statement may take its time. While a snapshot is
# open, vacuum keeps every row that it can see (postgresql.org: routine vacuuming): one that nobody
# reads from any more must end. A cursor is planned for all of its rows, not for the first tenth.
_BEGIN: Final = (
    b"begin isolation level repeatable read read only; set local timezone = 'UTC';"
    b" set local jit = off; set local statement_timeout = 0; set local cursor_tuple_fraction = 1;"
    b" set local idle_in_transaction_session_timeout = '10min'; select clock_timestamp()"
)

# Over TCP the reason is lost where the connection is reset before it is read.
_ENDED: Final = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.errors.IdleInTransactionSessionTimeout,
)


@contextmanager
def opened(database_url: Secret) -> Iterator[Tx]:
    """Open a transaction that only reads, and that sees nothing of what is written meanwhile.

    Raises Unavailable when the database is away, and UserError when it ends the reading, as when
    nothing was read for ten minutes, by a pager that somebody has left open.
    """
    with connected(database_url, autocommit=True, application_name="incident-bot") as connection:
        cursor = connection.execute(_BEGIN, prepare=False)
        while cursor.nextset():
            pass
        row = cursor.fetchone()
        assert row is not None
        try:
            yield Tx(connection, row[0])
        except _ENDED as error:
            raise UserError(
                f"The database ended the reading ({reason(error)}). Try again; where nobody took "
                "rows for ten minutes, as in a pager, write to a file by --output, since vacuum "
                "waits for what is being read."
            ) from None
