"""The database as a subcommand uses it: one connection, to a schema that this version knows."""

import threading
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import contextmanager
from typing import Final

from incident_bot.domain.deliveries import Queue
from incident_bot.errors import ConfigError, Unavailable
from incident_bot.settings import Secret
from incident_bot.store import privileges, schema, snapshots
from incident_bot.store.connecting import connected
from incident_bot.store.database import Database, Tx

PATIENCE_SECONDS: Final = 8.0
"""A person in an outage waits longer than Slack does, and the database has more to do."""

_NOTIFY_SECONDS: Final = 1.0


@contextmanager
def opened(
    url: Secret,
    *,
    notify: Callable[[AbstractSet[Queue]], None] | None = None,
    limit_seconds: float = 2.3,
) -> Iterator[Database]:
    """Open the database; raises ConfigError when its schema is not for this version.

    So it does when the database refuses what is asked of it. `notify` is given a second.
    """
    ring = notify and _soon(notify)
    with privileges.required(url):
        with connected(url, limit_seconds=int(limit_seconds)):
            pass  # it says at once why there is no connection, which the pool does not
        with Database(url, pool_size=1, notify=ring, limit_seconds=limit_seconds) as database:
            if wrong := _fault(database, url):
                raise ConfigError(wrong)
            yield database


def _soon(notify: Callable[[AbstractSet[Queue]], None]) -> Callable[[AbstractSet[Queue]], None]:
    """Wait for it no longer than a second: the name of a Redis may be looked up for many.

    What is written is committed by then, and a worker looks for it by itself.
    """

    def notify_soon(queues: AbstractSet[Queue]) -> None:
        thread = threading.Thread(target=notify, args=(queues,), daemon=True)
        thread.start()
        thread.join(_NOTIFY_SECONDS)

    return notify_soon


@contextmanager
def snapshot(url: Secret) -> Iterator[Tx]:
    """Open the whole database as it is at this moment; raises ConfigError as `opened` does."""
    with opened(url):
        pass  # one that is down is not waited for as long as the reading may take
    with privileges.required(url), snapshots.opened(url) as tx:
        yield tx


def _fault(database: Database, url: Secret) -> str | None:
    try:
        return database.run(schema.fault)
    except Unavailable as error:
        with connected(url, limit_seconds=2):  # it says why, which the pool does not
            raise Unavailable(str(error)) from None
