"""Reports of many incidents: which ones, what they export, and the figures of their response."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.timeline import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The incidents that a report is about; what is empty or None leaves nothing out.

    `since` is the first moment that belongs to it, `until` the first that does not.
    """

    since: datetime | None = None
    until: datetime | None = None
    services: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ()
    statuses: tuple[Status, ...] = ()
    incident_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedIncident:
    """An incident, and how often it was reopened."""

    incident: Incident
    times_reopened: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEntry:
    """An entry of a timeline as it was recorded, and whether somebody undid it later.

    `amends_id` is the entry that this one corrects or strikes; `captured_by` put it there.
    """

    entry: Entry
    is_undone: bool = False
    amends_id: int | None = None
    captured_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One line of the audit trail."""

    id: int
    at: datetime
    actor_user_id: str
    action: str
    allowed: bool
    incident_id: int | None
    channel_id: str | None
    detail: str
    request_id: str | None


class Grouping(StrEnum):
    """The property by which figures are told apart."""

    SERVICE = "service"
    SEVERITY = "severity"
    MONTH = "month"
    """The calendar month in which an incident was declared, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The lengths of something in seconds, over the `count` incidents that have it behind them."""

    count: int
    median_seconds: float | None
    p90_seconds: float | None
    mean_seconds: float | None
    longest_seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The figures of some incidents; `name` is that of the group, None for all of them.

    Those that were false alarms or duplicates are declared and not counted.
    """

    name: str | None
    declared: int
    counted: int
    still_open: int
    reopened: int
    false_alarms: int
    duplicates: int
    time_to_acknowledge: Spread
    time_to_mitigate: Spread
    time_to_resolve: Spread


def seconds_between(earlier: datetime, later: datetime) -> int:
    """Return the seconds between two moments, each of them cut to its second.

    So it is the difference of the two as they are written, and no second is lost or gained.
    """
    return int((later.replace(microsecond=0) - earlier.replace(microsecond=0)).total_seconds())
