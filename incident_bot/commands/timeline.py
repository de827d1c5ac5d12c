"""/incident timeline: what happened, newest page first, and corrections of its entries."""

import re
from collections.abc import Mapping
from dataclasses import replace

from incident_bot.commands import Command, IncidentCall, Press, Reply
from incident_bot.deliveries import reaction
from incident_bot.deliveries import timeline as message
from incident_bot.domain import mentions, permissions
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Entry, Kind
from incident_bot.errors import Conflict, InvalidInput, Typed
from incident_bot.render import capture_forms
from incident_bot.render import timeline as timeline_text
from incident_bot.render.timeline import AMEND, PAGE, POSTED, STRIKE
from incident_bot.store import catching_up, deliveries, people, timeline
from incident_bot.store.database import Tx
from incident_bot.workflow import documents
from incident_bot.workflow.confirmation import require_first_post


def typed(tx: Tx, call: IncidentCall) -> Reply:
    catching_up.mark_seen(tx, call.incident.id, call.user_id)
    return _excerpt(tx, call, before_id=None)


def newest(tx: Tx, call: IncidentCall) -> Reply:
    return replace(typed(tx, call), replace=True)


def older(tx: Tx, call: IncidentCall) -> Reply:
    """Turn to the page before the entry that the button names."""
    if not re.fullmatch("[0-9]{1,18}", call.rest):
        raise InvalidInput("This button is out of date. Type ", Typed("timeline"), ".")
    return replace(_excerpt(tx, call, before_id=int(call.rest)), replace=True)


def _excerpt(tx: Tx, call: IncidentCall, *, before_id: int | None) -> Reply:
    entries = timeline.newest(tx, call.incident.id, before_id=before_id, limit=PAGE + 1)
    shown = entries[-PAGE:]
    older_than = shown[0].id if len(entries) > PAGE else None
    found = timeline_text.excerpt(
        call.incident,
        shown,
        older_than=older_than,
        is_newest=before_id is None,
        amendable={entry.id for entry in shown if _may_amend(call, entry)},
    )
    return Reply(text=found.text, blocks=found.blocks)


def _may_amend(call: IncidentCall, entry: Entry) -> bool:
    """Say whether whoever asks may correct the words: their own, and the commander all."""
    action = Action.AMEND if entry.is_of(call.user_id) else Action.AMEND_ANY
    return entry.is_amendable and permissions.is_allowed(action, call.role)


def post(tx: Tx, call: IncidentCall) -> Reply:
    """Post it to the channel: as a message while it is short, else as a file.

    Of an incident without a channel it is a file, for whoever asked.
    """
    incident = call.incident
    require_first_post(
        tx, incident, call.user_id, Action.TIMELINE, call.settings, call.confirmation
    )
    is_short = len(timeline.newest(tx, incident.id, before_id=None, limit=POSTED + 1)) <= POSTED
    last = timeline.last_id(tx, incident.id)
    short = message.KIND.draft(message.Payload(last_entry_id=last)) if is_short else None
    where = documents.share(tx, incident, "timeline", last, call.user_id, short=short)
    return Reply(
        text=f"The timeline is being {where}.",
        replace=call.request.is_ephemeral,
        audit="posted",
        outcome="timeline posted",
    )


def edit(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form with what the entry says."""
    entry, names = _entry(tx, call, call.rest)
    return Reply(form=capture_forms.amend(call.incident, entry, names))


def strike(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form that asks why the entry does not count."""
    entry, names = _entry(tx, call, call.rest)
    _require_standing(entry)
    return Reply(form=capture_forms.strike(call.incident, entry, names))


def edited(tx: Tx, call: IncidentCall) -> Reply:
    """Save what the entry is to say; one that was struck counts again."""
    entry, names = _entry(tx, call, call.request.metadata.get("entry"))
    words = call.request.field(capture_forms.WORDS)
    if not words:
        raise InvalidInput("Say what happened, or strike it.", field=capture_forms.WORDS)
    is_same = words == mentions.plain(entry.text, names)
    if is_same and not entry.is_struck:
        return Reply(text="Nothing has changed.", receipt=True)
    return _amended(tx, call, entry, Kind.AMENDED, entry.text if is_same else words)


def struck(tx: Tx, call: IncidentCall) -> Reply:
    """Strike the entry, with the reason."""
    entry, _ = _entry(tx, call, call.request.metadata.get("entry"))
    _require_standing(entry)
    reason = call.request.field(capture_forms.REASON)
    if not reason:
        raise InvalidInput("Say why it does not count.", field=capture_forms.REASON)
    return _amended(tx, call, entry, Kind.STRUCK, reason)


def _amended(tx: Tx, call: IncidentCall, entry: Entry, kind: Kind, text: str) -> Reply:
    timeline.amend(tx, entry, kind, actor=call.user_id, text=text)
    if entry.source and entry.source.channel_id == call.incident.channel_id:
        source = entry.source
        deliveries.add(tx, call.incident, [reaction.draft(source.channel_id, source.ts)])
    what = "struck" if kind is Kind.STRUCK else "corrected"
    return Reply(
        text=f"The entry is {what}. `/incident timeline {call.incident.ref}` shows it.",
        audit=f"{what} {entry.id}",
        outcome="entry corrected",
        receipt=True,
    )


def _entry(tx: Tx, call: IncidentCall, number: object) -> tuple[Entry, Mapping[str, str]]:
    """Return the entry that is meant, and the names of whom it mentions.

    Raises NotAllowed for somebody else's, unless the commander asks.
    """
    found = re.fullmatch("[0-9]{1,18}", str(number))
    entry = timeline.by_id(tx, call.incident.id, int(found[0])) if found else None
    if entry is None or not entry.is_amendable:
        raise InvalidInput("This cannot be corrected any more. Type ", Typed("timeline"), ".")
    if not entry.is_of(call.user_id):
        permissions.require(Action.AMEND_ANY, call.incident, call.user_id, call.standing)
    return entry, people.names(tx, mentions.people(entry.text))


def _require_standing(entry: Entry) -> None:
    if entry.is_struck:
        raise Conflict("It is struck already. Type ", Typed("timeline"), ".")


COMMAND = Command(
    usage="timeline",
    summary="show the last entries, with buttons for older ones and to post all of it",
    action=Action.TIMELINE,
    in_incident=True,
    typed=typed,
    submitted={AMEND: edited, STRIKE: struck},
    pressed={
        "": Press(handler=newest),
        "newest": Press(handler=newest),
        "older": Press(handler=older),
        timeline_text.POST: Press(handler=post),
        AMEND: Press(handler=edit, action=Action.AMEND),
        STRIKE: Press(handler=strike, action=Action.AMEND),
    },
    examples=("timeline", "timeline INC-42"),
)
