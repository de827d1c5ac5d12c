"""Messages that people put on the timeline: each once, whoever marks it and however often."""

from datetime import timedelta
from enum import StrEnum

from incident_bot.domain.capture import MENU, Message
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.store import timeline
from incident_bot.store.database import Tx


class Captured(StrEnum):
    """The result of an attempt to put a message on the timeline."""

    NEW = "new"
    RESTORED = "restored"
    """It was there, and its mark had been taken back."""

    THERE = "there"


def add(
    tx: Tx, incident_id: int, message: Message, *, by: str, mark: str, permalink: str
) -> Captured:
    """Put a message on the timeline, at its own time; one whose mark was taken back counts again.

    What somebody struck with a reason stays struck. The caller holds the incident.
    """
    added = tx.run(
        """
        insert into timeline (incident_id, at, recorded_at, kind, actor_user_id, text, before,
            permalink, source_channel_id, source_ts, source_user_id)
        values (%(incident_id)s, %(at)s, %(now)s, 'captured', %(author)s, %(text)s, %(mark)s,
            nullif(%(permalink)s, ''), %(channel_id)s, %(ts)s, %(by)s)
        on conflict do nothing
        """,
        incident_id=incident_id,
        at=message.at,
        now=tx.now,
        author=message.user_id or by,
        text=message.words,
        mark=mark,
        permalink=permalink,
        channel_id=message.channel_id,
        ts=message.ts,
        by=by,
    )
    if added:
        return Captured.NEW
    entry = timeline.of_message(tx, incident_id, message.channel_id, message.ts)
    if entry is None or not entry.is_struck or (entry.amendment and entry.amendment.reason):
        return Captured.THERE
    timeline.amend(tx, entry, Kind.AMENDED, actor=by, text=entry.text, mark=mark)
    return Captured.RESTORED


def taken_back(
    tx: Tx, incident_id: int, channel_id: str, ts: str, *, by: str, mark: str
) -> Entry | None:
    """Strike what this person captured by this mark, which is gone; None where there is none."""
    entry = timeline.of_message(tx, incident_id, channel_id, ts)
    if entry is None or entry.is_struck or mark == MENU:
        return None
    if _captured_by(tx, entry) != f"{by} {mark}":
        return None
    timeline.amend(tx, entry, Kind.STRUCK, actor=by, text="")
    return entry


def _captured_by(tx: Tx, entry: Entry) -> str:
    """Return who captured it last, after it was perhaps struck, and by which mark."""
    found: str = tx.scalars(
        """
        select source_user_id || ' ' || before from timeline
        where (id = %(id)s or amends_id = %(id)s) and source_user_id is not null
        order by timeline.id desc limit 1
        """,
        id=entry.id,
    )[0]
    return found


def is_outdated(tx: Tx, incident_id: int, *, event_ts: str, natural_key: str) -> bool:
    """Say whether a later event about the same mark was taken: Slack sends them in any order."""
    found: bool = tx.scalars(
        """
        select exists (
            select from deliveries
            where incident_id = %(incident_id)s and kind = 'fetch'
                and payload ->> 'about' = %(about)s
                and (payload ->> 'event_ts')::numeric > %(event_ts)s::numeric)
        """,
        incident_id=incident_id,
        about=natural_key,
        event_ts=event_ts,
    )[0]
    return found


def was_answered(tx: Tx, incident_id: int, user_id: str, *, within: timedelta) -> bool:
    """Say whether somebody was told lately why a message is not on the timeline."""
    found: bool = tx.scalars(
        """
        select exists (
            select from deliveries
            where incident_id = %(incident_id)s and kind = 'capture_answer'
                and payload ->> 'user_id' = %(user_id)s and created_at > %(since)s)
        """,
        incident_id=incident_id,
        user_id=user_id,
        since=tx.now - within,
    )[0]
    return found
