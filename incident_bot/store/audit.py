"""The audit trail: who asked for what, and whether it was allowed."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Final

from psycopg.types.json import Jsonb

from incident_bot import log
from incident_bot.domain.incidents import Incident
from incident_bot.domain.people import OPERATOR
from incident_bot.domain.timeline import NewEntry
from incident_bot.store.database import Tx

_ON_COMMAND_LINE: Final = "on the command line by"
_IN_SLACK: Final = "typed in Slack"


def add(
    tx: Tx,
    action: str,
    *,
    actor: str,
    allowed: bool = True,
    incident_id: int | None = None,
    channel_id: str | None = None,
    detail: str = "",
) -> None:
    """One line of the trail, tied to the request it came with."""
    tx.run(
        """
        insert into audit
            (at, actor_user_id, action, allowed, incident_id, channel_id, detail, request_id)
        values (%(now)s, %(actor)s, %(action)s, %(allowed)s, %(incident_id)s, %(channel_id)s,
            %(detail)s, %(request_id)s)
        """,
        now=tx.now,
        actor=actor,
        action=action,
        allowed=allowed,
        incident_id=incident_id,
        channel_id=channel_id,
        detail=_with_origin(tx, actor, detail),
        request_id=log.request_id.get(),
    )


def add_change(
    tx: Tx,
    action: str,
    *,
    actor: str,
    incident: Incident,
    entries: Sequence[NewEntry],
    detail: str,
) -> None:
    """One line of the trail and the timeline's entries of the same change, in one statement."""
    tx.run(
        """
        with entries as (
            insert into timeline
                (incident_id, at, kind, actor_user_id, text, before, after, on_command_line)
            select %(incident_id)s, %(now)s, kind, %(actor)s, text, before, after,
                %(on_command_line)s
            from rows from (
                jsonb_to_recordset(%(entries)s) as (kind text, text text, before text, after text))
                with ordinality as entry (kind, text, before, after, place)
            order by place
        )
        insert into audit
            (at, actor_user_id, action, allowed, incident_id, channel_id, detail, request_id)
        values (%(now)s, %(actor)s, %(action)s, true, %(incident_id)s, %(channel_id)s,
            %(detail)s, %(request_id)s)
        """,
        incident_id=incident.id,
        now=tx.now,
        actor=actor,
        entries=Jsonb([asdict(entry) for entry in entries]),
        action=action,
        channel_id=incident.channel_id,
        on_command_line=tx.on_command_line,
        detail=_with_origin(tx, actor, detail),
        request_id=log.request_id.get(),
    )


def origin(tx: Tx) -> str:
    """Say where this was typed, for the trail; empty for what came from Slack."""
    return f"{_ON_COMMAND_LINE} {tx.typed_by}" if tx.on_command_line else ""


def is_of_command_line(detail: str) -> bool:
    """Say whether an entry with this detail came from the command line."""
    return detail.rpartition("; ")[2].startswith(_ON_COMMAND_LINE)


def _with_origin(tx: Tx, actor: str, detail: str) -> str:
    """Add where it was typed, also to words of Slack that end as if it were the command line."""
    where = origin(tx)
    if not where and actor != OPERATOR and is_of_command_line(detail):
        where = _IN_SLACK
    return "; ".join(filter(None, [detail, where]))


def was_done(tx: Tx, incident_id: int, action: str, actor: str, *, since: datetime) -> bool:
    """Say whether this person did that with the incident since then."""
    found: bool = tx.scalars(
        """
        select exists (
            select from audit
            where incident_id = %(incident_id)s and action = %(action)s and allowed
                and actor_user_id = %(actor)s and at > %(since)s)
        """,
        incident_id=incident_id,
        action=action,
        actor=actor,
        since=since,
    )[0]
    return found
