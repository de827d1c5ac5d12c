"""Lists of open incidents: in full for whoever asks, in short for whoever declares another."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from incident_bot.domain.incidents import Incident, OpenIncidents
from incident_bot.domain.timeline import Entry
from incident_bot.render.messages import Message, headline
from incident_bot.render.sentences import said
from incident_bot.render.text import (
    MAX_TEXT,
    channel,
    escape,
    join_within,
    one_line,
    person,
    sections,
    within_blocks,
)
from incident_bot.render.updates import duration

_MAX_WORDS: Final = 120


def listing(found: OpenIncidents, last: Mapping[int, Entry], now: datetime) -> Message:
    """List open incidents, a few lines each, as many as fit; `last` is the last update of each."""
    lines = within_blocks(_in_full(each, last.get(each.id), now) for each in found.worst)
    if more := found.count - len(lines):
        lines.append(f"…and {more} more, less severe or older.")
    return Message(text=join_within(lines, MAX_TEXT), blocks=sections(lines))


def brief(found: OpenIncidents, *, with_service: bool = False) -> list[str]:
    """List open incidents in a line each, and say how many are not shown."""
    lines = [_in_short(each, with_service=with_service) for each in found.worst]
    if found.more:
        lines.append(f"…and {found.more} more: `/incident list`")
    return lines


def also_open(found: OpenIncidents) -> list[str]:
    """List what is open on the service of a new incident; nothing where there is nothing."""
    return [":warning: Also open on this service:", *brief(found)] if found.count else []


def _in_short(incident: Incident, *, with_service: bool) -> str:
    service = f" ({escape(incident.service)})" if with_service else ""
    where = f" {channel(incident.channel_id)}" if incident.channel_id else ""
    return f"{headline(incident)}{service}{where}"


def _in_full(incident: Incident, last: Entry | None, now: datetime) -> str:
    where = channel(incident.channel_id) if incident.channel_id else "channel is being created"
    facts = (
        escape(incident.service),
        incident.status,
        f"open for {duration(now - incident.declared_at)}",
        f"commander {person(incident.commander_user_id)}",
        where,
    )
    return f"{headline(incident)}\n{' · '.join(facts)}\n{_said_last(last, now)}"


def _said_last(last: Entry | None, now: datetime) -> str:
    if last is None:
        return "No update yet."
    lead = f"Updated {duration(now - last.at)} ago by {person(last.actor_user_id)}"
    return f"{lead}: {said(one_line(last.text), _MAX_WORDS)}" if last.text else f"{lead}."
