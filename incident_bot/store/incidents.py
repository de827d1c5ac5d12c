"""Incidents: reading, and saving what changed."""

import re
from collections.abc import Sequence
from typing import Any, Final, LiteralString

from incident_bot.domain.incidents import Ending, Incident, OpenIncidents, Severity, Status
from incident_bot.domain.reminders import Standing
from incident_bot.errors import Conflict, NotFound, Offer, Remedy, Typed
from incident_bot.store import locks, reminders
from incident_bot.store.database import Tx
from incident_bot.store.locks import Lock

COLUMNS: Final[LiteralString] = """id, uid, title, description, service, severity, status,
    declarer_user_id, commander_user_id, channel_id, channel_name, declared_at, acknowledged_at,
    mitigated_at, resolved_at, next_update_at, version, ending, duplicate_of,
    on_command_line
"""
_SELECT: Final[LiteralString] = "select " + COLUMNS + " from incidents "
_SELECT_WITH_COUNT: Final[LiteralString] = (
    "select count(*) over () as how_many, " + COLUMNS + " from incidents "
)
_SELECT_OPEN_WITH_COUNT: Final[LiteralString] = (
    "select (select count(*) from incidents where status <> 'resolved') as how_many, "
    + COLUMNS
    + " from incidents where status <> 'resolved' "
)


def from_row(**columns: Any) -> Incident:
    columns["severity"] = Severity(columns["severity"])
    columns["status"] = Status(columns["status"])
    columns["ending"] = Ending(columns["ending"]) if columns["ending"] else None
    return Incident(**columns)


def by_id(tx: Tx, incident_id: int) -> Incident:
    """The incident of that number."""
    return tx.one(
        from_row,
        _SELECT + "where id = %s",
        incident_id,
    )


def by_ids(tx: Tx, incident_ids: Sequence[int]) -> dict[int, Incident]:
    """The incidents of these numbers, by number."""
    found = tx.all(from_row, _SELECT + "where id = any(%s)", list(incident_ids))
    return {incident.id: incident for incident in found}


def in_channel(tx: Tx, channel_id: str | None) -> Incident | None:
    """The incident of this channel, held until the transaction ends; None where there is none."""
    return tx.maybe(from_row, _SELECT + "where channel_id = %s for update", channel_id)


def held(tx: Tx, incident_id: int) -> Incident:
    """The incident of that number, held until the transaction ends; raises NotFound."""
    found = tx.maybe(from_row, _SELECT + "where id = %s for update", incident_id)
    if found is None:
        raise NotFound(
            f"There is no INC-{incident_id}. ",
            Typed("list"),
            " shows the open ones.",
            offers=[Offer(Remedy.LIST)],
        )
    return found


def held_unless_busy(tx: Tx, incident_id: int) -> Incident | None:
    """The incident of that number, held until the transaction ends; None while others hold it."""
    return tx.maybe(from_row, _SELECT + "where id = %s for update skip locked", incident_id)


def by_ref(tx: Tx, ref: str) -> Incident:
    """The incident called INC-42, inc-42 or 42; raises NotFound."""
    found = re.fullmatch(r"(?i)(?:inc-)?([0-9]{1,15})", ref.strip())
    incident = tx.maybe(from_row, _SELECT + "where id = %s", int(found[1])) if found else None
    if incident is None:
        raise NotFound(f"There is no incident {ref}.")
    return incident


def open_ones(tx: Tx, *, limit: int) -> OpenIncidents:
    """Return the open incidents, worst first, then newest first."""
    return _counted(
        tx.all(
            _with_count,
            _SELECT_OPEN_WITH_COUNT + "order by severity, id desc limit %s",
            limit,
        )
    )


def _with_count(**columns: Any) -> tuple[int, Incident]:
    count = columns.pop("how_many")
    return count, from_row(**columns)


def _counted(rows: Sequence[tuple[int, Incident]]) -> OpenIncidents:
    worst = [incident for _, incident in rows]
    return OpenIncidents(worst=worst, count=rows[0][0] if rows else 0)


def hold_channel_name(tx: Tx, incident_id: int, names: list[str]) -> set[str]:
    """Hold the first of the names unless another incident does; returns those that others hold.

    Held before Slack is asked: after a crash nobody else takes the channel for their own.
    """
    locks.take(tx, Lock.CHANNEL_NAME, names[0])
    others = set(
        tx.scalars(
            "select channel_name from incidents where channel_name = any(%s) and id <> %s",
            names,
            incident_id,
        )
    )
    if names[0] not in others:
        tx.run(
            "update incidents set channel_name = %s where id = %s and channel_id is null",
            names[0],
            incident_id,
        )
    return others


def with_channel(tx: Tx, channel_id: str | None) -> int | None:
    """The number of the incident that owns the channel."""
    found = tx.scalars("select id from incidents where channel_id = %s", channel_id)
    return found[0] if found else None


def save_channel(tx: Tx, incident_id: int, *, channel_id: str, channel_name: str) -> None:
    """Remember the channel that was made for the incident."""
    tx.run(
        "update incidents set channel_id = %s, channel_name = %s where id = %s",
        channel_id,
        channel_name,
        incident_id,
    )


def save_wording(tx: Tx, before: Incident, after: Incident) -> Incident:
    """Save what an incident is called and is on; raises Conflict if it changed meanwhile."""
    saved = tx.maybe(
        from_row,
        """
        update incidents set title = %(title)s, service = %(service)s,
            description = %(description)s, version = version + 1
        where id = %(id)s and version = %(known)s returning """
        + COLUMNS,
        title=after.title,
        service=after.service,
        description=after.description,
        id=before.id,
        known=before.version,
    )
    return _unless_changed(before, saved)


def save_state(
    tx: Tx, before: Incident, after: Incident, standing: Sequence[Standing] = ()
) -> tuple[Incident, Sequence[str]]:
    """Save what may change in the life of an incident, and the reminders that stand then.

    Also returns the destinations of what reminders have said whose reason is gone. Raises Conflict
    if it changed meanwhile.
    """
    saved = tx.maybe(
        _with_withdrawn,
        """
        with incident as (
            update incidents set severity = %(severity)s, status = %(status)s,
                commander_user_id = %(commander)s, acknowledged_at = %(acknowledged_at)s,
                mitigated_at = %(mitigated_at)s, resolved_at = %(resolved_at)s,
                next_update_at = %(next_update_at)s, ending = %(ending)s,
                duplicate_of = %(duplicate_of)s, version = version + 1
            where id = %(id)s and version = %(version)s
            returning """
        + COLUMNS
        + "), "
        + reminders.STANDING
        + "select "
        + reminders.WITHDRAWN
        + ", "
        + COLUMNS
        + " from incident",
        severity=after.severity,
        status=after.status,
        commander=after.commander_user_id,
        acknowledged_at=after.acknowledged_at,
        mitigated_at=after.mitigated_at,
        resolved_at=after.resolved_at,
        next_update_at=after.next_update_at,
        ending=after.ending,
        duplicate_of=after.duplicate_of,
        id=before.id,
        version=before.version,
        **reminders.parameters(standing),
    )
    withdrawn, incident = saved or ((), None)
    return _unless_changed(before, incident), withdrawn


def _with_withdrawn(*, withdrawn: list[str], **columns: Any) -> tuple[list[str], Incident]:
    return withdrawn, from_row(**columns)


def pass_duplicates_on(tx: Tx, incident: Incident) -> None:
    """Make the duplicates of a duplicate those of the incident that it is one of."""
    tx.run(
        "update incidents set duplicate_of = %s where duplicate_of = %s",
        incident.duplicate_of,
        incident.id,
    )


def take_duplicates_back(tx: Tx, incident: Incident) -> None:
    """Make its own again what a duplicate has passed on, before it is none any more.

    The timeline tells which they were.
    """
    tx.run(
        """
        update incidents set duplicate_of = %(id)s
        where duplicate_of = %(passed_to)s and exists (
            select from timeline
            where incident_id = incidents.id and kind = 'duplicate' and after = %(ref)s)
        """,
        id=incident.id,
        passed_to=incident.duplicate_of,
        ref=incident.ref,
    )


def _unless_changed(before: Incident, saved: Incident | None) -> Incident:
    """Return what was saved; raises Conflict where somebody else had saved another version."""
    if saved is None:
        raise Conflict(f"{before.ref} was changed by somebody else just now. Look and try again.")
    return saved
