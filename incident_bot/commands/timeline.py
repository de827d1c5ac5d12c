"""/incident timeline: what happened, newest page first."""

from typing import Final

from incident_bot.commands import Command, Invocation, Reply
from incident_bot.deliveries import file
from incident_bot.deliveries import timeline as message
from incident_bot.domain import permissions
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.render import timeline as pages
from incident_bot.store import audit, deliveries, incidents, timeline
from incident_bot.store.database import Tx

_PAGE: Final = 15


def run(tx: Tx, call: Invocation) -> Reply:
    incident = incidents.in_channel(tx, call.channel_id)
    permissions.require(Action.TIMELINE, incident, call.user_id)
    if call.rest == pages.POST:
        return _post(tx, call, incident)
    before_id = int(call.rest) if call.is_button and call.rest.isdecimal() else None
    entries = timeline.page(tx, incident.id, before_id=before_id, limit=_PAGE + 1)
    shown = entries[-_PAGE:]
    older = shown[0].id if len(entries) > _PAGE else None
    shown_page = pages.page(incident, shown, older_than=older, is_newest=before_id is None)
    return Reply(text=shown_page.text, blocks=shown_page.blocks, replace=call.is_button)


def _post(tx: Tx, call: Invocation, incident: Incident) -> Reply:
    """Into the channel: as a message while it is short, else as a file."""
    newest = timeline.page(tx, incident.id, before_id=None, limit=_PAGE + 1)
    last = newest[-1].id
    draft = (
        file.KIND.draft(file.Payload(document="timeline", last_entry_id=last))
        if len(newest) > _PAGE
        else message.KIND.draft(message.Payload(last_entry_id=last))
    )
    deliveries.add(tx, incident, [draft])
    audit.add(
        tx,
        Action.TIMELINE,
        actor=call.user_id,
        incident_id=incident.id,
        channel_id=call.channel_id,
        detail="posted",
    )
    return Reply(text="The timeline is being posted to the channel.", replace=call.is_ephemeral)


COMMAND = Command(
    usage="timeline", summary="what happened, newest first, with a button that posts it", run=run
)
