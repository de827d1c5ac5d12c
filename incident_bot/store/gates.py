"""Gates: what a vendor asked us not to call for a while, shared by all workers."""

from datetime import datetime, timedelta
from typing import Any

from incident_bot.store.database import Tx


def close(tx: Tx, key: str, *, seconds: float) -> None:
    """Keep calls under this key back; a gate that stays closed for longer wins."""
    tx.run(
        """
        insert into gates (key, open_at) values (%s, %s)
        on conflict (key) do update set open_at = greatest(gates.open_at, excluded.open_at)
        """,
        key,
        tx.now + timedelta(seconds=seconds),
    )


def take_slot(tx: Tx, key: str, *, apart_seconds: float) -> float:
    """Reserve the next moment for a call that all workers keep this far apart; returns the wait."""
    slot: datetime = tx.scalars(
        """
        insert into gates (key, open_at) values (%s, %s)
        on conflict (key) do update
            set open_at = greatest(gates.open_at + make_interval(secs => %s), excluded.open_at)
        returning open_at
        """,
        f"{key} pace",
        tx.now,
        apart_seconds,
    )[0]
    return max(0.0, (slot - tx.now).total_seconds())


def reopen(tx: Tx, key: str) -> None:
    """Let calls under this key through again."""
    tx.run("delete from gates where key = %s", key)


def closed(tx: Tx) -> dict[str, float]:
    """Closed gates and the seconds each stays so."""
    rows: list[dict[str, Any]] = tx.all(
        dict, "select key, open_at from gates where open_at > %s", tx.now
    )
    return {row["key"]: (row["open_at"] - tx.now).total_seconds() for row in rows}
