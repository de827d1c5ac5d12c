"""Checkpoints: when something that one worker of all does now and then was last done."""

from datetime import timedelta

from incident_bot.store.database import Tx


def claim(tx: Tx, name: str, *, every: timedelta, patience: timedelta) -> bool:
    """True for the one worker whose turn it is, and which has `patience` to finish."""
    return bool(
        tx.run(
            """
            insert into checkpoints (name, at) values (%s, %s)
            on conflict (name) do update set at = excluded.at where checkpoints.at <= %s
            """,
            name,
            tx.now - every + patience,
            tx.now - every,
        )
    )


def mark_run(tx: Tx, name: str) -> None:
    """It was done just now."""
    tx.run(
        """
        insert into checkpoints (name, at) values (%s, %s)
        on conflict (name) do update set at = excluded.at
        """,
        name,
        tx.now,
    )
