"""/incident note: put something on the timeline."""

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.domain import permissions
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Kind
from incident_bot.errors import InvalidInput
from incident_bot.store import audit, incidents, timeline
from incident_bot.store.database import Tx


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.NOTE, incident, call.user_id)
    if not call.rest:
        raise InvalidInput("Say what to note: `/incident note restarted the load balancer`.")
    timeline.add(tx, incident.id, Kind.NOTE, actor=call.user_id, text=call.rest)
    audit.add(
        tx, Action.NOTE, actor=call.user_id, incident_id=incident.id, channel_id=call.channel_id
    )
    return Reply(text=f"Noted on the timeline of {incident.ref}.")


COMMAND = Command(usage="note text", summary="add to the timeline", run=run)
