"""Gauges: how things stand, read from the record when somebody scrapes."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, LiteralString

from incident_bot.domain.deliveries import CANARY, Queue
from incident_bot.store import canaries
from incident_bot.store.database import Tx


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """A queue's deliveries that are not settled well; ages are in seconds."""

    queue: str
    pending: int
    dead: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The number of open incidents of a severity and status."""

    severity: str
    status: str
    count: int


def backlogs(tx: Tx) -> list[Backlog]:
    """One for each queue that has anything pending or dead, a canary apart.

    Each state by itself, since of several at once the planner reads the whole table.
    """
    pending, dead = _count_pending(tx), _count_dead(tx)
    return [
        Backlog(
            queue=queue,
            pending=pending[queue],
            dead=dead[queue],
            oldest_seconds=_oldest_seconds(tx, queue) if queue in pending else 0.0,
        )
        for queue in sorted(pending.keys() | dead.keys())
    ]


def _count_pending(tx: Tx) -> Counter[str]:
    """Count what may go out and what waits for its channel, each from an index alone."""
    free = _by_queue(
        tx,
        """
        select queue, count(*) as count from deliveries
        where state = 'pending' and not waiting group by queue
        """,
    )
    waiting = _by_queue(
        tx,
        """
        select queue, count(*) as count from deliveries
        where waiting and state = 'pending' group by queue
        """,
    )
    return free + waiting - Counter({Queue.NOTIFICATIONS.value: canaries.count_pending(tx)})


def _count_dead(tx: Tx) -> Counter[str]:
    return _by_queue(
        tx,
        "select queue, count(*) as count from deliveries where state = 'dead' group by queue",
    )


def _by_queue(tx: Tx, query: LiteralString) -> Counter[str]:
    rows: list[dict[str, Any]] = tx.all(dict, query)
    return Counter({row["queue"]: row["count"] for row in rows})


def _oldest_seconds(tx: Tx, queue: str) -> float:
    """Return how long the delivery that has been due for longest is due; 0 when none is."""
    found = tx.scalars(
        """
        select run_at from deliveries
        where queue = %s and state = 'pending' and not waiting and run_at <= %s and kind <> %s
        order by run_at limit 1
        """,
        queue,
        tx.now,
        CANARY,
    )
    return (tx.now - found[0]).total_seconds() if found else 0.0


def statuspage_unsynced_seconds(tx: Tx) -> float:
    """Return how long the oldest change waits that the status page has not taken; 0 for none.

    Also while it is put off: of what the page refuses nothing is due.
    """
    oldest = tx.scalars(
        "select min(created_at) from deliveries where queue = %s and state = 'pending'",
        Queue.STATUSPAGE,
    )[0]
    return (tx.now - oldest).total_seconds() if oldest else 0.0


def open_incidents(tx: Tx) -> list[Open]:
    """Open incidents by severity and status."""
    return tx.all(
        Open,
        """
        select severity, status, count(*) as count from incidents where status <> 'resolved'
        group by severity, status
        """,
    )


def schema_version(tx: Tx) -> int:
    """Return the number of the newest migration; 0 before the first."""
    found = tx.scalars(
        "select migration_id from _yoyo_migration order by migration_id desc limit 1"
    )
    return int(found[0].split("-")[0]) if found else 0
