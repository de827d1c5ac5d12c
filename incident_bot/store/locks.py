"""Locks that a transaction holds until it ends, on what has no row of its own."""

from collections.abc import Sequence
from enum import IntEnum

from incident_bot.store.database import Tx


class Lock(IntEnum):
    """The things that are locked by name; equal names of different things never meet."""

    SERVICE = 1
    CHANNEL_NAME = 2
    COMPONENT = 3
    DEAD_LETTER = 4
    SEALS = 5


def take(tx: Tx, lock: Lock, name: str) -> None:
    """Wait until nobody else holds it, and hold it until the transaction ends."""
    tx.run("select pg_advisory_xact_lock(hashtextextended(%s, %s))", name, int(lock))


def is_free(tx: Tx, lock: Lock, name: str) -> bool:
    """Hold it until the transaction ends if nobody else does; False at once if somebody does."""
    taken: bool = tx.scalars(
        "select pg_try_advisory_xact_lock(hashtextextended(%s, %s))", name, int(lock)
    )[0]
    return taken


def take_each(tx: Tx, lock: Lock, names: Sequence[str]) -> None:
    """Take the locks of these names in turn; all take them in one order, or two might deadlock."""
    tx.run(
        "select pg_advisory_xact_lock(hashtextextended(name, %s)) from unnest(%s::text[]) as name",
        int(lock),
        list(names),
    )
