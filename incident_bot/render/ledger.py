"""The deliveries of an incident as one person reads them: who was told, who was not and why."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from incident_bot.domain.deliveries import IN_THE_CHANNEL, INVITES, TOPIC, DeliveryRecord, State
from incident_bot.domain.incidents import Incident
from incident_bot.render.causes import cause
from incident_bot.render.messages import Message, button, headline
from incident_bot.render.text import (
    Block,
    channel,
    context,
    escape,
    person,
    section,
    sections,
    when,
    within_blocks,
)

_SHOWN: Final = 60
_HERE: Final = "this channel"
_SENT: Final = {INVITES: "invitations", TOPIC: "topic"}
"""These destinations are the same channel too, and the list of what was sent tells them apart."""


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
        retry = button("Retry failed messages", "delivery:retry", str(incident.id))
        blocks.append({"type": "actions", "elements": [retry]})
    return Message(text=f"{lead}: {summary}", blocks=blocks)


def _told(sent: Sequence[DeliveryRecord]) -> list[str]:
    """Give each destination one line, however often it heard."""
    last = {line.destination: line for line in sent}
    often = Counter(line.destination for line in sent)
    return [
        f"✅ {_SENT.get(where) or _where(where)}: {_times(often[where])}{_at(line)}"
        for where, line in last.items()
    ]


def _times(often: int) -> str:
    return "sent" if often == 1 else f"{often} messages, the last sent"


def dead_letter(
    incident: Incident,
    what: str,
    to: str,
    why: str,
    reason: str = "",
    *,
    meanwhile: str = "",
    is_in_channel: bool = True,
) -> Message:
    """Render the red line: what did not work, why, and what to do, for whoever reads it.

    `what` is a sentence in which `{to}` stands for the destination.
    """
    where = channel(incident.channel_id) if incident.channel_id else "its channel"
    lead = incident.ref if is_in_channel else f"{headline(incident)}, {where}"
    sentences = (
        f"🟥 {lead}: {what.format(to=_where(to))} ({cause(why, reason)}).",
        meanwhile,
        "Once that is mended, the commander can retry it with `/incident delivery`.",
    )
    text = " ".join(filter(None, sentences))
    return Message(text=text, blocks=[section(text)])


def _what(line: DeliveryRecord) -> str:
    return f"{line.kind.replace('_', ' ')} → {_where(line.destination)}"


def _where(destination: str) -> str:
    if destination in IN_THE_CHANNEL:
        return _HERE
    if destination[0] in "UW":
        return person(destination)
    return channel(destination) if destination[0] in "CG" else escape(destination)


def _why(line: DeliveryRecord) -> str:
    return f" ({cause(line.detail, line.reason)})" if line.detail else ""


def _at(line: DeliveryRecord) -> str:
    return f" {when(line.settled_at)}" if line.settled_at else ""


def _when_due(line: DeliveryRecord, now: datetime) -> str:
    if line.waiting:
        return "waits for the incident's channel"
    tried = f", tried {line.attempts} times" if line.attempts else ""
    due = f"due at {when(line.run_at)}" if line.run_at > now else "due now"
    return f"{due}{tried}{_why(line)}"
