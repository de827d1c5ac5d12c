"""Canaries: whether one is under way, and when the last one arrived."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from incident_bot.domain.deliveries import CANARY
from incident_bot.store import checkpoints
from incident_bot.store.database import Tx

_ARRIVED: Final = "canary arrived"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """The last canary that arrived.

    `slack_ahead_seconds` is by how much Slack's clock was ahead of the database's; None where Slack
    did not say its time.
    """

    at: datetime
    slack_ahead_seconds: float | None


def count_pending(tx: Tx) -> int:
    """Count the canaries that wait or are under way."""
    return int(
        tx.scalars(
            "select count(*) from deliveries where ordering_key = %s and state = 'pending'",
            f"/{CANARY}",
        )[0]
    )


def mark_arrived(tx: Tx, *, slack_ahead_seconds: float | None) -> None:
    """Remember that one arrived just now."""
    checkpoints.mark_run(tx, _ARRIVED)
    ahead = "" if slack_ahead_seconds is None else f"{slack_ahead_seconds:.3f}"
    checkpoints.save_bookmark(tx, _ARRIVED, ahead)


def last_arrival(tx: Tx) -> Arrival | None:
    """Return the last one that arrived; None before the first."""
    return tx.maybe(_arrival, "select at, bookmark from checkpoints where name = %s", _ARRIVED)


def _arrival(*, at: datetime, bookmark: str, **_: Any) -> Arrival:
    return Arrival(at=at, slack_ahead_seconds=float(bookmark) if bookmark else None)
