"""What an update does to an incident: message, status and severity in one go."""

from dataclasses import dataclass, replace
from datetime import datetime

from incident_bot.domain.incidents import Incident, Severity, Status
from incident_bot.domain.news import Change, Event, News
from incident_bot.errors import InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What somebody wants changed; None and an empty message leave things as they are."""

    actor_user_id: str
    message: str = ""
    status: Status | None = None
    severity: Severity | None = None
    next_update_at: datetime | None = None


def apply(incident: Incident, update: Update, now: datetime) -> tuple[Incident, News]:
    """The incident after an update and what to tell of it.

    Raises Conflict when the incident is resolved, InvalidInput when nothing would change.
    """
    incident.require_open()
    after, changes = incident, []
    if update.severity and update.severity is not incident.severity:
        after = after.with_severity(update.severity)
        changes.append(severity_change(incident.severity, update.severity))
    if update.status and update.status is not incident.status:
        after = after.moved_to(update.status, now)
        changes.append(Change(event=Event.STATUS, before=incident.status, after=after.status))
    if not changes and not update.message:
        raise InvalidInput(
            f"Nothing would change: {incident.ref} is already {incident.status}. "
            "Write what is new.",
            field="message",
        )
    news = News(
        actor_user_id=update.actor_user_id,
        changes=tuple(changes) or (Change(event=Event.UPDATE),),
        text=update.message,
    )
    return replace(after, next_update_at=update.next_update_at), news


def severity_change(before: Severity, after: Severity) -> Change:
    """A rise or a fall."""
    event = Event.RAISED if after.is_worse_than(before) else Event.LOWERED
    return Change(event=event, before=before, after=after)
