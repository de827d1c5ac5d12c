"""/incident duplicate: it is the same as another incident."""

from incident_bot.commands import Command, IncidentCall, Press, Reply, undoable
from incident_bot.deliveries import invite
from incident_bot.domain.incidents import Incident, named_first
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Event
from incident_bot.errors import InvalidInput, Offer, Remedy, Typed
from incident_bot.render import ending_forms
from incident_bot.render.forms import MAX_OPTIONS, OPEN
from incident_bot.render.text import channel
from incident_bot.render.undoing import JOIN_INSTEAD
from incident_bot.store import deliveries, incidents
from incident_bot.store.database import Tx
from incident_bot.workflow import endings


def open_form(tx: Tx, call: IncidentCall) -> Reply:
    """Open the form that lists what else is open, or say that nothing is."""
    incident = call.incident
    endings.require_open(tx, incident)
    found = incidents.open_ones(tx, limit=MAX_OPTIONS + 1)
    others = [each for each in found.worst if each.id != incident.id][:MAX_OPTIONS]
    if not others:
        raise InvalidInput(
            "No other incident is open. Name one that is over: ",
            Typed(f"duplicate {incident.ref} INC-41"),
            ".",
        )
    more = found.count - 1 - len(others)
    return Reply(form=ending_forms.duplicate(incident, others, more=more))


def typed(tx: Tx, call: IncidentCall) -> Reply:
    if call.other is None and not call.rest.strip():
        return open_form(tx, call)
    _, words = named_first(call.rest)
    return _closed(tx, call, words)


def submitted(tx: Tx, call: IncidentCall) -> Reply:
    return _closed(tx, call, call.request.field("message"))


def _closed(tx: Tx, call: IncidentCall, words: str) -> Reply:
    saved, original = _merged(tx, call, words)
    text = f"{saved.ref} is closed as a {saved.state}{_where(original)}. Its people are invited."
    return undoable(text, saved, outcome="closed as a duplicate")


def joined_instead(tx: Tx, call: IncidentCall) -> Reply:
    """Close what was just declared, and invite whoever did to the incident that was there."""
    _, words = named_first(call.rest)
    saved, original = _merged(tx, call, words)
    me = invite.Payload(user_ids=(call.user_id,))
    deliveries.add(tx, original, [invite.KIND.draft(me)])
    text = f"{saved.ref} is closed as a {saved.state}. You are invited{_where(original)}."
    return undoable(text, saved, outcome="closed as a duplicate", replace=True)


def _merged(tx: Tx, call: IncidentCall, words: str) -> tuple[Incident, Incident]:
    """Return the incident, closed, and the one that goes on."""
    incident = call.incident
    endings.require_open(tx, incident)
    original = _original(tx, call)
    update = endings.told(
        tx, incident, Event.DUPLICATE, by=call.user_id, text=words, goes_on=original
    )
    saved = endings.merge(tx, incident, original, update, call.settings, call.confirmation)
    return saved, original


def _original(tx: Tx, call: IncidentCall) -> Incident:
    """Return what is named, or what that is a duplicate of; raises InvalidInput for itself."""
    if call.other is None:
        raise _unnamed(call.incident)
    call.incident.as_duplicate_of(call.other, tx.now)
    number = call.other.duplicate_of
    return call.other if number is None else incidents.held(tx, number)


def _unnamed(incident: Incident) -> InvalidInput:
    return InvalidInput(
        "Say of which incident: ",
        Typed(f"duplicate {incident.ref} INC-42"),
        ". ",
        Typed("list"),
        " shows the open ones.",
        field=ending_forms.ANOTHER,
        offers=[Offer(Remedy.LIST)],
    )


def _where(original: Incident) -> str:
    return f" to {channel(original.channel_id)}" if original.channel_id else ""


COMMAND = Command(
    usage="duplicate [INC-41]",
    summary="close an incident as a duplicate of another and invite its people there",
    action=Action.DUPLICATE,
    in_incident=True,
    names_another=True,
    typed=typed,
    submitted={"": submitted},
    pressed={
        "": Press(handler=open_form),
        OPEN: Press(handler=open_form),
        JOIN_INSTEAD: Press(handler=joined_instead),
    },
    instead="/incident duplicate INC-41",
    examples=("duplicate INC-41", "duplicate INC-42 INC-41 the same outage"),
)
