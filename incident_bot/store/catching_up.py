"""People and what they have seen of an incident, and what is new to them."""

from datetime import datetime
from typing import Any

from incident_bot.domain.catching_up import MOST_SHOWN, News, Seen
from incident_bot.domain.incidents import Incident
from incident_bot.domain.timeline import ENDINGS, Kind
from incident_bot.store import timeline
from incident_bot.store.database import Tx


def news(tx: Tx, incident: Incident, user_id: str) -> News:
    """Return what is new to somebody: since they last looked, or the newest if they never did."""
    status_since, seen = _standing(tx, incident, user_id)
    after_id = seen.entry_id if seen else 0
    count, entries = timeline.of_people(tx, incident.id, after_id=after_id, limit=MOST_SHOWN)
    return News(
        entries=entries,
        count=count,
        status_since=status_since or incident.declared_at,
        seen_at=seen.at if seen else None,
        ending=None if incident.is_open else timeline.last(tx, incident.id, *ENDINGS),
    )


def _standing(tx: Tx, incident: Incident, user_id: str) -> tuple[datetime | None, Seen | None]:
    """Return since when it has its status, and how far somebody has seen it."""

    def read(entry_id: int | None, seen_at: datetime | None, status_since: datetime | None) -> Any:
        seen = Seen(entry_id=entry_id, at=seen_at) if entry_id and seen_at else None
        return status_since, seen

    found: tuple[datetime | None, Seen | None] = tx.one(
        read,
        """
        select entry_id, seen.at as seen_at, (
            select timeline.at from timeline
            where timeline.incident_id = %(incident_id)s and after = %(status)s
                and kind <> %(edited)s
            order by timeline.id desc limit 1
        ) as status_since
        from (values (%(incident_id)s::bigint, %(user_id)s)) as asked (incident_id, user_id)
        left join seen using (incident_id, user_id)
        """,
        incident_id=incident.id,
        user_id=user_id,
        status=incident.status,
        edited=Kind.EDITED,
    )
    return found


def mark_seen(tx: Tx, incident_id: int, user_id: str) -> None:
    """Note that somebody has seen all there is; what an operator reads in their name they have not.

    The caller holds the incident, so nothing is entered between reading and this.
    """
    if tx.on_command_line:
        return
    tx.run(
        """
        insert into seen (incident_id, user_id, entry_id, at)
        select %(incident_id)s, %(user_id)s, max(id), %(now)s from timeline
        where incident_id = %(incident_id)s
        on conflict (incident_id, user_id) do update
            set entry_id = excluded.entry_id, at = excluded.at
        """,
        incident_id=incident_id,
        user_id=user_id,
        now=tx.now,
    )


def is_greeted(tx: Tx, incident_id: int, destination: str) -> bool:
    """Say whether a greeting was ever written for this destination and incident."""
    found: bool = tx.scalars(
        """
        select exists (select from deliveries
            where incident_id = %s and kind = 'greeting' and destination = %s)
        """,
        incident_id,
        destination,
    )[0]
    return found


def forget_ended(tx: Tx, before: datetime) -> int:
    """Drop what people have seen of incidents that ended before then; returns how many rows.

    Each incident is looked up: for a join the planner may read all there are.
    """
    return tx.run(
        """
        delete from seen
        where (select resolved_at from incidents where id = seen.incident_id) < %s
        """,
        before,
    )
