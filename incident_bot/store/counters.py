"""Counters of rare events, kept where every process can add to them and any can read them."""

from dataclasses import dataclass
from enum import StrEnum

from incident_bot.store.database import Tx


class Counter(StrEnum):
    """The counters; their names are those of /metrics without the prefix."""

    AMBIGUOUS_RESOLVED = "outbox_ambiguous_resolved_total"
    DEAD = "outbox_dead_letters_total"
    REJECTED_JOBS = "rejected_jobs_total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A count of events; the label says of which kind."""

    name: str
    label: str
    value: int


def add(tx: Tx, counter: Counter, label: str, by: int = 1) -> None:
    """Count something that happened."""
    tx.run(
        """
        insert into counters (name, label, value) values (%s, %s, %s)
        on conflict (name, label) do update set value = counters.value + excluded.value
        """,
        counter,
        label,
        by,
    )


def all_counts(tx: Tx) -> list[Count]:
    """Every counter."""
    return tx.all(Count, "select name, label, value from counters order by name, label")
