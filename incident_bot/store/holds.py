"""Rate-limit holds: calls that a vendor asked us not to make for a while, for all workers."""

from datetime import datetime, timedelta
from typing import Any

from incident_bot.store.database import Tx


def hold(tx: Tx, key: str, *, seconds: float) -> None:
    """Keep calls under this key back; of two holds the longer wins."""
    tx.run(
        """
        insert into rate_limit_holds (key, held_until) values (%s, %s)
        on conflict (key) do update
            set held_until = greatest(rate_limit_holds.held_until, excluded.held_until)
        """,
        key,
        tx.now + timedelta(seconds=seconds),
    )


def reserve_slot(tx: Tx, key: str, *, apart_seconds: float) -> float:
    """Reserve the next moment for a call that all workers keep this far apart; returns the wait."""
    slot: datetime = tx.scalars(
        """
        insert into rate_limit_holds (key, held_until) values (%s, %s)
        on conflict (key) do update
            set held_until = greatest(
                rate_limit_holds.held_until + make_interval(secs => %s), excluded.held_until)
        returning held_until
        """,
        f"{key} pace",
        tx.now,
        apart_seconds,
    )[0]
    return max(0.0, (slot - tx.now).total_seconds())


def clear(tx: Tx, key: str) -> None:
    """Let calls under this key through again."""
    tx.run("delete from rate_limit_holds where key = %s", key)


def active(tx: Tx) -> dict[str, float]:
    """Return the keys that are held and the seconds each stays so."""
    rows: list[dict[str, Any]] = tx.all(
        dict, "select key, held_until from rate_limit_holds where held_until > %s", tx.now
    )
    return {row["key"]: (row["held_until"] - tx.now).total_seconds() for row in rows}


def forget_ended(tx: Tx, age: timedelta) -> int:
    """Drop the holds that ended so long ago; returns how many."""
    return tx.run("delete from rate_limit_holds where held_until < %s", tx.now - age)
