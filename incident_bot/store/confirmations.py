"""Questions whether somebody means it: the same request again, soon, is the answer."""

from datetime import timedelta

from incident_bot.store.database import Tx


def ask(tx: Tx, key: str) -> None:
    """Remember that the person behind this request was asked just now."""
    tx.run(
        """
        insert into confirmations (key, asked_at) values (%s, %s)
        on conflict (key) do update set asked_at = excluded.asked_at
        """,
        key,
        tx.now,
    )


def take(tx: Tx, key: str, *, within: timedelta) -> bool:
    """Say whether the person was asked so lately; each question is answered once."""
    return bool(
        tx.run("delete from confirmations where key = %s and asked_at > %s", key, tx.now - within)
    )


def forget_older_than(tx: Tx, age: timedelta) -> int:
    """Drop the questions that nobody answered; returns how many."""
    return tx.run("delete from confirmations where asked_at < %s", tx.now - age)
