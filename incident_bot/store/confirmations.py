"""Questions whether somebody means it: the same request again, soon, is the answer."""

from datetime import timedelta

from incident_bot.store.database import Tx


def ask(tx: Tx, key: str, sending: str) -> None:
    """Remember that the person behind this request was asked just now, and what had us ask.

    `sending` is the same only where the very same sending arrives again.
    """
    tx.run(
        """
        insert into confirmations (key, asked_at)
        select distinct key, %s::timestamptz from unnest(%s::text[]) as asked (key)
        on conflict (key) do update set asked_at = excluded.asked_at
        """,
        tx.now,
        [key, sending],
    )


def take(tx: Tx, key: str, sending: str, *, within: timedelta) -> bool:
    """Say whether the person was asked so lately; each question is answered once.

    What had us ask is no answer when it arrives again.
    """
    return bool(
        tx.run(
            """
            delete from confirmations where key = %s and asked_at > %s
                and not exists (select from confirmations as asked where asked.key = %s)
            """,
            key,
            tx.now - within,
            sending,
        )
    )


def forget_older_than(tx: Tx, age: timedelta) -> int:
    """Drop the questions that nobody answered; returns how many."""
    return tx.run("delete from confirmations where asked_at < %s", tx.now - age)
