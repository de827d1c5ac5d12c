"""/incident cancel: nothing was wrong."""

from incident_bot.commands import Command, IncidentCall, Press, Reply, undoable
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Event
from incident_bot.render import ending_forms, forms
from incident_bot.store.database import Tx
from incident_bot.workflow import changes, endings


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    endings.require_open(tx, call.incident)
    return Reply(form=ending_forms.cancel(call.incident))


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return _cancelled(tx, call, call.rest)


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    return _cancelled(tx, call, call.request.field("message"))


def _cancelled(tx: Tx, call: IncidentCall, reason: str) -> Reply:
    incident = call.incident
    endings.require_open(tx, incident)
    after = incident.called_off(tx.now)
    update = endings.told(tx, incident, Event.CANCELLED, by=call.user_id, text=reason)
    saved = changes.save(
        tx, incident, after, update, Action.CANCEL, call.settings, call.confirmation
    )
    text = f"{saved.ref} is closed as a false alarm. Notifying everyone who heard about it."
    return undoable(text, saved, outcome="closed as a false alarm")


COMMAND = Command(
    usage="cancel [reason]",
    summary="close an incident as a false alarm and notify everyone who was told of it",
    action=Action.CANCEL,
    in_incident=True,
    typed=typed,
    submitted={"": submitted},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    instead="/incident cancel the alert was wrong",
    examples=("cancel the alert was wrong",),
)
