"""/incident reopen: it is not over after all."""

from incident_bot.commands import Command, IncidentCall, Reply
from incident_bot.domain.incidents import Status
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.errors import Conflict, InvalidInput, Typed
from incident_bot.store.database import Tx
from incident_bot.workflow import changes


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    if incident.is_open:
        raise Conflict(f"{incident.ref} is open: it is {incident.status}.")
    if not call.rest:
        raise InvalidInput("Say why: ", Typed("reopen errors are back since the deploy"), ".")
    after = incident.moved_to(Status.INVESTIGATING, tx.now)
    update = IncidentUpdate(
        actor_user_id=call.user_id,
        changes=(Change(event=Event.REOPENED, before=incident.status, after=after.status),),
        text=call.rest,
    )
    changes.save(tx, incident, after, update, Action.REOPEN, call.settings, call.confirmation)
    return Reply(
        text=f"{after.ref} is open again. Notifying everyone it concerns.", outcome="reopened"
    )


COMMAND = Command(
    usage="reopen reason",
    summary="open a resolved incident again, as investigating",
    action=Action.REOPEN,
    in_incident=True,
    typed=typed,
)
