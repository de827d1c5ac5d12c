"""/incident postmortem: the record as a Markdown file in the channel."""

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.deliveries import file
from incident_bot.domain import permissions
from incident_bot.domain.permissions import Action
from incident_bot.errors import Conflict
from incident_bot.store import audit, deliveries, incidents, timeline
from incident_bot.store.database import Tx


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.POSTMORTEM, incident, call.user_id)
    if incident.is_open:
        raise Conflict(
            f"{incident.ref} is {incident.status}. A postmortem is written once it is resolved: "
            "`/incident resolved` and what fixed it."
        )
    (newest,) = timeline.page(tx, incident.id, before_id=None, limit=1)
    payload = file.Payload(document="postmortem", last_entry_id=newest.id)
    deliveries.add(tx, incident, [file.KIND.draft(payload)])
    audit.add(
        tx,
        Action.POSTMORTEM,
        actor=call.user_id,
        incident_id=incident.id,
        channel_id=call.channel_id,
    )
    return Reply(text=f"The postmortem of {incident.ref} is being posted to the channel.")


COMMAND = Command(
    usage="postmortem", summary="the postmortem as a Markdown file, once resolved", run=run
)
