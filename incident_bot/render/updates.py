"""Messages about a change: in the incident's channel, in threads, in direct messages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.updates import Change, Event, IncidentUpdate
from incident_bot.render.messages import Message, headline, whereabouts
from incident_bot.render.sentences import said
from incident_bot.render.text import (
    MAX_SECTION,
    MAX_TEXT,
    by,
    channel,
    context,
    fit,
    join_within,
    one_line,
    person,
    section,
    when,
)

_MAX_QUOTED: Final = 120

_LINES: Final[dict[Event, Callable[[Incident, IncidentUpdate, Change], str]]] = {
    Event.STATUS: lambda incident, update, change: (
        f"📍 Status: {change.before.capitalize()} → *{change.after.capitalize()}*"
    ),
    Event.UPDATE: lambda incident, update, change: "📣 *Update*",
    Event.RAISED: lambda incident, update, change: (
        f"🔺 Severity raised: {change.before} → *{change.after}*"
    ),
    Event.LOWERED: lambda incident, update, change: (
        f"🔻 Severity lowered: {change.before} → *{change.after}*"
    ),
    Event.RESOLVED: lambda incident, update, change: f"✅ *Resolved* after {update.lasted}",
    Event.CANCELLED: lambda incident, update, change: (
        f"⚪ *False alarm*, called off after {update.lasted}"
    ),
    Event.DUPLICATE: lambda incident, update, change: (
        f"🔗 *Duplicate* of {change.after}{_where_it_goes_on(update)}"
    ),
    Event.MERGED: lambda incident, update, change: (
        f"🔗 {change.before} is closed as a duplicate of this incident, and its people are invited"
    ),
    Event.REOPENED: lambda incident, update, change: "🔁 *Reopened*",
    Event.HANDOVER: lambda incident, update, change: (
        f"🧭 {person(change.before)} handed command to {person(change.after)}"
    ),
    Event.APPOINTED: lambda incident, update, change: (
        f"🧭 {person(update.actor_user_id)} put {person(change.after)} in command"
    ),
    Event.CLAIM: lambda incident, update, change: (
        f"🧭 {person(change.after)} took command from {person(change.before)}"
    ),
    Event.TITLE: lambda incident, update, change: _corrected(update, change),
    Event.SERVICE: lambda incident, update, change: _corrected(update, change),
    Event.DESCRIPTION: lambda incident, update, change: _corrected(update, change),
}


def post(incident: Incident, update: IncidentUpdate, now: datetime) -> Message:
    """Render the change for the incident's channel; `now` is when it is posted there."""
    lines = changed_lines(incident, update)
    blocks = [section(join_within(lines, MAX_SECTION))]
    if update.text:
        blocks.append(section(said(update.text, MAX_SECTION)))
    blocks.append(context(f"{incident.ref} · by {_made_by(update, now)}"))
    return Message(text=_text(incident, lines, update), blocks=blocks)


def outside(incident: Incident, update: IncidentUpdate, now: datetime) -> Message:
    """Render the change for people who are not in the incident's channel."""
    lines = [headline(incident), *changed_lines(incident, update)]
    blocks = [section(join_within(lines, MAX_SECTION))]
    if update.text:
        blocks.append(section(said(update.text, MAX_SECTION)))
    blocks.append(context(f"By {_made_by(update, now)}. {whereabouts(incident)}"))
    return Message(text=_text(incident, lines[1:], update), blocks=blocks)


def _made_by(update: IncidentUpdate, now: datetime) -> str:
    """Name who made it and, where the news is late, when that was."""
    who = by(update.actor_user_id, on_command_line=update.on_command_line)
    return f"{who}, {when(update.made_at)}" if update.made_at and update.is_late(now) else who


def taken_back(
    incident: Incident, update: IncidentUpdate, undone_by: str, *, is_outside: bool
) -> Message:
    """Render a message about a change that was undone; outside it says where to go."""
    struck = [f"~{line}~" for line in changed_lines(incident, update)]
    lead = f"↩️ {person(undone_by)} has undone this, it was a slip:"
    lines = [headline(incident), lead, *struck]
    where = [context(whereabouts(incident))] if is_outside else []
    blocks = [section(join_within(lines, MAX_SECTION)), *where]
    return Message(text=_text(incident, lines[1:], replace(update, text="")), blocks=blocks)


def duration(length: timedelta) -> str:
    """Say a length of time as people do: 45 s, 12 min, 3 h 5 min, 2 d 4 h."""
    seconds = max(0, int(length.total_seconds()))
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, seconds = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def promised(incident: Incident) -> str:
    """Say by when the next update is promised, as the end of an answer."""
    due_at = incident.next_update_at
    return f" Next update promised by {when(due_at)}." if due_at else ""


def _where_it_goes_on(update: IncidentUpdate) -> str:
    return f": it goes on in {channel(update.goes_on_in)}" if update.goes_on_in else ""


def _corrected(update: IncidentUpdate, change: Change) -> str:
    return (
        f"✏️ {person(update.actor_user_id)} corrected the {change.event}: "
        f"{corrected(change.before, change.after)}"
    )


def corrected(before: str, after: str) -> str:
    """Say in one escaped line what words became of others; long ones are cut."""
    return f"{_quoted(before)} → {_quoted(after)}"


def _quoted(words: str) -> str:
    return f"“{fit(one_line(words), _MAX_QUOTED)}”" if words else "nothing"


def changed_lines(incident: Incident, update: IncidentUpdate) -> list[str]:
    """Say what changed, a line for each change."""
    lines = [_LINES[change.event](incident, update, change) for change in update.changes]
    if update.next_update_at:
        lines.append(f"⏰ Next update by {when(update.next_update_at)}")
    return lines


def _text(incident: Incident, lines: list[str], update: IncidentUpdate) -> str:
    lead = f"{headline(incident)} — {'; '.join(lines)}. {whereabouts(incident)}"
    room = MAX_TEXT - len(lead) - 1
    return f"{lead} {said(update.text, room)}" if update.text and room > 0 else lead
