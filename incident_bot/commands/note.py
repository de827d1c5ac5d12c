"""/incident note: put something on the timeline."""

from incident_bot.commands import Command, IncidentCall, Reply
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Kind
from incident_bot.errors import InvalidInput, Typed
from incident_bot.store import timeline
from incident_bot.store.database import Tx


def typed(tx: Tx, call: IncidentCall) -> Reply:
    if not call.rest:
        raise InvalidInput("Say what to note: ", Typed("note restarted the load balancer"), ".")
    timeline.add(tx, call.incident.id, Kind.NOTE, actor=call.user_id, text=call.rest)
    return Reply(
        text=f"Noted on the timeline of {call.incident.ref}; the channel does not show it.",
        audit="",
        outcome="note added",
    )


COMMAND = Command(
    usage="note text",
    summary="add a note to the timeline, which the channel does not show",
    action=Action.NOTE,
    in_incident=True,
    typed=typed,
    examples=("note restarted the load balancer",),
)
