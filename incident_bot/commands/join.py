"""/incident join: be invited to the incident's channel."""

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.deliveries import invite
from incident_bot.domain.permissions import Action
from incident_bot.errors import Conflict, Typed
from incident_bot.render.text import channel
from incident_bot.store import deliveries
from incident_bot.store.database import Tx


def typed(tx: Tx, call: IncidentCall) -> Reply:
    incident = call.incident
    if not deliveries.has_channel(tx, incident):
        raise Conflict(
            f"{incident.ref} has no channel. Read what happens with ",
            Typed(f"timeline {incident.ref}"),
            ".",
        )
    deliveries.add(tx, incident, [invite.KIND.draft(invite.Payload(user_ids=(call.user_id,)))])
    where = channel(incident.channel_id) if incident.channel_id else "its channel once it is there"
    return Reply(
        text=f"You are being invited to {where}.",
        audit="",
        outcome="joined",
    )


COMMAND = Command(
    usage="join",
    summary="be invited to the incident's channel",
    action=Action.JOIN,
    in_incident=True,
    typed=typed,
    pressed={"": Press(handler=typed)},
    examples=("join INC-42",),
)
