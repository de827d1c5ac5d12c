"""One connection for one piece of work, and the reason in words when there is none."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import Connection

from incident_bot.errors import Unavailable
from incident_bot.settings import Secret


@contextmanager
def connected(
    database_url: Secret, *, limit_seconds: int = 10, **options: Any
) -> Iterator[Connection[Any]]:
    """Connect, and commit at the end; nothing is tried twice.

    Raises Unavailable, with what the server or the system says of it, when there is no connection
    or it is lost. The limit is for connecting alone.
    """
    url = database_url.reveal()
    try:
        with psycopg.connect(url, connect_timeout=limit_seconds, **options) as connection:
            yield connection
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise Unavailable(reason(error)) from None


def reason(error: psycopg.Error) -> str:
    """Return the first line of what libpq says, which names the host and never the password."""
    said = str(error).strip().partition("\n")[0]
    return said.removeprefix("connection failed: ").rstrip(".") or type(error).__name__
