"""/incident resolved: the impact is over."""

from datetime import timedelta

from incident_bot.commands import Command, IncidentCall, Press, Reply, undoable
from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Event
from incident_bot.render import ending_forms, forms
from incident_bot.render.updates import duration
from incident_bot.settings import Settings
from incident_bot.store.database import Tx
from incident_bot.workflow import changes, endings
from incident_bot.workflow.confirmation import Confirmation


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    endings.require_open(tx, call.incident)
    return Reply(form=ending_forms.resolve(call.incident))


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return _resolve(tx, call, call.rest)


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    return _resolve(tx, call, call.request.field("message"))


def _resolve(tx: Tx, call: IncidentCall, summary: str) -> Reply:
    saved = resolve(tx, call.incident, call.user_id, summary, call.settings, call.confirmation)
    return undoable(told(saved), saved, outcome="resolved")


def resolve(
    tx: Tx,
    incident: Incident,
    actor_user_id: str,
    summary: str,
    settings: Settings,
    confirmation: Confirmation,
) -> Incident:
    """Resolve an incident, and return it as it is then; raises Conflict when it has ended."""
    endings.require_open(tx, incident)
    after = incident.moved_to(Status.RESOLVED, tx.now)
    update = endings.told(tx, incident, Event.RESOLVED, by=actor_user_id, text=summary)
    return changes.save(tx, incident, after, update, Action.RESOLVE, settings, confirmation)


def told(incident: Incident) -> str:
    """Say of a resolved incident that it is."""
    took = duration(incident.time_to_resolve or timedelta())
    return f"{incident.ref} resolved after {took}. Notifying everyone who heard about it."


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
