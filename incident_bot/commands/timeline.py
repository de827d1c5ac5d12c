"""/incident timeline: what happened, newest page first."""

import re
from dataclasses import replace
from typing import Final

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.deliveries import timeline as message
from incident_bot.domain.permissions import Action
from incident_bot.errors import InvalidInput, Typed
from incident_bot.render import timeline as timeline_text
from incident_bot.store import timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import documents
from incident_bot.workflow.confirmation import require_first_post

_PAGE: Final = 15


def typed(tx: Tx, call: IncidentCall) -> Reply:
    return _excerpt(tx, call, before_id=None)


def newest(tx: Tx, call: IncidentCall) -> Reply:
    return replace(_excerpt(tx, call, before_id=None), replace=True)


def older(tx: Tx, call: IncidentCall) -> Reply:
    """Turn to the page before the entry that the button names."""
    if not re.fullmatch("[0-9]{1,18}", call.rest):
        raise InvalidInput("This button is out of date. Type ", Typed("timeline"), ".")
    return replace(_excerpt(tx, call, before_id=int(call.rest)), replace=True)


def _excerpt(tx: Tx, call: IncidentCall, *, before_id: int | None) -> Reply:
    entries = timeline.newest(tx, call.incident.id, before_id=before_id, limit=_PAGE + 1)
    shown = entries[-_PAGE:]
    older_than = shown[0].id if len(entries) > _PAGE else None
    found = timeline_text.excerpt(
        call.incident, shown, older_than=older_than, is_newest=before_id is None
    )
    return Reply(text=found.text, blocks=found.blocks)


def post(tx: Tx, call: IncidentCall) -> Reply:
    """Post it to the channel: as a message while it is short, else as a file.

    Of an incident without a channel it is a file, for whoever asked.
    """
    incident = call.incident
    require_first_post(
        tx, incident, call.user_id, Action.TIMELINE, call.settings, call.confirmation
    )
    newest = timeline.newest(tx, incident.id, before_id=None, limit=_PAGE + 1)
    last = newest[-1].id
    is_short = len(newest) <= _PAGE
    short = message.KIND.draft(message.Payload(last_entry_id=last)) if is_short else None
    where = documents.share(tx, incident, "timeline", last, call.user_id, short=short)
    return Reply(
        text=f"The timeline is being {where}.",
        replace=call.request.is_ephemeral,
        audit="posted",
        outcome="timeline posted",
    )


COMMAND = Command(
    usage="timeline",
    summary="show the last entries, with buttons for older ones and to post all of it",
    action=Action.TIMELINE,
    in_incident=True,
    typed=typed,
    pressed={
        "": Press(handler=newest),
        "newest": Press(handler=newest),
        "older": Press(handler=older),
        timeline_text.POST: Press(handler=post),
    },
    examples=("timeline", "timeline INC-42"),
)
