"""Messages that are kept current: the card, announcements and direct messages."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from incident_bot.domain import promises
from incident_bot.domain.incidents import Incident
from incident_bot.domain.past_updates import PastUpdate
from incident_bot.domain.updates import Event
from incident_bot.render.messages import (
    Message,
    actions,
    button_about,
    headline,
    row,
    sign,
    take_command,
    whereabouts,
)
from incident_bot.render.sentences import said
from incident_bot.render.text import (
    MAX_HEADER,
    MAX_SECTION,
    MAX_TEXT,
    Block,
    ago,
    by,
    channel,
    clip,
    context,
    escape,
    fit,
    mrkdwn,
    one_line,
    person,
    plain,
    section,
    when,
)
from incident_bot.render.updates import changed_lines, duration

_SHORT: Final = 500
"""So much of the description is read outside the incident's channel."""

_MAX_WORDS: Final = 1000
"""So much of an update; with a description of full length that fits the blocks of one message."""


def card(incident: Incident, updates: Sequence[PastUpdate], at: datetime) -> Message:
    """Render the pinned message of the incident's channel, as things stand at that moment."""
    return Message(
        text=_summary(incident),
        blocks=[
            _title(incident),
            _fields(_facts(incident, at)),
            _commander(incident),
            *_latest(incident, updates),
            *_description(incident, MAX_SECTION),
            context(_declared_by(incident)),
            actions(incident),
        ],
    )


def announcement(incident: Incident, updates: Sequence[PastUpdate], at: datetime) -> Message:
    """Render the announcement for other channels, as things stand at that moment."""
    return Message(
        text=_summary(incident),
        blocks=[
            _title(incident),
            _fields([_commanded_by(incident), *_facts(incident, at)]),
            *_latest(incident, updates),
            *_description(incident, _SHORT),
            context(whereabouts(incident)),
            *([_join(incident)] if incident.channel_id else []),
        ],
    )


def direct_message(incident: Incident, to_user_id: str) -> Message:
    """Render what one person is told when the incident is declared."""
    lead = f"{headline(incident)}\n{_role(incident, to_user_id)} {whereabouts(incident)}"
    return Message(text=_summary(incident), blocks=[section(lead)])


def with_state(told: Message, incident: Incident, updates: Sequence[PastUpdate]) -> Message:
    """Render a direct message that goes on with how the incident stands."""
    state = [
        context(" · ".join(_in_brief(incident))),
        *_latest(incident, updates),
        *_description(incident, _SHORT),
    ]
    return replace(told, blocks=[*told.blocks, *state])


def _title(incident: Incident) -> Block:
    title = f"{sign(incident)} {incident.severity} · {incident.ref} · {one_line(incident.title)}"
    return {"type": "header", "text": plain(title, MAX_HEADER)}


def _fields(facts: Sequence[str]) -> Block:
    return {"type": "section", "fields": [mrkdwn(fact) for fact in facts]}


def _facts(incident: Incident, at: datetime) -> list[str]:
    declared_at = when(incident.declared_at)
    age = "" if incident.resolved_at else f" {ago(incident.declared_at)}"
    return [
        f"*Status*\n{incident.state[0].upper()}{incident.state[1:]}",
        f"*Service*\n{escape(incident.service)}",
        f"*Declared*\n{declared_at}{age}",
        *_due(incident, at),
    ]


def _due(incident: Incident, at: datetime) -> list[str]:
    if incident.resolved_at:
        ended = "Resolved" if incident.ending is None else "Closed"
        return [f"*{ended}*\n{when(incident.resolved_at)}, after {_took(incident)}"]
    if incident.next_update_at and promises.is_overdue(incident, at):
        return [f"*Update overdue since*\n⏰ {when(incident.next_update_at)}"]
    if incident.next_update_at:
        return [f"*Next update by*\n{when(incident.next_update_at)}"]
    return []


def _in_brief(incident: Incident) -> list[str]:
    facts = [
        f"Service {escape(incident.service)}",
        f"commander {person(incident.commander_user_id)}",
    ]
    if incident.resolved_at:
        return [*facts, f"{incident.state} after {_took(incident)}"]
    facts += [f"status {incident.status}", f"declared {ago(incident.declared_at)}"]
    if incident.next_update_at:
        facts.append(f"next update by {when(incident.next_update_at)}")
    return facts


def _took(incident: Incident) -> str:
    return duration(incident.time_to_resolve) if incident.time_to_resolve is not None else ""


def _commander(incident: Incident) -> Block:
    """Render who commands it and, apart from what they press themselves, how to take over."""
    block = section(_commanded_by(incident))
    if not incident.is_open:
        return block
    return {**block, "accessory": take_command(incident.ref, str(incident.id), ask=True)}


def _commanded_by(incident: Incident) -> str:
    return f"*Commander*\n{person(incident.commander_user_id)}"


def _description(incident: Incident, limit: int) -> list[Block]:
    return [section(fit(incident.description, limit))] if incident.description else []


def _latest(incident: Incident, updates: Sequence[PastUpdate]) -> list[Block]:
    """Render the newest update and, where it has no words, those that were said before."""
    return [
        section(_past(incident, each, is_newest=place == 0)) for place, each in enumerate(updates)
    ]


def _past(incident: Incident, past: PastUpdate, *, is_newest: bool) -> str:
    label = "Latest update" if is_newest else "Said before"
    who = by(past.update.actor_user_id, on_command_line=past.update.on_command_line)
    lines = [f"*{label}* by {who} {ago(past.at)}"]
    if is_newest and past.update.events != {Event.UPDATE}:
        took = duration(past.at - incident.declared_at)
        lines += changed_lines(incident, replace(past.update, lasted=took))
    if past.update.text:
        lines.append(said(past.update.text, _MAX_WORDS))
    return "\n".join(lines)


def _join(incident: Incident) -> Block:
    return row(
        button_about(incident, "Join", "join"), button_about(incident, "Timeline", "timeline")
    )


def _summary(incident: Incident) -> str:
    where = f" {channel(incident.channel_id)}" if incident.channel_id else ""
    text = (
        f"{headline(incident)} — {incident.state}, {escape(incident.service)}, "
        f"commander {person(incident.commander_user_id)}.{where}"
    )
    return clip(text, MAX_TEXT)


def _role(incident: Incident, user_id: str) -> str:
    if user_id == incident.declarer_user_id == incident.commander_user_id:
        return "You declared it and you are in command."
    if user_id == incident.commander_user_id:
        return "You are in command."
    if user_id == incident.declarer_user_id:
        return "You declared it."
    return f"{_declared_by(incident)}."


def _declared_by(incident: Incident) -> str:
    who = by(incident.declarer_user_id, on_command_line=incident.on_command_line)
    return f"Declared by {who}"
