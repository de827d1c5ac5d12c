"""Heartbeats: when a worker last looked at each queue, and Slack last reached us."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.deliveries import Queue
from incident_bot.store import checkpoints
from incident_bot.store.database import Tx

_SOCKET: Final = "socket"
_EVENT: Final = "event "
_MISMATCH: Final = "signature mismatch"
_COMMAND: Final = "command"
_HOUR: Final = timedelta(hours=1)


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


def note_event(tx: Tx, type: str) -> None:
    """Slack has sent an event of this type, which is noted once an hour."""
    checkpoints.note(tx, f"{_EVENT}{type}", every=_HOUR)


def last_events(tx: Tx, types: Iterable[str]) -> dict[str, datetime]:
    """Return when each of these types last came, give or take an hour, if it ever did."""
    found = {
        each: tx.scalars("select at from checkpoints where name = %s", _EVENT + each)
        for each in types
    }
    return {each: at[0] for each, at in found.items() if at}


def last_event(tx: Tx) -> datetime | None:
    """Return when the last event came of any type, give or take an hour; None if none ever did."""
    found: list[datetime | None] = tx.scalars(
        "select max(at) from checkpoints where starts_with(name, %s)", _EVENT
    )
    return found[0]


def note_mismatch(tx: Tx) -> None:
    """Somebody sent what SLACK_SIGNING_SECRET does not sign: Slack, or a stranger."""
    checkpoints.mark_run(tx, _MISMATCH)


def last_mismatch(tx: Tx) -> datetime | None:
    """Return when the last was noted; None if none ever was."""
    found: list[datetime] = tx.scalars("select at from checkpoints where name = %s", _MISMATCH)
    return found[0] if found else None


def note_command(tx: Tx, name: str) -> None:
    """Slack has sent a command of this name."""
    checkpoints.note(tx, _COMMAND, every=_HOUR, bookmark=name)


def last_command(tx: Tx) -> str:
    """Return the name of the app's command as Slack last sent it; empty if it never did."""
    return checkpoints.bookmark(tx, _COMMAND)
