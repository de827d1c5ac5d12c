"""Save a correction of an incident, and set in motion what follows without any noise."""

from incident_bot.deliveries import invite
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.routing import responders
from incident_bot.domain.timeline import Kind, NewEntry
from incident_bot.domain.updates import IncidentUpdate, corrections
from incident_bot.settings import Settings
from incident_bot.store import audit, deliveries, incidents
from incident_bot.store.database import Tx
from incident_bot.workflow import components, notifications


def save(
    tx: Tx, before: Incident, after: Incident, actor_user_id: str, settings: Settings
) -> Incident:
    """Save a correction with its timeline and audit entries, and all that shows the incident.

    Raises Conflict if somebody else changed the incident meanwhile.
    """
    saved = incidents.save_wording(tx, before, after)
    update = IncidentUpdate(actor_user_id=actor_user_id, changes=corrections(before, saved))
    _record(tx, saved, update)
    notifications.changed(tx, saved, update, settings)
    if saved.is_open and saved.service != before.service:
        _invite_owners(tx, before, saved, settings)
        components.reconcile_moved(tx, saved, before.service, settings)
    return saved


def _record(tx: Tx, incident: Incident, update: IncidentUpdate) -> None:
    audit.add_change(
        tx,
        Action.EDIT,
        actor=update.actor_user_id,
        incident=incident,
        entries=[
            NewEntry(kind=Kind.EDITED, text=change.event, before=change.before, after=change.after)
            for change in update.changes
        ],
        detail=", ".join(change.event for change in update.changes),
    )


def _invite_owners(tx: Tx, before: Incident, after: Incident, settings: Settings) -> None:
    """Invite those who answer for the service that it is on now; nobody is removed."""
    known = responders(before, settings)
    new = tuple(each for each in responders(after, settings) if each not in known)
    if new:
        payload = invite.Payload(user_ids=new, of_service=True)
        deliveries.add(tx, after, [invite.KIND.draft(payload)])
