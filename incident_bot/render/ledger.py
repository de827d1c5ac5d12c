"""Who was told and when, who was not and why, as one person reads it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from incident_bot.domain.deliveries import INCIDENT_CHANNEL, INVITES, TOPIC, Kind, Line, State
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
_SIGNS: Final = {
    State.SENT: "✅",
    State.PENDING: "⏳",
    State.DEAD: "❌",
    State.SUPERSEDED: "⏭️",
}
_HERE: Final = {INCIDENT_CHANNEL: "this channel", INVITES: "invites", TOPIC: "topic"}
_HIDDEN: Final = frozenset({Kind.REPLY, Kind.VIEW})


def ledger(
    incident: Incident, lines: Sequence[Line], now: datetime, *, with_retry: bool
) -> Message:
    """Deliveries, those that did not arrive first, then the newest."""
    asked = [line for line in lines if line.kind not in _HIDDEN]
    asked.sort(key=lambda line: (line.state is not State.DEAD, line.state is State.SENT, -line.id))
    lead = f"Deliveries of {headline(incident)}"
    summary = ", ".join(f"{sum(line.state is state for line in asked)} {state}" for state in State)
    blocks: list[Block] = [context(f"{lead}\n{summary}")]
    shown = within_blocks(_line(line, now) for line in asked[:_SHOWN])
    blocks += sections(shown)
    if len(asked) > len(shown):
        blocks.append(context(f"{len(asked) - len(shown)} older ones are not shown."))
    if with_retry:
        blocks.append({"type": "actions", "elements": [_RETRY]})
    return Message(text=f"{lead}: {summary}", blocks=blocks)


def dead_letter(incident: Incident, payload: Mapping[str, str]) -> Message:
    """The red line in the incident's channel: who was not told, and why."""
    what = payload["kind"].replace("_", " ")
    text = (
        f"🟥 {incident.ref}: this did not arrive: {what} to {_where(payload['to'])} "
        f"({escape(payload['why'][:300])}). Tell them yourself; `/incident delivery` shows "
        "everything and lets the commander retry it."
    )
    return Message(text=text, blocks=[section(text)])


def _line(line: Line, now: datetime) -> str:
    what = line.kind.replace("_", " ")
    return f"{_SIGNS[line.state]} {what} → {_where(line.destination)}: {_how(line, now)}"


def _where(destination: str) -> str:
    if destination in _HERE:
        return _HERE[destination]
    if destination[0] in "UW":
        return person(destination)
    return channel(destination) if destination[0] in "CG" else escape(destination)


def _how(line: Line, now: datetime) -> str:
    why = f" ({escape(line.detail[:300])})" if line.detail else ""
    if line.state is State.PENDING:
        if line.waiting:
            return "waits for the incident's channel"
        tried = f", tried {line.attempts} times" if line.attempts else ""
        due = f" at {when(line.run_at)}" if line.run_at > now else " now"
        return f"due{due}{tried}{why}"
    at = f" {when(line.settled_at)}" if line.settled_at else ""
    return f"{line.state}{at}{why}"


_RETRY: Final[Block] = {
    "type": "button",
    "text": plain("Retry what did not arrive", 75),
    "action_id": "delivery:retry",
    "value": "retry",
}
