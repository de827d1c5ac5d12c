"""Messages about a change: in the incident's channel, in threads, in direct messages."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from incident_bot.domain.incidents import Incident
from incident_bot.domain.news import Change, Event, News
from incident_bot.render.messages import Message, headline, whereabouts
from incident_bot.render.text import (
    MAX_SECTION,
    MAX_TEXT,
    context,
    fit,
    join_within,
    person,
    section,
)

_LINES: Final[dict[Event, Callable[[Incident, News, Change], str]]] = {
    Event.STATUS: lambda incident, news, change: (
        f"📍 Status: {change.before.capitalize()} → *{change.after.capitalize()}*"
    ),
    Event.UPDATE: lambda incident, news, change: "📣 *Update*",
    Event.RAISED: lambda incident, news, change: (
        f"🔺 Severity raised: {change.before} → *{change.after}*"
    ),
    Event.LOWERED: lambda incident, news, change: (
        f"🔻 Severity lowered: {change.before} → *{change.after}*"
    ),
    Event.RESOLVED: lambda incident, news, change: f"✅ *Resolved* after {news.lasted}",
    Event.REOPENED: lambda incident, news, change: "🔁 *Reopened*: it is not over",
    Event.HANDOVER: lambda incident, news, change: (
        f"🧭 {person(change.before)} handed command to {person(change.after)}"
    ),
    Event.CLAIM: lambda incident, news, change: (
        f"🧭 {person(change.after)} took command from {person(change.before)}"
    ),
}


def post(incident: Incident, news: News) -> Message:
    """Render the change for the incident's channel."""
    lines = _lines(incident, news)
    blocks = [section(join_within(lines, MAX_SECTION))]
    if news.text:
        blocks.append(section(fit(news.text, MAX_SECTION)))
    blocks.append(context(f"{incident.ref} · by {person(news.actor_user_id)}"))
    return Message(text=_text(incident, lines, news), blocks=blocks)


def outside(incident: Incident, news: News) -> Message:
    """Render the change for people who are not in the incident's channel."""
    lines = [headline(incident), *_lines(incident, news)]
    blocks = [section(join_within(lines, MAX_SECTION))]
    if news.text:
        blocks.append(section(fit(news.text, MAX_SECTION)))
    blocks.append(context(f"By {person(news.actor_user_id)}. {whereabouts(incident)}"))
    return Message(text=_text(incident, lines[1:], news), blocks=blocks)


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


def _lines(incident: Incident, news: News) -> list[str]:
    return [_LINES[change.event](incident, news, change) for change in news.changes]


def _text(incident: Incident, lines: list[str], news: News) -> str:
    lead = f"{headline(incident)} — {'; '.join(lines)}. {whereabouts(incident)}"
    room = MAX_TEXT - len(lead) - 1
    return f"{lead} {fit(news.text, room)}" if news.text and room > 0 else lead
