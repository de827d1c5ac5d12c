"""/incident duplicate: it is the same as another incident."""

from incident_bot.commands import Command, IncidentCall, Press, Reply, undoable
from incident_bot.deliveries import invite
from incident_bot.domain.incidents import Incident, named_first
from incident_bot.domain.permissions import Action
from incident_bot.domain.updates import Event
from incident_bot.errors import InvalidInput, Offer, Remedy, Typed
from incident_bot.render.text import channel
from incident_bot.render.undoing import JOIN_INSTEAD
from incident_bot.store import deliveries, incidents
from incident_bot.store.database import Tx
from incident_bot.workflow import endings


def typed(tx: Tx, call: IncidentCall) -> Reply:
    saved, original = _merged(tx, call)
    text = f"{saved.ref} is closed as a {saved.state}{_where(original)}. Its people are invited."
    return undoable(text, saved, outcome="closed as a duplicate")


def joined_instead(tx: Tx, call: IncidentCall) -> Reply:
    """Close what was just declared, and invite whoever did to the incident that was there."""
    saved, original = _merged(tx, call)
    me = invite.Payload(user_ids=(call.user_id,))
    deliveries.add(tx, original, [invite.KIND.draft(me)])
    text = f"{saved.ref} is closed as a {saved.state}. You are invited{_where(original)}."
    return undoable(text, saved, outcome="closed as a duplicate", replace=True)


def _merged(tx: Tx, call: IncidentCall) -> tuple[Incident, Incident]:
    """Return the incident, closed, and the one that goes on."""
    incident = call.incident
    endings.require_open(tx, incident)
    original = _original(tx, call)
    _, words = named_first(call.rest)
    update = endings.told(
        tx, incident, Event.DUPLICATE, by=call.user_id, text=words, goes_on=original
    )
    saved = endings.merge(tx, incident, original, update, call.settings, call.confirmation)
    return saved, original


def _original(tx: Tx, call: IncidentCall) -> Incident:
    """Return what is named, or what that is a duplicate of; raises InvalidInput for itself."""
    if call.other is None:
        raise InvalidInput(
            "Say of which incident: ",
            Typed(f"duplicate {call.incident.ref} INC-42"),
            ". ",
            Typed("list"),
            " shows the open ones.",
            offers=[Offer(Remedy.LIST)],
        )
    call.incident.as_duplicate_of(call.other, tx.now)
    number = call.other.duplicate_of
    return call.other if number is None else incidents.held(tx, number)


def _where(original: Incident) -> str:
    return f" to {channel(original.channel_id)}" if original.channel_id else ""


COMMAND = Command(
    usage="duplicate INC-41",
    summary="close an incident as a duplicate of another and invite its people there",
    action=Action.DUPLICATE,
    in_incident=True,
    names_another=True,
    typed=typed,
    pressed={JOIN_INSTEAD: Press(handler=joined_instead)},
    examples=("duplicate INC-41", "duplicate INC-42 INC-41 the same outage"),
)
