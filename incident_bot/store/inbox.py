"""Requests already taken, with the answer each was given."""

from datetime import datetime, timedelta
from typing import Any

from psycopg.types.json import Jsonb

from incident_bot import log
from incident_bot.domain.people import Standing
from incident_bot.store import people
from incident_bot.store.database import Tx


def claim_key(tx: Tx, key: str) -> bool:
    """Claim a request's idempotency key; False when the request was taken before.

    A repeat that arrives while the first is still at work waits for it here.
    """
    return bool(
        tx.run(
            """
            insert into inbox (key, received_at, request_id) values (%s, %s, %s)
            on conflict (key) do nothing
            """,
            key,
            tx.now,
            log.request_id.get(),
        )
    )


def claim(tx: Tx, key: str, user_id: str) -> Standing | None:
    """Claim the key, and say what whoever asks is to us; None when the request was taken before.

    Every request does this, so it is one statement.
    """
    is_new, standing = tx.one(
        _claimed,
        """
        with claimed as (
            insert into inbox (key, received_at, request_id)
            values (%(key)s, %(now)s, %(request_id)s)
            on conflict (key) do nothing returning key
        )
        select exists (select from claimed) as is_new, """
        + people.WITH_WORKSPACE,
        key=key,
        now=tx.now,
        request_id=log.request_id.get(),
        user_id=user_id,
    )
    return standing if is_new else None


def _claimed(*, is_new: bool, **row: Any) -> tuple[bool, Standing]:
    return is_new, people.person_and_standing(**row)[1]


def save_answer(tx: Tx, key: str, answer: dict[str, Any]) -> None:
    """Keep the answer for a repeat of the request."""
    tx.run("update inbox set answer = %s where key = %s", Jsonb(answer), key)


def answer(tx: Tx, key: str) -> tuple[dict[str, Any], str | None]:
    """The answer that was given to the request, and the id that it had then."""
    stored: dict[str, Any] = tx.one(
        dict, "select answer, request_id from inbox where key = %s", key
    )
    return stored["answer"], stored["request_id"]


def last_received(tx: Tx) -> datetime | None:
    """Return when Slack's last request was taken; None when none was of late."""
    found = tx.scalars(
        """
        select received_at
        from (select key, received_at from inbox order by received_at desc limit 5000) as newest
        where split_part(key, ':', 1) in ('command', 'button', 'form', 'choice', 'shortcut')
        order by received_at desc limit 1
        """
    )
    return found[0] if found else None


def answer_held(tx: Tx, key: str) -> dict[str, Any]:
    """Return the answer under a key, which is kept as long as if it were new.

    Whoever else asks for it waits until the transaction ends.
    """
    stored: dict[str, Any] = tx.scalars(
        "update inbox set received_at = %s where key = %s returning answer", tx.now, key
    )[0]
    return stored


def forget_older_than(
    tx: Tx, age: timedelta, *, since: datetime | None, limit: int
) -> datetime | None:
    """Drop at most `limit` keys that nobody can repeat any more, the oldest first.

    Returns when the last of them came, None when none is left. The next call gives it as `since`:
    what it has deleted still stands in the index until the next vacuum, and is not passed again.
    """
    last: datetime | None = tx.scalars(
        """
        with dropped as (
            delete from inbox where key = any(array(
                select key from inbox
                where received_at < %(before)s
                    and received_at >= coalesce(%(since)s::timestamptz, '-infinity')
                order by received_at limit %(limit)s))
            returning received_at
        )
        select max(received_at) from dropped
        """,
        before=tx.now - age,
        since=since,
        limit=limit,
    )[0]
    return last
