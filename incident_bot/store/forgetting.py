"""Forgets people, and the words of what was delivered long ago."""

import re
from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final, LiteralString

from incident_bot.domain import naming
from incident_bot.domain.deliveries import GREETING
from incident_bot.domain.people import FORGOTTEN, FORGOTTEN_NAME
from incident_bot.domain.reminders import NUDGE
from incident_bot.domain.seals import Record
from incident_bot.errors import Conflict
from incident_bot.store import seals
from incident_bot.store.database import Tx


def _cleaned(column: LiteralString) -> LiteralString:
    """Write an expression: the column without the person's mentions, names and id."""
    return (
        "regexp_replace(regexp_replace("
        + column
        + ", %(spoken)s, %(name)s, 'gi'), %(word)s, %(blank)s, 'g')"
    )


def _names(column: LiteralString) -> LiteralString:
    """Write a condition: the column names the person."""
    return "(" + column + " ~* %(spoken)s or " + column + " ~ %(word)s)"


def _replaced(column: LiteralString) -> LiteralString:
    """Write an assignment: another id in the place of the person's."""
    return (
        column + " = case when " + column + " = %(user_id)s then %(blank)s else " + column + " end"
    )


_LAST_WORDS: Final[LiteralString] = (
    "is_blank = true, payload = jsonb_strip_nulls(jsonb_build_object('event', payload->'event',"
    " 'document', payload->'document', 'notice', payload->'notice'))"
)
"""Our own words stay, by which it is known later who was told, what was asked and which file."""

_STATEMENTS: Final[tuple[tuple[str, LiteralString], ...]] = (
    (
        "incidents",
        "update incidents set "
        + _replaced("declarer_user_id")
        + ", "
        + _replaced("commander_user_id")
        + ", title = left("
        + _cleaned("title")
        + ", 100), description = "
        + _cleaned("description")
        + """, channel_name = case
            when channel_id is not null and channel_name ~ %(slugs)s then null
            else channel_name end"""
        + " where (channel_id is not null and channel_name ~ %(slugs)s)"
        + " or %(user_id)s in (declarer_user_id, commander_user_id) or "
        + _names("title")
        + " or "
        + _names("description"),
    ),
    (
        "timeline",
        "update timeline set "
        + _replaced("actor_user_id")
        + ", "
        + _replaced("source_user_id")
        + ", before = "
        + _cleaned("before")
        + ", after = "
        + _cleaned("after")
        + ", text = "
        + _cleaned("text")
        + " where %(user_id)s in (actor_user_id, source_user_id) or "
        + _names("before")
        + " or "
        + _names("after")
        + " or "
        + _names("text")
        + " returning id",
    ),
    (
        "audit",
        "update audit set "
        + _replaced("actor_user_id")
        + ", detail = "
        + _cleaned("detail")
        + ", channel_id = case when actor_user_id = %(user_id)s and channel_id like 'D%%'"
        + " then null else channel_id end"
        + " where actor_user_id = %(user_id)s or "
        + _names("detail")
        + " returning id",
    ),
    (
        "publications",
        "update publications set "
        + _replaced("published_by_user_id")
        + ", title = "
        + _cleaned("title")
        + ", message = "
        + _cleaned("message")
        + " where published_by_user_id = %(user_id)s or "
        + _names("title")
        + " or "
        + _names("message"),
    ),
    (
        "inbox",
        "update inbox set answer = "
        + _cleaned("answer::text")
        + "::jsonb where "
        + _names("answer::text"),
    ),
    (
        "deliveries",
        "update deliveries set state = 'superseded', settled_at = %(now)s"
        " where state = 'pending' and (destination in (%(user_id)s, %(greeting)s)"
        " or destination like %(nudges)s)",
    ),
    (
        "deliveries",
        "update deliveries set "
        + _LAST_WORDS
        + " where state <> 'pending' and payload <> '{}' and "
        + "(destination = %(user_id)s or "
        + "(kind = 'channel' and payload->>'name' ~ %(slugs)s) or "
        + _names("payload::text")
        + ")",
    ),
    (
        "deliveries",
        "update deliveries set "
        + _replaced("destination")
        + ", payload = "
        + _cleaned("payload::text")
        + "::jsonb, detail = "
        + _cleaned("detail")
        + " where destination = %(user_id)s or "
        + _names("payload::text")
        + " or "
        + _names("detail"),
    ),
    (
        "deliveries",
        "update deliveries set destination = replace(destination, %(user_id)s, %(blank)s)"
        " where destination like %(nudges)s",
    ),
    (
        "reminders",
        "update reminders set mentions = array_remove(mentions, %(user_id)s), said ="
        " array(select each from unnest(said) as each where each not like %(nudges)s)"
        " where %(user_id)s = any(mentions) or said::text like '%%' || %(nudges)s",
    ),
    (
        "deliveries",
        "update deliveries set destination = replace(destination, %(user_id)s, %(blank)s)"
        " where destination = %(greeting)s",
    ),
    ("seen", "delete from seen where user_id = %(user_id)s"),
    ("people", "delete from people where user_id = %(user_id)s"),
    (
        "undoable",
        "delete from undoable where %(user_id)s in (actor_user_id, commander_user_id)",
    ),
    ("rate_limit_holds", "delete from rate_limit_holds where key ~ %(word)s"),
    ("paced_destinations", "delete from paced_destinations where destination ~ %(word)s"),
)


_SEALED: Final = frozenset(Record)


def forget(tx: Tx, user_id: str, names: Sequence[str] = ()) -> dict[str, int]:
    """Put nobody in the place of a person everywhere; returns how many rows changed by table.

    `names` are further words that stand for the person in what others wrote. Slack goes on listing
    whoever has an account, so the directory does not take this one again. Raises Conflict while
    the person declared or commands an open incident.
    """
    _require_not_needed(tx, user_id)
    known = tx.scalars("select name from people where user_id = %s", user_id)
    tx.run("select set_config('incident_bot.forgetting', 'on', true)")
    values: dict[str, Any] = {
        "user_id": user_id,
        "word": rf"\m{user_id}\M",
        "spoken": _spoken(user_id, known, names),
        "slugs": _slugs([*known, *names]),
        "blank": FORGOTTEN,
        "greeting": f"{GREETING}:{user_id}",
        "nudges": f"{NUDGE}:{user_id}:%",
        "name": FORGOTTEN_NAME,
        "now": tx.now,
    }
    changed: dict[str, int] = {}
    for table, statement in _STATEMENTS:
        changed[table] = changed.get(table, 0) + _changed(tx, table, statement, values)
    tx.run(
        "insert into forgotten_people (digest, forgotten_at) values (%s, %s)"
        " on conflict (digest) do nothing",
        sha256(user_id.encode()).hexdigest(),
        tx.now,
    )
    return changed


def _changed(tx: Tx, table: str, statement: LiteralString, values: dict[str, Any]) -> int:
    """Run a statement, and seal the entries of the record anew that it changed; returns a count."""
    if table not in _SEALED:
        return tx.run(statement, **values)
    ids = tx.scalars(statement, **values)
    seals.replace_changed(tx, Record(table), ids)
    return len(ids)


def _require_not_needed(tx: Tx, user_id: str) -> None:
    refs = tx.scalars(
        """
        select 'INC-' || id from incidents
        where status <> 'resolved' and %s in (declarer_user_id, commander_user_id) order by id
        """,
        user_id,
    )
    if refs:
        raise Conflict(
            f"{user_id} declared or commands what is open: {', '.join(refs)}. "
            "Resolve it first, since they may have to be told."
        )


def _spoken(user_id: str, known: Sequence[str], names: Sequence[str]) -> str:
    """Write a pattern of PostgreSQL's for the mentions and names of a person."""
    return "|".join(
        [
            f"\ufff9@[^\ufff9-\ufffb]*\ufffa{user_id}\ufffb",
            *(f"@{_whole(name)}" for name in known),
            *(f"@?{_whole(name)}" for name in names),
        ]
    )


def _slugs(names: Sequence[str]) -> str:
    """Write a pattern for the names as they are in the name of a channel."""
    found = [naming.slug(name, naming.MAX_CHANNEL_NAME) for name in names]
    either = "|".join(re.escape(each) for each in found if each)
    return f"(^|[-_])({either})([-_]|$)" if either else "^$"


def _whole(name: str) -> str:
    """Write a pattern for a name that is no part of a longer word."""
    start = r"\m" if re.match(r"\w", name) else ""
    end = r"\M" if re.search(r"\w$", name) else ""
    return start + re.escape(name) + end


def blank_settled(
    tx: Tx, *, before: datetime, since: datetime | None, limit: int
) -> datetime | None:
    """Drop the words of at most `limit` deliveries that were settled before then, oldest first.

    Returns when the last of them was settled, None when none is left. The next call gives it as
    `since`: what is blank still stands in the index until the next vacuum, and is not passed again.
    """
    last: datetime | None = tx.scalars(
        """
        with blanked as (
            update deliveries set """
        + _LAST_WORDS
        + """
            where id = any(array(
                select id from deliveries
                where settled_at < %(before)s and settled_at is not null and not is_blank
                    and payload <> '{}'
                    and settled_at >= coalesce(%(since)s::timestamptz, '-infinity')
                order by settled_at limit %(limit)s))
            returning settled_at
        )
        select max(settled_at) from blanked
        """,
        before=before,
        since=since,
        limit=limit,
    )[0]
    return last


def drop_old_edits(tx: Tx, *, before: datetime, after_id: int, limit: int) -> int | None:
    """Delete edits of direct messages that were sent before then, and again since.

    Looks at `limit` of them; returns the number of the last one, None when there are no more.
    Nothing reads them: the message says who was told, the last edit when it was brought up to date.
    """
    last: int | None = tx.scalars(
        """
        with looked_at as (
            select id, incident_id, destination from deliveries
            where kind = 'direct_message_current' and state = 'sent' and id > %(after_id)s
                and settled_at < %(before)s
            order by id limit %(limit)s
        ), dropped as (
            delete from deliveries using looked_at
            where deliveries.id = looked_at.id and exists (
                select from deliveries as later
                where later.incident_id = looked_at.incident_id
                    and later.destination = looked_at.destination and later.id > looked_at.id
                    and later.kind = 'direct_message_current' and later.state = 'sent')
        )
        select max(id) from looked_at
        """,
        before=before,
        after_id=after_id,
        limit=limit,
    )[0]
    return last
