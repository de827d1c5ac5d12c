"""Reminders: while each stands, and the steps in which it says more and more.

A new kind is one more of `ReminderKind` and its ladder in `LADDERS`; what its messages say is in
`incident_bot/render/reminders.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from incident_bot.domain.incidents import Incident, Severity
from incident_bot.domain.working_hours import morning_after, next_open, working_days_after
from incident_bot.settings import Settings


class ReminderKind(StrEnum):
    """The reason of a reminder."""

    PROMISE = "promise"
    """An update was promised."""

    UNCLAIMED = "unclaimed"
    """Nobody has done anything about a new P1 or P2, or its commander has left."""

    STALE = "stale"
    """Nobody has said anything for long."""

    POSTMORTEM = "postmortem"
    """It is over, and nobody has written it up."""


class Says(StrEnum):
    """The ways in which a step reminds people."""

    COMMANDER = "commander"
    """A direct message to the commander."""

    CHANNEL = "channel"
    """A message in the incident's channel, the same one at each step, brought up to date."""

    OWNERS = "owners"
    """The message in the channel mentions the commander and the owners of the service."""

    CARD = "card"
    """The card shows it."""

    ANNOUNCEMENTS = "announcements"
    """The announcements show it."""

    THREADS = "threads"
    """A reply under each announcement."""

    EXECUTIVES = "executives"
    """A direct message to those who hear of each P1, where a setting says so."""

    TIMELINE = "timeline"
    """An entry in the timeline, once."""


When = Callable[[datetime, Incident, Settings], datetime]
"""Returns the time of a step, from the moment since which the steps count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step: the ways in which it reminds people, and when.

    It is left out where the reminder begins to stand with less `notice` than that.
    """

    at: When
    says: frozenset[Says]
    notice: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """The steps of a reminder, in order.

    `since` returns the moment from which they count, from when a person has last done something;
    None while there is nothing to remind of. `waits` says whether it waits for working hours.
    """

    since: Callable[[Incident, datetime, Settings], datetime | None]
    steps: Sequence[Step]
    waits: Callable[[Incident], bool] = lambda incident: False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A reminder that stands, counted from `since_at`: its next step, and when that is due."""

    kind: ReminderKind
    since_at: datetime
    step: int
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A reminder as it is kept; `number` is its own, and a new one when it begins anew.

    `said` are the destinations of its messages, `mentions` the people whom they mention by now.
    """

    number: int
    incident_id: int
    kind: ReminderKind
    since_at: datetime
    step: int
    due_at: datetime | None
    said: tuple[str, ...]
    mentions: tuple[str, ...]

    @property
    def line(self) -> str:
        """Return the destination of its message in the incident's channel."""
        return f"{LINE}:{self.kind}:{self.number}"

    def nudge(self, user_id: str) -> str:
        """Return the destination of a direct message about its present step."""
        return f"{NUDGE}:{user_id}:{self.kind}:{self.number}:{self.step}"


LINE: Final = "reminder"
NUDGE: Final = "nudge"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A destination, read: a reminder's message to a person, or in the incident's channel."""

    kind: ReminderKind
    number: int
    user_id: str = ""

    @classmethod
    def of(cls, destination: str) -> "Place":
        sort, *parts = destination.split(":")
        user_id = parts.pop(0) if sort == NUDGE else ""
        return cls(kind=ReminderKind(parts[0]), number=int(parts[1]), user_id=user_id)


def standing(incident: Incident, touched_at: datetime, settings: Settings) -> list[Standing]:
    """Return the reminders that stand after somebody has just done something."""
    counted = {
        kind: ladder.since(incident, touched_at, settings) for kind, ladder in LADDERS.items()
    }
    return [
        _begun(kind, since, incident, touched_at, settings)
        for kind, since in counted.items()
        if since is not None
    ]


def _begun(
    kind: ReminderKind, since: datetime, incident: Incident, now: datetime, settings: Settings
) -> Standing:
    steps = LADDERS[kind].steps
    left = max(timedelta(), since - now)
    first = next(place for place, each in enumerate(steps) if left >= each.notice)
    return at_step(kind, first, since, incident, settings)


def at_step(
    kind: ReminderKind, step: int, since: datetime, incident: Incident, settings: Settings
) -> Standing:
    """Return the reminder when this step is its next; after the last it says nothing more."""
    steps = LADDERS[kind].steps
    due_at = steps[step].at(since, incident, settings) if step < len(steps) else None
    return Standing(kind=kind, since_at=since, step=step, due_at=due_at)


def newest_due(
    kind: ReminderKind,
    step: int,
    since: datetime,
    incident: Incident,
    now: datetime,
    settings: Settings,
) -> int | None:
    """Return the last step from this one on whose time has come: those before it are left out."""
    steps = enumerate(LADDERS[kind].steps)
    due = [
        place
        for place, each in steps
        if place >= step and each.at(since, incident, settings) <= now
    ]
    return due[-1] if due else None


_GRAVE: Final = frozenset({Severity.P1, Severity.P2})


def _later(**length: float) -> When:
    return lambda since, incident, settings: since + timedelta(**length)


def _stale(since: datetime, incident: Incident, settings: Settings) -> datetime:
    return since + settings.stale_after[incident.severity]


def _morning_after_stale(since: datetime, incident: Incident, settings: Settings) -> datetime:
    asked_at = _stale(since, incident, settings)
    if incident.severity not in _GRAVE:
        asked_at = next_open(asked_at, settings.working_hours, settings.time_zone)
    return morning_after(asked_at, settings.working_hours, settings.time_zone)


def _week_after_stale(since: datetime, incident: Incident, settings: Settings) -> datetime:
    asked_at = _morning_after_stale(since, incident, settings) + timedelta(weeks=1)
    return next_open(asked_at, settings.working_hours, settings.time_zone)


def _working_days(count: int) -> When:
    return lambda since, incident, settings: working_days_after(
        since, count, settings.working_hours, settings.time_zone
    )


def _since_promised(
    incident: Incident, touched_at: datetime, settings: Settings
) -> datetime | None:
    return incident.next_update_at if incident.is_open else None


def _since_declared(
    incident: Incident, touched_at: datetime, settings: Settings
) -> datetime | None:
    is_new = incident.acknowledged_at is None and touched_at <= incident.declared_at
    waits = incident.is_open and incident.severity in _GRAVE and is_new
    return incident.declared_at if waits else None


def _since_touched(incident: Incident, touched_at: datetime, settings: Settings) -> datetime | None:
    return touched_at if incident.is_open and incident.severity in settings.stale_after else None


def _since_resolved(
    incident: Incident, touched_at: datetime, settings: Settings
) -> datetime | None:
    is_due = incident.ending is None and incident.severity in settings.postmortem_for
    return incident.resolved_at if is_due else None


def _says(*ways: Says) -> frozenset[Says]:
    return frozenset(ways)


_OVERDUE: Final = _says(Says.CHANNEL, Says.CARD, Says.TIMELINE)

LADDERS: Final[dict[ReminderKind, Ladder]] = {
    ReminderKind.PROMISE: Ladder(
        since=_since_promised,
        steps=(
            Step(at=_later(minutes=-5), says=_says(Says.COMMANDER), notice=timedelta(minutes=15)),
            Step(at=_later(), says=_OVERDUE),
            Step(at=_later(minutes=10), says=_OVERDUE | {Says.OWNERS}),
            Step(
                at=_later(minutes=20),
                says=_OVERDUE | {Says.OWNERS, Says.ANNOUNCEMENTS, Says.EXECUTIVES},
            ),
        ),
    ),
    ReminderKind.UNCLAIMED: Ladder(
        since=_since_declared,
        steps=(
            Step(at=_later(minutes=5), says=_says(Says.CHANNEL, Says.OWNERS)),
            Step(at=_later(minutes=20), says=_says(Says.CHANNEL, Says.OWNERS, Says.THREADS)),
        ),
    ),
    ReminderKind.STALE: Ladder(
        since=_since_touched,
        steps=(
            Step(at=_stale, says=_says(Says.COMMANDER)),
            Step(at=_morning_after_stale, says=_says(Says.CHANNEL)),
            Step(at=_week_after_stale, says=_says(Says.CHANNEL, Says.OWNERS)),
        ),
        waits=lambda incident: incident.severity not in _GRAVE,
    ),
    ReminderKind.POSTMORTEM: Ladder(
        since=_since_resolved,
        steps=(
            Step(at=_working_days(3), says=_says(Says.COMMANDER)),
            Step(at=_working_days(5), says=_says(Says.COMMANDER)),
        ),
        waits=lambda incident: True,
    ),
}
