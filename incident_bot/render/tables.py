"""The tables that are exported: each column with its meaning, which docs/DATA.md repeats."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Generic, TypeVar

from incident_bot.domain import mentions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.reports import (
    AuditLine,
    ReportedEntry,
    ReportedIncident,
    seconds_between,
)
from incident_bot.render.markdown import Names, named

T = TypeVar("T")

Cell = str | int | bool | None
"""Text, a number, yes or no, or nothing; times are text by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[T]):
    """A column: its name in each format, what it means, and how a row has it."""

    name: str
    meaning: str
    value: Callable[[T, Names], Cell]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table(Generic[T]):
    """A table: its columns, and the people whose names a row needs."""

    columns: Sequence[Column[T]]
    people: Callable[[T], Iterable[str]]

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def cells(self, row: T, names: Names) -> list[Cell]:
        return [column.value(row, names) for column in self.columns]


def iso(moment: datetime | None) -> str | None:
    """Write a moment in UTC to the second, as ISO 8601 has it: 2026-03-01T09:30:00Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _since_declared(incident: Incident, moment: datetime | None) -> int | None:
    return seconds_between(incident.declared_at, moment) if moment else None


def _ref(number: int | None) -> str | None:
    return f"INC-{number}" if number else None


def _columns_of(
    rows: Sequence[tuple[str, str, Callable[[T, Names], Cell]]],
) -> tuple[Column[T], ...]:
    return tuple(Column(name=name, meaning=meaning, value=value) for name, meaning, value in rows)


def _people_of_incident(row: ReportedIncident) -> Iterator[str]:
    yield row.incident.declarer_user_id
    yield row.incident.commander_user_id
    yield from mentions.people(row.incident.description)
    yield from mentions.people(row.incident.title)


INCIDENTS: Final[Table[ReportedIncident]] = Table(
    people=_people_of_incident,
    columns=_columns_of(
        [
            ("incident", "its name, such as INC-42", lambda row, _: row.incident.ref),
            ("uid", "an id that no other database gives", lambda row, _: str(row.incident.uid)),
            ("title", "as it is now", lambda row, names: named(row.incident.title, names)),
            ("service", "the service that is affected", lambda row, _: row.incident.service),
            ("severity", "P1 to P4, as it is now", lambda row, _: row.incident.severity.value),
            (
                "status",
                "`declared`, `investigating`, `identified`, `monitoring` or `resolved`",
                lambda row, _: row.incident.status.value,
            ),
            (
                "ending",
                "`false_alarm` or `duplicate`; empty for all others",
                lambda row, _: row.incident.ending.value if row.incident.ending else None,
            ),
            (
                "duplicate_of",
                "the incident that it is a duplicate of",
                lambda row, _: _ref(row.incident.duplicate_of),
            ),
            ("times_reopened", "how often it was reopened", lambda row, _: row.times_reopened),
            (
                "declared_at",
                "when it was declared",
                lambda row, _: iso(row.incident.declared_at),
            ),
            (
                "acknowledged_at",
                "when its status changed first",
                lambda row, _: iso(row.incident.acknowledged_at),
            ),
            (
                "mitigated_at",
                "when its status became monitoring, since it was reopened last",
                lambda row, _: iso(row.incident.mitigated_at),
            ),
            (
                "resolved_at",
                "when it was resolved last; empty while it is open",
                lambda row, _: iso(row.incident.resolved_at),
            ),
            (
                "seconds_to_acknowledge",
                "from `declared_at` to `acknowledged_at`",
                lambda row, _: _since_declared(row.incident, row.incident.acknowledged_at),
            ),
            (
                "seconds_to_mitigate",
                "from `declared_at` to `mitigated_at`",
                lambda row, _: _since_declared(row.incident, row.incident.mitigated_at),
            ),
            (
                "seconds_to_resolve",
                "from `declared_at` to `resolved_at`",
                lambda row, _: _since_declared(row.incident, row.incident.resolved_at),
            ),
            ("declared_by_id", "who declared it", lambda row, _: row.incident.declarer_user_id),
            (
                "declared_by_name",
                "their full name",
                lambda row, names: _name(row.incident.declarer_user_id, names),
            ),
            ("commander_id", "who commands it now", lambda row, _: row.incident.commander_user_id),
            (
                "commander_name",
                "their full name",
                lambda row, names: _name(row.incident.commander_user_id, names),
            ),
            ("channel_id", "its channel in Slack", lambda row, _: row.incident.channel_id),
            ("channel_name", "the channel's name", lambda row, _: row.incident.channel_name),
            (
                "description",
                "as it is now; it may have several lines",
                lambda row, names: named(row.incident.description, names),
            ),
        ]
    ),
)


def _name(user_id: str, names: Names) -> str:
    return names.get(user_id, user_id)


def _people_of_entry(row: ReportedEntry) -> Iterator[str]:
    entry = row.entry
    yield entry.actor_user_id
    if row.captured_by:
        yield row.captured_by
    for text in (entry.text, entry.before or "", entry.after or ""):
        yield from mentions.people(text)
    if entry.changes_people:
        yield from (each for each in (entry.before, entry.after) if each)


def _changed(value: str | None, names: Names) -> str | None:
    return None if value is None else named(value, names)


def _changed_name(row: ReportedEntry, user_id: str | None, names: Names) -> str | None:
    return _name(user_id, names) if user_id and row.entry.changes_people else None


TIMELINE: Final[Table[ReportedEntry]] = Table(
    people=_people_of_entry,
    columns=_columns_of(
        [
            (
                "id",
                "the entry's number; later entries have higher ones",
                lambda row, _: row.entry.id,
            ),
            ("incident", "the incident", lambda row, _: _ref(row.entry.incident_id)),
            ("at", "when it happened", lambda row, _: iso(row.entry.at)),
            (
                "kind",
                "what happened, such as `status`, `severity`, `note` or `resolved`",
                lambda row, _: row.entry.kind.value,
            ),
            ("by_id", "who did it", lambda row, _: row.entry.actor_user_id),
            (
                "by_name",
                "their full name",
                lambda row, names: _name(row.entry.actor_user_id, names),
            ),
            (
                "before",
                "the value that changed, where one did; a person's id",
                lambda row, names: _changed(row.entry.before, names),
            ),
            (
                "before_name",
                "the full name, where it is a person",
                lambda row, names: _changed_name(row, row.entry.before, names),
            ),
            (
                "after",
                "the value that it changed to",
                lambda row, names: _changed(row.entry.after, names),
            ),
            (
                "after_name",
                "the full name, where it is a person",
                lambda row, names: _changed_name(row, row.entry.after, names),
            ),
            ("text", "what was written", lambda row, names: named(row.entry.text, names)),
            ("undone", "`true` for what somebody undid later", lambda row, _: row.is_undone),
            (
                "on_command_line",
                "`true` for what was typed on the command line",
                lambda row, _: row.entry.on_command_line,
            ),
            (
                "recorded_at",
                "when it was written down; later than `at` for a captured message, and for "
                "a note of what was earlier",
                lambda row, _: iso(row.entry.recorded_at or row.entry.at),
            ),
            (
                "amends",
                "the `id` of the entry that this one corrects (`amended`, with the new text) or "
                "strikes (`struck`, with the reason)",
                lambda row, _: row.amends_id,
            ),
            (
                "permalink",
                "the message in Slack that was captured",
                lambda row, _: row.entry.permalink or None,
            ),
            ("captured_by_id", "who captured it", lambda row, _: row.captured_by),
            (
                "captured_by_name",
                "their full name",
                lambda row, names: _name(row.captured_by, names) if row.captured_by else None,
            ),
        ]
    ),
)

AUDIT: Final[Table[AuditLine]] = Table(
    people=lambda row: [row.actor_user_id, *mentions.people(row.detail)],
    columns=_columns_of(
        [
            ("id", "the line's number; later lines have higher ones", lambda row, _: row.id),
            ("at", "when it was asked for", lambda row, _: iso(row.at)),
            ("by_id", "who asked for it", lambda row, _: row.actor_user_id),
            (
                "by_name",
                "their full name",
                lambda row, names: _name(row.actor_user_id, names),
            ),
            ("action", "what was asked for", lambda row, _: row.action),
            ("allowed", "`false` for what was refused", lambda row, _: row.allowed),
            (
                "incident",
                "the incident; empty for what is of none",
                lambda row, _: _ref(row.incident_id),
            ),
            ("channel_id", "the channel in Slack", lambda row, _: row.channel_id),
            ("detail", "more about it", lambda row, names: named(row.detail, names)),
            ("request_id", "the request, as the log names it", lambda row, _: row.request_id),
        ]
    ),
)
