"""The database as a subcommand uses it: one connection, to a schema that this version knows."""

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager

from incident_bot.domain.deliveries import Queue
from incident_bot.errors import ConfigError, Unavailable
from incident_bot.settings import Secret
from incident_bot.store import privileges, schema
from incident_bot.store.connecting import connected
from incident_bot.store.database import Database


@contextmanager
def opened(
    url: Secret, *, notify: Callable[[AbstractSet[Queue]], None] | None = None
) -> Iterator[Database]:
    """Open the database; raises ConfigError when its schema is not for this version.

    So it does when the database refuses what is asked of it.
    """
    with (
        privileges.required(url),
        Database(url, pool_size=1, notify=notify) as database,
    ):
        if wrong := _fault(database, url):
            raise ConfigError(wrong)
        yield database


def _fault(database: Database, url: Secret) -> str | None:
    try:
        return database.run(schema.fault)
    except Unavailable as error:
        with connected(url, limit_seconds=2):  # it says why, which the pool does not
            raise Unavailable(str(error)) from None
