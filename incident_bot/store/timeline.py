"""The timeline: only ever added to."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, LiteralString

from incident_bot.domain.past_updates import PROMISE, UPDATE_KINDS, PastUpdate, past_update
from incident_bot.domain.people import BOT
from incident_bot.domain.timeline import UNDOABLE, UPDATES, Entry, Kind
from incident_bot.store.database import Tx

_SELECT: Final[LiteralString] = """
    select id, incident_id, at, kind, actor_user_id, text, before, after, on_command_line
    from timeline
"""


def _entry(**columns: Any) -> Entry:
    columns["kind"] = Kind(columns["kind"])
    return Entry(**columns)


def add(
    tx: Tx,
    incident_id: int,
    kind: Kind,
    *,
    actor: str,
    text: str = "",
    before: str | None = None,
    after: str | None = None,
) -> None:
    """One entry, at the transaction's time."""
    tx.run(
        """
        insert into timeline
            (incident_id, at, kind, actor_user_id, text, before, after, on_command_line)
        values (%(incident_id)s, %(now)s, %(kind)s, %(actor)s, %(text)s, %(before)s, %(after)s,
            %(on_command_line)s)
        """,
        incident_id=incident_id,
        now=tx.now,
        kind=kind,
        actor=actor,
        text=text,
        before=before,
        after=after,
        on_command_line=tx.on_command_line,
    )


def newest(tx: Tx, incident_id: int, *, before_id: int | None, limit: int) -> list[Entry]:
    """The newest `limit` entries older than `before_id`, oldest of them first."""
    newest_first = tx.all(
        _entry,
        _SELECT
        + """
        where incident_id = %(incident_id)s
            and (%(before_id)s::bigint is null or id < %(before_id)s)
        order by id desc limit %(limit)s
        """,
        incident_id=incident_id,
        before_id=before_id,
        limit=limit,
    )
    return newest_first[::-1]


def up_to(tx: Tx, incident_id: int, last_entry_id: int) -> list[Entry]:
    """The entries as they were when `last_entry_id` was the newest, oldest first."""
    return tx.all(
        _entry,
        _SELECT + "where incident_id = %s and id <= %s order by id",
        incident_id,
        last_entry_id,
    )


def all_entries(tx: Tx, incident_id: int) -> list[Entry]:
    """All entries, oldest first."""
    return tx.all(_entry, _SELECT + "where incident_id = %s order by id", incident_id)


def last_updates(tx: Tx, incident_id: int) -> list[PastUpdate]:
    """Return the newest update and, where it has no words, the newest that has some before it.

    A promise of the next update is none by itself, nor is what was undone.
    """
    entries = tx.all(
        _entry,
        """
        with of_incident as (
            select id, incident_id, at, kind, actor_user_id, text, before, after, on_command_line
            from timeline where incident_id = %(incident_id)s
        ), undone as (
            select (
                select slip.at from of_incident as slip
                where slip.id < undo.id and slip.kind = any(%(undoable)s)
                order by slip.id desc limit 1
            ) as at from of_incident as undo
            where undo.kind = 'undone' and undo.before <> 'published'
        ), updates as (
            select of_incident.*, text <> '' and text !~ %(promise)s as has_words from of_incident
            where kind = any(%(kinds)s) and at not in (select at from undone where at is not null)
        )
        select id, incident_id, at, kind, actor_user_id, text, before, after, on_command_line
        from updates
        where at in (
            (select at from updates where has_words or kind <> %(update)s
                order by id desc limit 1),
            (select at from updates where has_words order by id desc limit 1))
        order by id desc
        """,
        incident_id=incident_id,
        kinds=list(UPDATE_KINDS),
        undoable=list(UNDOABLE - {Kind.PUBLISHED}),
        promise=PROMISE,
        update=Kind.UPDATE,
    )
    made_together = groupby(entries, key=lambda entry: entry.at)
    return [past_update(list(each)[::-1]) for _, each in made_together]


def count_became(tx: Tx, incident_id: int, state: str, *, since: datetime) -> int:
    """Count how often an incident became this, such as P1 or resolved, since then."""
    count: int = tx.scalars(
        """
        select count(*) from timeline
        where incident_id = %s and after = %s and at > %s and kind <> 'edited'
        """,
        incident_id,
        state,
        since,
    )[0]
    return count


def latest_entries(tx: Tx, incident_ids: Sequence[int]) -> dict[int, Entry]:
    """Return the last entry of each incident that says how it stands, with its words if it has."""
    entries = tx.all(
        _entry,
        """
        select distinct on (incident_id)
            id, incident_id, at, kind, actor_user_id, text, before, after, on_command_line
        from timeline where incident_id = any(%s) and kind = any(%s)
        order by incident_id, at desc, text = '', id desc
        """,
        list(incident_ids),
        list(UPDATES),
    )
    return {entry.incident_id: entry for entry in entries}


def answer_to(tx: Tx, incident_id: int, reminded_at: datetime) -> Entry | None:
    """The first entry of a person since then; the last before it where there is none yet."""
    return tx.maybe(
        _entry,
        _SELECT
        + """
        where incident_id = %(incident_id)s and actor_user_id <> %(bot)s
        order by at >= %(since)s desc, case when at >= %(since)s then id else -id end limit 1
        """,
        incident_id=incident_id,
        bot=BOT,
        since=reminded_at,
    )


def last(tx: Tx, incident_id: int, *kinds: Kind) -> Entry | None:
    """The newest entry of one of these kinds."""
    return tx.maybe(
        _entry,
        _SELECT + "where incident_id = %s and kind = any(%s) order by id desc limit 1",
        incident_id,
        list(kinds),
    )
