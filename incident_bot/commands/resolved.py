"""/incident resolved: the impact is over."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Kind
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import Conflict, Mention, Moment, Offer, Part, Remedy, Typed
from incident_bot.render import forms
from incident_bot.render.updates import duration
from incident_bot.settings import Settings
from incident_bot.store import timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import changes
from incident_bot.workflow.confirmation import Confirmation


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    _require_open(tx, call.incident)
    return Reply(form=forms.resolve(call.incident))


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return _resolve(tx, call, call.rest)


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    return _resolve(tx, call, call.request.field("message"))


def _resolve(tx: Tx, call: IncidentCall, summary: str) -> Reply:
    told = resolve(tx, call.incident, call.user_id, summary, call.settings, call.confirmation)
    return Reply(text=told, outcome="resolved")


def resolve(
    tx: Tx,
    incident: Incident,
    actor_user_id: str,
    summary: str,
    settings: Settings,
    confirmation: Confirmation,
) -> str:
    """Resolve an incident, and return what to say of it; raises Conflict when it is resolved."""
    _require_open(tx, incident)
    after = incident.moved_to(Status.RESOLVED, tx.now)
    took = duration(tx.now - incident.declared_at)
    update = IncidentUpdate(
        actor_user_id=actor_user_id,
        changes=(Change(event=Event.RESOLVED, before=incident.status, after=after.status),),
        text=summary,
        lasted=took,
    )
    changes.save(tx, incident, after, update, Action.RESOLVE, settings, confirmation)
    return f"{after.ref} resolved after {took}. Notifying everyone who heard about it."


def _require_open(tx: Tx, incident: Incident) -> None:
    """Raise Conflict, saying who was first, when it is resolved."""
    if incident.is_open:
        return
    entry = timeline.last(tx, incident.id, Kind.RESOLVED)
    by: tuple[Part, ...] = ()
    if entry:
        by = (" by ", Mention(entry.actor_user_id), ", ", Moment(entry.at))
    raise Conflict(
        f"{incident.ref} is already resolved",
        *by,
        ". If it is not over, reopen it: ",
        Typed(f"reopen {incident.ref} it is back"),
        ".",
        offers=[Offer(Remedy.REOPEN, incident.id), Offer(Remedy.POSTMORTEM, incident.id)],
    )


COMMAND = Command(
    usage="resolved [summary]",
    summary="mark the incident resolved and notify everyone who was told of it",
    action=Action.RESOLVE,
    in_incident=True,
    typed=typed,
    submitted={"": submitted},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    instead="/incident resolved what fixed it",
    aliases=("resolve", "close"),
    examples=("resolved rolled back the deploy", "resolved INC-42 the disk was full"),
)
