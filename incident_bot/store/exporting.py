"""The rows of an export: incidents, timelines and the audit trail, one at a time."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from itertools import groupby
from typing import Any, Final, LiteralString

from incident_bot.domain.record import undone_entries
from incident_bot.domain.reports import AuditLine, ReportedEntry, ReportedIncident, Selection
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.store import incidents
from incident_bot.store.database import Tx

_SELECTED: Final[LiteralString] = """
    (%(incident_id)s::bigint is null or incidents.id = %(incident_id)s)
    and (%(services)s::text[] = '{}' or service = any(%(services)s))
    and (%(severities)s::text[] = '{}' or severity = any(%(severities)s))
    and (%(statuses)s::text[] = '{}' or status = any(%(statuses)s))
"""
_DECLARED: Final[LiteralString] = """
    (%(since)s::timestamptz is null or declared_at >= %(since)s)
    and (%(until)s::timestamptz is null or declared_at < %(until)s) and
"""


def reported_incidents(tx: Tx, selected: Selection) -> Iterator[ReportedIncident]:
    """Read the incidents, in the order of their numbers."""
    return tx.stream(
        _incident,
        "select "
        + incidents.COLUMNS
        + """, (select count(*) from timeline
            where incident_id = incidents.id and kind = 'reopened') as times_reopened
        from incidents where """
        + _DECLARED
        + _SELECTED
        + " order by id",
        **_parameters(selected),
    )


def reported_entries(tx: Tx, selected: Selection) -> Iterator[ReportedEntry]:
    """Read the timelines of the incidents, one incident after the other.

    That of one incident is held at once: a later entry tells what was undone.
    """
    rows = tx.stream(
        _entry,
        """
        select timeline.id, incident_id, at, kind, actor_user_id, text, before, after,
            timeline.on_command_line, recorded_at, amends_id, permalink, source_user_id
        from timeline join incidents on incidents.id = incident_id where
        """
        + _DECLARED
        + _SELECTED
        + " order by incident_id, timeline.id",
        **_parameters(selected),
    )
    for _, each in groupby(rows, key=lambda row: row.entry.incident_id):
        reported = list(each)
        undone = undone_entries([one.entry for one in reported])
        for one in reported:
            yield replace(one, is_undone=one.entry.id in undone)


def audit_lines(tx: Tx, selected: Selection) -> Iterator[AuditLine]:
    """Read the audit trail between the two moments, also what is of no incident."""
    return tx.stream(
        AuditLine,
        """
        select audit.id, at, actor_user_id, action, allowed, incident_id, audit.channel_id,
            detail, request_id
        from audit left join incidents on incidents.id = incident_id
        where (%(since)s::timestamptz is null or at >= %(since)s)
            and (%(until)s::timestamptz is null or at < %(until)s) and
        """
        + _SELECTED
        + " order by audit.id",
        **_parameters(selected),
    )


def _parameters(selected: Selection) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(selected).items()
    }


def _incident(**columns: Any) -> ReportedIncident:
    count = columns.pop("times_reopened")
    return ReportedIncident(incident=incidents.from_row(**columns), times_reopened=count)


def _entry(
    *, amends_id: int | None, permalink: str | None, source_user_id: str | None, **columns: Any
) -> ReportedEntry:
    columns["kind"] = Kind.named(columns["kind"])
    return ReportedEntry(
        entry=Entry(**columns, permalink=permalink or ""),
        amends_id=amends_id,
        captured_by=source_user_id,
    )
