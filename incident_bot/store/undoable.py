"""The last change of each incident that can be undone, and what it has sent out."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.updates import IncidentUpdate
from incident_bot.store.database import Tx
from incident_bot.store.leases import PENDING_OF_INCIDENT

_SAID_ONCE: Final = ("incident_update", "thread_reply", "direct_message")
"""Kinds of delivery that say what changed, and are not brought up to date by themselves."""

_WITHDRAWN: Final = (*_SAID_ONCE, "announcement", "invite", "public_update")


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoableChange:
    """A change with its time and author, and the state of the incident before it."""

    incident_id: int
    changed_at: datetime
    actor_user_id: str
    version: int
    severity: Severity
    status: Status
    commander_user_id: str
    acknowledged_at: datetime | None
    mitigated_at: datetime | None
    resolved_at: datetime | None
    next_update_at: datetime | None

    def before(self, incident: Incident) -> Incident:
        """Return the incident as it was before the change."""
        return replace(
            incident,
            severity=self.severity,
            status=self.status,
            commander_user_id=self.commander_user_id,
            acknowledged_at=self.acknowledged_at,
            mitigated_at=self.mitigated_at,
            resolved_at=self.resolved_at,
            next_update_at=self.next_update_at,
            ending=None,
            duplicate_of=None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidDelivery:
    """A delivery that told somebody of a change, or is just doing so, as the database keeps it."""

    id: int
    destination: str
    payload: dict[str, Any]


def _change(**columns: Any) -> UndoableChange:
    columns["severity"] = Severity(columns["severity"])
    columns["status"] = Status(columns["status"])
    return UndoableChange(**columns)


def remember(tx: Tx, before: Incident, after: Incident, update: IncidentUpdate) -> None:
    """Remember a change that was just saved, in the place of the one before it."""
    tx.run(
        """
        insert into undoable (incident_id, changed_at, actor_user_id, version, severity, status,
            commander_user_id, acknowledged_at, mitigated_at, resolved_at, next_update_at)
        values (%(id)s, %(now)s, %(actor)s, %(version)s, %(severity)s, %(status)s, %(commander)s,
            %(acknowledged_at)s, %(mitigated_at)s, %(resolved_at)s, %(next_update_at)s)
        on conflict (incident_id) do update set changed_at = excluded.changed_at,
            actor_user_id = excluded.actor_user_id, version = excluded.version,
            severity = excluded.severity, status = excluded.status,
            commander_user_id = excluded.commander_user_id,
            acknowledged_at = excluded.acknowledged_at, mitigated_at = excluded.mitigated_at,
            resolved_at = excluded.resolved_at, next_update_at = excluded.next_update_at
        """,
        id=before.id,
        now=tx.now,
        actor=update.actor_user_id,
        version=after.version,
        severity=before.severity,
        status=before.status,
        commander=before.commander_user_id,
        acknowledged_at=before.acknowledged_at,
        mitigated_at=before.mitigated_at,
        resolved_at=before.resolved_at,
        next_update_at=before.next_update_at,
    )


def last(tx: Tx, incident: Incident) -> UndoableChange | None:
    """Return the last change that could be undone, if nothing has changed since."""
    return tx.maybe(
        _change,
        """
        select incident_id, changed_at, actor_user_id, version, severity, status,
            commander_user_id, acknowledged_at, mitigated_at, resolved_at, next_update_at
        from undoable where incident_id = %s and version = %s
        """,
        incident.id,
        incident.version,
    )


def withdraw(tx: Tx, incident_id: int, changed_at: datetime) -> None:
    """Drop what a change was to send out and surely has not: nobody needs to hear of it any more.

    A change holds its incident, so that nothing else about it is written at the same time.
    """
    tx.run(
        """
        update deliveries set state = 'superseded', settled_at = %(now)s
        where incident_id = %(id)s and created_at = %(changed_at)s and kind = any(%(kinds)s)
            and lease_until is null and not maybe_sent and """
        + PENDING_OF_INCIDENT,
        now=tx.now,
        id=incident_id,
        changed_at=changed_at,
        kinds=list(_WITHDRAWN),
    )


def mark_said(tx: Tx, incident_id: int, changed_at: datetime, undone_by: str) -> list[SaidDelivery]:
    """Return what told somebody of a change, or may have, or is just being sent.

    Their payloads keep who has undone it, for whoever shows them again.
    """
    marked = tx.all(
        SaidDelivery,
        """
        update deliveries
        set payload = payload || jsonb_build_object('undone_by', %(undone_by)s::text)
        where incident_id = %(id)s and created_at = %(changed_at)s and kind = any(%(kinds)s)
            and (state in ('pending', 'sent') or state = 'dead' and maybe_sent)
        returning id, destination, payload
        """,
        undone_by=undone_by,
        id=incident_id,
        changed_at=changed_at,
        kinds=list(_SAID_ONCE),
    )
    return sorted(marked, key=lambda each: each.id)


def was_published(tx: Tx, incident_id: int, changed_at: datetime) -> bool:
    """Say whether customers read of a change, or may."""
    found: bool = tx.scalars(
        """
        select exists (
            select from deliveries
            where incident_id = %s and created_at = %s and kind = 'public_update'
                and (state in ('pending', 'sent') or state = 'dead' and maybe_sent))
        """,
        incident_id,
        changed_at,
    )[0]
    return found
