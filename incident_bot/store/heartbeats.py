"""Heartbeats: when a worker last looked at each queue, and Slack last reached us."""

from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.deliveries import Queue
from incident_bot.store import checkpoints
from incident_bot.store.database import Tx

_SOCKET: Final = "socket"
_EVENT: Final = "event"
_OFTEN: Final = timedelta(minutes=10)


def beat(tx: Tx, queue: Queue) -> None:
    """A worker of this queue is alive and sees the database."""
    checkpoints.mark_run(tx, name_of(queue))


def name_of(queue: Queue) -> str:
    """Return the name of the checkpoint that a queue's workers mark."""
    return f"sweep {queue}"


def last(tx: Tx) -> dict[Queue, datetime]:
    """The last beat of each queue that ever had a worker."""
    rows = {
        queue: tx.scalars("select at from checkpoints where name = %s", name_of(queue))
        for queue in Queue
    }
    return {queue: found[0] for queue, found in rows.items() if found}


def beat_socket(tx: Tx) -> None:
    """A process of `incident-bot socket` has a connection to Slack and sees the database."""
    checkpoints.mark_run(tx, _SOCKET)


def last_of_socket(tx: Tx) -> datetime | None:
    """The last beat of a socket, if there ever was one."""
    found: list[datetime] = tx.scalars("select at from checkpoints where name = %s", _SOCKET)
    return found[0] if found else None


def note_event(tx: Tx) -> None:
    """Slack has sent an event, which is noted once in ten minutes."""
    checkpoints.claim(tx, _EVENT, every=_OFTEN, patience=_OFTEN)


def last_event(tx: Tx) -> datetime | None:
    """Return when Slack last sent an event, give or take ten minutes; None if it never did."""
    found: list[datetime] = tx.scalars("select at from checkpoints where name = %s", _EVENT)
    return found[0] if found else None
