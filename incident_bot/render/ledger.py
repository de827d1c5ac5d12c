"""The deliveries of an incident as one person reads them: who was told, who was not and why."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, INVITES, TOPIC, DeliveryRecord, State
from incident_bot.domain.incidents import Incident
from incident_bot.render.messages import Message, headline
from incident_bot.render.text import (
    Block,
    channel,
    context,
    escape,
    person,
    plain,
    section,
    sections,
    when,
    within_blocks,
)

_SHOWN: Final = 60
_HERE: Final = {INCIDENT_CHANNEL: "this channel", INVITES: "invites", TOPIC: "topic"}


def ledger(
    incident: Incident, lines: Sequence[DeliveryRecord], now: datetime, *, with_retry: bool
) -> Message:
    """List who was not told and why, who is about to be, then who was told and when."""
    dead = [line for line in lines if line.state is State.DEAD]
    due = [line for line in lines if line.state is State.PENDING]
    sent = [line for line in lines if line.state is State.SENT]
    lead = f"Deliveries of {headline(incident)}"
    summary = f"{len(sent)} sent, {len(due)} pending, {len(dead)} dead"
    told = [
        *(f"❌ {_what(line)}: failed{_at(line)}{_why(line)}" for line in reversed(dead)),
        *(f"⏳ {_what(line)}: {_when_due(line, now)}" for line in due),
        *(f"⚠️ {_what(line)}: sent{_at(line)}, but{_why(line)}" for line in sent if line.detail),
        *_told(sent),
    ]
    shown = within_blocks(told[:_SHOWN])
    blocks: list[Block] = [context(f"{lead}\n{summary}"), *sections(shown)]
    if len(told) > len(shown):
        blocks.append(context(f"{len(told) - len(shown)} more are not shown."))
    if with_retry:
        blocks.append({"type": "actions", "elements": [_RETRY]})
    return Message(text=f"{lead}: {summary}", blocks=blocks)


def _told(sent: Sequence[DeliveryRecord]) -> list[str]:
    """Give each destination one line, however often it heard."""
    last = {line.destination: line for line in sent}
    often = Counter(line.destination for line in sent)
    return [
        f"✅ {_where(where)}: {_times(often[where])}{_at(line)}" for where, line in last.items()
    ]


def _times(often: int) -> str:
    return "sent" if often == 1 else f"{often} messages, the last sent"


def dead_letter(incident: Incident, kind: str, to: str, why: str) -> Message:
    """Render the red line in the incident's channel: who was not told, and why."""
    what = kind.replace("_", " ")
    text = (
        f"🟥 {incident.ref}: a message was not delivered: {what} to {_where(to)} "
        f"({escape(why[:300])}). Tell them yourself. The commander can retry it with "
        "`/incident delivery`."
    )
    return Message(text=text, blocks=[section(text)])


def _what(line: DeliveryRecord) -> str:
    return f"{line.kind.replace('_', ' ')} → {_where(line.destination)}"


def _where(destination: str) -> str:
    if destination in _HERE:
        return _HERE[destination]
    if destination[0] in "UW":
        return person(destination)
    return channel(destination) if destination[0] in "CG" else escape(destination)


def _why(line: DeliveryRecord) -> str:
    return f" ({escape(line.detail[:300])})" if line.detail else ""


def _at(line: DeliveryRecord) -> str:
    return f" {when(line.settled_at)}" if line.settled_at else ""


def _when_due(line: DeliveryRecord, now: datetime) -> str:
    if line.waiting:
        return "waits for the incident's channel"
    tried = f", tried {line.attempts} times" if line.attempts else ""
    due = f"due at {when(line.run_at)}" if line.run_at > now else "due now"
    return f"{due}{tried}{_why(line)}"


_RETRY: Final[Block] = {
    "type": "button",
    "text": plain("Retry failed messages", 75),
    "action_id": "delivery:retry",
    "value": "retry",
}
