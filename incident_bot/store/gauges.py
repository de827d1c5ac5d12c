"""Gauges: how things stand, read from the record when somebody scrapes."""

from dataclasses import dataclass

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
    """The number of open incidents of a severity."""

    severity: str
    count: int


def backlogs(tx: Tx) -> list[Backlog]:
    """One for each queue that has anything pending or dead."""
    return tx.all(
        Backlog,
        """
        select queue, count(*) filter (where state = 'pending') as pending,
            count(*) filter (where state = 'dead') as dead,
            coalesce(extract(epoch from %s - min(run_at) filter (
                where state = 'pending' and not waiting and run_at <= %s)), 0)::float
                as oldest_seconds
        from deliveries where state in ('pending', 'dead') group by queue
        """,
        tx.now,
        tx.now,
    )


def open_incidents(tx: Tx) -> list[Open]:
    """Open incidents by severity."""
    return tx.all(
        Open,
        """
        select severity, count(*) as count from incidents where status <> 'resolved'
        group by severity
        """,
    )
