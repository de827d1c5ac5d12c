"""The timeline: only ever added to. A correction is an entry that amends another."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, Final, LiteralString

from incident_bot.domain.past_updates import PROMISE, UPDATE_KINDS, PastUpdate, past_update
from incident_bot.domain.people import BOT
from incident_bot.domain.timeline import UNDOABLE, UPDATES, Amendment, Entry, Kind, Source
from incident_bot.store.database import Tx

_SELECT: Final[LiteralString] = """
    select id, incident_id, at, kind, actor_user_id, text, before, after, on_command_line
    from timeline
"""

# Entries as they read by now; those that only amend another are a part of it.
_SELECT_SHOWN: Final[LiteralString] = """
    select timeline.id, timeline.incident_id, timeline.at, timeline.kind, timeline.actor_user_id,
        coalesce(amended.text, timeline.text) as text, timeline.before, timeline.after,
        timeline.on_command_line, timeline.recorded_at,
        coalesce(timeline.permalink, '') as permalink,
        timeline.source_channel_id, timeline.source_ts, timeline.source_user_id,
        timeline.text as original, last.kind as amendment, last.actor_user_id as amended_by,
        last.text as reason
    from timeline
    left join lateral (
        select kind, actor_user_id, text from timeline as amends
        where amends.amends_id = timeline.id and (%(until)s::bigint is null or id <= %(until)s)
        order by id desc limit 1
    ) as last on true
    left join lateral (
        select text from timeline as amends
        where amends.amends_id = timeline.id and (%(until)s::bigint is null or id <= %(until)s)
            and kind = 'amended'
        order by id desc limit 1
    ) as amended on true
    where timeline.incident_id = %(incident_id)s and timeline.amends_id is null
"""


def _entry(**columns: Any) -> Entry:
    columns["kind"] = Kind.named(columns["kind"])
    return Entry(**columns)


def _shown(
    *,
    source_channel_id: str | None,
    source_ts: str | None,
    source_user_id: str | None,
    amendment: str | None,
    amended_by: str | None,
    reason: str | None,
    **columns: Any,
) -> Entry:
    source = None
    if source_channel_id and source_ts and source_user_id:
        source = Source(channel_id=source_channel_id, ts=source_ts, user_id=source_user_id)
    last = None
    if amendment and amended_by:
        kind = Kind.named(amendment)
        why = reason or "" if kind is Kind.STRUCK else ""
        last = Amendment(kind=kind, user_id=amended_by, reason=why)
    return _entry(**columns, source=source, amendment=last)


def _counted(how_many: int, **columns: Any) -> tuple[int, Entry]:
    return how_many, _shown(**columns)


def add(
    tx: Tx,
    incident_id: int,
    kind: Kind,
    *,
    actor: str,
    text: str = "",
    before: str | None = None,
    after: str | None = None,
    at: datetime | None = None,
) -> int:
    """Write one entry, at the transaction's time; of what was earlier, `at` says when that was.

    Returns its number.
    """
    number: int = tx.scalars(
        """
        insert into timeline
            (incident_id, at, kind, actor_user_id, text, before, after, on_command_line,
                recorded_at)
        values (%(incident_id)s, %(at)s, %(kind)s, %(actor)s, %(text)s, %(before)s, %(after)s,
            %(on_command_line)s, %(recorded_at)s)
        returning id
        """,
        incident_id=incident_id,
        at=at or tx.now,
        kind=kind,
        actor=actor,
        text=text,
        before=before,
        after=after,
        on_command_line=tx.on_command_line,
        recorded_at=tx.now if at else None,
    )[0]
    return number


def amend(
    tx: Tx, entry: Entry, kind: Kind, *, actor: str, text: str, mark: str | None = None
) -> None:
    """Write that an entry is struck, or reads otherwise; the entry itself stays as it is.

    `mark` is that by which a message was captured once more.
    """
    tx.run(
        """
        insert into timeline (incident_id, at, kind, actor_user_id, text, before, amends_id,
            source_user_id, on_command_line)
        values (%(incident_id)s, %(now)s, %(kind)s, %(actor)s, %(text)s, %(mark)s,
            %(amends_id)s, case when %(mark)s::text is not null then %(actor)s end,
            %(on_command_line)s)
        """,
        mark=mark,
        incident_id=entry.incident_id,
        now=tx.now,
        kind=kind,
        actor=actor,
        text=text,
        amends_id=entry.id,
        on_command_line=tx.on_command_line,
    )


def newest(tx: Tx, incident_id: int, *, before_id: int | None, limit: int) -> list[Entry]:
    """The newest `limit` entries older than `before_id`, oldest of them first."""
    newest_first = tx.all(
        _shown,
        _SELECT_SHOWN
        + """
            and (%(before_id)s::bigint is null or (timeline.at, timeline.id) < (
                select at, id from timeline as mark
                where mark.id = %(before_id)s and mark.incident_id = %(incident_id)s))
        order by timeline.at desc, timeline.id desc limit %(limit)s
        """,
        incident_id=incident_id,
        before_id=before_id,
        until=None,
        limit=limit,
    )
    return newest_first[::-1]


def of_people(tx: Tx, incident_id: int, *, after_id: int, limit: int) -> tuple[int, list[Entry]]:
    """Return how many entries people wrote or corrected after that one, and the newest of them."""
    newest_first = tx.all(
        _counted,
        """
        with written as (
            select distinct coalesce(amends_id, id) as id from timeline
            where incident_id = %(incident_id)s and id > %(after_id)s and actor_user_id <> %(bot)s
        )
        select shown.*, (select count(*) from written) as how_many from (
        """
        + _SELECT_SHOWN
        + """
            and timeline.id in (select id from written)
        ) as shown order by at desc, id desc limit %(limit)s
        """,
        incident_id=incident_id,
        after_id=after_id,
        bot=BOT,
        until=None,
        limit=limit,
    )
    how_many = newest_first[0][0] if newest_first else 0
    return how_many, [entry for _, entry in newest_first[::-1]]


def up_to(tx: Tx, incident_id: int, last_entry_id: int) -> list[Entry]:
    """The entries as they were when `last_entry_id` was the last one written, oldest first."""
    return tx.all(
        _shown,
        _SELECT_SHOWN + " and timeline.id <= %(until)s order by timeline.at, timeline.id",
        incident_id=incident_id,
        until=last_entry_id,
    )


def all_entries(tx: Tx, incident_id: int) -> list[Entry]:
    """All entries, oldest first."""
    return tx.all(
        _shown,
        _SELECT_SHOWN + " order by timeline.at, timeline.id",
        incident_id=incident_id,
        until=None,
    )


def by_id(tx: Tx, incident_id: int, entry_id: int) -> Entry | None:
    """The entry of that number, if it is one of the incident's and amends no other."""
    return tx.maybe(
        _shown,
        _SELECT_SHOWN + " and timeline.id = %(id)s",
        incident_id=incident_id,
        until=None,
        id=entry_id,
    )


def of_message(tx: Tx, incident_id: int, channel_id: str, ts: str) -> Entry | None:
    """The entry of a message that was captured."""
    return tx.maybe(
        _shown,
        _SELECT_SHOWN
        + """
            and timeline.source_channel_id = %(channel_id)s and timeline.source_ts = %(ts)s
            and timeline.source_ts is not null
        """,
        incident_id=incident_id,
        until=None,
        channel_id=channel_id,
        ts=ts,
    )


def last_id(tx: Tx, incident_id: int) -> int:
    """The number of the entry that was written last, perhaps a correction of another."""
    found: int = tx.scalars(
        "select coalesce(max(id), 0) from timeline where incident_id = %s", incident_id
    )[0]
    return found


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
    """The first entry of a person since then; the last before it where there is none yet.

    Its time is when it was written down, and its person who did that, whatever it is of.
    """
    return tx.maybe(
        _entry,
        """
        with done as (
            select id, incident_id, coalesce(recorded_at, at) as at, kind,
                coalesce(source_user_id, actor_user_id) as actor_user_id, text, before, after,
                on_command_line
            from timeline where incident_id = %(incident_id)s and actor_user_id <> %(bot)s
        )
        select * from done
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
