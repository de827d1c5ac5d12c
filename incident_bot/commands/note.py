"""/incident note: put something on the timeline, also what somebody wrote in Slack."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from incident_bot.commands import Call, Command, IncidentCall, Press, Reply
from incident_bot.deliveries import note_line, reaction
from incident_bot.deliveries.fetch import permalink
from incident_bot.domain import noting
from incident_bot.domain.capture import MENU, Message, is_ts
from incident_bot.domain.incidents import Incident
from incident_bot.domain.permissions import Action
from incident_bot.domain.timeline import Kind
from incident_bot.errors import InvalidInput, Malformed, Typed
from incident_bot.render import capture_forms
from incident_bot.render.text import when
from incident_bot.settings import Settings
from incident_bot.settings.times import zone_called
from incident_bot.store import audit, captures, deliveries, incidents, people, timeline
from incident_bot.store.captures import Captured
from incident_bot.store.database import Tx

_MOST_SEARCHED: Final = 500


def typed(tx: Tx, call: IncidentCall) -> Reply:
    """Note it as of now, or as of the time that the note begins with."""
    if not call.rest:
        raise InvalidInput("Say what to note: ", Typed("note restarted the load balancer"), ".")
    noted = _dated(tx, call)
    incident = call.incident
    entry_id = timeline.add(
        tx, incident.id, Kind.NOTE, actor=call.user_id, text=noted.text, at=noted.at
    )
    is_shown = call.settings.notes and deliveries.has_channel(tx, incident)
    if is_shown:
        line = note_line.Payload(entry_id=entry_id)
        deliveries.add(tx, incident, [note_line.KIND.draft(line)])
    shows = "shows it in a line" if is_shown else "does not show it"
    since = f", as of {when(noted.at)}" if noted.at else ""
    return Reply(
        text=f"Noted on the timeline of {incident.ref}{since}; the channel {shows}.",
        audit="",
        outcome="note added",
    )


def _dated(tx: Tx, call: IncidentCall) -> noting.Noted:
    """Read when it happened, in the person's time zone; they are looked up only for a time."""
    if not noting.may_be_dated(call.rest):
        return noting.Noted(at=None, text=call.rest)
    zone = zone_called(people.time_zone(tx, call.user_id))
    return noting.read(
        call.rest,
        now=tx.now,
        here=zone or call.settings.time_zone,
        declared_at=call.incident.declared_at,
    )


def captured(tx: Tx, call: Call) -> Reply:
    """Put the message on the timeline of the channel's incident, or ask of which one."""
    source = call.request.source
    if source is None:
        raise InvalidInput("Choose this in the menu (⋮) of a message.")
    _require_of_a_person(source)
    if isinstance(call, IncidentCall):
        return _captured(tx, call, call.incident, source)
    carried = asdict(source)
    text = carried.pop("text")
    return Reply(form=capture_forms.which(carried, text))


def chosen(tx: Tx, call: IncidentCall) -> Reply:
    """Put the message that the form carries on the timeline of the incident chosen in it."""
    return _captured(tx, call, call.incident, _carried(call.request.metadata.get("source")))


def _captured(tx: Tx, call: Call, incident: Incident, source: Message) -> Reply:
    found = captures.add(
        tx, incident.id, source, by=call.user_id, mark=MENU, permalink=permalink(tx, source)
    )
    if found is Captured.THERE:
        return Reply(text=f"It is on the timeline of {incident.ref} already.", receipt=True)
    audit.add(
        tx,
        Action.CAPTURE,
        actor=call.user_id,
        incident_id=incident.id,
        channel_id=source.channel_id,
        detail=f"{MENU} {found}",
    )
    if source.channel_id == incident.channel_id:
        deliveries.add(tx, incident, [reaction.draft(source.channel_id, source.ts)])
    text = f"Added to the timeline of {incident.ref}, as of {when(source.at)}."
    return Reply(text=text, outcome="message captured", ref=incident.ref, receipt=True)


def _require_of_a_person(source: Message) -> None:
    if source.is_of_bot:
        raise InvalidInput(
            "Only what people write is put on the timeline in this way. Note what the app says: ",
            Typed("note the alert says that the disk is full"),
            ".",
        )


def _carried(found: object) -> Message:
    """Read the message that a form carried for us; raises Malformed."""
    kept: Mapping[str, Any] = found if isinstance(found, dict) else {}
    channel_id, ts, text = (kept.get(name) for name in ("channel_id", "ts", "text"))
    author, thread_ts = kept.get("user_id"), kept.get("thread_ts")
    files = kept.get("files")
    if not (isinstance(channel_id, str) and isinstance(ts, str) and isinstance(text, str)):
        raise Malformed("source")
    if not is_ts(ts):
        raise Malformed("source")
    return Message(
        channel_id=channel_id,
        ts=ts,
        text=text,
        user_id=author if isinstance(author, str) else None,
        thread_ts=thread_ts if isinstance(thread_ts, str) else None,
        files=tuple(map(str, files)) if isinstance(files, list) else (),
    )


def suggest(tx: Tx, settings: Settings, block_id: str, query: str) -> Sequence[Mapping[str, Any]]:
    """Return options of the form's searching select: the open incidents, worst first."""
    found = incidents.open_ones(tx, limit=_MOST_SEARCHED)
    return capture_forms.options(found.worst, query)


COMMAND = Command(
    usage="note [14:05] text",
    summary="add a note to the timeline, also of what was earlier: 14:05, -20m, yesterday 23:50",
    action=Action.NOTE,
    in_incident=True,
    typed=typed,
    submitted={capture_forms.WHICH: chosen},
    shortcut=Press(handler=captured, action=Action.CAPTURE),
    instead="/incident note INC-42 what the message says",
    suggest=suggest,
    examples=("note restarted the load balancer", "note -20m rolled back the deploy"),
)
