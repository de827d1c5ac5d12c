"""Declares: what stands already when somebody declares, and what they declare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from incident_bot import log
from incident_bot.domain.declaring import DeclareRequest
from incident_bot.domain.deliveries import LEAST_URGENT, Draft
from incident_bot.domain.incidents import Incident, OpenIncidents
from incident_bot.domain.reminders import Standing
from incident_bot.store import audit, deliveries, drafts, incidents, locks, reminders
from incident_bot.store.database import Tx
from incident_bot.store.locks import Lock


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedents:
    """The facts that a new incident is compared with.

    `alike` is the open one that the same person declared in the same words a moment ago, `others`
    are the open ones on the service, and `declared_lately` counts what that person has declared.
    """

    alike: Incident | None
    others: OpenIncidents
    declared_lately: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Precedent:
    declared_lately: int
    how_many: int
    is_alike: bool | None
    incident: Incident | None


def precedents(
    tx: Tx,
    wanted: DeclareRequest,
    *,
    alike_since: datetime,
    lately_since: datetime | None,
    limit: int,
) -> Precedents:
    """Return what stands already, of the others the worst, then the newest.

    `lately_since` is None where it does not matter how much the person has declared. Declares on
    one service are taken one at a time until the transaction ends, so that two people who declare
    in the same second learn of each other. The lock is a statement of its own, since each sees what
    was committed before it began.
    """
    locks.take(tx, Lock.SERVICE, wanted.service)
    rows = tx.all(
        _row,
        """
        select declared_lately, count(id) over () as how_many,
            title = %(title)s and severity = %(severity)s and declarer_user_id = %(declarer)s
                and declared_at > %(alike_since)s as is_alike, """
        + incidents.COLUMNS
        + """
        from (
            select count(*) as declared_lately from incidents
            where declarer_user_id = %(declarer)s and declared_at > %(lately_since)s
        ) as own
        left join incidents on status <> 'resolved' and service = %(service)s
        order by is_alike desc, severity, id desc limit %(limit)s
        """,
        title=wanted.title,
        severity=wanted.severity,
        service=wanted.service,
        declarer=wanted.declarer_user_id,
        alike_since=alike_since,
        lately_since=lately_since,
        limit=limit,
    )
    first, found = rows[0], [row.incident for row in rows if row.incident]
    return Precedents(
        alike=first.incident if first.is_alike else None,
        others=OpenIncidents(worst=found, count=first.how_many),
        declared_lately=first.declared_lately,
    )


def _row(
    *, declared_lately: int, how_many: int, is_alike: bool | None, **columns: Any
) -> _Precedent:
    """Read a row; there is one without an incident where none is open."""
    return _Precedent(
        declared_lately=declared_lately,
        how_many=how_many,
        is_alike=is_alike,
        incident=incidents.from_row(**columns) if how_many else None,
    )


def declare(
    tx: Tx,
    wanted: DeclareRequest,
    wanted_drafts: Sequence[Draft],
    *,
    channel_id: str | None,
    next_update_at: datetime | None = None,
    standing: Sequence[Standing] = (),
) -> Incident:
    """Write a new incident with its timeline entry, audit entry, deliveries and reminders.

    One fact, and one statement: somebody waits for the answer. `channel_id` is where it was said.
    """
    return tx.one(
        incidents.from_row,
        """
        with incident as (
            insert into incidents
                (title, description, service, severity, status, declarer_user_id,
                 commander_user_id, declared_at, next_update_at, on_command_line)
            values (%(title)s, %(description)s, %(service)s, %(severity)s, 'declared',
                %(declarer)s, %(commander)s, %(now)s, %(next_update_at)s, %(on_command_line)s)
            returning """
        + incidents.COLUMNS
        + """
        ), entry as (
            insert into timeline
                (incident_id, at, kind, actor_user_id, text, after, on_command_line)
            select id, declared_at, 'declared', declarer_user_id, title, severity, on_command_line
            from incident
        ), trail as (
            insert into audit
                (at, actor_user_id, action, allowed, incident_id, channel_id, detail, request_id)
            select declared_at, declarer_user_id, 'declare', true, id, %(channel_id)s,
                %(origin)s, %(request_id)s
            from incident
        ), told as (
            insert into deliveries (incident_id, queue, kind, destination, payload, urgency,
                request_id, waiting, run_at, created_at, give_up_at)
            select case when is_about_incident then id end, queue, kind, destination, payload,
                case when can_wait then %(least_urgent)s else %(urgency)s end,
                %(request_id)s, waits, declared_at, declared_at, %(give_up_at)s
            from incident, """
        + drafts.ROWS
        + """
            order by place
        ), """
        + reminders.STANDING
        + "select "
        + incidents.COLUMNS
        + " from incident",
        title=wanted.title,
        description=wanted.description,
        service=wanted.service,
        severity=wanted.severity,
        declarer=wanted.declarer_user_id,
        commander=wanted.commander_user_id,
        now=tx.now,
        channel_id=channel_id,
        on_command_line=tx.on_command_line,
        origin=audit.origin(tx),
        request_id=log.request_id.get(),
        drafts=drafts.parameter(deliveries.addressed(tx, wanted_drafts)),
        urgency=wanted.severity.urgency,
        least_urgent=LEAST_URGENT,
        give_up_at=tx.now + deliveries.GIVE_UP_AFTER,
        next_update_at=next_update_at,
        **reminders.parameters(standing),
    )
