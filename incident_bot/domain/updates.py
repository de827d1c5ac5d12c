"""Updates: what somebody wants changed in one go, and what people are told once it is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from incident_bot.domain import promises
from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.errors import InvalidInput


class Event(StrEnum):
    """One thing that happened to an incident."""

    STATUS = "status"
    UPDATE = "update"
    RAISED = "raised"
    LOWERED = "lowered"
    RESOLVED = "resolved"
    CANCELLED = "cancelled"
    DUPLICATE = "duplicate"
    MERGED = "merged"
    """Another incident turned out to be a duplicate of this one."""

    REOPENED = "reopened"
    HANDOVER = "handover"
    CLAIM = "claim"
    APPOINTED = "appointed"
    """Somebody else than the declarer was chosen to command it."""

    TITLE = "title"
    SERVICE = "service"
    DESCRIPTION = "description"


ENDS: Final = frozenset({Event.RESOLVED, Event.CANCELLED, Event.DUPLICATE})

NOTIFIES_STAKEHOLDERS: Final = ENDS | {Event.RAISED, Event.LOWERED, Event.REOPENED}
"""Everybody who was once told about the incident hears these."""

GIVES_COMMAND: Final = frozenset({Event.APPOINTED, Event.HANDOVER, Event.CLAIM})

BROADCAST: Final = ENDS | {Event.RAISED, Event.REOPENED}
"""These are broadcast from the announcement's thread into its channel."""

CORRECTIONS: Final = frozenset({Event.TITLE, Event.SERVICE, Event.DESCRIPTION})
"""Words were put right, of which nobody need hear."""

UNDOABLE: Final = ENDS | {Event.RAISED, Event.LOWERED, Event.HANDOVER}
"""The author of one of these may undo it for a minute."""

UNDO_WITHIN: Final = timedelta(minutes=1)

LATE: Final = timedelta(minutes=1)
"""News that is older says when it was made: Slack shows when it was posted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change; `before` and `after` are the value that changed, empty where there is none."""

    event: Event
    before: str = ""
    after: str = ""

    @property
    def is_never_throttled(self) -> bool:
        """Say whether people are written to at once, however lately they were."""
        raised_to_p1 = self.event is Event.RAISED and self.after == Severity.P1
        return raised_to_p1 or self.event is Event.REOPENED or self.event in ENDS


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentUpdate:
    """Changes made together by one person, with their words.

    `lasted` is said of an ending, `next_update_at` where the next update was promised, and
    `goes_on_in`, a channel, of a duplicate. `made_at` is when, where that is known, and
    `on_command_line` that it was typed there, in the person's name.
    """

    actor_user_id: str
    changes: tuple[Change, ...]
    text: str = ""
    lasted: str = ""
    next_update_at: datetime | None = None
    goes_on_in: str = ""
    made_at: datetime | None = None
    on_command_line: bool = False

    def is_late(self, now: datetime) -> bool:
        """Say whether whoever is told now hears of it so late that its time must be said."""
        return self.made_at is not None and now - self.made_at >= LATE

    @property
    def events(self) -> frozenset[Event]:
        return frozenset(change.event for change in self.changes)

    @property
    def new_commander(self) -> str | None:
        """Return who is in command since then, where that changed."""
        given = (each.after for each in self.changes if each.event in GIVES_COMMAND)
        return next(given, None)

    @property
    def notifies_stakeholders(self) -> bool:
        return bool(self.events & NOTIFIES_STAKEHOLDERS)

    @property
    def is_broadcast(self) -> bool:
        return bool(self.events & BROADCAST)

    @property
    def is_undoable(self) -> bool:
        return bool(self.events & UNDOABLE)

    @property
    def is_correction(self) -> bool:
        """Say whether only words were put right: nobody hears of it."""
        return self.events <= CORRECTIONS

    @property
    def changes_topic(self) -> bool:
        """Say whether it changes the topic, which has only what seldom changes."""
        return bool(self.events - {Event.UPDATE, Event.STATUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateRequest:
    """Changes that somebody wants; None and an empty message leave things as they are.

    Without `next_update_at` the next update is promised as usual, unless somebody
    `promises_nothing`.
    """

    actor_user_id: str
    message: str = ""
    status: Status | None = None
    severity: Severity | None = None
    next_update_at: datetime | None = None
    promises_nothing: bool = False

    @property
    def is_about_promise(self) -> bool:
        return self.next_update_at is not None or self.promises_nothing


_NO_PROMISE: Final = "No next update is promised."


def apply(
    incident: Incident, wanted: UpdateRequest, now: datetime, every: Mapping[str, timedelta]
) -> tuple[Incident, IncidentUpdate]:
    """Return the incident after the changes, and the update that tells of them.

    `every` is how often updates are promised, by severity. Raises Conflict when the incident is
    resolved, InvalidInput when nothing would change.
    """
    incident.require_open()
    after, changes = incident, []
    if wanted.status and wanted.status is not incident.status:
        after = after.moved_to(wanted.status, now)
        changes.append(Change(event=Event.STATUS, before=incident.status, after=after.status))
    if wanted.severity and wanted.severity is not incident.severity:
        after = after.with_severity(wanted.severity)
        changes.append(severity_change(incident.severity, wanted.severity))
    if not changes and not wanted.message and not wanted.is_about_promise:
        raise InvalidInput(
            f"Nothing would change: {incident.ref} is already {incident.status}. "
            "Write what is new.",
            field="message",
        )
    due_at = None if wanted.promises_nothing else wanted.next_update_at
    if not wanted.is_about_promise:
        due_at = promises.renewed(after, now, every)
    says_only_that = wanted.promises_nothing and not changes and not wanted.message
    update = IncidentUpdate(
        actor_user_id=wanted.actor_user_id,
        changes=tuple(changes) or (Change(event=Event.UPDATE),),
        text=_NO_PROMISE if says_only_that else wanted.message,
        next_update_at=due_at,
    )
    return replace(after, next_update_at=due_at), update


def corrections(before: Incident, after: Incident) -> tuple[Change, ...]:
    """Return what was corrected of an incident, a change for each."""
    pairs = (
        (Event.TITLE, before.title, after.title),
        (Event.SERVICE, before.service, after.service),
        (Event.DESCRIPTION, before.description, after.description),
    )
    return tuple(
        Change(event=event, before=old, after=new) for event, old, new in pairs if old != new
    )


def severity_change(before: Severity, after: Severity) -> Change:
    """A rise or a fall."""
    event = Event.RAISED if after.is_worse_than(before) else Event.LOWERED
    return Change(event=event, before=before, after=after)
