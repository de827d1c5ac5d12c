"""The incident as customers see it: offered, updated and closed along with ours."""

from datetime import datetime

from incident_bot.deliveries import public_update, publish_question
from incident_bot.deliveries.kind import NOTHING
from incident_bot.domain.deliveries import Draft
from incident_bot.domain.incidents import Incident, Severity
from incident_bot.domain.statuspage import public_status
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.updates import ENDS, Event, IncidentUpdate
from incident_bot.settings import Settings
from incident_bot.store import audit, deliveries, statuspage, undoable
from incident_bot.store.database import Tx

_OFFERED = frozenset({Severity.P1, Severity.P2})
_TURNS = ENDS | {Event.REOPENED}
_RESOLVED = "This incident has been resolved."
_FALSE_ALARM = "This was a false alarm: nothing was wrong."
_DUPLICATE = "This was a second report of a problem that we already work on."
_BACK = "The problem is back. We are investigating again."
_NOT_YET = "This was marked as resolved by mistake. We are still working on it."
_CLOSES = {
    Event.RESOLVED: _RESOLVED,
    Event.CANCELLED: _FALSE_ALARM,
    Event.DUPLICATE: _DUPLICATE,
}


def on_declare(severity: Severity, settings: Settings) -> list[Draft]:
    """Draft the question whether customers should read about a new P1 or P2."""
    return [publish_question.KIND.draft(NOTHING)] if _is_offered(severity, settings) else []


def offer(tx: Tx, incident: Incident, settings: Settings) -> None:
    """Ask the commander of a P1 or P2, once, whether customers should read about it."""
    if not _is_offered(incident.severity, settings):
        return
    if not statuspage.publication(tx, incident.id) and not statuspage.was_asked(tx, incident.id):
        publish_question.ask(tx, incident)


def _is_offered(severity: Severity, settings: Settings) -> bool:
    asks = bool(settings.statuspage_publish and settings.statuspage_page_id)
    return asks and severity in _OFFERED


def sync(tx: Tx, incident: Incident, update: IncidentUpdate, settings: Settings) -> None:
    """Offer to publish what became a P1 or P2; close or reopen what is public, or was offered."""
    if statuspage.publication(tx, incident.id) is None:
        if Event.RAISED in update.events:
            offer(tx, incident, settings)
        elif update.events & _TURNS:
            publish_question.bring_up_to_date(tx, incident)
    elif ending := next(iter(update.events & ENDS), None):
        add_update(tx, incident, update.actor_user_id, _CLOSES[ending])
    elif Event.REOPENED in update.events:
        add_update(tx, incident, update.actor_user_id, _BACK)


def undone(tx: Tx, incident: Incident, changed_at: datetime, user_id: str) -> None:
    """Tell customers that it goes on, where they were told that it is over, or ask again."""
    if statuspage.publication(tx, incident.id) is None:
        publish_question.bring_up_to_date(tx, incident)
    elif incident.is_open and undoable.was_published(tx, incident.id, changed_at):
        add_update(tx, incident, user_id, _NOT_YET)


def add_update(tx: Tx, incident: Incident, user_id: str, body: str) -> None:
    """Add an update to the public incident; the components it affects stay those chosen."""
    publication = statuspage.publication(tx, incident.id)
    if publication is None:
        return
    status = public_status(incident)
    payload = public_update.Payload(status=status, body=body, notifies=publication.notifies)
    deliveries.add(tx, incident, [public_update.KIND.draft(payload)])
    audit.add_change(
        tx,
        "publish update",
        actor=user_id,
        incident=incident,
        entries=[NewEntry(kind=Kind.PUBLIC_UPDATE, text=body, after=status)],
        detail=status,
    )
