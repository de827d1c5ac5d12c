"""End an incident: it is over, it was none, or it was another one."""

from incident_bot.deliveries import incident_update, invite
from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.permissions import Action
from incident_bot.domain.routing import responders
from incident_bot.domain.timeline import ENDINGS
from incident_bot.domain.timeline import Kind as Entry
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import Conflict, Mention, Moment, Offer, Part, Remedy, Typed
from incident_bot.render.updates import duration
from incident_bot.settings import Settings
from incident_bot.store import deliveries, incidents, timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import changes
from incident_bot.workflow.confirmation import Confirmation


def require_open(tx: Tx, incident: Incident) -> None:
    """Raise Conflict, saying who was first, when it has ended."""
    if incident.is_open:
        return
    entry = timeline.last(tx, incident.id, *ENDINGS)
    by: tuple[Part, ...] = ()
    if entry:
        by = (" by ", Mention(entry.actor_user_id), ", ", Moment(entry.at))
    how = (
        f"already {incident.state}" if incident.ending is None else f"closed as a {incident.state}"
    )
    raise Conflict(
        f"{incident.ref} is {how}",
        *by,
        ". If it is not over, reopen it: ",
        Typed(f"reopen {incident.ref} it is back"),
        ".",
        offers=[Offer(Remedy.REOPEN, incident.id), Offer(Remedy.POSTMORTEM, incident.id)],
    )


def told(
    tx: Tx,
    incident: Incident,
    event: Event,
    *,
    by: str,
    text: str,
    goes_on: Incident | None = None,
) -> IncidentUpdate:
    """Return the update that tells of an ending; a duplicate `goes_on` as another incident."""
    after = goes_on.ref if goes_on else Status.RESOLVED
    return IncidentUpdate(
        actor_user_id=by,
        changes=(Change(event=event, before=incident.status, after=after),),
        text=text,
        lasted=duration(tx.now - incident.declared_at),
        goes_on_in=(goes_on.channel_id or "") if goes_on else "",
    )


def merge(
    tx: Tx,
    incident: Incident,
    other: Incident,
    update: IncidentUpdate,
    settings: Settings,
    confirmation: Confirmation,
) -> Incident:
    """Close an incident as a duplicate of the other, whose channel its people are invited to.

    Both are held. Those who were told of it hear of the other from now on.
    """
    ended = incident.as_duplicate_of(other, tx.now)
    saved = changes.save(tx, incident, ended, update, Action.DUPLICATE, settings, confirmation)
    incidents.pass_duplicates_on(tx, saved)
    told = Change(event=Event.MERGED, before=saved.ref)
    merged = IncidentUpdate(actor_user_id=update.actor_user_id, changes=(told,))
    people = invite.Payload(user_ids=responders(incident, settings))
    timeline.add(tx, other.id, Entry.MERGED, actor=update.actor_user_id, before=saved.ref)
    deliveries.add(
        tx,
        other,
        [
            invite.KIND.draft(people),
            incident_update.KIND.draft(incident_update.Payload(update=merged)),
        ],
    )
    return saved
