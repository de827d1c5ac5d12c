"""/incident reopen: it is not over after all."""

from dataclasses import replace

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.domain import promises
from incident_bot.domain.incidents import Incident, Status
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import Conflict, Offer, Remedy, Typed
from incident_bot.render import ending_forms, forms
from incident_bot.store import people
from incident_bot.store.database import Tx
from incident_bot.workflow import changes


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form, with what was typed as the reason."""
    _require_resolved(call.incident)
    return Reply(form=ending_forms.reopen(call.incident, reason=people.spelled_out(tx, call.rest)))


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return _reopened(tx, call, call.rest) if call.rest else open_form(tx, call)


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    return _reopened(tx, call, call.request.field("message"))


def _reopened(tx: Tx, call: IncidentCall, reason: str) -> Reply:
    """Open it again under whoever does so: the commander may have gone to bed."""
    incident = call.incident
    _require_resolved(incident)
    after = incident.moved_to(Status.INVESTIGATING, tx.now)
    made = [Change(event=Event.REOPENED, before=incident.status, after=after.status)]
    if call.user_id != incident.commander_user_id:
        after = after.commanded_by(call.user_id)
        made.append(
            Change(event=Event.CLAIM, before=incident.commander_user_id, after=call.user_id)
        )
    due_at = promises.usual(after.severity, tx.now, call.settings.update_every)
    after = replace(after, next_update_at=due_at)
    update = IncidentUpdate(
        actor_user_id=call.user_id, changes=tuple(made), text=reason, next_update_at=due_at
    )
    changes.save(tx, incident, after, update, Action.REOPEN, call.settings, call.confirmation)
    return Reply(
        text=f"{after.ref} is open again and you command it. Notifying everyone it concerns.",
        outcome="reopened",
    )


def _require_resolved(incident: Incident) -> None:
    if incident.is_open:
        raise Conflict(
            f"{incident.ref} is open: it is {incident.status}. Say what is new: ",
            Typed(f"status {incident.ref} errors are back"),
            ".",
            offers=[Offer(Remedy.UPDATE, incident.id)],
        )


COMMAND = Command(
    usage="reopen [reason]",
    summary="open a resolved incident again, as investigating, and take command of it",
    action=Action.REOPEN,
    in_incident=True,
    typed=typed,
    submitted={"": submitted},
    pressed={"": Press(handler=open_form), forms.OPEN: Press(handler=open_form)},
    instead="/incident reopen errors are back since the deploy",
    examples=("reopen errors are back since the deploy",),
)
